//! A half-open range of instants, bounded or open on either side.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::error::PeriodError;

/// A half-open range of instants: the start is included, the end is not. An absent start or end leaves that side open.
///
/// A range whose start equals its end is empty. Its serialized form is an object with `start` and `end`, each in RFC 3339
/// or `null`.
///
/// ```
/// use mailtally::time::Range;
///
/// let range = Range::new(Some("2026-01-01T00:00:00Z".parse()?), None)?;
/// assert!(range.contains("2026-01-01T00:00:00Z".parse()?));
/// assert_eq!(range.end(), None);
/// assert_eq!(serde_json::to_string(&range)?, r#"{"start":"2026-01-01T00:00:00Z","end":null}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
}

impl Range {
    /// Every instant.
    pub const ALL: Self = Self { start: None, end: None };

    /// Returns the range of the instants from `start` on and before `end`; `None` leaves that side open.
    ///
    /// # Errors
    ///
    /// [`PeriodError::Reversed`] if `start` is after `end`.
    pub fn new(start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Result<Self, PeriodError> {
        match (start, end) {
            (Some(start), Some(end)) if start > end => {
                Err(PeriodError::Reversed { start: print_instant(start), end: print_instant(end) })
            }
            _ => Ok(Self { start, end }),
        }
    }

    /// The first instant in the range; `None` if the range has no start.
    pub const fn start(&self) -> Option<DateTime<Utc>> {
        self.start
    }

    /// The first instant after the range; `None` if the range has no end.
    pub const fn end(&self) -> Option<DateTime<Utc>> {
        self.end
    }

    /// Whether an instant is in the range.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start.is_none_or(|start| start <= at) && self.end.is_none_or(|end| at < end)
    }

    /// Whether no instant is in the range.
    pub fn is_empty(&self) -> bool {
        self.start.is_some() && self.start == self.end
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut range = serializer.serialize_struct("Range", 2)?;
        range.serialize_field("start", &self.start.map(print_instant))?;
        range.serialize_field("end", &self.end.map(print_instant))?;
        range.end()
    }
}

/// Formats an instant in RFC 3339, in UTC, with no decimals or with 3, 6 or 9, as many as it needs.
pub(super) fn print_instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_start_is_included_and_the_end_is_not() {
        let range = Range::new(Some(at("2026-01-01T00:00:00Z")), Some(at("2026-01-02T00:00:00Z"))).unwrap();
        assert!(!range.contains(at("2025-12-31T23:59:59.999Z")));
        assert!(range.contains(at("2026-01-01T00:00:00Z")));
        assert!(range.contains(at("2026-01-01T23:59:59.999Z")));
        assert!(!range.contains(at("2026-01-02T00:00:00Z")));
        assert!(Range::ALL.contains(DateTime::<Utc>::MAX_UTC) && !Range::ALL.is_empty());
    }

    #[test]
    fn a_reversed_range_is_refused_and_an_empty_one_is_not() {
        let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00.250Z"));
        assert_eq!(
            Range::new(Some(late), Some(early)).unwrap_err().to_string(),
            "start `2026-01-01T00:00:00.250Z` is after end `2026-01-01T00:00:00Z`"
        );
        assert!(Range::new(Some(early), Some(early)).unwrap().is_empty());
    }
}
