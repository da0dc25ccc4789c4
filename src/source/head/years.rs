//! The years of times that have none.

use chrono::{DateTime, Datelike, NaiveDate};

const DAY: i64 = 86_400_000;

/// A time that is earlier than the line before it by more than this belongs to the year after, unless that is in the future:
/// a log runs forward, but the files of a few weeks may have been put together in another order.
const MAX_JUMP_BACK: i64 = 90 * DAY;

/// A leap day that is farther than this from the line before shows that the years so far are wrong.
const MAX_GAP: i64 = 370 * DAY;

/// Chooses the years of the times of a file. Instants are milliseconds since 1970.
///
/// The first year is a guess until a line proves it. A line that disproves it moves the years of all lines before it; those
/// whose events have been returned cannot be moved any more, which [`Years::proven_first`] tells.
#[derive(Clone, Debug)]
pub(super) struct Years {
    /// The latest instant that is not in the future.
    limit: i64,
    first: First,
    /// The year that was chosen for the first line, if it was a guess.
    guess: Option<i32>,
    /// Whether a line named its year, so that no later line moves those before.
    is_anchored: bool,
    /// By how many years the lines before have to be moved.
    shift: i32,
    /// The year of a leap day among the lines before.
    leap_year: Option<i32>,
    /// The instant of the line before.
    last: Option<i64>,
    /// The earliest and latest instant of this file.
    span: Option<(i64, i64)>,
}

/// How the year of the first line is chosen.
#[derive(Clone, Copy, Debug)]
enum First {
    /// This year, which is known.
    Known(i32),
    /// This year, as later lines have proved it.
    Proven(i32),
    /// The latest year that makes the time no later than the limit.
    Latest,
    /// The year that brings the time nearest to the range of these two instants.
    Nearest(i64, i64),
}

impl Years {
    /// Returns the years of a first file, whose first line is in `year` if that is given. Times after `limit` are in the
    /// future.
    pub(super) fn new(year: Option<i32>, limit: i64) -> Self {
        let first = year.map_or(First::Latest, First::Known);
        Self {
            limit,
            first,
            guess: None,
            is_anchored: false,
            shift: 0,
            leap_year: None,
            last: None,
            span: None,
        }
    }

    /// Begins another file; `year` is that of the first line of the first file, if it was given.
    pub(super) fn begin_file(&mut self, year: Option<i32>) {
        let first = match (year, self.span) {
            (Some(_), Some((start, end))) => First::Nearest(start, end),
            (Some(year), None) => First::Known(year),
            (None, _) => First::Latest,
        };
        *self = Self { first, ..Self::new(None, self.limit) };
    }

    /// Sets the year of the first line, which later lines have proved.
    pub(super) fn set_first(&mut self, year: i32) {
        self.first = First::Proven(year);
    }

    /// Returns the year of the first line if it has none and later lines have proved another than the one that was chosen.
    pub(super) fn proven_first(&self) -> Option<i32> {
        self.guess.filter(|_| self.shift != 0).map(|year| year.saturating_add(self.shift))
    }

    /// Returns whether the year of the first line is a guess, which later lines may disprove.
    pub(super) fn is_open(&self) -> bool {
        self.guess.is_some() && !self.is_anchored
    }

    /// Notes the instant of a line.
    #[inline]
    pub(super) fn pass(&mut self, at: i64) {
        self.last = Some(at);
        self.span = Some(self.span.map_or((at, at), |(start, end)| (start.min(at), end.max(at))));
    }

    /// Returns the instant of the line before.
    #[inline]
    pub(super) fn last(&self) -> Option<i64> {
        self.last
    }

    /// Notes that a line names its year: the lines before it are not later.
    pub(super) fn pass_with_year(&mut self, at: i64) {
        if let Some(last) = self.last.filter(|_| self.is_open()) {
            let shift = self.shift_to(last, at.saturating_add(DAY), true);
            self.move_by(shift);
        }
        self.is_anchored = true;
        self.pass(at);
        self.first = First::Nearest(at, at);
    }

    /// Returns the date of a month and day near `at`, an instant that is known otherwise.
    pub(super) fn date_near(
        month: u32,
        day: u32,
        near: i64,
        at: impl Fn(NaiveDate) -> i64,
    ) -> Option<NaiveDate> {
        let year = year_of(near)?;
        let distance = |date: &NaiveDate| (at(*date) - near).abs();
        (year - 8..=year + 8).filter_map(|year| valid(year, month, day)).min_by_key(distance)
    }

    /// Returns the date of a month and day of the next line; `None` if no such date exists. `at` returns the instant of the
    /// line on a date.
    pub(super) fn date(&mut self, month: u32, day: u32, at: impl Fn(NaiveDate) -> i64) -> Option<NaiveDate> {
        let date = match self.last {
            Some(last) => self.next_date(month, day, last, &at)?,
            None => self.first_date(month, day, &at)?,
        };
        if (month, day) == (2, 29) {
            self.leap_year = Some(date.year());
        }
        Some(date)
    }

    fn first_date(&mut self, month: u32, day: u32, at: &impl Fn(NaiveDate) -> i64) -> Option<NaiveDate> {
        match self.first {
            First::Known(year) => valid(year, month, day),
            First::Proven(year) => {
                self.guess = Some(year);
                valid(year, month, day)
            }
            First::Latest => {
                let year = year_of(self.limit)?;
                let candidates = (year - 8..=year + 1).rev().filter_map(|year| valid(year, month, day));
                let date = candidates.into_iter().find(|date| at(*date) <= self.limit)?;
                self.guess = Some(date.year());
                Some(date)
            }
            First::Nearest(start, end) => {
                let distance = |date: &NaiveDate| (start - at(*date)).max(at(*date) - end).max(0);
                let years = year_of(start)? - 8..=year_of(end)? + 8;
                years.filter_map(|year| valid(year, month, day)).min_by_key(distance)
            }
        }
    }

    fn next_date(
        &mut self,
        month: u32,
        day: u32,
        last: i64,
        at: &impl Fn(NaiveDate) -> i64,
    ) -> Option<NaiveDate> {
        let nearest = Self::date_near(month, day, last, at)?;
        let mut date = nearest;
        if at(nearest) < last - MAX_JUMP_BACK {
            let next = (1..=8).find_map(|years| valid(nearest.year() + years, month, day));
            date = next.filter(|next| self.is_open() || at(*next) <= self.limit).unwrap_or(nearest);
        }
        if !self.is_open() {
            return Some(date);
        }
        if (at(date) - last).abs() > MAX_GAP {
            // A leap day, as all other days are in each year.
            let year = Self::date_near(2, 28, last, at)?.year();
            let latest = (year - 8..=year).rev().filter_map(|year| valid(year, month, day));
            date = latest.into_iter().find(|date| at(*date) <= self.limit)?;
            self.move_by(date.year() - year);
        }
        if at(date) > self.limit {
            let shift = self.shift_to(at(date), self.limit, false);
            date = valid(date.year() + shift, month, day)?;
            self.move_by(shift);
        }
        Some(date)
    }

    /// Returns by how many years lines have to be moved so that `at` is not after `end`; if `is_latest`, so that it is as
    /// late as possible.
    fn shift_to(&self, at: i64, end: i64, is_latest: bool) -> i32 {
        let mut shift = 0;
        while shift > -8000 && moved(at, shift) > end {
            shift -= 1;
        }
        while is_latest && shift < 8000 && moved(at, shift + 1) <= end {
            shift += 1;
        }
        if let Some(year) = self.leap_year {
            let fits = |shift: &i32| valid(year + shift, 2, 29).is_some();
            shift = (shift - 8..=shift).rev().find(fits).unwrap_or(shift);
        }
        shift
    }

    /// Moves the lines before by a number of years.
    fn move_by(&mut self, years: i32) {
        self.shift = self.shift.saturating_add(years);
        self.last = self.last.map(|last| moved(last, years));
        self.span = self.span.map(|(start, end)| (moved(start, years), moved(end, years)));
        self.leap_year = self.leap_year.map(|year| year + years);
    }
}

/// Returns the date if it exists and its year is from 1 to 9999.
fn valid(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).filter(|_| (1..=9999).contains(&year))
}

fn year_of(at: i64) -> Option<i32> {
    Some(DateTime::from_timestamp_millis(at)?.year())
}

/// Returns the instant a number of years later, on the same day; a leap day becomes the day before it.
fn moved(at: i64, years: i32) -> i64 {
    let found = DateTime::from_timestamp_millis(at).and_then(|time| {
        let date = time.date_naive();
        let year = date.year() + years;
        let date = date.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))?;
        Some(date.and_time(time.time()).and_utc().timestamp_millis())
    });
    found.unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> i64 {
        midnight(NaiveDate::from_ymd_opt(year, month, day).unwrap())
    }

    fn midnight(date: NaiveDate) -> i64 {
        date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
    }

    /// Reads days as (year, month, day), where year 0 means that the line has none; returns the proven first year.
    fn proven(lines: &[(i32, u32, u32)]) -> Option<i32> {
        let mut years = Years::new(None, day(2026, 6, 11));
        for &(year, month, of_month) in lines {
            if year == 0 {
                let at = midnight(years.date(month, of_month, midnight).unwrap());
                years.pass(at);
            } else {
                years.pass_with_year(day(year, month, of_month));
            }
        }
        years.proven_first()
    }

    #[test]
    fn later_lines_prove_the_year_of_the_first() {
        for (lines, expected) in [
            (&[(0, 6, 5), (0, 6, 9)][..], None),
            (&[(0, 6, 5), (0, 6, 20)], Some(2025)),
            (&[(0, 6, 5), (0, 6, 20), (2024, 6, 21), (2026, 6, 5)], Some(2024)),
            (&[(0, 6, 5), (2024, 6, 21)], Some(2024)),
            (&[(0, 6, 5), (2026, 6, 6)], None),
            (&[(0, 6, 5), (2025, 6, 6), (0, 7, 1), (2026, 1, 1)], Some(2025)),
            (&[(0, 1, 10), (0, 2, 29)], Some(2024)),
            (&[(0, 1, 10), (0, 2, 29), (0, 3, 1)], Some(2024)),
            (&[(0, 1, 10), (0, 2, 29), (2021, 3, 1)], Some(2020)),
            (&[(0, 2, 29), (0, 3, 1)], None),
            (&[(0, 6, 5), (0, 11, 1), (0, 3, 1), (0, 6, 9)], Some(2025)),
            (&[(0, 6, 5), (0, 11, 1), (0, 3, 1), (0, 8, 9), (0, 1, 1), (0, 6, 1)], Some(2024)),
            (&[(0, 6, 8), (0, 5, 20)], None),
            (&[(2024, 6, 8), (0, 6, 9)], None),
        ] {
            assert_eq!(proven(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_proven_year_is_that_of_the_lines_read_again() {
        let lines = [(6, 5), (6, 20), (11, 1), (2, 28), (6, 9)];
        let mut years = Years::new(None, day(2026, 6, 11));
        let read = |years: &mut Years| -> Vec<i32> {
            let date = |&(month, day): &(u32, u32)| {
                let date = years.date(month, day, midnight).unwrap();
                years.pass(midnight(date));
                date.year()
            };
            lines.iter().map(date).collect()
        };
        read(&mut years);
        let first = years.proven_first().unwrap();
        years.begin_file(None);
        years.set_first(first);
        assert_eq!(read(&mut years), [2025, 2025, 2025, 2026, 2026]);
        assert_eq!(years.proven_first(), None);
    }
}
