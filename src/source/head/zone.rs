//! From a local time to an instant.

use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{OffsetName, Tz};

use super::stamp::Abbreviation;

/// How much earlier than the line before it a line may be, in milliseconds. Where local time is ambiguous, a reading that is
/// earlier by more than this is replaced by the later reading.
const MAX_DISORDER: i64 = 10_000;

/// Returns the instant of a local time, in milliseconds since 1970. If it is ambiguous, that is the earlier reading, unless
/// the line before, which was at `last`, is later than it by more than [`MAX_DISORDER`]. If it was skipped, the offset before
/// the change applies.
pub(super) fn instant(zone: Tz, date: NaiveDate, millis: i64, last: Option<i64>) -> i64 {
    let time = local(date, millis);
    match zone.from_local_datetime(&time) {
        LocalResult::Single(at) => at.timestamp_millis(),
        LocalResult::Ambiguous(one, other) => {
            let (one, other) = (one.timestamp_millis(), other.timestamp_millis());
            let (early, late) = (one.min(other), one.max(other));
            if last.is_some_and(|last| early < last - MAX_DISORDER) { late } else { early }
        }
        LocalResult::None => {
            let before = (1..=48)
                .find_map(|hours| zone.from_local_datetime(&(time - TimeDelta::hours(hours))).latest());
            let offset = before.map_or(0, |before| before.offset().fix().local_minus_utc());
            time.and_utc().timestamp_millis() - i64::from(offset) * 1000
        }
    }
}

/// Returns the instant of a local time with the abbreviation of its zone: the reading in `zone` that has this abbreviation;
/// if none has, that with the offset that the abbreviation means; if it means none, the same as [`instant`].
pub(super) fn instant_in(
    zone: Tz,
    date: NaiveDate,
    millis: i64,
    name: Abbreviation,
    last: Option<i64>,
) -> i64 {
    let time = local(date, millis);
    let found = zone.from_local_datetime(&time);
    let readings = [found.earliest(), found.latest()];
    let named =
        readings.into_iter().flatten().find(|reading| reading.offset().abbreviation() == Some(name.as_str()));
    match (named, name.offset_minutes()) {
        (Some(reading), _) => reading.timestamp_millis(),
        (None, Some(minutes)) => time.and_utc().timestamp_millis() - minutes * 60_000,
        (None, None) => instant(zone, date, millis, last),
    }
}

/// Returns the local time `millis` milliseconds after the midnight at the start of `date`.
pub(super) fn local(date: NaiveDate, millis: i64) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN) + TimeDelta::milliseconds(millis)
}
