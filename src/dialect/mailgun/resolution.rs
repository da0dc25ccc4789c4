//! The three lengths of Mailgun's buckets and durations.

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Timelike, Utc};

use crate::names::named_enum;
use crate::time::Resolution as Bucketing;

named_enum! {
    /// The length of a bucket, and the unit of a duration: an hour, day or calendar month in UTC. The shortest is the
    /// least.
    pub(super) enum Resolution("resolution") {
        Hour = "hour",
        Day = "day",
        Month = "month",
    }
}

impl Resolution {
    /// Returns the start of the bucket that contains `at`.
    pub(super) fn floor(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let start = match self {
            Self::Hour => NaiveTime::from_hms_opt(at.hour(), 0, 0).map(|time| at.date_naive().and_time(time)),
            Self::Day => Some(at.date_naive().and_time(NaiveTime::MIN)),
            Self::Month => at.date_naive().with_day(1).map(|day| day.and_time(NaiveTime::MIN)),
        };
        start.map_or(at, |start| start.and_utc())
    }

    /// Adds `count` units. A day that the month does not have becomes its last day. `None` outside of the calendar.
    pub(super) fn after(self, at: DateTime<Utc>, count: u32) -> Option<DateTime<Utc>> {
        match self {
            Self::Hour | Self::Day => at.checked_add_signed(self.length(count)),
            Self::Month => at.checked_add_months(Months::new(count)),
        }
    }

    /// Subtracts `count` units. A day that the month does not have becomes its last day. `None` outside of the calendar.
    pub(super) fn before(self, at: DateTime<Utc>, count: u32) -> Option<DateTime<Utc>> {
        match self {
            Self::Hour | Self::Day => at.checked_sub_signed(self.length(count)),
            Self::Month => at.checked_sub_months(Months::new(count)),
        }
    }

    /// Returns the length of `count` units; a month counts as 28 days.
    fn length(self, count: u32) -> TimeDelta {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Month => 28 * 24,
        };
        // Never the maximum: 2³² × 28 days are less than 2⁶³ milliseconds.
        TimeDelta::try_hours(hours * i64::from(count)).unwrap_or(TimeDelta::MAX)
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
            assert_eq!(resolution.name().parse(), Ok(resolution));
        }
        for name in ["", "Day", "week", "days"] {
            assert!(name.parse::<Resolution>().is_err(), "{name}");
        }
    }

    #[test]
    fn instants_at_the_limits_of_the_calendar_do_not_panic() {
        for resolution in Resolution::ALL {
            for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                assert!(resolution.floor(end) <= end);
                let both = resolution.before(end, u32::MAX).zip(resolution.after(end, u32::MAX));
                assert_eq!(both, None);
            }
        }
    }
}
