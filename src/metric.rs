//! The names of figures.

use std::fmt;
use std::str::FromStr;

use crate::event_type::EventType;
use crate::kind::Kind;
use crate::parse_error::ParseError;
use crate::status::Status;

/// The name that events without a qualifier have in place of one.
pub(crate) const UNQUALIFIED: &str = "unqualified";

/// The name of one figure of [`Counts`](crate::Counts): `delivered.total`, `opened.unique`, `opened.daily_unique`, `opened.person.unique`,
/// `status.delivered`.
///
/// Printed names parse back.
///
/// ```
/// use mailtally::{Kind, Metric};
///
/// let metric: Metric = "opened.unique".parse()?;
/// assert_eq!(metric, Metric::Unique(Kind::Opened));
/// assert_eq!(metric.to_string(), "opened.unique");
/// # Ok::<(), mailtally::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// The number of events of the kind, with any qualifier or none.
    Total(Kind),
    /// The number of messages whose first event of the kind is in the bucket and group.
    Unique(Kind),
    /// The number of pairs of a message and a day in UTC whose first event of the kind is in the bucket and group.
    DailyUnique(Kind),
    /// The number of events of the event type.
    TotalOf(EventType),
    /// The number of messages whose first event of the event type is in the bucket and group.
    UniqueOf(EventType),
    /// The number of messages with the status.
    Status(Status),
}

impl Metric {
    /// Returns the kind of event that it counts; `None` for [`Metric::Status`], which counts messages by status.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Total(kind) | Self::Unique(kind) | Self::DailyUnique(kind) => Some(kind),
            Self::TotalOf(event_type) | Self::UniqueOf(event_type) => Some(event_type.kind()),
            Self::Status(_) => None,
        }
    }
}

/// A set of metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct MetricSet([u64; WORDS]);

const WORDS: usize = Metric::COUNT.div_ceil(WORD_BITS);

const WORD_BITS: usize = 64;

impl MetricSet {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);

    /// Returns the metrics whose figures are not zero. The figures have the order of [`Metric::index`].
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn of_present(figures: &[u64; Metric::COUNT]) -> Self {
        let mut words = figures.chunks(WORD_BITS).map(|of_word| {
            // Without a branch, which would often be predicted wrongly.
            let bits = of_word.iter().enumerate().map(|(bit, figure)| u64::from(*figure > 0) << bit);
            bits.fold(0, |all, bit| all | bit)
        });
        Self(std::array::from_fn(|_| words.next().unwrap_or(0)))
    }

    /// Adds a metric.
    pub(crate) fn insert(&mut self, metric: Metric) {
        let index = metric.index();
        self.0[index / WORD_BITS] |= 1 << (index % WORD_BITS);
    }

    /// Returns the metrics that are in one of two sets.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Finds the position of a metric among the metrics of the set, or the position where it would be.
    pub(crate) fn position(&self, metric: Metric) -> Result<usize, usize> {
        let (word, bit) = (metric.index() / WORD_BITS, metric.index() % WORD_BITS);
        let before = self.0[..word].iter().map(|bits| bits.count_ones()).sum::<u32>();
        let position = (before + (self.0[word] & ((1 << bit) - 1)).count_ones()) as usize;
        if self.0[word] >> bit & 1 > 0 { Ok(position) } else { Err(position) }
    }

    /// Returns the number of metrics.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// Returns the metrics, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = Metric> + Clone {
        self.indices().filter_map(Metric::from_index)
    }

    /// Returns the indices of the metrics, ascending.
    pub(crate) fn indices(self) -> impl Iterator<Item = usize> + Clone {
        self.0.into_iter().enumerate().flat_map(|(word, mut bits)| {
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros() as usize;
                // Clears the lowest bit that is set.
                bits &= bits.checked_sub(1)?;
                Some(word * WORD_BITS + bit)
            })
        })
    }
}

impl FromIterator<Metric> for MetricSet {
    fn from_iter<I: IntoIterator<Item = Metric>>(metrics: I) -> Self {
        let mut set = Self::EMPTY;
        metrics.into_iter().for_each(|metric| set.insert(metric));
        set
    }
}

impl Metric {
    /// The number of metrics.
    pub(crate) const COUNT: usize = 3 * Kind::COUNT + 2 * EventType::COUNT + Status::COUNT;

    /// Returns the place of the metric in the order of all metrics.
    pub(crate) const fn index(self) -> usize {
        const TYPES: usize = 3 * Kind::COUNT;
        match self {
            Self::Total(kind) => kind as usize,
            Self::Unique(kind) => Kind::COUNT + kind as usize,
            Self::DailyUnique(kind) => 2 * Kind::COUNT + kind as usize,
            Self::TotalOf(event_type) => TYPES + event_type as usize,
            Self::UniqueOf(event_type) => TYPES + EventType::COUNT + event_type as usize,
            Self::Status(status) => TYPES + 2 * EventType::COUNT + status as usize,
        }
    }

    /// Returns the metric at a place in the order of all metrics.
    fn from_index(index: usize) -> Option<Self> {
        let kind = |number: usize| Kind::ALL.get(index - number * Kind::COUNT).copied();
        let rest = index.saturating_sub(3 * Kind::COUNT);
        let of_type = |number: usize| EventType::ALL.get(rest - number * EventType::COUNT).copied();
        if index < 3 * Kind::COUNT {
            return match index / Kind::COUNT {
                0 => kind(0).map(Self::Total),
                1 => kind(1).map(Self::Unique),
                _ => kind(2).map(Self::DailyUnique),
            };
        }
        match rest / EventType::COUNT {
            0 => of_type(0).map(Self::TotalOf),
            1 => of_type(1).map(Self::UniqueOf),
            _ => Status::ALL.get(rest - 2 * EventType::COUNT).copied().map(Self::Status),
        }
    }

    /// Returns whether events of a type can be counted by it.
    pub(crate) fn counts(self, event_type: EventType) -> bool {
        match self {
            Self::Total(kind) | Self::Unique(kind) | Self::DailyUnique(kind) => event_type.kind() == kind,
            Self::TotalOf(one) | Self::UniqueOf(one) => event_type == one,
            Self::Status(_) => false,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |f: &mut fmt::Formatter<'_>, event_type: EventType, form| {
            write!(f, "{}.{}.{form}", event_type.kind(), event_type.qualifier().unwrap_or(UNQUALIFIED))
        };
        match *self {
            Self::Total(kind) => write!(f, "{kind}.total"),
            Self::Unique(kind) => write!(f, "{kind}.unique"),
            Self::DailyUnique(kind) => write!(f, "{kind}.daily_unique"),
            Self::TotalOf(event_type) => write(f, event_type, "total"),
            Self::UniqueOf(event_type) => write(f, event_type, "unique"),
            Self::Status(status) => write!(f, "status.{status}"),
        }
    }
}

impl FromStr for Metric {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let invalid = || {
            let expected = "`KIND.total`, `KIND.unique`, `KIND.daily_unique`, `KIND.QUALIFIER.total`, \
                            `KIND.QUALIFIER.unique` or `status.STATUS`";
            ParseError::invalid("metric", text, expected)
        };
        let parts: Vec<&str> = text.split('.').collect();
        match *parts {
            ["status", status] => Ok(Self::Status(status.parse()?)),
            [kind, "total"] => Ok(Self::Total(kind.parse()?)),
            [kind, "unique"] => Ok(Self::Unique(kind.parse()?)),
            [kind, "daily_unique"] => Ok(Self::DailyUnique(kind.parse()?)),
            [kind, qualifier, form @ ("total" | "unique")] => {
                let qualifier = Some(qualifier).filter(|name| *name != UNQUALIFIED);
                let event_type = EventType::new(kind.parse()?, qualifier)?;
                Ok(if form == "total" { Self::TotalOf(event_type) } else { Self::UniqueOf(event_type) })
            }
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_metric_has_a_place_in_the_order_of_metrics() {
        let metrics: Vec<Metric> = (0..Metric::COUNT).filter_map(Metric::from_index).collect();
        assert_eq!(metrics.len(), Metric::COUNT);
        assert!(metrics.is_sorted_by(|one, other| one < other));
        assert!(metrics.iter().map(|metric| metric.index()).eq(0..Metric::COUNT));
        assert_eq!(Metric::from_index(Metric::COUNT), None);
        let mut set = MetricSet::EMPTY;
        for (number, metric) in metrics.iter().enumerate().step_by(3) {
            assert_eq!(set.position(*metric), Err(number / 3));
            set.insert(*metric);
            assert_eq!(set.position(*metric), Ok(number / 3));
        }
        assert!(set.iter().eq(metrics.into_iter().step_by(3)));
    }

    #[test]
    fn every_metric_prints_and_parses_back() {
        let event_types =
            EventType::ALL.into_iter().flat_map(|of| [Metric::TotalOf(of), Metric::UniqueOf(of)]);
        let kinds = Kind::ALL
            .into_iter()
            .flat_map(|kind| [Metric::Total(kind), Metric::Unique(kind), Metric::DailyUnique(kind)]);
        for metric in event_types.chain(kinds).chain(Status::ALL.map(Metric::Status)) {
            assert_eq!(metric.to_string().parse(), Ok(metric));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused_and_only_a_name_is_parsed(
            text in "\\PC{0,20}|(opened|status|sent|)[.](person|unqualified|sent|total|)[.]?(unique|total|daily_unique|)",
        ) {
            if let Ok(metric) = text.parse::<Metric>() {
                prop_assert_eq!(metric.to_string(), text);
            }
        }
    }
}
