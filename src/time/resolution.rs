//! The length of the buckets that a range is cut into.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::calendar::{self, Unit};
use crate::names::named_enum;

named_enum! {
    /// The length of buckets: local hours, days, ISO weeks, months, quarters or years, or one bucket for the whole range.
    ///
    /// ```
    /// use chrono_tz::Tz;
    /// use mailtally::Resolution;
    ///
    /// let at = "2026-11-21T00:10:00Z".parse()?;
    /// assert_eq!(Resolution::Hour.label(at, Tz::UTC), "2026-11-21T00:00+00:00");
    /// assert_eq!(Resolution::Hour.label(at, Tz::Asia__Kolkata), "2026-11-21T05:00+05:30");
    /// assert_eq!(Resolution::Day.label(at, Tz::UTC), "2026-11-21");
    /// assert_eq!(Resolution::Day.label(at, Tz::America__New_York), "2026-11-20");
    /// assert_eq!("week".parse::<Resolution>()?.label(at, Tz::UTC), "2026-W47");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::exhaustive_enums, reason = "the calendar has no more units that mail is counted by")]
    pub enum Resolution("resolution") {
        /// Local hours.
        Hour = "hour",
        /// Local days.
        Day = "day",
        /// ISO weeks, Monday first.
        Week = "week",
        /// Calendar months.
        Month = "month",
        /// Calendar quarters.
        Quarter = "quarter",
        /// Calendar years.
        Year = "year",
        /// One bucket for the whole range.
        All = "all",
    }
}

impl Resolution {
    /// The calendar unit of a bucket; `None` for [`Resolution::All`].
    pub const fn unit(self) -> Option<Unit> {
        match self {
            Self::Hour => Some(Unit::Hour),
            Self::Day => Some(Unit::Day),
            Self::Week => Some(Unit::Week),
            Self::Month => Some(Unit::Month),
            Self::Quarter => Some(Unit::Quarter),
            Self::Year => Some(Unit::Year),
            Self::All => None,
        }
    }

    /// Returns the label of the bucket that contains `at`, in ISO 8601 where that has a form: `2026-11-21T05:00+05:30`
    /// (the local hour with its UTC offset), `2026-11-21`, `2026-W47`, `2026-11`, `2026-Q4`, `2026`, `all`.
    ///
    /// A bucket that is clipped by its range has the label of the whole unit. Successive buckets have different labels,
    /// and in years 0 to 9999 those of days and longer units sort in the order of time.
    pub fn label(self, at: DateTime<Utc>, zone: Tz) -> String {
        match self.unit().map(|unit| (unit, unit.date_unit())) {
            None => self.name().to_owned(),
            Some((_, Some(unit))) => unit.label(unit.first_date(calendar::date(at, zone))),
            Some((_, None)) => hour_label(at, zone),
        }
    }
}

/// Returns the label of a local hour with its UTC offset, which has seconds only in years in which a zone used its local
/// mean time.
fn hour_label(at: DateTime<Utc>, zone: Tz) -> String {
    let hour = calendar::local(at, zone).format("%Y-%m-%dT%H:00");
    let offset = calendar::offset(at, zone);
    let (sign, ahead) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let minutes = format!("{hour}{sign}{:02}:{:02}", ahead / 3600, ahead / 60 % 60);
    if ahead % 60 == 0 { minutes } else { format!("{minutes}:{:02}", ahead % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_also_from_json() {
        assert_eq!(Resolution::ALL.map(Resolution::name), Resolution::ALL.map(Resolution::name));
        for resolution in Resolution::ALL {
            assert_eq!(resolution.to_string().parse(), Ok(resolution));
            let json = serde_json::to_string(&resolution).unwrap();
            assert_eq!(json, format!("\"{resolution}\""));
            assert_eq!(serde_json::from_str::<Resolution>(&json).unwrap(), resolution);
        }
    }

    #[test]
    fn the_error_for_an_unknown_name_lists_the_known_ones() {
        assert_eq!(
            "daily".parse::<Resolution>().unwrap_err().to_string(),
            "unknown resolution `daily`, expected `hour`, `day`, `week`, `month`, `quarter`, `year` or `all`"
        );
    }

    #[test]
    fn labels_are_those_of_the_whole_unit() {
        let at = "2027-01-01T23:45:10.5Z".parse().unwrap();
        for (resolution, zone, label) in [
            (Resolution::Hour, Tz::Asia__Kathmandu, "2027-01-02T05:00+05:45"),
            (Resolution::Hour, Tz::America__St_Johns, "2027-01-01T20:00-03:30"),
            (Resolution::Day, Tz::Asia__Tokyo, "2027-01-02"),
            (Resolution::Week, Tz::UTC, "2026-W53"),
            (Resolution::Month, Tz::UTC, "2027-01"),
            (Resolution::Quarter, Tz::UTC, "2027-Q1"),
            (Resolution::Year, Tz::UTC, "2027"),
            (Resolution::All, Tz::UTC, "all"),
        ] {
            assert_eq!(resolution.label(at, zone), label);
        }
        let mean_time = "1930-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(Resolution::Hour.label(mean_time, Tz::Africa__Monrovia), "1929-12-31T23:00-00:44:30");
        let summer = "2026-08-15T12:00:00Z".parse().unwrap();
        assert_eq!(Resolution::Quarter.label(summer, Tz::UTC), "2026-Q3");
    }
}
