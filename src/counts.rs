//! The numbers themselves: how often, on how many messages, and where the messages stand.

use std::fmt;
use std::str::FromStr;

use crate::event_type::{EventType, Kind};
use crate::parse_error::ParseError;
use crate::status::Status;

/// What stands in the place of the qualifier of events that have none.
pub(crate) const UNQUALIFIED: &str = "unqualified";

/// One figure of [`Counts`], by name: `delivered.total`, `opened.unique`, `opened.daily_unique`, `opened.person.unique`,
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
    /// Every event of the kind, with any qualifier or none.
    Total(Kind),
    /// Messages' first events of the kind: each message once.
    Unique(Kind),
    /// Messages' first events of the kind on each day of UTC: each message once a day.
    DailyUnique(Kind),
    /// Every event of the event type.
    TotalOf(EventType),
    /// Messages' first events of the event type: each message once.
    UniqueOf(EventType),
    /// Messages that stand there now.
    Status(Status),
}

impl Metric {
    /// The kind of event that it is a figure of; `None` for a status.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Total(kind) | Self::Unique(kind) | Self::DailyUnique(kind) => Some(kind),
            Self::TotalOf(event_type) | Self::UniqueOf(event_type) => Some(event_type.kind()),
            Self::Status(_) => None,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event_type = |f: &mut fmt::Formatter<'_>, event_type: EventType, form| {
            write!(f, "{}.{}.{form}", event_type.kind(), event_type.qualifier().unwrap_or(UNQUALIFIED))
        };
        match *self {
            Self::Total(kind) => write!(f, "{kind}.total"),
            Self::Unique(kind) => write!(f, "{kind}.unique"),
            Self::DailyUnique(kind) => write!(f, "{kind}.daily_unique"),
            Self::TotalOf(of) => event_type(f, of, "total"),
            Self::UniqueOf(of) => event_type(f, of, "unique"),
            Self::Status(status) => write!(f, "status.{status}"),
        }
    }
}

impl FromStr for Metric {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let unknown = || {
            let expected = "`KIND.total`, `KIND.unique`, `KIND.daily_unique`, `KIND.QUALIFIER.total`, \
                            `KIND.QUALIFIER.unique` or `status.STATUS`";
            ParseError::new("metric", text, expected)
        };
        let parts: Vec<&str> = text.split('.').collect();
        match *parts {
            ["status", name] => Status::ALL
                .into_iter()
                .find(|status| status.name() == name)
                .map(Self::Status)
                .ok_or_else(unknown),
            [kind, "total"] => Ok(Self::Total(kind.parse()?)),
            [kind, "unique"] => Ok(Self::Unique(kind.parse()?)),
            [kind, "daily_unique"] => Ok(Self::DailyUnique(kind.parse()?)),
            [kind, qualifier, form @ ("total" | "unique")] => {
                let qualifier = Some(qualifier).filter(|name| *name != UNQUALIFIED);
                let event_type = EventType::new(kind.parse()?, qualifier)?;
                Ok(if form == "total" { Self::TotalOf(event_type) } else { Self::UniqueOf(event_type) })
            }
            _ => Err(unknown()),
        }
    }
}

/// What an event is the first of on its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "every store must tell each of them")]
pub struct FirstOf {
    /// No earlier event of the message has the same event type.
    pub event_type: bool,
    /// No earlier event of the message has the same kind.
    pub kind: bool,
    /// No earlier event of the message has the same kind on the same day of UTC.
    pub day: bool,
}

impl FirstOf {
    /// The first of everything.
    pub const ALL: Self = Self { event_type: true, kind: true, day: true };

    /// The first of nothing.
    pub const NONE: Self = Self { event_type: false, kind: false, day: false };
}

/// A count that does not fit into 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a count is more than 18446744073709551615")]
pub struct CountOverflow;

/// What was counted in one cell of a table (one bucket, one group): for each event type every event (**total**) and each
/// message once (**unique**); for each kind each message once, and each once a day of UTC (**daily unique**, as some
/// senders count opens and clicks); and for each status the messages that stand there.
///
/// Addition is the only arithmetic: cells add up to days, days to months, groups and shards to totals. Uniques add as
/// well, because a unique is the *first* such event of its message (on its day), and every event lies in one cell only.
/// Rates never add, so they are not kept here: see [`Rate`](crate::Rate).
///
/// ```
/// use mailtally::{EventType, Counts, FirstOf, Kind, Metric};
///
/// let mut counts = Counts::default();
/// counts.record(EventType::OpenedPerson, FirstOf::ALL)?;
/// counts.record(EventType::OpenedPerson, FirstOf::NONE)?;
/// counts.record(EventType::OpenedMachine, FirstOf { event_type: true, ..FirstOf::NONE })?;
/// assert_eq!(counts.total(Kind::Opened), 3);
/// assert_eq!(counts.unique(Kind::Opened), 1);
/// assert_eq!(counts.events(), 3);
/// assert_eq!(counts.value(Metric::UniqueOf(EventType::OpenedMachine)), 1);
/// # Ok::<(), mailtally::CountOverflow>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// The figures that are not zero, ascending by name: most cells have few.
    figures: Vec<(Metric, u64)>,
}

impl Counts {
    /// Nothing counted.
    pub const ZERO: Self = Self { figures: Vec::new() };

    /// Whether nothing was counted.
    pub fn is_zero(&self) -> bool {
        self.figures.is_empty()
    }

    /// Every event of `kind`, with any qualifier or none.
    pub fn total(&self, kind: Kind) -> u64 {
        self.value(Metric::Total(kind))
    }

    /// Each message once that has an event of `kind`, where its first one lies.
    pub fn unique(&self, kind: Kind) -> u64 {
        self.value(Metric::Unique(kind))
    }

    /// Every event, of every kind: how much happened. At most 2⁶⁴ - 1, also where that is too few.
    pub fn events(&self) -> u64 {
        Kind::ALL.into_iter().map(|kind| self.total(kind)).fold(0, u64::saturating_add)
    }

    /// Each message once a day of UTC on which it has an event of `kind`, where that day's first one lies.
    pub fn daily_unique(&self, kind: Kind) -> u64 {
        self.value(Metric::DailyUnique(kind))
    }

    /// The messages that stand at `status`.
    pub fn status(&self, status: Status) -> u64 {
        self.value(Metric::Status(status))
    }

    /// One figure by name.
    pub fn value(&self, metric: Metric) -> u64 {
        self.place(metric).map_or(0, |place| self.figures[place].1)
    }

    /// Every figure that is not zero, ascending by name.
    pub fn figures(&self) -> impl Iterator<Item = (Metric, u64)> + Clone {
        self.figures.iter().copied()
    }

    /// Counts one event, which may be the first of something on its message.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`], and this stays as it was.
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
        // Almost always one more fits everywhere; then no figure needs to be looked up twice.
        if self.figures.iter().any(|(_, count)| *count == u64::MAX) {
            return self.add_all(figures);
        }
        figures.for_each(|(metric, count)| self.add_one(metric, count));
        Ok(())
    }

    /// Adds `count` to one figure; for stores, which read their figures from a table.
    ///
    /// What is added to a event type's total is added to its kind's. [`Metric::Total`] adds events without a qualifier: who
    /// adds the totals of all event types must not add those of the kinds as well.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`], and this stays as it was.
    pub fn add_to(&mut self, metric: Metric, count: u64) -> Result<(), CountOverflow> {
        let of_counter = |event_type: EventType| {
            [(Metric::Total(event_type.kind()), count), (Metric::TotalOf(event_type), count)]
        };
        match metric {
            Metric::Total(kind) => self.add_all(of_counter(kind.into())),
            Metric::TotalOf(event_type) => self.add_all(of_counter(event_type)),
            Metric::Unique(_) | Metric::DailyUnique(_) | Metric::UniqueOf(_) | Metric::Status(_) => {
                self.add_all([(metric, count)])
            }
        }
    }

    /// Adds `other` to this, figure by figure.
    ///
    /// # Errors
    ///
    /// [`CountOverflow`], and this stays as it was.
    pub fn add(&mut self, other: &Self) -> Result<(), CountOverflow> {
        self.add_all(other.figures())
    }

    /// Adds figures, each named once, all or none.
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

    /// Adds a count that is not zero to a figure, and fits.
    fn add_one(&mut self, metric: Metric, count: u64) {
        match self.place(metric) {
            Ok(place) => self.figures[place].1 += count,
            Err(place) => self.figures.insert(place, (metric, count)),
        }
    }

    /// Where the figure stands, or would.
    fn place(&self, metric: Metric) -> Result<usize, usize> {
        self.figures.binary_search_by_key(&metric, |(known, _)| *known)
    }
}

impl fmt::Debug for Counts {
    /// Only the figures that are not zero, by name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.figures().map(|(metric, value)| (metric.to_string(), value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn addition_past_64_bits_is_refused_and_changes_nothing() {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::Unique(Kind::Sent), u64::MAX).unwrap();
        counts.record(EventType::Opened, FirstOf { kind: false, ..FirstOf::ALL }).unwrap();
        let before = counts.clone();
        assert_eq!(counts.add(&before), Err(CountOverflow));
        assert_eq!(counts.record(EventType::Sent, FirstOf::ALL), Err(CountOverflow));
        assert_eq!(counts, before);
    }

    #[test]
    fn the_counters_of_a_kind_must_fit_together() {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::TotalOf(EventType::Opened), u64::MAX).unwrap();
        assert_eq!(counts.add_to(Metric::TotalOf(EventType::OpenedPerson), 1), Err(CountOverflow));
        assert_eq!(counts.total(Kind::Opened), u64::MAX);
    }

    #[test]
    fn a_zero_that_is_added_leaves_no_trace() {
        let mut counts = Counts::ZERO;
        counts.add_to(Metric::Unique(Kind::Sent), 0).unwrap();
        assert_eq!(counts, Counts::ZERO);
    }

    #[test]
    fn a_kind_is_the_sum_of_its_counters() {
        let mut counts = Counts::ZERO;
        for event_type in EventType::ALL {
            counts.record(event_type, FirstOf::NONE).unwrap();
        }
        for kind in Kind::ALL {
            assert_eq!(counts.total(kind), kind.event_types().count() as u64);
        }
    }
}
