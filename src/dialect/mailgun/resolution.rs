//! The three lengths that Mailgun counts by.

use std::fmt;

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Timelike, Utc};

use crate::time::Resolution as Bucketing;

/// How long a bucket is, and what a duration is counted in. Hours, days and months are those of UTC.
///
/// ```
/// use mailtally::dialect::mailgun::Resolution;
///
/// let at = "2026-02-15T12:30:00Z".parse()?;
/// assert_eq!(Resolution::named("month"), Some(Resolution::Month));
/// assert_eq!(Resolution::Month.floor(at).to_rfc3339(), "2026-02-01T00:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has three resolutions")]
pub enum Resolution {
    /// 3600 seconds.
    Hour,
    /// From midnight to midnight, 24 hours.
    Day,
    /// A calendar month.
    Month,
}

impl Resolution {
    /// Every resolution, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// The name in requests and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The resolution of that name, in lower case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resolution| resolution.name() == name)
    }

    /// The start of the bucket that holds `at`.
    pub fn floor(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let start = match self {
            Self::Hour => NaiveTime::from_hms_opt(at.hour(), 0, 0).map(|time| at.date_naive().and_time(time)),
            Self::Day => Some(at.date_naive().and_time(NaiveTime::MIN)),
            Self::Month => at.date_naive().with_day(1).map(|day| day.and_time(NaiveTime::MIN)),
        };
        start.map_or(at, |start| start.and_utc())
    }

    /// `count` of these later. A day that a month does not have becomes its last. `None` beyond the calendar.
    pub fn after(self, at: DateTime<Utc>, count: u32) -> Option<DateTime<Utc>> {
        match self {
            Self::Hour | Self::Day => at.checked_add_signed(self.length(count)),
            Self::Month => at.checked_add_months(Months::new(count)),
        }
    }

    /// `count` of these earlier. A day that a month does not have becomes its last. `None` beyond the calendar.
    pub fn before(self, at: DateTime<Utc>, count: u32) -> Option<DateTime<Utc>> {
        match self {
            Self::Hour | Self::Day => at.checked_sub_signed(self.length(count)),
            Self::Month => at.checked_sub_months(Months::new(count)),
        }
    }

    /// The length of `count`; of months the shortest.
    fn length(self, count: u32) -> TimeDelta {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Month => 28 * 24,
        };
        // 2³² × 28 days are less than 2⁶³ milliseconds.
        TimeDelta::try_hours(hours * i64::from(count)).unwrap_or(TimeDelta::MAX)
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Resolution> for Bucketing {
    fn from(resolution: Resolution) -> Self {
        match resolution {
            Resolution::Hour => Self::Hour,
            Resolution::Day => Self::Day,
            Resolution::Month => Self::Month,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn hours_days_and_months_are_those_of_the_calendar() {
        let now = at("2024-03-31T12:34:56.789Z");
        for (resolution, floor, before, after) in [
            (
                Resolution::Hour,
                "2024-03-31T12:00:00Z",
                "2024-03-31T11:34:56.789Z",
                "2024-03-31T13:34:56.789Z",
            ),
            (Resolution::Day, "2024-03-31T00:00:00Z", "2024-03-30T12:34:56.789Z", "2024-04-01T12:34:56.789Z"),
            (
                Resolution::Month,
                "2024-03-01T00:00:00Z",
                "2024-02-29T12:34:56.789Z",
                "2024-04-30T12:34:56.789Z",
            ),
        ] {
            assert_eq!(resolution.floor(now), at(floor));
            assert_eq!(resolution.before(now, 1), Some(at(before)));
            assert_eq!(resolution.after(now, 1), Some(at(after)));
            assert_eq!(Bucketing::from(resolution).name(), resolution.name());
            assert_eq!(Resolution::named(resolution.name()), Some(resolution));
        }
        for name in ["", "Day", "week", "days"] {
            assert_eq!(Resolution::named(name), None);
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_trap() {
        for resolution in Resolution::ALL {
            for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                assert!(resolution.floor(end) <= end);
                let both = resolution.before(end, u32::MAX).zip(resolution.after(end, u32::MAX));
                assert_eq!(both, None);
            }
        }
    }
}
