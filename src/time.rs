//! Time: periods as they are asked, ranges as they are resolved, buckets as they are counted.
//!
//! A [`Period`] is relative to the asker: "the last 7 days", "this month", in the asker's zone. [`Period::resolve`] takes
//! the clock and the zone, both from the caller, and gives a [`Range`] of instants in UTC. A [`Resolution`] cuts the range
//! into [`Bucket`]s. Ranges and buckets are half-open everywhere: the start is in, the end is out.
//!
//! # What a day is
//!
//! A local day lasts from local midnight to the next, which is 23, 24 or 25 hours. One rule covers what clocks do:
//! **a day starts at the first instant at which the local calendar has reached its date.** So,
//!
//! * where the clock skips midnight, the day starts when the skipping ends;
//! * where midnight comes twice, the earlier one starts the day; and where the clock then goes back into the evening
//!   before, that evening's second showing belongs to the new day;
//! * a day that the calendar skips altogether (30 December 2011 in Apia) is no day, and has no bucket.
//!
//! Weeks (ISO 8601, Monday first), months, quarters and years start with their first day.
//!
//! An hour ends where the local clock reaches the next full hour, and wherever the clock is changed. So an hour that is
//! shown twice is two buckets, told apart by the offset in their labels, and an hour that is skipped is none. Where the
//! clock is changed by half an hour (Lord Howe Island), the change makes a bucket of half an hour.
//!
//! ```
//! use chrono_tz::Tz;
//! use mailtally::{Period, Resolution};
//!
//! let now = "2026-03-30T10:00:00Z".parse()?;
//! let period: Period = "last 2 days".parse()?;
//!
//! let range = period.resolve(now, Tz::UTC)?;
//! let days = Resolution::Day.buckets(&range, Tz::UTC, now, 1000)?;
//! assert_eq!(days[1].start.to_rfc3339(), "2026-03-29T00:00:00+00:00");
//! assert_eq!((days[1].end - days[1].start).num_hours(), 24);
//!
//! // The same days in Berlin start an hour earlier, and the second is short: summer time begins.
//! let range = period.resolve(now, Tz::Europe__Berlin)?;
//! let days = Resolution::Day.buckets(&range, Tz::Europe__Berlin, now, 1000)?;
//! assert_eq!(days[1].start.to_rfc3339(), "2026-03-28T23:00:00+00:00");
//! assert_eq!((days[1].end - days[1].start).num_hours(), 23);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bucket;
mod calendar;
mod edge;
mod extent;
mod length;
mod parse;
pub(crate) mod period;
mod range;
pub(crate) mod resolution;

pub use bucket::{Bucket, BucketError};
pub use calendar::Unit;
pub use parse::{parse_date, parse_instant, parse_zone};
pub(crate) use period::Period;
pub use period::PeriodError;
pub use range::Range;
pub(crate) use resolution::Resolution;

pub use chrono;
pub use chrono_tz;
