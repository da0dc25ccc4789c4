//! The calendar: where local days and hours start, and arithmetic with calendar units.

use std::iter;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::{GapInfo, Tz};

use crate::names::named_enum;

pub(super) const SECONDS_PER_HOUR: i64 = 3600;

named_enum! {
    /// A calendar unit. Variants are in ascending order of length.
    #[expect(clippy::exhaustive_enums, reason = "the calendar has no more units that mail is counted by")]
    pub enum Unit("calendar unit") {
        /// From one full hour of the local clock to the next.
        Hour = "hour",
        /// From local midnight to local midnight.
        Day = "day",
        /// From Monday to Sunday (ISO 8601).
        Week = "week",
        /// A calendar month.
        Month = "month",
        /// Three calendar months, from January, April, July or October.
        Quarter = "quarter",
        /// A calendar year.
        Year = "year",
    }
}

impl Unit {
    /// The unit as a [`DateUnit`]; `None` for an hour.
    pub(super) const fn date_unit(self) -> Option<DateUnit> {
        match self {
            Self::Hour => None,
            Self::Day => Some(DateUnit::Day),
            Self::Week => Some(DateUnit::Week),
            Self::Month => Some(DateUnit::Month),
            Self::Quarter => Some(DateUnit::Quarter),
            Self::Year => Some(DateUnit::Year),
        }
    }
}

/// A calendar unit of whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum DateUnit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl DateUnit {
    /// Returns the first date of the unit that contains `date`.
    pub(super) fn first_date(self, date: NaiveDate) -> NaiveDate {
        let first = match self {
            Self::Day => Some(date),
            Self::Week => date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())),
            Self::Month => date.with_day(1),
            Self::Quarter => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1),
            Self::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        };
        first.unwrap_or(NaiveDate::MIN)
    }

    /// Returns `date` moved by `count` units; a day that the month does not have becomes the last of the month. `None` if
    /// the result is out of chrono's range of years.
    pub(super) fn shift(self, date: NaiveDate, count: i64) -> Option<NaiveDate> {
        match self {
            Self::Day => date.checked_add_signed(TimeDelta::try_days(count)?),
            Self::Week => date.checked_add_signed(TimeDelta::try_days(count.checked_mul(7)?)?),
            Self::Month => shift_months(date, count),
            Self::Quarter => shift_months(date, count.checked_mul(3)?),
            Self::Year => shift_months(date, count.checked_mul(12)?),
        }
    }

    /// Returns the number of units from `from` to `to`, both the first date of a unit; negative if `to` is earlier.
    pub(super) fn count_between(self, from: NaiveDate, to: NaiveDate) -> i64 {
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        match self {
            Self::Day => (to - from).num_days(),
            Self::Week => (to - from).num_days() / 7,
            Self::Month => months(to) - months(from),
            Self::Quarter => (months(to) - months(from)) / 3,
            Self::Year => i64::from(to.year()) - i64::from(from.year()),
        }
    }

    /// Returns the name of the unit that starts on `first` as in ISO 8601, such as `2026-W47`, or `2026-Q4` for quarters.
    pub(super) fn label(self, first: NaiveDate) -> String {
        match self {
            Self::Day => first.format("%Y-%m-%d").to_string(),
            Self::Week => first.format("%G-W%V").to_string(),
            Self::Month => first.format("%Y-%m").to_string(),
            Self::Quarter => format!("{}-Q{}", first.format("%Y"), first.month0() / 3 + 1),
            Self::Year => first.format("%Y").to_string(),
        }
    }
}

/// A span of time in which the UTC offset of a zone does not change.
#[derive(Clone, Copy, Debug)]
pub(super) struct OffsetSpan {
    /// The UTC offset in seconds, positive east of Greenwich.
    offset: i64,
    /// The end of the span; not included.
    end: DateTime<Utc>,
}

impl OffsetSpan {
    /// The maximum length of a span. No zone changes its offset and changes it back within this time.
    const MAX_LENGTH: TimeDelta = TimeDelta::days(1);

    /// Returns the span from `at` to the next change of the offset, but of at most a day.
    pub(super) fn starting_at(at: DateTime<Utc>, zone: Tz) -> Self {
        let max_end = at.checked_add_signed(Self::MAX_LENGTH).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { offset: offset(at, zone), end: offset_change(at, max_end, zone).unwrap_or(max_end) }
    }

    /// Returns the ends of the local hours from `at`, the start of the span, to the end of the span; at least one.
    pub(super) fn hour_ends(self, at: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        let first = self.full_hour_after(at).min(self.end);
        let next = move |end: &DateTime<Utc>| {
            end.checked_add_signed(TimeDelta::seconds(SECONDS_PER_HOUR)).filter(|next| *next <= self.end)
        };
        iter::successors(Some(first), next)
    }

    /// Returns the first full local hour after `at`, as if the offset never changed.
    fn full_hour_after(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let past_full_hour = (at.timestamp() + self.offset).rem_euclid(SECONDS_PER_HOUR);
        DateTime::from_timestamp(at.timestamp() + SECONDS_PER_HOUR - past_full_hour, 0)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Returns the UTC offset of a zone at an instant in seconds, positive east of Greenwich.
pub(super) fn offset(at: DateTime<Utc>, zone: Tz) -> i64 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc().into()
}

/// Returns the local date and time of a zone at an instant.
pub(super) fn local(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    // This can fail only within a day of the first or the last instant; there, UTC serves as the local time.
    at.naive_utc().checked_add_offset(offset).unwrap_or_else(|| at.naive_utc())
}

/// Returns the first instant at which the clock of a zone shows `local` or, where it skips that time, a later one.
/// `None` if that is out of chrono's range of years.
pub(super) fn first_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let (shown, offset) = match zone.offset_from_local_datetime(&local).earliest() {
        Some(offset) => (local, offset),
        // Skipped: the local time of the change by the offset before it.
        None => GapInfo::new(&local, &zone)?.begin?,
    };
    Some(shown.checked_sub_offset(offset.fix())?.and_utc())
}

/// Returns the start of a local day; `None` if that is out of chrono's range of years.
pub(super) fn midnight(date: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    first_instant(date.and_time(NaiveTime::MIN), zone)
}

/// Returns the local day that contains an instant: the last one that has started.
pub(super) fn date(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let mut date = local(at, zone).date();
    // The clock may have gone back across midnight, into a day that is over.
    while let Some(next) =
        date.succ_opt().filter(|next| midnight(*next, zone).is_some_and(|start| start <= at))
    {
        date = next;
    }
    date
}

/// Returns the start of the local hour that contains an instant.
pub(super) fn hour_start(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let past_full_hour = (at.timestamp() + offset(at, zone)).rem_euclid(SECONDS_PER_HOUR);
    let full =
        DateTime::from_timestamp(at.timestamp() - past_full_hour, 0).unwrap_or(DateTime::<Utc>::MIN_UTC);
    offset_change(full, at, zone).unwrap_or(full)
}

/// Returns the end of the local hour that contains an instant.
pub(super) fn hour_end(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let span = OffsetSpan::starting_at(at, zone);
    span.full_hour_after(at).min(span.end)
}

/// Finds by binary search the instant after `from` and not after `to` at which the offset changes to that at `to`; `None`
/// if the offset is the same at both.
fn offset_change(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let (before, after) = (offset(from, zone), offset(to, zone));
    if before == after {
        return None;
    }
    // Offsets change on whole seconds.
    let (mut same, mut changed) = (from.timestamp(), to.timestamp());
    while changed - same > 1 {
        let middle = same + (changed - same) / 2;
        if DateTime::from_timestamp(middle, 0).is_some_and(|at| offset(at, zone) == before) {
            same = middle;
        } else {
            changed = middle;
        }
    }
    DateTime::from_timestamp(changed, 0)
}

/// Returns `date` moved by `count` months, as [`DateUnit::shift`] does.
fn shift_months(date: NaiveDate, count: i64) -> Option<NaiveDate> {
    let months = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
    if count < 0 { date.checked_sub_months(months) } else { date.checked_add_months(months) }
}

#[cfg(test)]
pub(super) mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::*;

    /// Any zone, and an instant at or near a change of its offset if there is one within some years.
    pub(in super::super) fn near_a_change() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
        (0..TZ_VARIANTS.len(), -3_800_000_000_i64..2_400_000_000, -200_000_i64..200_000, any::<bool>())
            .prop_map(|(zone, seconds, distance, exactly)| {
                let (zone, start) = (TZ_VARIANTS[zone], DateTime::from_timestamp(seconds, 0).unwrap());
                let found = (0..2000)
                    .map(|days| start + TimeDelta::days(days))
                    .find_map(|at| offset_change(at, at + TimeDelta::days(1), zone));
                let distance = if exactly { 0 } else { distance };
                (zone, found.unwrap_or(start) + TimeDelta::seconds(distance))
            })
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_start_where_the_local_calendar_reaches_their_date() {
        for (zone, date, start) in [
            (Tz::UTC, "2026-11-21", "2026-11-21T00:00:00Z"),
            (Tz::Europe__Berlin, "2026-07-01", "2026-06-30T22:00:00Z"),
            (Tz::Asia__Kolkata, "2026-11-21", "2026-11-20T18:30:00Z"),
            (Tz::Asia__Kathmandu, "2026-11-21", "2026-11-20T18:15:00Z"),
            // Midnight is skipped: the day starts at 01:00.
            (Tz::America__Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00Z"),
            (Tz::Asia__Beirut, "2022-03-27", "2022-03-26T22:00:00Z"),
            (Tz::Africa__Cairo, "2024-04-26", "2024-04-25T22:00:00Z"),
            // Midnight occurs twice: 00:59:59 is followed by 00:00 of the same day.
            (Tz::America__Havana, "2025-11-02", "2025-11-02T04:00:00Z"),
            // At 00:01 the clock goes back to 23:01 of the day before.
            (Tz::America__St_Johns, "2006-10-29", "2006-10-29T02:30:00Z"),
            // The day does not exist: it starts where the next one does.
            (Tz::Pacific__Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
            (Tz::Pacific__Apia, "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            let start: DateTime<Utc> = start.parse().unwrap();
            assert_eq!(midnight(day(date), zone), Some(start), "{date} in {zone}");
        }
    }

    #[test]
    fn a_repeated_evening_belongs_to_the_day_that_has_started() {
        let repeated = "2006-10-29T02:45:00Z".parse().unwrap();
        assert_eq!(local(repeated, Tz::America__St_Johns).to_string(), "2006-10-28 23:15:00");
        assert_eq!(date(repeated, Tz::America__St_Johns), day("2006-10-29"));
    }

    #[test]
    fn an_hour_ends_at_a_full_hour_or_a_change_of_the_clock() {
        for (zone, at, start, end) in [
            (Tz::UTC, "2026-11-21T05:10:00.5Z", "2026-11-21T05:00:00Z", "2026-11-21T06:00:00Z"),
            (Tz::Asia__Kolkata, "2026-11-21T05:10:00Z", "2026-11-21T04:30:00Z", "2026-11-21T05:30:00Z"),
            // Back from 02:00 to 01:30, then on from 02:00 to 02:30.
            (
                Tz::Australia__Lord_Howe,
                "2026-04-04T15:00:00Z",
                "2026-04-04T15:00:00Z",
                "2026-04-04T15:30:00Z",
            ),
            (
                Tz::Australia__Lord_Howe,
                "2026-04-04T14:59:59Z",
                "2026-04-04T14:00:00Z",
                "2026-04-04T15:00:00Z",
            ),
            (
                Tz::Australia__Lord_Howe,
                "2026-10-03T15:40:00Z",
                "2026-10-03T15:30:00Z",
                "2026-10-03T16:00:00Z",
            ),
        ] {
            let at = at.parse().unwrap();
            assert_eq!(hour_start(at, zone), start.parse::<DateTime<Utc>>().unwrap(), "{at} in {zone}");
            assert_eq!(hour_end(at, zone), end.parse::<DateTime<Utc>>().unwrap(), "{at} in {zone}");
        }
    }

    #[test]
    fn a_day_that_a_month_does_not_have_becomes_its_last() {
        for (unit, from, count, to) in [
            (DateUnit::Month, "2026-03-31", -1, "2026-02-28"),
            (DateUnit::Month, "2028-01-31", 1, "2028-02-29"),
            (DateUnit::Year, "2028-02-29", -1, "2027-02-28"),
            (DateUnit::Quarter, "2026-10-01", 2, "2027-04-01"),
            (DateUnit::Week, "2026-11-16", -47, "2025-12-22"),
            (DateUnit::Day, "2026-01-01", -1, "2025-12-31"),
        ] {
            assert_eq!(unit.shift(day(from), count), Some(day(to)));
        }
        for unit in [DateUnit::Day, DateUnit::Week, DateUnit::Month, DateUnit::Quarter, DateUnit::Year] {
            for count in [i64::MAX, i64::MIN, 4_294_967_296, 300_000_000] {
                assert_eq!(unit.shift(day("2026-01-01"), count), None);
            }
        }
    }

    #[test]
    fn the_first_and_the_last_instant_do_not_panic() {
        for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago] {
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let (start, end) = (hour_start(at, zone), hour_end(at, zone));
                assert!(start <= at && at <= end);
                date(at, zone);
            }
            let _ = (midnight(NaiveDate::MIN, zone), midnight(NaiveDate::MAX, zone));
        }
    }

    proptest! {
        #[test]
        fn a_day_starts_at_the_first_instant_of_its_date((zone, at) in near_a_change(), days in -2_i64..3) {
            let date = local(at, zone).date() + TimeDelta::days(days);
            let start = midnight(date, zone).unwrap();
            prop_assert!(local(start, zone).date() >= date);
            for minutes in 0..2_000 {
                let before = start - TimeDelta::seconds(1) - TimeDelta::minutes(minutes);
                prop_assert!(local(before, zone).date() < date, "{} in {} at {}", date, zone, before);
            }
        }

        #[test]
        fn an_instant_belongs_to_the_last_day_that_has_started((zone, at) in near_a_change()) {
            let date = date(at, zone);
            prop_assert!(midnight(date, zone).unwrap() <= at);
            prop_assert!(at < midnight(date.succ_opt().unwrap(), zone).unwrap());
        }

        #[test]
        fn a_unit_starts_with_a_date_in_it(days in -700_000..700_000, count in -500_i64..500) {
            let date = NaiveDate::from_epoch_days(days).unwrap();
            for unit in [DateUnit::Day, DateUnit::Week, DateUnit::Month, DateUnit::Quarter, DateUnit::Year] {
                let first = unit.first_date(date);
                prop_assert!(first <= date && date < unit.shift(first, 1).unwrap());
                prop_assert_eq!(unit.first_date(first), first);
                prop_assert_eq!(unit.count_between(first, unit.shift(first, count).unwrap()), count);
            }
        }
    }
}
