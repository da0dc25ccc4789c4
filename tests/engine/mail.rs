//! Random events, made of plain numbers so that they shrink well.

use std::num::NonZeroU32;
use std::ops::Range;

use chrono::{DateTime, Utc};
use mailtally::{Dimension, Event, EventType};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::instants::{When, when};
use crate::common::{values, with_told, with_value};

/// The accounts of events.
pub(crate) const ACCOUNTS: [&str; 3] = ["acme", "globex", "acm"];

/// The ids of messages: some start alike, differ in case only, or are not ASCII.
pub(crate) const MESSAGES: [&str; 12] =
    ["m-1", "m-10", "M-1", "m-2", "é", "m-1 ", "z", "m-100", "a", "A", "m", "m-3"];

const IDS: [&str; 8] = ["e-1", "e-10", "E-1", "e-2", "é", "e-1 ", "~", "0"];

/// What all events of a case have in common.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) origin: DateTime<Utc>,
    pub(crate) accounts: u8,
    pub(crate) messages: u8,
    /// The facts of messages: pairs of a dimension and a value.
    pub(crate) facts: Vec<Vec<(u8, u8)>>,
    /// Whether some events are refused.
    pub(crate) refusals: bool,
}

/// An event of a batch, as plain numbers.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    form: u8,
    earlier: Index,
    ids: (u8, u8, u8),
    event_type: u8,
    at: When,
    facts: u8,
    values: Vec<(u8, u8)>,
    told: u8,
    created: Option<When>,
    attribute: u8,
    odd: u8,
}

/// Generates events whose instants have some forms and which have at most `values` fields of their own.
pub(crate) fn draft(forms: Range<u8>, values: usize) -> impl Strategy<Value = Draft> {
    let ids = (0..6_u8, 0..24_u8, 0..8_u8);
    let what = (0..EventType::ALL.len(), when(forms), 0..8_u8);
    let fields = prop::collection::vec((0..25_u8, 0..8_u8), 0..=values);
    let created = prop::option::weighted(0.2, when(0..16));
    (0..20_u8, any::<Index>(), ids, what, fields, (0..12_u8, created, 0..16_u8, 0..40_u8)).prop_map(
        |(form, earlier, ids, (event_type, at, facts), values, (told, created, attribute, odd))| {
            let event_type = u8::try_from(event_type).unwrap();
            Draft { form, earlier, ids, event_type, at, facts, values, told, created, attribute, odd }
        },
    )
}

impl Draft {
    /// Makes the event: a new one, a repeat or another copy of one of the `earlier` ones, or one of the same instant.
    pub(crate) fn event(&self, setting: &Setting, earlier: &[Event]) -> Event {
        let (account, message, id) = self.ids;
        let account = ACCOUNTS[usize::from(account % setting.accounts)];
        let message = MESSAGES[usize::from(message % setting.messages)];
        let id = IDS[usize::from(id)];
        let at = self.at.at(setting.origin);
        let event_type = EventType::ALL[usize::from(self.event_type)];
        let new = |account: &str, message: &str, id: &str, event_type, at| {
            self.with_fields(Event::new(account, message, id, event_type, at), setting)
        };
        if self.form < 12 || earlier.is_empty() {
            return self.odd_one(new(account, message, id, event_type, at), setting);
        }
        let known = self.earlier.get(earlier);
        let (account, message) = (known.account().as_str(), known.message().as_str());
        match self.form {
            12..14 => known.clone(),
            14 => new(account, message, known.id().as_str(), event_type, at),
            15 => new(account, message, known.id().as_str(), event_type, known.at()),
            16 => self.with_own(known.clone(), setting),
            // Others at the same instant, of the same type or not.
            17 => new(account, message, id, known.event_type(), known.at()),
            18 => self.with_own(Event::new(account, message, id, event_type, known.at()), setting),
            _ => new(account, message, id, event_type, at),
        }
    }

    /// Adds the facts of the message, unless this event lacks them, and fields of its own.
    fn with_fields(&self, event: Event, setting: &Setting) -> Event {
        let message = usize::from(self.ids.1 % setting.messages);
        let facts = match (self.facts, setting.facts.len()) {
            (0..3, _) | (_, 0) => &[][..],
            // The facts of another message, so that the first event that has a fact decides it.
            (3, count) => &setting.facts[(message + 1) % count],
            (_, count) => &setting.facts[message % count],
        };
        self.with_own(facts.iter().fold(event, with_choice), setting)
    }

    fn with_own(&self, event: Event, setting: &Setting) -> Event {
        let event = self.values.iter().fold(event, with_choice);
        let event = with_told(event, self.told);
        let created = self.created.map(|when| when.at(setting.origin));
        let event = created.into_iter().fold(event, Event::created);
        match self.attribute {
            1 => event.attribute("a", 1),
            2 => event.attribute("a", "x"),
            3 => event.attribute("b", json!([1, { "k": null }])),
            4 => event.attribute("a", 0.1).attribute("b", true),
            5 => event.attribute("", json!({ "z": -0.0, "a": [true] })),
            _ => event,
        }
    }

    /// Changes some events so that they may be refused.
    fn odd_one(&self, event: Event, setting: &Setting) -> Event {
        if !setting.refusals {
            return event;
        }
        let (account, message) = (event.account().clone(), event.message().clone());
        match self.odd {
            1 => event.created("1999-12-31T23:59:59.999Z".parse().unwrap()),
            2 => Event::new(account, message, "", event.event_type(), event.at()),
            3 => event.campaign("x".repeat(Event::MAX_TEXT_BYTES + 1)),
            4 => event.campaign("x".repeat(Event::MAX_TEXT_BYTES)),
            5..12 => {
                let first = 10 * usize::from(self.odd);
                event.tags((first..first + 45).map(|tag| format!("t-{tag}")))
            }
            _ => event,
        }
    }
}

/// Returns `event` with a chosen value of a chosen dimension.
fn with_choice(event: Event, (dimension, value): &(u8, u8)) -> Event {
    let dimension = Dimension::ALL[usize::from(*dimension)];
    if dimension == Dimension::Attempt {
        let numbers = [1, 2, 300, u32::MAX];
        return event.attempt(NonZeroU32::new(numbers[usize::from(value % 4)]).unwrap());
    }
    with_value(event, dimension, &text(dimension, *value))
}

/// Returns a text that a dimension can have, in events and in filters.
pub(crate) fn text(dimension: Dimension, choice: u8) -> String {
    let known = values(dimension);
    let is_free = match dimension {
        Dimension::Account | Dimension::Code | Dimension::CodeSubject => false,
        other => other.possible_values().is_none(),
    };
    let choice = usize::from(choice) % (known.len() + if is_free { 3 } else { 0 });
    match known.get(choice) {
        Some(value) => (*value).to_owned(),
        None => match choice - known.len() {
            0 => known[0].to_ascii_uppercase(),
            1 => "É".to_owned(),
            _ => format!("{} {}", known[1], "x".repeat(70)),
        },
    }
}
