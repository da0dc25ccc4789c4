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

impl Metric {
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
