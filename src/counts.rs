//! The counts of a bucket and group.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::{Metric, MetricSet};
use crate::status::Status;

mod figures;

use figures::Figures;

/// What an event is the first of, among the events of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "every store must determine each of them")]
pub struct FirstOf {
    /// No earlier event of the message has the same event type.
    pub event_type: bool,
    /// No earlier event of the message has the same kind.
    pub kind: bool,
    /// No earlier event of the message has the same kind on the same day in UTC.
    pub day: bool,
}

impl FirstOf {
    /// It is the first of its event type, kind and day.
    pub const EVERYTHING: Self = Self { event_type: true, kind: true, day: true };

    /// It is the first of nothing.
    pub const NOTHING: Self = Self { event_type: false, kind: false, day: false };
}

/// The error of a count that exceeds 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a count exceeds the maximum, 18446744073709551615")]
pub struct CountOverflow;

/// The counts of one bucket and group: for each event type and kind, the number of events (**total**) and of messages
/// (**unique**); for each kind, the number of messages, each once for each day in UTC (**daily unique**, as some
/// senders count opens and clicks); and for each status the number of messages that have it.
///
/// Addition is the only arithmetic: buckets add up to days, days to months, groups and shards to totals. Uniques add as
/// well, because a unique is the *first* such event of its message (on its day), and every event is in one bucket only.
/// Rates do not add, so they are not kept here: see [`Rate`](crate::rate::Rate).
///
/// ```
/// use mailtally::store::FirstOf;
/// use mailtally::{Counts, EventType, Kind, Metric};
///
/// let mut counts = Counts::default();
/// counts.record(EventType::OpenedPerson, FirstOf::EVERYTHING)?;
/// counts.record(EventType::OpenedPerson, FirstOf::NOTHING)?;
/// counts.record(EventType::OpenedMachine, FirstOf { event_type: true, ..FirstOf::NOTHING })?;
/// assert_eq!(counts.total(Kind::Opened), 3);
/// assert_eq!(counts.unique(Kind::Opened), 1);
/// assert_eq!(counts.events(), 3);
/// assert_eq!(counts.value(Metric::UniqueOf(EventType::OpenedMachine)), 1);
/// # Ok::<(), mailtally::store::CountOverflow>(())
/// ```
#[derive(Clone, Default)]
pub struct Counts {
    /// Which figures are kept: all others are zero.
    metrics: MetricSet,
    /// The figures that are kept, ascending by metric. Some can be zero.
    figures: Figures,
}

impl Counts {
    /// All figures are zero.
    pub const ZERO: Self = Self { metrics: MetricSet::EMPTY, figures: Figures::NONE };

    /// Returns whether all figures are zero.
    pub fn is_zero(&self) -> bool {
        self.figures.iter().all(|figure| *figure == 0)
    }

    /// Returns the number of events of `kind`, with any qualifier or none.
    pub fn total(&self, kind: Kind) -> u64 {
        self.value(Metric::Total(kind))
    }

    /// Returns the number of messages whose first event of `kind` is here.
    pub fn unique(&self, kind: Kind) -> u64 {
        self.value(Metric::Unique(kind))
    }

    /// Returns the number of events of all kinds. It saturates at `u64::MAX`.
    pub fn events(&self) -> u64 {
        // Totals of kinds come first in the order of metrics.
        let total = |(metric, count)| matches!(metric, Metric::Total(_)).then_some(count);
        self.figures().map_while(total).fold(0, u64::saturating_add)
    }

    /// Returns the number of (message, day in UTC) pairs whose first event of `kind` is here.
    pub fn daily_unique(&self, kind: Kind) -> u64 {
        self.value(Metric::DailyUnique(kind))
    }

    /// Returns the number of messages with `status`.
    pub fn status(&self, status: Status) -> u64 {
        self.value(Metric::Status(status))
    }

    /// Returns one figure.
    pub fn value(&self, metric: Metric) -> u64 {
        self.metrics.position(metric).map_or(0, |index| self.figures[index])
    }

    /// Returns every figure that is not zero, ascending by metric.
    pub fn figures(&self) -> impl Iterator<Item = (Metric, u64)> + Clone {
        self.metrics.iter().zip(self.figures.iter().copied()).filter(|(_, figure)| *figure > 0)
    }

    /// Makes counts of all figures, in the order of [`Metric::index`].
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn of_all(all: &[u64; Metric::COUNT]) -> Self {
        let metrics = MetricSet::of_present(all);
        let mut figures = Vec::with_capacity(metrics.len());
        figures.extend(metrics.indices().map(|index| all[index]));
        Self { metrics, figures: Figures::Own(figures) }
    }

    /// Makes counts of figures of these metrics, ascending, which are in a range of a list that other counts share.
    pub(crate) fn sharing(metrics: MetricSet, all: &Arc<Vec<u64>>, range: Range<usize>) -> Self {
        Self { metrics, figures: Figures::shared(all, range) }
    }

    /// Counts one event.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`] if a figure exceeds 64 bits; then nothing is changed.
    pub fn record(&mut self, event_type: EventType, first_of: FirstOf) -> Result<(), CountOverflow> {
        let kind = event_type.kind();
        let figures = [
            (Metric::Total(kind), true),
            (Metric::Unique(kind), first_of.kind),
            (Metric::DailyUnique(kind), first_of.day),
            (Metric::TotalOf(event_type), true),
            (Metric::UniqueOf(event_type), first_of.event_type),
        ];
        let figures =
            figures.into_iter().filter(|(_, is_counted)| *is_counted).map(|(metric, _)| (metric, 1));
        // Unless a figure is at its maximum, each is looked up only once.
        if self.figures.contains(&u64::MAX) {
            return self.add_all(figures);
        }
        figures.for_each(|(metric, count)| self.add_one(metric, count));
        Ok(())
    }

    /// Adds `count` to a figure and, if that is a total, to the total of its kind and of its event type: for stores
    /// that read figures from a table.
    ///
    /// Adding to [`Metric::Total`] adds events without a qualifier, so a caller that adds the totals of all event types
    /// must not add those of kinds.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`] if a figure exceeds 64 bits; then nothing is changed.
    pub fn add_to(&mut self, metric: Metric, count: u64) -> Result<(), CountOverflow> {
        let totals = |event_type: EventType| {
            [(Metric::Total(event_type.kind()), count), (Metric::TotalOf(event_type), count)]
        };
        match metric {
            Metric::Total(kind) => self.add_all(totals(kind.into())),
            Metric::TotalOf(event_type) => self.add_all(totals(event_type)),
            Metric::Unique(_) | Metric::DailyUnique(_) | Metric::UniqueOf(_) | Metric::Status(_) => {
                self.add_all([(metric, count)])
            }
        }
    }

    /// Adds `other`, figure by figure.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`] if a figure exceeds 64 bits; then nothing is changed.
    pub fn add(&mut self, other: &Self) -> Result<(), CountOverflow> {
        let metrics = self.metrics.union(other.metrics);
        let sum = |metric| self.value(metric).checked_add(other.value(metric)).ok_or(CountOverflow);
        let figures = match (metrics == self.metrics, metrics == other.metrics) {
            // Mostly, both have the same figures.
            (true, true) => self
                .figures
                .iter()
                .zip(&*other.figures)
                .map(|(one, two)| one.checked_add(*two).ok_or(CountOverflow))
                .collect(),
            (true | false, _) => metrics.iter().map(sum).collect(),
        };
        let figures: Result<Vec<u64>, CountOverflow> = figures;
        (self.metrics, self.figures) = (metrics, Figures::Own(figures?));
        Ok(())
    }

    /// Adds all figures or none. Each metric may occur once.
    fn add_all<I>(&mut self, figures: I) -> Result<(), CountOverflow>
    where
        I: IntoIterator<Item = (Metric, u64), IntoIter: Clone>,
    {
        let figures = figures.into_iter();
        if figures.clone().any(|(metric, count)| self.value(metric).checked_add(count).is_none()) {
            return Err(CountOverflow);
        }
        figures.filter(|(_, count)| *count > 0).for_each(|(metric, count)| self.add_one(metric, count));
        Ok(())
    }

    /// Adds a count that is not zero; the sum fits into 64 bits.
    fn add_one(&mut self, metric: Metric, count: u64) {
        match self.metrics.position(metric) {
            Ok(index) => self.figures.change(|figures| figures[index] += count),
            Err(index) => {
                self.metrics.insert(metric);
                self.figures.change(|figures| figures.insert(index, count));
            }
        }
    }
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.figures().eq(other.figures())
    }
}

impl Eq for Counts {}

impl Hash for Counts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.figures().for_each(|figure| figure.hash(state));
    }
}

impl fmt::Debug for Counts {
    /// Writes the figures that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.figures().map(|(metric, value)| (metric.to_string(), value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    #[test]
    fn an_addition_beyond_64_bits_is_an_error_and_changes_nothing() {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::Unique(Kind::Sent), u64::MAX).unwrap();
        counts.record(EventType::Opened, FirstOf { kind: false, ..FirstOf::EVERYTHING }).unwrap();
        let before = counts.clone();
        assert_eq!(counts.add(&before), Err(CountOverflow));
        assert_eq!(counts.record(EventType::Sent, FirstOf::EVERYTHING), Err(CountOverflow));
        assert_eq!(counts, before);
    }

    #[test]
    fn the_sum_of_the_totals_of_a_kind_must_fit_64_bits() {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::TotalOf(EventType::Opened), u64::MAX).unwrap();
        assert_eq!(counts.add_to(Metric::TotalOf(EventType::OpenedPerson), 1), Err(CountOverflow));
        assert_eq!(counts.total(Kind::Opened), u64::MAX);
    }

    #[test]
    fn sums_have_every_figure_of_both_sides_in_the_order_of_metrics() {
        let counts = |figures: &[(Metric, u64)]| {
            let mut counts = Counts::ZERO;
            figures.iter().try_for_each(|(metric, count)| counts.add_to(*metric, *count)).unwrap();
            counts
        };
        let of = |kind| Metric::Unique(kind);
        let lesser = counts(&[(of(Kind::Accepted), 1), (of(Kind::Delivered), 2), (of(Kind::Clicked), 3)]);
        let greater = counts(&[(of(Kind::Delivered), 40), (of(Kind::Opened), 50), (of(Kind::Stored), 60)]);
        let mut sums = [lesser.clone(), greater.clone()];
        sums[0].add(&greater).unwrap();
        sums[1].add(&lesser).unwrap();
        let expected = [1, 42, 50, 3, 60].to_vec();
        for sum in &sums {
            let figures: Vec<_> = sum.figures().collect();
            assert!(figures.is_sorted_by_key(|(metric, _)| *metric));
            assert_eq!(figures.iter().map(|(_, count)| *count).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn figures_that_are_zero_make_no_difference() {
        let metrics: MetricSet =
            [Metric::Total(Kind::Sent), Metric::Total(Kind::Opened)].into_iter().collect();
        let all = Arc::new(vec![0, 7, 0, 0]);
        let [zero, mut opened] = [2..4, 0..2].map(|range| Counts::sharing(metrics, &all, range));
        let mut expected = Counts::ZERO;
        expected.add_all([(Metric::Total(Kind::Opened), 7)]).unwrap();
        assert!(zero.is_zero() && !opened.is_zero());
        assert_eq!((&zero, &opened), (&Counts::ZERO, &expected));
        assert_eq!(opened.figures().collect::<Vec<_>>(), [(Metric::Total(Kind::Opened), 7)]);
        let state = RandomState::new();
        let hash_of = |counts: &Counts| state.hash_one(counts);
        assert_eq!(hash_of(&opened), hash_of(&expected));
        opened.add(&zero).unwrap();
        assert_eq!(opened, expected);
        assert_eq!(all[1], 7);
    }

    #[test]
    fn adding_zero_changes_nothing() {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::Unique(Kind::Sent), 0).unwrap();
        assert_eq!(counts, Counts::ZERO);
    }

    #[test]
    fn a_kind_is_the_sum_of_its_event_types() {
        let mut counts = Counts::ZERO;
        for event_type in EventType::ALL {
            counts.record(event_type, FirstOf::NOTHING).unwrap();
        }
        for kind in Kind::ALL {
            assert_eq!(counts.total(kind), kind.event_types().count() as u64);
        }
    }
}
