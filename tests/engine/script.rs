//! Random streams: what arrives, and what is asked in between.

use std::ops::Range;

use chrono::Duration;
use mailtally::store::{StoreLimits, Thinned};
use mailtally::{Event, Resolution};
use proptest::prelude::*;

use super::checks::{self, Ask};
use super::instants::{DAYS, origin};
use super::mail::{self, ACCOUNTS, MESSAGES, Setting};
use super::plans;
use super::steps::{Engine, Reference, Step};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "clickhouse"))]
use crate::common::AnyStore;

/// What streams are mostly about.
#[derive(Clone, Debug)]
pub(crate) struct Focus {
    /// The forms of instants.
    pub(crate) instants: Range<u8>,
    /// The maximum number of messages of an account.
    pub(crate) messages: u8,
    /// The maximum number of steps.
    pub(crate) steps: usize,
    /// The maximum number of events of a step.
    pub(crate) batch: usize,
    /// The maximum number of fields of an event besides those of its message.
    pub(crate) values: usize,
    /// What is asked.
    pub(crate) plans: plans::Focus,
    /// Whether some events are refused, and the store has small limits.
    pub(crate) refusals: bool,
    /// Whether the store is saved and opened in between.
    #[cfg(feature = "snapshot")]
    pub(crate) reopens: bool,
    /// Whether some steps keep less.
    pub(crate) retention: bool,
}

/// A stream with questions.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    limits: StoreLimits,
    /// Each step, and what is asked after it.
    turns: Vec<(Step, Option<Ask>)>,
    /// What is asked at the end.
    last: Ask,
}

/// The steps as plain numbers: which step it is, what of it is kept, its events, and what is asked after it.
type Turns = Vec<(u8, Less, Vec<mail::Draft>, Option<checks::Draft>)>;

/// What is forgotten or thinned: a day, an hour, a resolution, an account and a message.
type Less = (i64, i64, u8, u8, u8);

/// From this form on, steps are in bulk.
const BULK: u8 = 6;

/// From this form on, the store is saved and opened.
const REOPEN: u8 = 8;

/// From this form on, less is kept.
const LESS: u8 = 11;

/// Generates streams.
pub(crate) fn script(focus: &Focus) -> impl Strategy<Value = Script> + use<> {
    let facts = prop::collection::vec(prop::collection::vec((0..25_u8, 0..8_u8), 0..7), 0..4);
    let refusals = focus.refusals;
    let setting = (origin(), 1..4_u8, 1..=focus.messages, facts).prop_map(
        move |(origin, accounts, messages, facts)| Setting { origin, accounts, messages, facts, refusals },
    );
    let events = prop::collection::vec(mail::draft(focus.instants.clone(), focus.values), 0..=focus.batch);
    let asked = prop::option::weighted(0.25, checks::draft(focus.plans));
    let less = (-46..DAYS + 3, 0..24_i64, 0..8_u8, 0..3_u8, 0..12_u8);
    let forms = forms(focus);
    let turns = prop::collection::vec((prop::sample::select(forms), less, events, asked), 1..=focus.steps);
    let limits = (1..40_usize, 1..8_usize).prop_map(move |(account, message)| match refusals {
        true => {
            StoreLimits { events_per_account: account, events_per_message: message, ..StoreLimits::default() }
        }
        false => StoreLimits::default(),
    });
    (setting, limits, turns, checks::draft(focus.plans)).prop_map(|(setting, limits, turns, last)| Script {
        limits,
        turns: resolve(&setting, turns),
        last: last.ask(setting.origin),
    })
}

/// Returns the forms of steps.
fn forms(focus: &Focus) -> Vec<u8> {
    let mut forms: Vec<u8> = (0..REOPEN).collect();
    #[cfg(feature = "snapshot")]
    if focus.reopens {
        forms.extend(REOPEN..LESS);
    }
    if focus.retention {
        forms.extend(LESS..LESS + 4);
    }
    forms
}

/// Makes the steps, of which each knows the events of those before it.
fn resolve(setting: &Setting, turns: Turns) -> Vec<(Step, Option<Ask>)> {
    let mut earlier = Vec::new();
    let turn = |(form, less, drafts, asked): (u8, Less, Vec<mail::Draft>, Option<checks::Draft>)| {
        // In bulk, the order in which limits refuse events is not determined.
        let form = if setting.refusals && (BULK..REOPEN).contains(&form) { form - BULK } else { form };
        let step = match form {
            0..LESS => record(form, events(setting, &drafts, &mut earlier)),
            _ => keep_less(form, less, setting),
        };
        (step, asked.map(|draft| draft.ask(setting.origin)))
    };
    turns.into_iter().map(turn).collect()
}

/// Makes a step that records events.
fn record(form: u8, events: Vec<Event>) -> Step {
    match form {
        0..3 => Step::Record(events),
        3..5 => Step::Extend(events),
        5..BULK => Step::Load(events),
        #[cfg(feature = "snapshot")]
        REOPEN.. => Step::Reopen(events),
        _ => Step::Bulk(events),
    }
}

/// Makes a step after which less is kept.
fn keep_less(form: u8, (day, hour, resolution, account, message): Less, setting: &Setting) -> Step {
    let account = ACCOUNTS[usize::from(account % setting.accounts)].into();
    let message = MESSAGES[usize::from(message % setting.messages)].into();
    let resolution = match resolution {
        0..3 => Resolution::Hour,
        3..5 => Resolution::Day,
        5..7 => Resolution::Month,
        _ => Resolution::Week,
    };
    // Mostly in the days of the case.
    let day = if day < -20 { day } else { day.rem_euclid(DAYS + 3) };
    match form {
        LESS => Step::ForgetMessage(account, message),
        form if form == LESS + 1 && hour == 0 => Step::ForgetAccount(account),
        _ => {
            let before = setting.origin + Duration::days(day) + Duration::hours(hour);
            Step::Thin(Thinned { before, resolution })
        }
    }
}

/// Makes the events of a batch, and adds them to the `earlier` ones.
fn events(setting: &Setting, drafts: &[mail::Draft], earlier: &mut Vec<Event>) -> Vec<Event> {
    let first = earlier.len();
    for draft in drafts {
        let event = draft.event(setting, earlier);
        earlier.push(event);
    }
    earlier[first..].to_vec()
}

impl Script {
    /// Runs the stream through the store and the reference, and compares everything that they return.
    pub(crate) fn check(&self) -> Result<(), TestCaseError> {
        self.check_of(Engine::new(self.limits))
    }

    /// Runs the stream through another store and the reference.
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "clickhouse"))]
    pub(crate) fn check_store(&self, store: Box<dyn AnyStore>) -> Result<(), TestCaseError> {
        self.check_of(Engine::of(store))
    }

    fn check_of(&self, mut engine: Engine) -> Result<(), TestCaseError> {
        let mut reference = Reference::new(self.limits);
        let mut asked = Vec::new();
        for (step, ask) in &self.turns {
            let step = engine.step(step);
            let (found, expected) = (engine.apply(&step), reference.apply(&step));
            prop_assert_eq!(found, expected, "{:?}", step);
            if let Some(ask) = ask {
                checks::check(&engine, &reference, ask, &[])?;
                // A store that remembers answers forgets those that a later step changes.
                asked.extend(ask.plans.first().cloned());
            }
        }
        checks::check(&engine, &reference, &self.last, &asked)
    }
}
