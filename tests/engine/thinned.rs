//! What the reference says of a time of which only sums are kept.
//!
//! It keeps every event. Those that the store dropped have another id in their message, because a later event with their id is
//! another event, and what they counted as is frozen: a list of events with the fields and the creation that their message
//! had then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveTime, Timelike, Utc};
use mailtally::message::{AccountId, EventFields, Fields, Message, MessageFields, MessageId};
use mailtally::store::{FirstOf, Group, Plan, Row, TallyError, Thinned, bucket_index};
use mailtally::{Counts, Dimension, Event, EventType, Metric, Resolution, Timing};

use super::steps::Reference;

/// What is thinned, and what was counted of it.
#[derive(Debug, Default)]
pub(crate) struct Thinning {
    /// The parts as they were asked for, with their ends rounded down.
    parts: Vec<Thinned>,
    frozen: Vec<Counted>,
    /// Of each message that was forgotten: its events that were dropped.
    forgotten: Vec<Message>,
}

/// An event as it counts.
#[derive(Clone, Debug)]
struct Counted {
    account: AccountId,
    at: DateTime<Utc>,
    created: DateTime<Utc>,
    event_type: EventType,
    first_of: FirstOf,
    fields: MessageFields,
    own: EventFields,
}

/// What the ids of dropped events start with.
const DROPPED: &str = "dropped ";

/// Returns whether the store has dropped an event.
pub(crate) fn is_dropped(event: &Event) -> bool {
    event.id().as_str().starts_with(DROPPED)
}

impl Thinning {
    /// Returns the instant from which on everything is kept; `None` if all is.
    pub(crate) fn end(&self) -> Option<DateTime<Utc>> {
        self.parts.iter().map(|part| part.before).max()
    }

    /// Drops the events of a part, and returns it with its end rounded down; `None` if its resolution is not one that sums
    /// can have.
    pub(crate) fn thin(
        &mut self,
        part: Thinned,
        messages: &mut BTreeMap<(AccountId, MessageId), Message>,
    ) -> Option<Thinned> {
        let day = part.before.date_naive();
        let end = match part.resolution {
            Resolution::Hour | Resolution::Day => day,
            Resolution::Month => day.with_day(1).unwrap(),
            _ => return None,
        };
        let part = Thinned { before: end.and_time(NaiveTime::MIN).and_utc(), ..part };
        self.parts.push(part);
        for message in messages.values_mut() {
            self.freeze(message, part.before);
        }
        Some(part)
    }

    /// Freezes the events of a message before an instant.
    fn freeze(&mut self, message: &mut Message, before: DateTime<Utc>) {
        let is_frozen = |event: &Event| event.at() < before && !is_dropped(event);
        self.frozen
            .extend(counted(message).filter(|(event, _)| is_frozen(event)).map(|(_, counted)| counted));
        let number = self.parts.len();
        let renamed = message.events().iter().map(|event| match is_frozen(event) {
            true => renamed(event, &format!("{DROPPED}{number} {}", event.id())),
            false => event.clone(),
        });
        *message = message_of(renamed).unwrap();
    }

    /// Keeps of a forgotten message what was thinned.
    pub(crate) fn forget(&mut self, message: &Message) {
        let dropped = message.events().iter().filter(|event| is_dropped(event)).cloned();
        self.forgotten.extend(message_of(dropped));
    }

    /// Forgets an account.
    pub(crate) fn forget_account(&mut self, account: &AccountId) {
        self.frozen.retain(|counted| counted.account != *account);
        self.forgotten.retain(|message| message.account() != account);
    }

    /// Returns whether a plan may be refused, because its answer needs events that were dropped.
    pub(crate) fn may_refuse(
        &self,
        plan: &Plan,
        messages: &BTreeMap<(AccountId, MessageId), Message>,
    ) -> bool {
        let (Some(end), Some(first)) = (self.end(), plan.buckets().first()) else { return false };
        let scope = plan.parts().scope;
        let has_mail = self.frozen.iter().any(|counted| scope.contains(&counted.account))
            || messages.values().any(|message| scope.contains(message.account()) && message.created() < end);
        first.start < end && has_mail && !self.is_aligned(plan)
    }

    /// Returns whether the sums tell the answer, whatever the mail.
    fn is_aligned(&self, plan: &Plan) -> bool {
        let filtered = plan.parts().filters.iter().map(mailtally::Filter::dimension);
        let filtered: BTreeSet<Dimension> = filtered.filter(|by| *by != Dimension::Account).collect();
        let grouped = plan.dimensions().iter().copied().filter(|by| *by != Dimension::Account);
        let all: BTreeSet<Dimension> = grouped.chain(filtered.iter().copied()).collect();
        let edges = plan.edges_in_millis().into_iter();
        all.len() <= 1
            && !filtered.contains(&Dimension::Tag)
            && edges.filter_map(DateTime::from_timestamp_millis).all(|at| self.is_edge(at, !all.is_empty()))
    }

    /// Returns whether an instant cuts no sum.
    fn is_edge(&self, at: DateTime<Utc>, has_dimension: bool) -> bool {
        if at <= "2000-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() {
            return true;
        }
        let of_hour = at.timestamp_millis() % 3_600_000 == 0;
        let of_day = of_hour && at.hour() == 0;
        self.parts.iter().filter(|part| at < part.before).all(|part| match part.resolution {
            Resolution::Month => of_day && at.day() == 1,
            Resolution::Hour if !has_dimension => of_hour,
            _ => of_day,
        })
    }
}

impl Reference {
    /// Returns the answer to a plan, also of what is thinned.
    pub(crate) fn rows(&self, plan: &Plan) -> Result<Vec<Row>, TallyError> {
        if self.thinning.end().is_none() {
            return plan.tally(self.events.iter().cloned());
        }
        let kept = self.messages.values().flat_map(counted).filter(|(event, _)| !is_dropped(event));
        let mut sums: BTreeMap<(usize, Group), Counts> = BTreeMap::new();
        for counted in kept.map(|(_, counted)| counted).chain(self.thinning.frozen.iter().cloned()) {
            counted.add(plan, &mut sums);
        }
        for message in self.messages.values().chain(&self.thinning.forgotten) {
            add_status(message, plan, &mut sums);
        }
        let limit = plan.parts().max_rows;
        if sums.len() > limit {
            return Err(TallyError::TooManyRows { limit });
        }
        let row = |((bucket, group), counts)| Row { bucket, group, counts };
        Ok(sums.into_iter().map(row).collect())
    }
}

/// Returns the events of a message, each as it counts.
fn counted(message: &Message) -> impl Iterator<Item = (&Event, Counted)> {
    message.history().into_iter().map(|entry| {
        let counted = Counted {
            account: message.account().clone(),
            at: entry.event.at(),
            created: message.created(),
            event_type: entry.event.event_type(),
            first_of: entry.first_of,
            fields: message.fields(),
            own: entry.event.event_fields().clone(),
        };
        (entry.event, counted)
    })
}

impl Counted {
    fn add(&self, plan: &Plan, sums: &mut BTreeMap<(usize, Group), Counts>) {
        let at = match plan.timing() {
            Timing::Event => self.at,
            Timing::Send => self.created,
        };
        if plan.kinds().contains(&self.event_type.kind()) {
            let fields = Fields { account: &self.account, message: &self.fields, event: &self.own };
            add(plan, at, fields, sums, |counts| counts.record(self.event_type, self.first_of).unwrap());
        }
    }
}

fn add_status(message: &Message, plan: &Plan, sums: &mut BTreeMap<(usize, Group), Counts>) {
    let Some(status) = message.status().filter(|_| plan.has_statuses()) else { return };
    let (message_fields, none) = (message.fields(), EventFields::default());
    let fields = Fields { account: message.account(), message: &message_fields, event: &none };
    let add_one = |counts: &mut Counts| counts.add_to(Metric::Status(status), 1).unwrap();
    add(plan, message.created(), fields, sums, add_one);
}

fn add(
    plan: &Plan,
    at: DateTime<Utc>,
    fields: Fields<'_>,
    sums: &mut BTreeMap<(usize, Group), Counts>,
    one: impl Fn(&mut Counts),
) {
    let parts = plan.parts();
    let is_counted =
        parts.scope.contains(fields.account) && parts.filters.iter().all(|filter| filter.keeps(fields));
    let Some(bucket) = bucket_index(plan.buckets(), at).filter(|_| is_counted) else { return };
    for group in Group::all(plan.dimensions(), fields) {
        one(sums.entry((bucket, group)).or_default());
    }
}

/// Returns the message of some events; `None` if there are none.
fn message_of(events: impl Iterator<Item = Event>) -> Option<Message> {
    Message::collect(events).into_values().next()
}

/// Returns an event with another id.
fn renamed(event: &Event, id: &str) -> Event {
    let mut json = serde_json::to_value(event).unwrap();
    json["id"] = id.into();
    serde_json::from_value(json).unwrap()
}
