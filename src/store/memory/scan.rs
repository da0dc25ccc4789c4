//! Counting in place: what [`Plan::tally`] answers, without a copy of anything that is counted.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;

use chrono::{DateTime, Utc};

use crate::counts::{Counts, Metric};
use crate::dimension::{Dimension, Group};
use crate::event::{Event, EventFields};
use crate::event_type::Kind;
use crate::filter::Filter;
use crate::message::{HistoryEntry, Message};
use crate::plan::{Plan, PlanParts, Row, bucket_index};
use crate::query::Timing;
use crate::tally::TallyError;

/// The rows of a plan in the making, their values borrowed from the messages.
///
/// It says what the reference says in other words: what is the message's is asked of it once, and only what the plan
/// needs; and a row is found by small numbers.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    plan: PlanParts<'a>,
    counted: [bool; Kind::COUNT],
    /// Where among the dimensions the tag is.
    tag: Option<usize>,
    filters_of_message: Vec<&'a Filter>,
    filters_of_event: Vec<&'a Filter>,
    /// The number of each group.
    groups: HashMap<Box<[Option<&'a str>]>, usize>,
    /// By the number of the group, then by bucket.
    rows: Vec<BTreeMap<usize, Counts>>,
    /// How many rows that is.
    count: usize,
    /// Of the message that is being added; kept for their memory.
    history: Vec<HistoryEntry<'a>>,
    values: Vec<Option<&'a str>>,
}

impl<'a> Scan<'a> {
    /// Nothing counted yet.
    pub(super) fn new(plan: &'a Plan) -> Self {
        let plan = plan.parts();
        let (filters_of_event, filters_of_message) =
            plan.filters.iter().partition(|filter| filter.dimension().belongs_to_event());
        Self {
            plan,
            counted: Kind::ALL.map(|kind| plan.kinds.contains(&kind)),
            tag: plan.dimensions.iter().position(|dimension| *dimension == Dimension::Tag),
            filters_of_message,
            filters_of_event,
            groups: HashMap::new(),
            rows: Vec::new(),
            count: 0,
            history: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds all that one message, of an account within the scope, contributes.
    pub(super) fn add(&mut self, message: &'a Message) -> Result<(), TallyError> {
        // Most questions are about a short time, and most messages of another.
        if !message.events().iter().any(|event| self.is_asked_about(event.at())) {
            return Ok(());
        }
        let created = bucket_index(self.plan.buckets, message.created());
        let is_beside = created.is_none() && self.plan.timing == Timing::Send;
        if is_beside || !self.filters_of_message.iter().all(|filter| keeps_message(filter, message)) {
            return Ok(());
        }
        message.write_history(&mut self.history);
        self.values.clear();
        self.values.extend(self.plan.dimensions.iter().map(|dimension| message.fact(*dimension)));
        let Some(tag) = self.tag else {
            return self.add_once(message, created);
        };
        let tags = message.tags();
        if tags.is_empty() {
            return self.add_once(message, created);
        }
        tags.into_iter().try_for_each(|name| {
            self.values[tag] = Some(name);
            self.add_once(message, created)
        })
    }

    /// Adds what the message contributes under the values that are set.
    fn add_once(&mut self, message: &Message, created: Option<usize>) -> Result<(), TallyError> {
        // Where nothing is an event's own, all events are of one group.
        let mut of_all = None;
        for place in 0..self.history.len() {
            let HistoryEntry { event, first_of } = self.history[place];
            let Some(bucket) = self.bucket(event, created) else { continue };
            let group = match of_all {
                Some(group) => group,
                None => self.group_of(event.event_fields()),
            };
            of_all = Some(group).filter(|_| self.plan.statuses);
            let counts = self.row(bucket, group)?;
            counts.record(event.event_type(), first_of)?;
        }
        if let (true, Some(bucket), Some(status)) = (self.plan.statuses, created, message.status()) {
            let group = of_all.unwrap_or_else(|| self.group());
            self.row(bucket, group)?.add_to(Metric::Status(status), 1)?;
        }
        Ok(())
    }

    /// Whether the time is in one of the buckets, between which there are no gaps.
    fn is_asked_about(&self, at: DateTime<Utc>) -> bool {
        let (first, last) = (self.plan.buckets.first(), self.plan.buckets.last());
        first.is_some_and(|first| first.start <= at) && last.is_some_and(|last| at < last.end)
    }

    /// Where an event counts, if it does.
    fn bucket(&self, event: &Event, created: Option<usize>) -> Option<usize> {
        let bucket = match self.plan.timing {
            Timing::Event => bucket_index(self.plan.buckets, event.at()),
            Timing::Send => created,
        };
        let is_counted = self.counted[event.event_type().kind() as usize];
        bucket.filter(|_| {
            is_counted && self.filters_of_event.iter().all(|filter| keeps_event(filter, event.event_fields()))
        })
    }

    /// The group of the values that are set, with those that an event has of its own.
    fn group_of(&mut self, origin: &'a EventFields) -> usize {
        for (value, dimension) in self.values.iter_mut().zip(self.plan.dimensions) {
            if dimension.belongs_to_event() {
                *value = dimension.own(origin);
            }
        }
        self.group()
    }

    fn group(&mut self) -> usize {
        if let Some(group) = self.groups.get(&self.values[..]) {
            return *group;
        }
        let group = self.rows.len();
        self.groups.insert(self.values[..].into(), group);
        self.rows.push(BTreeMap::new());
        group
    }

    fn row(&mut self, bucket: usize, group: usize) -> Result<&mut Counts, TallyError> {
        match self.rows[group].entry(bucket) {
            Entry::Occupied(row) => Ok(row.into_mut()),
            Entry::Vacant(_) if self.count >= self.plan.rows => {
                Err(TallyError::TooManyRows { limit: self.plan.rows })
            }
            Entry::Vacant(row) => {
                self.count += 1;
                Ok(row.insert(Counts::ZERO))
            }
        }
    }

    /// Adds what was counted of other messages.
    pub(super) fn merge(&mut self, mut other: Self) -> Result<(), TallyError> {
        for (values, group) in other.groups {
            self.values = values.into();
            let into = self.group();
            for (bucket, counts) in mem::take(&mut other.rows[group]) {
                self.row(bucket, into)?.add(&counts)?;
            }
        }
        Ok(())
    }

    /// The rows, ascending by bucket, then by group.
    pub(super) fn into_rows(mut self) -> Vec<Row> {
        let group = |values: &[Option<&str>]| values.iter().map(|value| value.map(Into::into)).collect();
        let mut groups: Vec<(Group, usize)> =
            self.groups.iter().map(|(values, number)| (group(values), *number)).collect();
        groups.sort_unstable();
        let mut rows = Vec::with_capacity(self.count);
        for (group, number) in groups {
            let of_group = mem::take(&mut self.rows[number]).into_iter();
            rows.extend(of_group.map(|(bucket, counts)| Row { bucket, group: group.clone(), counts }));
        }
        // Stable, so the groups of a bucket stay in their order.
        rows.sort_by_key(|row| row.bucket);
        rows
    }
}

/// Whether a filter on a message's dimension keeps the message.
fn keeps_message(filter: &Filter, message: &Message) -> bool {
    let parts = filter.parts();
    let tags = if parts.dimension == Dimension::Tag { message.tags() } else { BTreeSet::new() };
    let is_one = match tags.is_empty() {
        true => filter.matches(message.fact(parts.dimension)),
        false => tags.into_iter().any(|tag| filter.matches(Some(tag))),
    };
    is_one == parts.includes
}

/// Whether a filter on an event's own dimension keeps an event from `origin`.
fn keeps_event(filter: &Filter, origin: &EventFields) -> bool {
    filter.matches(filter.dimension().own(origin)) == filter.parts().includes
}
