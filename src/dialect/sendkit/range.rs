//! The range of a request: `from` and `to`.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};

use super::Error;
use crate::dialect::{Params, truncated};
use crate::time::{Period, parse_date};

/// The names of the parameters.
const NAMES: [&str; 2] = ["from", "to"];

/// Instants in UTC: `from` is included, `until` is not; `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

/// The value of a parameter.
#[derive(Clone, Copy)]
enum Moment {
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

impl Range {
    /// Parses `from` and `to`, which are both included.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if a value is invalid, if `to` is before `from`, or if a name is spelled as that of an
    /// unknown kind of list: ignored, it would widen the range.
    pub(super) fn parse(params: &Params) -> Result<Self, Error> {
        if let Some(spelling) = params.misspelled_list(&NAMES) {
            let name = if spelling.starts_with("from") { "from" } else { "to" };
            return Err(invalid(name, spelling, "its name without brackets"));
        }
        let from = moment(params, "from")?.map(Moment::start);
        let until = moment(params, "to")?.and_then(Moment::end);
        match (from, until) {
            (Some(from), Some(until)) if from >= until => {
                let [from, to] = NAMES.map(|name| params.first(name).unwrap_or_default());
                Err(invalid("to", to, &format!("a time from {from} on")))
            }
            _ => Ok(Self { from, until }),
        }
    }

    pub(super) fn period(self) -> Period {
        match (self.from, self.until) {
            (None, None) => Period::all(),
            (Some(from), None) => Period::since(from),
            (None, Some(until)) => Period::until(until),
            (Some(from), Some(until)) => Period::between(from, until),
        }
    }

    /// Limits a range without a start to its last `days` days in UTC. If it has no end either, the last day is that of
    /// `now`.
    pub(super) fn or_last_days(self, days: u64, now: DateTime<Utc>) -> Self {
        let last =
            self.until.and_then(|until| until.checked_sub_signed(Duration::milliseconds(1))).unwrap_or(now);
        let first = last.date_naive().checked_sub_days(Days::new(days - 1)).unwrap_or(NaiveDate::MIN);
        Self { from: self.from.or_else(|| Some(midnight(first))), ..self }
    }
}

impl Moment {
    fn start(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => midnight(day),
            Self::Instant(at) => at,
        }
    }

    /// Returns the first instant after it, in the precision of events, milliseconds; `None` at the end of the calendar.
    fn end(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Day(day) => day.succ_opt().map(midnight),
            Self::Instant(at) => at.trunc_subsecs(3).checked_add_signed(Duration::milliseconds(1)),
        }
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Parses a parameter; `None` if it is absent or empty.
fn moment(params: &Params, name: &'static str) -> Result<Option<Moment>, Error> {
    let Some(text) = params.first(name).map(str::trim) else { return Ok(None) };
    let day = || parse_date(text).ok().map(Moment::Day);
    let found = day().or_else(|| instant(text).map(Moment::Instant));
    let expected = "a day that exists, as YYYY-MM-DD, or an instant, as 2026-02-01T09:30:00Z";
    found.map(Some).ok_or_else(|| invalid(name, text, expected))
}

/// Parses an instant in RFC 3339, also without seconds, or without an offset, which is UTC then.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    if text.starts_with(['+', '-']) {
        return None;
    }
    let (minute, rest) = text.split_at_checked("YYYY-MM-DDTHH:MM".len()).unwrap_or((text, ""));
    let seconds = if rest.starts_with(':') { "" } else { ":00" };
    let text = format!("{minute}{seconds}{rest}");
    let with_offset = DateTime::parse_from_rfc3339(&text).ok().map(|at| at.to_utc());
    with_offset.or_else(|| text.parse::<NaiveDateTime>().ok().map(|at| at.and_utc()))
}

fn invalid(name: &'static str, found: &str, expected: &str) -> Error {
    Error::InvalidParameter { name, found: truncated(found), expected: truncated(expected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<[Option<String>; 2], Error> {
        let shown = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        Range::parse(&Params::parse(query)).map(|range| [range.from.map(shown), range.until.map(shown)])
    }

    #[test]
    fn each_bound_is_optional_and_included() {
        let february = "2026-02-01T00:00:00Z";
        for (query, from, until) in [
            ("", None, None),
            ("from=&to=+", None, None),
            ("from=2026-02-01", Some(february), None),
            ("to=2026-01-31", None, Some(february)),
            ("from=2026-02-01&to=2026-02-01", Some(february), Some("2026-02-02T00:00:00Z")),
            ("from=2026-02-01T00:00:00Z", Some(february), None),
            ("from=2026-02-01T02:00:00%2B02:00", Some(february), None),
            ("from=2026-02-01T00:00:00.000", Some(february), None),
            ("from=2026-02-01T00:00", Some(february), None),
            ("from=2026-02-01T00:00Z", Some(february), None),
            ("from=2026-01-31T23:00-01:00", Some(february), None),
            ("to=2026-01-31T23:59:59.999Z", None, Some(february)),
            ("to=2026-01-31T23:59:59.9999Z", None, Some(february)),
            (
                "from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z",
                Some(february),
                Some("2026-02-01T00:00:00.001Z"),
            ),
            ("from=2026-02-01&from=x&From=x&from[]=x&period=7d", Some(february), None),
            ("from[]=2026-02-01", Some(february), None),
            ("from[0]=2026-02-01&to[][]=2026-02-01", Some(february), Some("2026-02-02T00:00:00Z")),
        ] {
            let expected = [from, until].map(|bound| bound.map(str::to_owned));
            assert_eq!(parse(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn an_invalid_bound_is_refused() {
        let long = "9".repeat(1_000_000);
        let long_query = format!("from={long}");
        for (query, name, found) in [
            ("from=2026-02-30", "from", "2026-02-30"),
            ("from=x&to=y", "from", "x"),
            ("to=2026-2-1", "to", "2026-2-1"),
            ("to=1770000000", "to", "1770000000"),
            ("to=2026-02-01T00", "to", "2026-02-01T00"),
            ("to=2026-02-01T00:0é", "to", "2026-02-01T00:0é"),
            ("to=%2B12026-01-01T00:00:00", "to", "+12026-01-01T00:00:00"),
            ("from=2026-02-02&to=2026-02-01", "to", "2026-02-01"),
            ("from=2026-02-02T00:00:00.001Z&to=2026-02-02T00:00:00Z", "to", "2026-02-02T00:00:00Z"),
            (&long_query, "from", &long[..80]),
            ("from[a]=2026-02-01", "from", "from[a]"),
            ("from=2026-02-01&to%5B-1%5D=2026-02-02", "to", "to[-1]"),
        ] {
            let Err(Error::InvalidParameter { name: invalid, found: value, expected }) = parse(query) else {
                panic!("{}", &query[..query.len().min(80)]);
            };
            assert_eq!((invalid, &*value), (name, found));
            assert_eq!(expected == "its name without brackets", found.contains('['), "{expected}");
        }
        let error = parse("from=2026-02-02&to=2026-02-01").unwrap_err().to_string();
        assert_eq!(error, "Invalid parameter to: found `2026-02-01`, expected a time from 2026-02-02 on");
    }

    #[test]
    fn instants_at_the_limits_of_the_calendar_do_not_panic() {
        for query in ["from=0000-01-01&to=9999-12-31", "to=9999-12-31T23:59:60Z", "to=0000-01-01"] {
            let range = Range::parse(&Params::parse(query)).unwrap();
            for now in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
                assert!(range.period().resolve(now, chrono_tz::Tz::UTC).is_ok(), "{query}");
            }
        }
    }
}
