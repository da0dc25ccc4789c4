//! Instants at and beside the edges of days, hours and quarter hours, and a few far away.

use std::ops::Range;

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

/// The number of days in which most events of a case happen.
pub(crate) const DAYS: i64 = 6;

/// The days on which cases start: before changes of the clock in Berlin, on Lord Howe Island and in St. John's, before the
/// day that Apia skipped, and before ends of months and years.
const ORIGINS: [&str; 7] =
    ["2026-02-26", "2026-03-27", "2026-04-03", "2026-03-06", "2011-12-28", "2025-12-29", "2026-10-30"];

/// Days that are far from the days of a case.
const FAR_DAYS: [i64; 6] = [-1, 40, -3, -45, 200, -400];

/// The forms of [`When`] that are in the days of a case.
pub(crate) const NEAR: Range<u8> = 0..14;
/// The forms of [`When`] that are edges or one millisecond beside them.
pub(crate) const EDGES: Range<u8> = 0..11;
/// All forms of [`When`].
pub(crate) const ANY: Range<u8> = 0..16;

/// An instant as plain numbers, relative to the origin of a case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    form: u8,
    day: i64,
    quarter: i64,
    nudge: u8,
    millis: i64,
}

impl When {
    /// Returns the instant.
    pub(crate) fn at(self, origin: DateTime<Utc>) -> DateTime<Utc> {
        let quarters = match self.form {
            0..5 => 0,
            5..8 => self.quarter / 4 * 4,
            _ => self.quarter,
        };
        let nudge = [0, 1, -1, 0][usize::from(self.nudge % 4)];
        let of_day = match self.form {
            11..14 => Duration::milliseconds(self.millis),
            _ => Duration::minutes(15 * quarters) + Duration::milliseconds(nudge),
        };
        match (self.form, self.day) {
            // The first and the last instant that an event can have.
            (15, 0) => "2000-01-01T00:00:00Z".parse().unwrap(),
            (15, 1) => "9999-12-31T23:59:59.999Z".parse().unwrap(),
            (14.., day) => origin + Duration::days(FAR_DAYS[usize::try_from(day).unwrap()]) + of_day,
            (_, day) => origin + Duration::days(day) + of_day,
        }
    }
}

/// Generates instants of some forms.
pub(crate) fn when(forms: Range<u8>) -> impl Strategy<Value = When> {
    (forms, 0..DAYS, 0..96_i64, 0..4_u8, 0..86_400_000_i64)
        .prop_map(|(form, day, quarter, nudge, millis)| When { form, day, quarter, nudge, millis })
}

/// Generates the first instant of a case.
pub(crate) fn origin() -> impl Strategy<Value = DateTime<Utc>> {
    (0..ORIGINS.len()).prop_map(|index| format!("{}T00:00:00Z", ORIGINS[index]).parse().unwrap())
}
