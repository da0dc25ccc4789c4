//! What one message adds to counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::counts::{CountOverflow, Counts, FirstOf};
use crate::dimension::Dimension;
use crate::event::{AccountId, EventFields, Fields, MessageFields};
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::group::Group;
use crate::kind::Kind;
use crate::message::{HistoryEntry, Message};
use crate::metric::Metric;
use crate::query::Timing;
use crate::status::Status;

/// What is counted of a message, and under which groups: a [plan](crate::store::Plan::selection) without its accounts and
/// buckets.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "hosts that keep sums make them")]
pub struct Selection<'a> {
    /// Count only mail that passes all of these.
    pub filters: &'a [Filter],
    /// Count each combination of values of these dimensions separately.
    pub dimensions: &'a [Dimension],
    /// The bucket of an event is that of its own instant or of its message's creation. The bucket of a status is always that
    /// of its message's creation.
    pub timing: Timing,
    /// Count these kinds of event.
    pub kinds: &'a [Kind],
}

impl Selection<'_> {
    /// Returns whether statuses are counted: not if a dimension of events is grouped or filtered by.
    pub fn has_statuses(&self) -> bool {
        let filtered = self.filters.iter().map(Filter::dimension);
        !self.dimensions.iter().copied().chain(filtered).any(Dimension::belongs_to_event)
    }
}

/// What one message adds to counts: a pure function of its events. Every count is the sum of the contributions of all
/// messages.
///
/// A host that keeps sums instead of counting anew adds, for each message that a batch of events touches, its contribution
/// after the batch [minus](Contribution::minus) the one before. Late events, corrected copies and repeats need no other
/// rule.
///
/// ```
/// use mailtally::message::Message;
/// use mailtally::store::{Contribution, Selection};
/// use mailtally::time::chrono::{DateTime, Utc};
/// use mailtally::{Dimension, Event, Kind, Metric, Timing};
///
/// // Sums by sending domain and day in UTC.
/// let selection = Selection { filters: &[], dimensions: &[Dimension::Domain], timing: Timing::Event, kinds: &Kind::ALL };
/// let day = |at: DateTime<Utc>| Some(at.date_naive());
///
/// let opened = |id, at: &str| Event::new("acme", "m-1", id, Kind::Opened, at.parse().unwrap()).domain("a.example");
/// let mut message = Message::new(opened("e-1", "2026-02-02T09:00:00Z"));
/// let before = Contribution::new(&message, &selection, day)?;
/// message.insert(opened("e-2", "2026-02-01T20:00:00Z")); // it comes late, and is the first
/// let after = Contribution::new(&message, &selection, day)?;
///
/// let unique: Vec<_> = after
///     .minus(&before)
///     .into_iter()
///     .filter(|change| change.metric == Metric::Unique(Kind::Opened))
///     .map(|change| (change.bucket.to_string(), change.by))
///     .collect();
/// assert_eq!(unique, [("2026-02-01".to_owned(), 1), ("2026-02-02".to_owned(), -1)]);
/// # Ok::<(), mailtally::store::CountOverflow>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution<B> {
    cells: BTreeMap<(B, Group), Counts>,
}

/// How much one figure of one cell changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "hosts apply every part of it")]
pub struct CellChange<B> {
    /// The bucket.
    pub bucket: B,
    /// The values of the selection's dimensions, in their order.
    pub group: Group,
    /// The figure.
    pub metric: Metric,
    /// What is added to it; never zero.
    pub by: i64,
}

/// What follows from the events of a message, as far as counts depend on it.
#[derive(Clone, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) fields: MessageFields,
    pub(crate) created: DateTime<Utc>,
    pub(crate) status: Option<Status>,
}

/// An event in the history of its message, as far as counts depend on it.
#[derive(Clone, Debug)]
pub(crate) struct KnownEvent<'a> {
    pub(crate) at: DateTime<Utc>,
    pub(crate) event_type: EventType,
    pub(crate) own: Cow<'a, EventFields>,
    pub(crate) first_of: FirstOf,
}

impl<'a> Known<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        let (account, fields) = (message.account(), message.fields());
        Self { account, fields, created: message.created(), status: message.status() }
    }
}

impl Known<'_> {
    fn with<'b>(&'b self, event: &'b EventFields) -> Fields<'b> {
        Fields { account: self.account, message: &self.fields, event }
    }
}

impl<'a> KnownEvent<'a> {
    pub(crate) fn of(HistoryEntry { event, first_of }: &HistoryEntry<'a>) -> Self {
        let own = Cow::Borrowed(event.event_fields());
        Self { at: event.at(), event_type: event.event_type(), own, first_of: *first_of }
    }
}

impl<B> Default for Contribution<B> {
    /// Makes the contribution of a message without events.
    fn default() -> Self {
        Self { cells: BTreeMap::new() }
    }
}

impl<B: Clone + Ord> Contribution<B> {
    /// Counts what `selection` selects of a message. `bucket` returns the bucket of an instant, or `None` if the instant is
    /// not counted.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`] if a count exceeds 64 bits.
    pub fn new(
        message: &Message,
        selection: &Selection<'_>,
        bucket: impl Fn(DateTime<Utc>) -> Option<B>,
    ) -> Result<Self, CountOverflow> {
        Self::of(&Known::of(message), message.history().iter().map(KnownEvent::of), selection, bucket)
    }

    /// Counts what `selection` selects of a message with these events, as [`Contribution::new`] does.
    pub(crate) fn of<'a>(
        message: &Known<'_>,
        events: impl Iterator<Item = KnownEvent<'a>>,
        selection: &Selection<'_>,
        bucket: impl Fn(DateTime<Utc>) -> Option<B>,
    ) -> Result<Self, CountOverflow> {
        let Selection { filters, dimensions, timing, kinds } = *selection;
        let mut contribution = Self::default();
        let created = bucket(message.created);
        let passes = |event: &EventFields| filters.iter().all(|filter| filter.keeps(message.with(event)));
        for KnownEvent { at, event_type, own, first_of } in events {
            let bucket = match timing {
                Timing::Event => bucket(at),
                Timing::Send => created.clone(),
            };
            let is_counted = kinds.contains(&event_type.kind()) && passes(&own);
            let Some(bucket) = bucket.filter(|_| is_counted) else { continue };
            for group in Group::all(dimensions, message.with(&own)) {
                contribution.counts(bucket.clone(), group).record(event_type, first_of)?;
            }
        }
        let none = &EventFields::NONE;
        if let (true, Some(bucket), Some(status)) = (selection.has_statuses(), created, message.status)
            && passes(none)
        {
            for group in Group::all(dimensions, message.with(none)) {
                contribution.counts(bucket.clone(), group).add_to(Metric::Status(status), 1)?;
            }
        }
        Ok(contribution)
    }

    /// Returns the counts of each bucket and group, ascending by bucket, then by group. None of them is zero.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = (&B, &Group, &Counts)> {
        self.cells.iter().map(|((bucket, group), counts)| (bucket, group, counts))
    }

    /// Returns the counts of a bucket and group; `None` if the message adds nothing there.
    pub fn cell(&self, bucket: B, group: &Group) -> Option<&Counts> {
        self.cells.get(&(bucket, group.clone()))
    }

    /// Returns what must be added to sums that contain `before`, an earlier contribution of the same message, so that they
    /// contain this one instead: ascending by bucket, group and metric.
    pub fn minus(&self, before: &Self) -> Vec<CellChange<B>> {
        let mut changes: BTreeMap<(&B, &Group, Metric), i64> = BTreeMap::new();
        for (contribution, sign) in [(self, 1), (before, -1)] {
            for (bucket, group, counts) in contribution.cells() {
                for (metric, count) in counts.figures() {
                    // A message has fewer events than an `i64` counts.
                    let by = sign * i64::try_from(count).unwrap_or(i64::MAX);
                    *changes.entry((bucket, group, metric)).or_default() += by;
                }
            }
        }
        let change = |((bucket, group, metric), by): ((&B, &Group, _), _)| {
            (by != 0).then(|| CellChange { bucket: bucket.clone(), group: group.clone(), metric, by })
        };
        changes.into_iter().filter_map(change).collect()
    }

    fn counts(&mut self, bucket: B, group: Group) -> &mut Counts {
        self.cells.entry((bucket, group)).or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Event;

    const SELECTION: Selection<'static> = Selection {
        filters: &[],
        dimensions: &[Dimension::Category, Dimension::Tag],
        timing: Timing::Event,
        kinds: &Kind::ALL,
    };

    fn hour(at: DateTime<Utc>) -> Option<i64> {
        Some(at.timestamp().div_euclid(3600))
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = (0..6_u8, 0..EventType::COUNT, 0..20_000_i64, 0..3_usize).prop_map(
            |(id, event_type, second, value)| {
                let at = DateTime::from_timestamp(second, 0).unwrap_or_default();
                let event = Event::new("a", "m", id.to_string(), EventType::ALL[event_type], at);
                event.category(["", "x", "y"][value]).tags(["p", "q"].into_iter().take(value))
            },
        );
        proptest::collection::vec(event, 1..8)
    }

    proptest! {
        #[test]
        fn sums_that_changes_are_added_to_stay_equal_to_the_contribution(events in events()) {
            let mut sums: BTreeMap<(i64, Group, Metric), i64> = BTreeMap::new();
            let mut before = Contribution::default();
            let mut message: Option<Message> = None;
            for event in events {
                let message = match &mut message {
                    Some(message) => {
                        message.insert(event);
                        message
                    }
                    None => message.insert(Message::new(event)),
                };
                let after = Contribution::new(message, &SELECTION, hour).unwrap();
                for CellChange { bucket, group, metric, by } in after.minus(&before) {
                    *sums.entry((bucket, group, metric)).or_default() += by;
                }
                sums.retain(|_, sum| *sum != 0);
                let expected = after.cells().flat_map(|(bucket, group, counts)| {
                    counts.figures().map(|(metric, count)| ((*bucket, group.clone(), metric), count as i64))
                });
                prop_assert_eq!(&sums, &expected.collect());
                prop_assert_eq!(after.minus(&after), []);
                before = after;
            }
        }
    }
}
