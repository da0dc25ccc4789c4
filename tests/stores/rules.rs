//! A second reference, written from the documentation, whose rules can be changed one by one.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use mailtally::message::{AccountId, EventFields, Fields, MessageFields};
use mailtally::store::{
    BoxFuture, Counted, FirstOf, Group, Plan, PlanParts, Row, Store, StoreError, TallyError, bucket_index,
};
use mailtally::time::Bucket;
use mailtally::{Counts, Event, Kind, Metric, Status, Timing};

/// What the documentation leaves to a store to do rightly.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// The order of copies, of which the least counts.
    pub(crate) copies: &'static (dyn Fn(&Event, &Event) -> Ordering + Sync),
    /// The order of the events of a message, which decides which is the first of its kind and event type.
    pub(crate) firsts: fn(&Event, &Event) -> Ordering,
    /// The order of the events of a message, which decides whose fields count.
    pub(crate) fields: fn(&Event, &Event) -> Ordering,
    /// The order of the events of a message, of which the greatest decides the status.
    pub(crate) status: fn(&Event, &Event) -> Ordering,
    /// The creation of a message.
    pub(crate) created: fn(&[Event]) -> Option<DateTime<Utc>>,
    /// Changes the fields that the values of an event are read from.
    pub(crate) own: fn(&MessageFields, &EventFields) -> (MessageFields, EventFields),
    /// Whether statuses are counted.
    pub(crate) has_statuses: fn(&Plan) -> bool,
    /// The index of the bucket of an instant.
    pub(crate) bucket: fn(&[Bucket], DateTime<Utc>) -> Option<usize>,
    /// The account that an event is grouped and filtered by.
    pub(crate) account: fn(&AccountId) -> AccountId,
    /// The day of an instant.
    pub(crate) day: fn(DateTime<Utc>) -> NaiveDate,
    /// The key by which events are collected into messages.
    pub(crate) message: fn(&str) -> String,
    /// Whether an event that is in no bucket is dropped before anything is decided.
    pub(crate) drops_events_outside: bool,
}

impl Rules {
    /// The documented rules.
    pub(crate) const RIGHT: Self = Self {
        copies: &Event::cmp_copies,
        firsts: |one, other| (one.at(), one.id()).cmp(&(other.at(), other.id())),
        fields: |one, other| (one.at(), one.id()).cmp(&(other.at(), other.id())),
        status: |one, other| rank(one).cmp(&rank(other)),
        created: |events| {
            let told = events.iter().filter_map(|event| event.message_fields().created);
            events.iter().map(Event::at).chain(told).min()
        },
        own: |message, event| (message.clone(), event.clone()),
        has_statuses: |plan| plan.parts().statuses,
        bucket: bucket_index,
        account: AccountId::clone,
        day: |at| at.date_naive(),
        message: str::to_owned,
        drops_events_outside: false,
    };
}

/// The key by which the status is decided.
pub(crate) fn rank(event: &Event) -> Option<(u8, DateTime<Utc>, Status)> {
    let status = Status::from_kind(event.event_type().kind())?;
    Some((status.phase(), event.at(), status))
}

/// A store that keeps events in a list and counts by its rules.
pub(crate) struct RuleStore {
    pub(crate) events: Vec<Event>,
    pub(crate) rules: Rules,
}

impl Store for RuleStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let rows: Result<Vec<_>, TallyError> =
                plans.iter().map(|plan| self.rules.count(plan, &self.events)).collect();
            Ok(Counted::new(rows?))
        })
    }
}

impl Rules {
    fn count(&self, plan: &Plan, events: &[Event]) -> Result<Vec<Row>, TallyError> {
        let PlanParts { scope, buckets, max_rows, .. } = plan.parts();
        let mut messages: BTreeMap<_, Vec<Event>> = BTreeMap::new();
        for event in events.iter().filter(|event| scope.contains(event.account())) {
            if !self.drops_events_outside || (self.bucket)(buckets, event.at()).is_some() {
                messages
                    .entry((event.account(), (self.message)(event.message().as_str())))
                    .or_default()
                    .push(event.clone());
            }
        }
        let mut rows: BTreeMap<(usize, Group), Counts> = BTreeMap::new();
        for events in messages.into_values() {
            self.add(plan, self.without_copies(events), &mut rows)?;
            if rows.len() > max_rows {
                return Err(TallyError::TooManyRows { limit: max_rows });
            }
        }
        Ok(rows.into_iter().map(|((bucket, group), counts)| Row { bucket, group, counts }).collect())
    }

    fn without_copies(&self, mut events: Vec<Event>) -> Vec<Event> {
        events.sort_by(|one, other| one.id().cmp(other.id()).then_with(|| (self.copies)(one, other)));
        events.dedup_by(|next, kept| next.id() == kept.id());
        events
    }

    /// Adds a message.
    fn add(
        &self,
        plan: &Plan,
        mut events: Vec<Event>,
        rows: &mut BTreeMap<(usize, Group), Counts>,
    ) -> Result<(), TallyError> {
        let PlanParts { buckets, filters, dimensions, timing, kinds, .. } = plan.parts();
        let message = self.message_fields(&events);
        let created = (self.created)(&events).and_then(|created| (self.bucket)(buckets, created));
        let highest = events.iter().max_by(|one, other| (self.status)(one, other)).and_then(rank);
        let account = (self.account)(events[0].account());
        events.sort_by(self.firsts);
        let mut count = |bucket: Option<usize>, own: &EventFields, figures: &dyn Fn(&mut Counts)| {
            let (message, event) = (self.own)(&message, own);
            let fields = Fields { account: &account, message: &message, event: &event };
            if let Some(bucket) = bucket.filter(|_| filters.iter().all(|filter| filter.keeps(fields))) {
                for group in Group::all(dimensions, fields) {
                    figures(rows.entry((bucket, group)).or_default());
                }
            }
        };
        let mut seen = BTreeSet::new();
        for event in &events {
            let (event_type, kind) = (event.event_type(), event.event_type().kind());
            let first_of = FirstOf {
                event_type: seen.insert((Some(event_type), None, None)),
                kind: seen.insert((None, Some(kind), None)),
                day: seen.insert((None, Some(kind), Some((self.day)(event.at())))),
            };
            let bucket = match timing {
                Timing::Event => (self.bucket)(buckets, event.at()),
                Timing::Send => created,
            };
            if kinds.contains(&kind) {
                count(bucket, event.event_fields(), &|counts| counts.record(event_type, first_of).unwrap());
            }
        }
        if let (true, Some((_, _, status))) = ((self.has_statuses)(plan), highest) {
            count(created, &EventFields::default(), &|counts| {
                counts.add_to(Metric::Status(status), 1).unwrap()
            });
        }
        Ok(())
    }

    fn message_fields(&self, events: &[Event]) -> MessageFields {
        let mut ordered: Vec<&MessageFields> = Vec::new();
        let mut sorted: Vec<&Event> = events.iter().collect();
        sorted.sort_by(|one, other| (self.fields)(one, other));
        ordered.extend(sorted.iter().map(|event| event.message_fields()));
        let mut fields = MessageFields::default();
        for known in ordered {
            let MessageFields {
                subaccount,
                domain,
                category,
                mailbox,
                campaign,
                ip,
                ip_pool,
                recipient_domain,
                provider,
                ..
            } = &mut fields;
            for (field, value) in [
                (subaccount, &known.subaccount),
                (domain, &known.domain),
                (category, &known.category),
                (mailbox, &known.mailbox),
                (campaign, &known.campaign),
                (ip, &known.ip),
                (ip_pool, &known.ip_pool),
                (recipient_domain, &known.recipient_domain),
                (provider, &known.provider),
            ] {
                *field = field.take().or_else(|| value.clone());
            }
            fields.stream = fields.stream.or(known.stream);
            fields.open_tracking = fields.open_tracking.or(known.open_tracking);
            fields.click_tracking = fields.click_tracking.or(known.click_tracking);
            fields.tags.extend(known.tags.iter().cloned());
        }
        fields
    }
}

/// The order of two kinds, reversed.
pub(crate) fn earlier_kind(one: &Event, other: &Event) -> Ordering {
    let key = |event: &Event| rank(event).map(|(phase, at, _)| (phase, at));
    let kind = |event: &Event| event.event_type().kind();
    key(one).cmp(&key(other)).then_with(|| Kind::cmp(&kind(other), &kind(one)))
}
