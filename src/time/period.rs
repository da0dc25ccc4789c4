//! Periods: the time that a question is about.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::boundary::{Boundary, End, NamedUnit};
use super::calendar::{self, DateUnit, SECONDS_PER_HOUR, Unit};
use super::error::PeriodError;
use super::length::{Direction, Length};
use super::parse::without_leap_second;
use super::range::Range;
use super::resolved::ResolvedPeriod;

mod spelling;
mod text;

/// The time that a question is about, such as the last 7 days; [`Period::resolve`] returns its start and end as instants.
///
/// | text | meaning |
/// |---|---|
/// | `24h` `7d` `2w` `3mo` `1y`, `PT24H` `P7D` `P1Y2M3DT4H` | rolling: this long until now, now not included |
/// | `today` `yesterday` `this week` `this month` … | the whole calendar unit, including its part in the future |
/// | `last week` `last 3 months` `last 12 hours` … | whole calendar units before the current one |
/// | `2026-11-21` `2026-W47` `2026-11` `2026-Q4` `2026` | that local day, ISO week, month, quarter or year |
/// | `A..B`, `A/B` (ISO 8601) | from the start of A to the start of B: B is not included |
/// | `A..=B` | from the start of A to the end of B, which is a day or a longer unit: B is included |
/// | `A..` `..B` `..=B` `all` | open on one side or both (also written `A/..`, `../B` and `..`) |
/// | `A/P1M` `P1M/A` | this long, starting or ending with the start of A |
///
/// A and B are units as in the fourth row, local times (`2026-11-21T09:00`, seconds optional), or instants: RFC 3339, RFC
/// 2822, or a number as in [`parse_instant`](crate::time::parse_instant). But a number of four digits is a year, and one of
/// six or eight that starts with 19 or 20 is refused, because it is meant as a month or a date. [Local days and
/// hours](crate::time#local-days-and-hours) says where they start.
///
/// Words are case-insensitive, and `_` or `-` may replace a space. A length may have a space before its unit (`30 d`). With
/// its unit in words (`7 days`) it is refused, because it can be meant as `7d` or as `last 7 days`; the error names both.
///
/// In a rolling period `h` is 3600 seconds, `d` 24 hours and `w` 7 times 24 hours; `mo` and `y` are months and years of the
/// local calendar, where a day that the month does not have becomes the last of the month. Where a duration starts or ends
/// at a local date or time, its days are local days, which may have 23 or 25 hours.
///
/// Every printed period parses back to itself. Its serialized form is its text.
///
/// ```
/// use chrono_tz::Tz;
/// use mailtally::Period;
///
/// let now = "2026-11-21T22:30:00Z".parse()?;
/// let resolved = |text: &str, zone| {
///     let range = text.parse::<Period>()?.resolve(now, zone)?;
///     Ok::<_, Box<dyn std::error::Error>>(serde_json::to_string(&range)?)
/// };
/// assert_eq!(resolved("7d", Tz::UTC)?, r#"{"start":"2026-11-14T22:30:00Z","end":"2026-11-21T22:30:00Z"}"#);
/// assert_eq!(resolved("today", Tz::UTC)?, r#"{"start":"2026-11-21T00:00:00Z","end":"2026-11-22T00:00:00Z"}"#);
/// assert_eq!(resolved("today", Tz::Asia__Kolkata)?, r#"{"start":"2026-11-21T18:30:00Z","end":"2026-11-22T18:30:00Z"}"#);
/// assert_eq!(resolved("last month", Tz::UTC)?, r#"{"start":"2026-10-01T00:00:00Z","end":"2026-11-01T00:00:00Z"}"#);
/// assert_eq!(
///     resolved("2026-01-01..=2026-01-31", Tz::America__New_York)?,
///     r#"{"start":"2026-01-01T05:00:00Z","end":"2026-02-01T05:00:00Z"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    shape: Shape,
}

/// The forms of a period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shape {
    All,
    /// This long until now.
    Rolling(Length),
    /// The unit that contains now.
    This(Unit),
    /// Whole units before the one that contains now.
    Last {
        count: u32,
        unit: Unit,
    },
    Since(Boundary),
    Until(End),
    Between {
        start: Boundary,
        end: End,
    },
    /// A length that starts or ends at a boundary.
    Anchored {
        anchor: Boundary,
        direction: Direction,
        length: Length,
    },
}

impl Period {
    /// Returns the last `count` times 3600 seconds until now.
    pub fn last_hours(count: u32) -> Self {
        Self::rolling(Length {
            seconds: u64::from(count) * SECONDS_PER_HOUR.unsigned_abs(),
            ..Length::default()
        })
    }

    /// Returns the last `count` times 24 hours until now. For whole local days, see [`Period::last_whole`].
    pub fn last_days(count: u32) -> Self {
        Self::rolling(Length { days: count.into(), ..Length::default() })
    }

    /// Returns the last `count` calendar months until now, from the same local time of day on. A day that the month does
    /// not have becomes the last of the month.
    pub fn last_months(count: u32) -> Self {
        Self::rolling(Length { months: count.into(), ..Length::default() })
    }

    /// Returns the whole local day that contains now.
    pub const fn today() -> Self {
        Self::this(Unit::Day)
    }

    /// Returns the local day before today.
    pub const fn yesterday() -> Self {
        Self::last(Unit::Day)
    }

    /// Returns the whole unit that contains now, including its part in the future.
    pub const fn this(unit: Unit) -> Self {
        Self { shape: Shape::This(unit) }
    }

    /// Returns the unit before the one that contains now.
    pub const fn last(unit: Unit) -> Self {
        Self::last_whole(1, unit)
    }

    /// Returns the `count` whole units before the one that contains now. Each hour is 3600 seconds, also where the clock
    /// changes.
    pub const fn last_whole(count: u32, unit: Unit) -> Self {
        Self { shape: Shape::Last { count, unit } }
    }

    /// Returns the local days `from` to `to`, both included.
    pub const fn dates(from: NaiveDate, to: NaiveDate) -> Self {
        Self::from_boundaries(Boundary::UnitStart(NamedUnit::day(from)), End::Through(NamedUnit::day(to)))
    }

    /// Returns the local days from `from` on and before `to`.
    pub const fn dates_until(from: NaiveDate, to: NaiveDate) -> Self {
        Self::from_boundaries(
            Boundary::UnitStart(NamedUnit::day(from)),
            End::Before(Boundary::UnitStart(NamedUnit::day(to))),
        )
    }

    /// Returns the instants from `start` on and before `end`.
    pub fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self::from_boundaries(instant(start), End::Before(instant(end)))
    }

    /// Returns the instants from `start` on, without end.
    pub fn since(start: DateTime<Utc>) -> Self {
        Self { shape: Shape::Since(instant(start)) }
    }

    /// Returns the instants before `end`, without start.
    pub fn until(end: DateTime<Utc>) -> Self {
        Self { shape: Shape::Until(End::Before(instant(end))) }
    }

    /// Returns the period of all instants.
    pub const fn all() -> Self {
        Self { shape: Shape::All }
    }

    const fn rolling(length: Length) -> Self {
        Self { shape: Shape::Rolling(length) }
    }

    const fn from_boundaries(start: Boundary, end: End) -> Self {
        Self { shape: Shape::Between { start, end } }
    }

    /// Returns the range of the period at the instant `now` in `zone`.
    ///
    /// # Errors
    ///
    /// [`PeriodError::Reversed`] if the period ends before it starts. A period that ends where it starts is an empty range,
    /// unless its end is included (`..=`), which is an error, too. [`PeriodError::OutOfCalendar`] if the period reaches
    /// beyond the years -262143 to 262142.
    pub fn resolve(&self, now: DateTime<Utc>, zone: Tz) -> Result<Range, PeriodError> {
        self.to_range(self.to_resolved(now, zone)?, zone)
    }

    /// Returns the range of the same length just before the period; `None` if the period is open on a side.
    ///
    /// A period of whole calendar units is preceded by the same number of units: this month by last month, three
    /// quarters by three quarters, ten local days by ten local days. The same holds for a duration without hours that
    /// starts or ends with a date. The length of all other periods (rolling ones, hours, instants, local times) is a
    /// number of seconds.
    ///
    /// ```
    /// use chrono_tz::Tz;
    /// use mailtally::Period;
    ///
    /// let now = "2026-03-31T12:00:00Z".parse()?;
    /// let february = "this month".parse::<Period>()?.previous(now, Tz::UTC)?.unwrap();
    /// assert_eq!(february, "2026-02".parse::<Period>()?.resolve(now, Tz::UTC)?);
    ///
    /// // Two local days are 47 hours when summer time begins, and the two before are 48.
    /// let days: Period = "2026-03-28..=2026-03-29".parse()?;
    /// let before = days.previous(now, Tz::Europe__Berlin)?.unwrap();
    /// assert_eq!(before, "2026-03-26..=2026-03-27".parse::<Period>()?.resolve(now, Tz::Europe__Berlin)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Period::resolve`].
    pub fn previous(&self, now: DateTime<Utc>, zone: Tz) -> Result<Option<Range>, PeriodError> {
        self.moved(now, zone, ResolvedPeriod::previous)
    }

    /// Returns the range of the same dates or local times one calendar year (not 365 days) earlier; `None` if the period is
    /// open on a side.
    ///
    /// * Months, quarters and years become the whole ones of the year before: February 2025 becomes all of February 2024.
    /// * Days become the days with the same dates, from the first to the last included one; 29 February becomes the 28th.
    /// * ISO weeks become the same number of weeks, from the one with the same week number on; week 53 becomes the last
    ///   week of the year before.
    /// * Otherwise start and end keep their local time of day. A start on 29 February becomes the same time on the 28th, an
    ///   end on 29 February the end of the 28th.
    ///
    /// ```
    /// use chrono_tz::Tz;
    /// use mailtally::Period;
    ///
    /// let now = "2028-03-31T12:00:00Z".parse()?;
    /// let leap: Period = "2028-02-29".parse()?;
    /// for zone in [Tz::UTC, Tz::Asia__Kolkata] {
    ///     let before = leap.year_before(now, zone)?.unwrap();
    ///     assert_eq!(before, "2027-02-28".parse::<Period>()?.resolve(now, zone)?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Period::resolve`].
    pub fn year_before(&self, now: DateTime<Utc>, zone: Tz) -> Result<Option<Range>, PeriodError> {
        self.moved(now, zone, |period| period.year_before(zone))
    }

    /// Moves the period with `step` and returns its range then; `None` if the period is open on a side.
    fn moved(
        &self,
        now: DateTime<Utc>,
        zone: Tz,
        step: impl FnOnce(ResolvedPeriod) -> Option<ResolvedPeriod>,
    ) -> Result<Option<Range>, PeriodError> {
        match self.to_resolved(now, zone)? {
            ResolvedPeriod::Open { .. } => Ok(None),
            period @ (ResolvedPeriod::Dates { .. } | ResolvedPeriod::Instants { .. }) => {
                let moved = step(period).ok_or_else(|| self.out_of_calendar())?;
                self.to_range(moved, zone).map(Some)
            }
        }
    }

    fn to_range(&self, period: ResolvedPeriod, zone: Tz) -> Result<Range, PeriodError> {
        let [start, end] = period.bounds(zone).ok_or_else(|| self.out_of_calendar())?;
        Range::new(start, end)
    }

    fn to_resolved(&self, now: DateTime<Utc>, zone: Tz) -> Result<ResolvedPeriod, PeriodError> {
        let open = |start, end| ResolvedPeriod::Open { start, end };
        let resolved = match self.shape {
            Shape::All => Some(open(None, None)),
            Shape::Rolling(length) => resolve_rolling(length, now, zone),
            Shape::This(unit) => resolve_this(unit, now, zone),
            Shape::Last { count, unit } => resolve_last(count.into(), unit, now, zone),
            Shape::Since(start) => start.resolve(zone).map(|start| open(Some(start), None)),
            Shape::Until(end) => end.resolve(zone).map(|end| open(None, Some(end))),
            Shape::Between { start, end } => {
                let resolved = resolve_between(start, end, zone);
                if resolved.is_some_and(|period| is_reversed(period, end)) {
                    return Err(PeriodError::Reversed { start: start.to_string(), end: end.to_string() });
                }
                resolved
            }
            Shape::Anchored { anchor, direction, length } => {
                resolve_anchored(anchor, direction, length, zone)
            }
        };
        resolved.ok_or_else(|| self.out_of_calendar())
    }

    fn out_of_calendar(&self) -> PeriodError {
        PeriodError::OutOfCalendar { period: self.to_string() }
    }
}

fn instant(at: DateTime<Utc>) -> Boundary {
    Boundary::Instant(without_leap_second(at))
}

fn resolve_rolling(length: Length, now: DateTime<Utc>, zone: Tz) -> Option<ResolvedPeriod> {
    Some(ResolvedPeriod::Instants { start: length.shift(now, Direction::Backward, zone)?, end: now })
}

fn resolve_this(unit: Unit, now: DateTime<Utc>, zone: Tz) -> Option<ResolvedPeriod> {
    match unit.date_unit() {
        Some(unit) => ResolvedPeriod::units(unit, unit.first_date(calendar::date(now, zone)), 1),
        None => Some(ResolvedPeriod::Instants {
            start: calendar::hour_start(now, zone),
            end: calendar::hour_end(now, zone),
        }),
    }
}

fn resolve_last(count: i64, unit: Unit, now: DateTime<Utc>, zone: Tz) -> Option<ResolvedPeriod> {
    match unit.date_unit() {
        Some(unit) => {
            let end = unit.first_date(calendar::date(now, zone));
            Some(ResolvedPeriod::Dates { unit, count, first: unit.shift(end, -count)?, end })
        }
        None => {
            let end = calendar::hour_start(now, zone);
            let seconds = u64::try_from(count * SECONDS_PER_HOUR).ok()?;
            resolve_rolling(Length { seconds, ..Length::default() }, end, zone)
        }
    }
}

/// Resolves a start and an end, which may be before the start.
fn resolve_between(start: Boundary, end: End, zone: Tz) -> Option<ResolvedPeriod> {
    let (Boundary::UnitStart(from), End::Through(to) | End::Before(Boundary::UnitStart(to))) = (start, end)
    else {
        return Some(ResolvedPeriod::Instants { start: start.resolve(zone)?, end: end.resolve(zone)? });
    };
    let first = from.first;
    let end = match end {
        End::Through(last) => last.end()?,
        End::Before(_) => to.first,
    };
    let unit = if from.unit == to.unit { from.unit } else { DateUnit::Day };
    Some(ResolvedPeriod::Dates { unit, count: unit.count_between(first, end), first, end })
}

/// Whether the period ends before it starts, or where it starts although its end is included.
fn is_reversed(period: ResolvedPeriod, end: End) -> bool {
    let order = match period {
        ResolvedPeriod::Dates { first, end, .. } => first.cmp(&end),
        ResolvedPeriod::Instants { start, end } => start.cmp(&end),
        ResolvedPeriod::Open { .. } => return false,
    };
    match end {
        End::Before(_) => order.is_gt(),
        End::Through(_) => order.is_ge(),
    }
}

/// Resolves a length that starts at the anchor ([`Direction::Forward`]) or ends there.
fn resolve_anchored(
    anchor: Boundary,
    direction: Direction,
    length: Length,
    zone: Tz,
) -> Option<ResolvedPeriod> {
    let local = match anchor {
        Boundary::UnitStart(unit) if length.seconds == 0 => {
            return resolve_anchored_dates(unit.first, direction, length);
        }
        Boundary::UnitStart(unit) => Some(unit.first.and_time(NaiveTime::MIN)),
        Boundary::LocalTime(local) => Some(local),
        Boundary::Instant(_) => None,
    };
    let at = anchor.resolve(zone)?;
    let other = match local {
        None => length.shift(at, direction, zone)?,
        Some(local) => {
            let local = length.shift_date(local.date(), direction)?.and_time(local.time());
            calendar::first_instant(local, zone)?.checked_add_signed(length.seconds(direction)?)?
        }
    };
    Some(ResolvedPeriod::Instants { start: at.min(other), end: at.max(other) })
}

/// Resolves a length without seconds that starts or ends with the start of a date.
fn resolve_anchored_dates(date: NaiveDate, direction: Direction, length: Length) -> Option<ResolvedPeriod> {
    let other = length.shift_date(date, direction)?;
    let (first, end) = (date.min(other), date.max(other));
    let months = if length.days == 0 { i64::try_from(length.months).ok()? } else { 0 };
    let (unit, count) = match months {
        0 => (DateUnit::Day, DateUnit::Day.count_between(first, end)),
        _ => (DateUnit::Month, months),
    };
    Some(ResolvedPeriod::Dates { unit, count, first, end })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::calendar::tests::near_a_change;
    use super::super::range::print_instant;
    use super::*;

    /// An instant on a Saturday, 13:30 in Berlin.
    const NOW: &str = "2026-11-21T12:30:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    fn show(range: Range) -> String {
        let side =
            |at: Option<DateTime<Utc>>| at.map(print_instant).unwrap_or_default().replace(":00:00Z", "h");
        format!("{}..{}", side(range.start()), side(range.end()))
    }

    fn resolved(text: &str, zone: Tz) -> String {
        show(period(text).resolve(at(NOW), zone).unwrap())
    }

    #[test]
    fn periods_resolve_in_utc() {
        for (text, range) in [
            ("1d", "2026-11-20T12:30:00Z..2026-11-21T12:30:00Z"),
            ("2w", "2026-11-07T12:30:00Z..2026-11-21T12:30:00Z"),
            ("3mo", "2026-08-21T12:30:00Z..2026-11-21T12:30:00Z"),
            ("P1Y2M3DT4H", "2025-09-18T08:30:00Z..2026-11-21T12:30:00Z"),
            ("this hour", "2026-11-21T12h..2026-11-21T13h"),
            ("today", "2026-11-21T00h..2026-11-22T00h"),
            ("this week", "2026-11-16T00h..2026-11-23T00h"),
            ("this month", "2026-11-01T00h..2026-12-01T00h"),
            ("this quarter", "2026-10-01T00h..2027-01-01T00h"),
            ("this year", "2026-01-01T00h..2027-01-01T00h"),
            ("yesterday", "2026-11-20T00h..2026-11-21T00h"),
            ("last hour", "2026-11-21T11h..2026-11-21T12h"),
            ("last 24 hours", "2026-11-20T12h..2026-11-21T12h"),
            ("last 3 days", "2026-11-18T00h..2026-11-21T00h"),
            ("last week", "2026-11-09T00h..2026-11-16T00h"),
            ("last 2 weeks", "2026-11-02T00h..2026-11-16T00h"),
            ("last 11 months", "2025-12-01T00h..2026-11-01T00h"),
            ("last quarter", "2026-07-01T00h..2026-10-01T00h"),
            ("last 2 years", "2024-01-01T00h..2026-01-01T00h"),
            ("last 0 days", "2026-11-21T00h..2026-11-21T00h"),
            ("2026-11-21", "2026-11-21T00h..2026-11-22T00h"),
            ("2026-W53", "2026-12-28T00h..2027-01-04T00h"),
            ("2026-12", "2026-12-01T00h..2027-01-01T00h"),
            ("2026-Q2", "2026-04-01T00h..2026-07-01T00h"),
            ("2026", "2026-01-01T00h..2027-01-01T00h"),
            ("2026-01-01..2026-01-31", "2026-01-01T00h..2026-01-31T00h"),
            ("2026-01-01..=2026-01-31", "2026-01-01T00h..2026-02-01T00h"),
            ("2026-02-15..=2026-02", "2026-02-15T00h..2026-03-01T00h"),
            ("2026-01-01T09:00..=2026-01-01", "2026-01-01T09h..2026-01-02T00h"),
            ("2026-01-31/P1M", "2026-01-31T00h..2026-02-28T00h"),
            ("P1M/2026-03-31", "2026-02-28T00h..2026-03-31T00h"),
            ("2026-01-31/P1MT6H", "2026-01-31T00h..2026-02-28T06h"),
            ("1739750400/PT1H", "2025-02-17T00h..2025-02-17T01h"),
            ("2026-01-01..", "2026-01-01T00h.."),
            ("..2026-01-31", "..2026-01-31T00h"),
            ("..=2026-01-31", "..2026-02-01T00h"),
            ("all", ".."),
        ] {
            assert_eq!(resolved(text, Tz::UTC), range, "{text}");
        }
    }

    #[test]
    fn periods_resolve_in_their_zone() {
        for (text, zone, range) in [
            ("today", Tz::Pacific__Auckland, "2026-11-21T11h..2026-11-22T11h"),
            ("this hour", Tz::Asia__Kolkata, "2026-11-21T12:30:00Z..2026-11-21T13:30:00Z"),
            ("this month", Tz::America__New_York, "2026-11-01T04h..2026-12-01T05h"),
            ("2026-03-29", Tz::Europe__Berlin, "2026-03-28T23h..2026-03-29T22h"),
            ("2026-01-01T09:00..2026-07-01T09:00", Tz::Europe__Berlin, "2026-01-01T08h..2026-07-01T07h"),
            // Skipped: from 03:00 on. Repeated: the earlier.
            (
                "2026-03-29T02:30..2026-10-25T02:30",
                Tz::Europe__Berlin,
                "2026-03-29T01h..2026-10-25T00:30:00Z",
            ),
            ("2018-11-04", Tz::America__Sao_Paulo, "2018-11-04T03h..2018-11-05T02h"),
            ("2011-12-30", Tz::Pacific__Apia, "2011-12-30T10h..2011-12-30T10h"),
            // Months keep the local time of day, days do not.
            ("1mo", Tz::Europe__Berlin, "2026-10-21T11:30:00Z..2026-11-21T12:30:00Z"),
            ("31d", Tz::Europe__Berlin, "2026-10-21T12:30:00Z..2026-11-21T12:30:00Z"),
            // Unless they start at a local time.
            ("2026-03-29/P1D", Tz::Europe__Berlin, "2026-03-28T23h..2026-03-29T22h"),
            ("2026-03-29T00:00/P1D", Tz::Europe__Berlin, "2026-03-28T23h..2026-03-29T22h"),
            ("2026-03-29T00:00/PT24H", Tz::Europe__Berlin, "2026-03-28T23h..2026-03-29T23h"),
            ("2026-03-28T23:00:00Z/P1D", Tz::Europe__Berlin, "2026-03-28T23h..2026-03-29T23h"),
        ] {
            assert_eq!(resolved(text, zone), range, "{text} in {zone}");
        }
    }

    #[test]
    fn hours_roll_back_through_an_hour_that_occurs_twice() {
        let range = Period::last_hours(1).resolve(at("2026-10-25T01:30:00Z"), Tz::Europe__Berlin).unwrap();
        assert_eq!(show(range), "2026-10-25T00:30:00Z..2026-10-25T01:30:00Z");
    }

    #[test]
    fn constructors_return_the_same_periods_as_parsing() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (start, end) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
        for (built, text) in [
            (Period::last_hours(24), "24h"),
            (Period::last_days(7), "7d"),
            (Period::last_months(12), "1y"),
            (Period::today(), "today"),
            (Period::yesterday(), "yesterday"),
            (Period::this(Unit::Week), "this week"),
            (Period::last(Unit::Quarter), "last quarter"),
            (Period::last_whole(3, Unit::Month), "last 3 months"),
            (Period::dates(date("2026-01-01"), date("2026-01-31")), "2026-01-01..=2026-01-31"),
            (Period::dates_until(date("2026-01-01"), date("2026-02-01")), "2026-01-01..2026-02-01"),
            (Period::between(start, end), "2026-01-01T00:00:00Z..2026-02-01T00:00:00Z"),
            (Period::since(start), "2026-01-01T00:00:00Z.."),
            (Period::until(end), "..2026-02-01T00:00:00Z"),
            (Period::all(), "all"),
        ] {
            assert_eq!(built, period(text));
            assert_eq!(built.to_string(), text);
        }
    }

    #[test]
    fn a_period_that_ends_before_it_starts_is_refused() {
        for (text, start, end) in [
            ("2026-02-03..2026-02-01", "2026-02-03", "2026-02-01"),
            ("2026-02-02..=2026-02-01", "2026-02-02", "2026-02-01"),
            ("2026-03..=2026-02", "2026-03", "2026-02"),
            ("2026-02-02T00:00..=2026-02-01", "2026-02-02T00:00:00", "2026-02-01"),
            ("1739836800..1739750400", "2025-02-18T00:00:00Z", "2025-02-17T00:00:00Z"),
        ] {
            let error = PeriodError::Reversed { start: start.to_owned(), end: end.to_owned() };
            assert_eq!(error.to_string(), format!("start `{start}` is after end `{end}`"));
            assert_eq!(period(text).resolve(at(NOW), Tz::UTC), Err(error.clone()));
            assert_eq!(period(text).previous(at(NOW), Tz::UTC), Err(error.clone()));
            assert_eq!(period(text).year_before(at(NOW), Tz::UTC), Err(error));
        }
        assert!(period("2026-02-01..2026-02-01").resolve(at(NOW), Tz::UTC).unwrap().is_empty());
    }

    #[test]
    fn a_period_beyond_the_calendar_is_refused() {
        for text in ["3000000y", "99999999999999d", "last 4294967295 years", "2026-01-01/P300000Y"] {
            let error = period(text).resolve(at(NOW), Tz::UTC).unwrap_err().to_string();
            assert_eq!(error, format!("period `{text}` is not within the years -262143 to 262142"));
        }
        let last = Period::dates(NaiveDate::MAX, NaiveDate::MAX);
        assert!(last.resolve(at(NOW), Tz::UTC).is_err());
        let first = Period::dates(NaiveDate::MIN, NaiveDate::MIN);
        assert!(first.resolve(at(NOW), Tz::UTC).is_ok() && first.previous(at(NOW), Tz::UTC).is_err());
        assert!(first.year_before(at(NOW), Tz::UTC).is_err());
        assert!(first.resolve(at(NOW), Tz::Asia__Tokyo).is_err());
    }

    #[test]
    fn the_period_before_has_the_same_length() {
        for (text, zone, before) in [
            ("this month", Tz::UTC, "2026-10-01T00h..2026-11-01T00h"),
            ("this month", Tz::Europe__Berlin, "2026-09-30T22h..2026-10-31T23h"),
            ("last week", Tz::UTC, "2026-11-02T00h..2026-11-09T00h"),
            ("last 3 months", Tz::UTC, "2026-05-01T00h..2026-08-01T00h"),
            ("last hour", Tz::UTC, "2026-11-21T10h..2026-11-21T11h"),
            ("2026-03", Tz::UTC, "2026-02-01T00h..2026-03-01T00h"),
            ("2026-01..=2026-03", Tz::UTC, "2025-10-01T00h..2026-01-01T00h"),
            ("2026-03-01..=2026-03-31", Tz::UTC, "2026-01-29T00h..2026-03-01T00h"),
            ("2026-01..2026-02-15", Tz::UTC, "2025-11-17T00h..2026-01-01T00h"),
            ("2026-03-01/P1M5D", Tz::UTC, "2026-01-24T00h..2026-03-01T00h"),
            ("2026-03-01/P1M", Tz::UTC, "2026-02-01T00h..2026-03-01T00h"),
            ("2026-03-30..=2026-03-30", Tz::Europe__Berlin, "2026-03-28T23h..2026-03-29T22h"),
            ("24h", Tz::Europe__Berlin, "2026-11-19T12:30:00Z..2026-11-20T12:30:00Z"),
            ("2026-01-01T09:00..2026-01-01T12:00", Tz::UTC, "2026-01-01T06h..2026-01-01T09h"),
        ] {
            let found = period(text).previous(at(NOW), zone).unwrap().unwrap();
            assert_eq!(show(found), before, "{text} in {zone}");
        }
    }

    #[test]
    fn the_year_before_has_the_same_dates() {
        for (text, zone, before) in [
            ("this month", Tz::Europe__Berlin, "2025-10-31T23h..2025-11-30T23h"),
            ("last 3 months", Tz::UTC, "2025-08-01T00h..2025-11-01T00h"),
            ("2024-Q1", Tz::UTC, "2023-01-01T00h..2023-04-01T00h"),
            ("2025-02", Tz::UTC, "2024-02-01T00h..2024-03-01T00h"),
            ("2024-02", Tz::UTC, "2023-02-01T00h..2023-03-01T00h"),
            ("2025-02-01..=2025-02-28", Tz::UTC, "2024-02-01T00h..2024-02-29T00h"),
            ("2025-02-28", Tz::UTC, "2024-02-28T00h..2024-02-29T00h"),
            ("2024-02-29", Tz::UTC, "2023-02-28T00h..2023-03-01T00h"),
            ("2024-02-29..2024-02-29", Tz::UTC, "2023-02-28T00h..2023-02-28T00h"),
            ("2024-01-29/P1M", Tz::UTC, "2023-01-29T00h..2023-03-01T00h"),
            ("2026-W47", Tz::UTC, "2025-11-17T00h..2025-11-24T00h"),
            ("2026-W53", Tz::UTC, "2025-12-22T00h..2025-12-29T00h"),
            ("2026-W53..=2027-W01", Tz::UTC, "2025-12-22T00h..2026-01-05T00h"),
            ("24h", Tz::UTC, "2025-11-20T12:30:00Z..2025-11-21T12:30:00Z"),
            ("2026-03-30T09:00/PT1H", Tz::Europe__Berlin, "2025-03-30T07h..2025-03-30T08h"),
            ("2026-03-29T09:00/PT1H", Tz::Europe__Berlin, "2025-03-29T08h..2025-03-29T09h"),
            // In between, the clock went back from 03:00 to 02:00: 02:50 is followed by 02:10.
            ("1792889400/PT20M", Tz::Europe__Berlin, "2025-10-25T00:50:00Z..2025-10-25T00:50:00Z"),
            ("2024-02-29T10:00..2024-02-29T12:00", Tz::UTC, "2023-02-28T10h..2023-03-01T00h"),
            ("2024-02-29T10:00..2024-02-29T10:00", Tz::UTC, "2023-02-28T10h..2023-02-28T10h"),
        ] {
            let found = period(text).year_before(at(NOW), zone).unwrap().unwrap();
            assert_eq!(show(found), before, "{text} in {zone}");
        }
    }

    #[test]
    fn an_open_period_has_no_period_before_it() {
        for text in ["all", "2026..", "..2026", "..=2026"] {
            assert_eq!(period(text).previous(at(NOW), Tz::UTC), Ok(None));
            assert_eq!(period(text).year_before(at(NOW), Tz::UTC), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn this_unit_contains_now_and_the_last_one_ends_where_it_starts((zone, now) in near_a_change()) {
            for unit in Unit::ALL {
                let this = Period::this(unit).resolve(now, zone).unwrap();
                prop_assert!(this.contains(now));
                let last = Period::last(unit).resolve(now, zone).unwrap();
                prop_assert_eq!(last.end(), this.start());
                let before = Period::this(unit).previous(now, zone).unwrap().unwrap();
                prop_assert_eq!(before.end(), this.start());
                if unit != Unit::Hour {
                    prop_assert_eq!(before, last);
                }
            }
        }

        #[test]
        fn every_period_resolves_or_is_refused(
            (zone, now) in near_a_change(),
            months in 0_u32..5_000_000,
            count in any::<u32>(),
            unit in (0..Unit::ALL.len()).prop_map(|index| Unit::ALL[index]),
            extreme in 0..3,
        ) {
            let now = match extreme {
                0 => DateTime::<Utc>::MIN_UTC,
                1 => DateTime::<Utc>::MAX_UTC,
                _ => now,
            };
            let date = calendar::date(now, zone);
            for period in [
                Period::last_hours(count),
                Period::last_days(count),
                Period::last_months(months),
                Period::last_whole(count, unit),
                Period::this(unit),
                Period::last(unit),
                Period::dates(date, date),
                Period::between(now, now),
                Period::since(now),
            ] {
                let resolved = period.resolve(now, zone);
                let (previous, year_before) = (period.previous(now, zone), period.year_before(now, zone));
                if extreme == 2 {
                    if let (Ok(range), Ok(Some(previous))) = (resolved, previous) {
                        prop_assert_eq!(previous.end(), range.start());
                    }
                    if let (Ok(range), Ok(Some(before))) = (period.resolve(now, zone), year_before) {
                        let apart = range.start().unwrap() - before.start().unwrap();
                        prop_assert!((357..=374).contains(&apart.num_days()), "{} {}", period, apart);
                    }
                }
            }
        }
    }
}
