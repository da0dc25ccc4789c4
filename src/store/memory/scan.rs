//! Counting in place: the same answer as [`Plan::tally`], without copying messages.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::account::StoredMessage;
use super::matcher::Matcher;
use super::rows::Rows;
use crate::dimension::Dimension;
use crate::event::{AccountId, Event, EventFields, Fields, MessageFields};
use crate::figure::Figure;
use crate::kind::Kind;
use crate::message::{HistoryEntry, Message};
use crate::metric::Metric;
use crate::plan::{Plan, PlanParts, Row, bucket_index};
use crate::query::Timing;
use crate::tally::TallyError;

/// The answer to a plan while messages are added.
///
/// It is faster than the reference because it reads only the fields that the plan needs, once per message, and because its
/// rows borrow the values of their groups.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    plan: PlanParts<'a>,
    /// From the start of the first bucket to the end of the last; there are no gaps between buckets.
    range: Range<DateTime<Utc>>,
    is_kind_counted: [bool; Kind::COUNT],
    /// The index of the tag in the dimensions.
    tag: Option<usize>,
    message_filters: Vec<Matcher<'a>>,
    event_filters: Vec<Matcher<'a>>,
    needs_tags: bool,
    rows: Rows<'a>,
    /// The rows of one message with several tags, without the tag.
    rows_of_any_tag: Rows<'a>,
    message: Current<'a>,
}

/// The message that is being added. Its allocations are reused for the next one.
#[derive(Debug, Default)]
struct Current<'a> {
    history: Vec<HistoryEntry<'a>>,
    /// The values of the message in the plan's dimensions.
    values: Vec<Option<&'a str>>,
    /// The values of an event.
    event_values: Vec<Option<&'a str>>,
    /// The values of the message in the dimensions of the filters of events.
    filter_values: Vec<Option<&'a str>>,
    tags: Vec<&'a str>,
}

impl<'a> Scan<'a> {
    /// Makes an empty scan.
    pub(super) fn new(plan: &'a Plan) -> Self {
        let plan = plan.parts();
        let matchers = plan.filters.iter().map(Matcher::new);
        let (event_filters, message_filters): (Vec<_>, Vec<_>) =
            matchers.partition(|filter| filter.dimension().belongs_to_event());
        let tag = plan.dimensions.iter().position(|dimension| *dimension == Dimension::Tag);
        let (first, last) = (plan.buckets.first(), plan.buckets.last());
        let range = first.zip(last).map(|(first, last)| first.start..last.end);
        Self {
            plan,
            range: range.unwrap_or_default(),
            is_kind_counted: Kind::ALL.map(|kind| plan.kinds.contains(&kind)),
            tag,
            needs_tags: tag.is_some()
                || message_filters.iter().any(|filter| filter.dimension() == Dimension::Tag),
            message_filters,
            event_filters,
            rows: Rows::new(plan.max_rows),
            rows_of_any_tag: Rows::new(usize::MAX),
            message: Current::default(),
        }
    }

    /// Adds everything that a message of an account in scope contributes.
    pub(super) fn add(&mut self, stored: &'a StoredMessage) -> Result<(), TallyError> {
        // Most plans are about a short period, in which most messages have no event.
        if !stored.can_touch(&self.range) {
            return Ok(());
        }
        let message = &stored.message;
        let created = bucket_index(self.plan.buckets, stored.created());
        if created.is_none() && self.plan.timing == Timing::Send {
            return Ok(());
        }
        self.message.tags.clear();
        if self.needs_tags {
            self.message.tags.extend(message.tags().into_iter().map(|tag| &**tag));
        }
        if !self.keeps_message(message) {
            return Ok(());
        }
        let Current { history, values, filter_values, .. } = &mut self.message;
        message.write_history(history);
        values.clear();
        values.extend(self.plan.dimensions.iter().map(|dimension| message.field(*dimension)));
        filter_values.clear();
        filter_values.extend(self.event_filters.iter().map(|filter| message.field(filter.dimension())));
        match self.tag.filter(|_| !self.message.tags.is_empty()) {
            None => self.add_to_rows(message, created),
            Some(tag) => self.add_to_rows_by_tag(message, created, tag),
        }
    }

    /// Adds a message to the rows of each of its tags. What it adds to each is counted once.
    fn add_to_rows_by_tag(
        &mut self,
        message: &Message,
        created: Option<usize>,
        tag: usize,
    ) -> Result<(), TallyError> {
        if let [only] = self.message.tags[..] {
            self.message.values[tag] = Some(only);
            return self.add_to_rows(message, created);
        }
        std::mem::swap(&mut self.rows, &mut self.rows_of_any_tag);
        let result = self.add_to_rows(message, created);
        std::mem::swap(&mut self.rows, &mut self.rows_of_any_tag);
        result?;
        for (mut values, by_bucket) in self.rows_of_any_tag.drain() {
            for name in &self.message.tags {
                values[tag] = Some(name);
                let group = self.rows.group(&values);
                for (bucket, counts) in &by_bucket {
                    self.rows.row(*bucket, group)?.add(counts)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a message to the rows of its values.
    fn add_to_rows(&mut self, message: &Message, created: Option<usize>) -> Result<(), TallyError> {
        // Without dimensions of events, all events of the message are in one group.
        let mut common_group = None;
        for index in 0..self.message.history.len() {
            let HistoryEntry { event, first_of } = self.message.history[index];
            let Some(bucket) = self.bucket(event, created) else { continue };
            let group = match common_group {
                Some(group) => group,
                None => self.event_group(event),
            };
            common_group = Some(group).filter(|_| self.plan.statuses);
            self.rows.row(bucket, group)?.record(event.event_type(), first_of)?;
        }
        if let (true, Some(bucket), Some(status)) = (self.plan.statuses, created, message.status()) {
            let group = common_group.unwrap_or_else(|| self.rows.group(&self.message.values));
            self.rows.row(bucket, group)?.add_to(Metric::Status(status), 1)?;
        }
        Ok(())
    }

    fn keeps_message(&self, message: &'a Message) -> bool {
        self.message_filters.iter().all(|filter| match filter.dimension() {
            Dimension::Tag => filter.keeps_tags(&self.message.tags),
            dimension => filter.keeps(message.field(dimension)),
        })
    }

    /// Returns the bucket that an event counts in, if it counts.
    fn bucket(&self, event: &Event, created: Option<usize>) -> Option<usize> {
        let bucket = match self.plan.timing {
            Timing::Event => bucket_index(self.plan.buckets, event.at()),
            Timing::Send => created,
        };
        let keeps = |(filter, of_message): (&Matcher<'_>, &Option<&str>)| {
            filter.keeps(own_value(filter.dimension(), event.account(), event.event_fields()).or(*of_message))
        };
        let mut filters = self.event_filters.iter().zip(&self.message.filter_values);
        let is_counted = self.is_kind_counted[event.event_type().kind() as usize];
        bucket.filter(|_| is_counted && filters.all(keeps))
    }

    /// Returns the number of the group of an event.
    fn event_group(&mut self, event: &'a Event) -> usize {
        let Current { values, event_values, .. } = &mut self.message;
        event_values.clear();
        let dimensions = self.plan.dimensions.iter().zip(&*values);
        event_values.extend(dimensions.map(|(dimension, value)| match dimension.belongs_to_event() {
            true => own_value(*dimension, event.account(), event.event_fields()).or(*value),
            false => *value,
        }));
        self.rows.group(event_values)
    }

    /// Returns how often a message is counted in a figure of the plan. The scan must be empty, and is empty afterwards.
    pub(super) fn count_in(&mut self, figure: &Figure, stored: &'a StoredMessage) -> u64 {
        // A message has fewer rows and events than could be too many.
        self.rows.unlimit();
        let _ = self.add(stored);
        let is_group =
            |values: &[Option<&str>]| values.iter().copied().eq(figure.group().iter().map(Option::as_deref));
        let of_group = self.rows.drain().filter(|(values, _)| is_group(values));
        let counts = of_group.filter_map(|(_, mut by_bucket)| by_bucket.remove(&figure.bucket()));
        counts.map(|counts| counts.value(figure.metric())).sum()
    }

    /// Adds the counts of another scan of the same plan.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), TallyError> {
        self.rows.merge(other.rows)
    }

    /// Returns the rows, ascending by bucket, then by group.
    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows.into_rows()
    }
}

/// Returns the value that an event has of its own in a dimension.
fn own_value<'a>(dimension: Dimension, account: &'a AccountId, event: &'a EventFields) -> Option<&'a str> {
    dimension.value(Fields { account, message: MessageFields::none(), event })
}
