//! Time: periods, the ranges that they resolve to, and the buckets that ranges are cut into.
//!
//! A [`Period`] is relative to the present and to a time zone: "the last 7 days", "this month". [`Period::resolve`] takes
//! both from the caller and returns a [`Range`] of instants in UTC. A [`Resolution`] cuts the range into [`Bucket`]s.
//! Ranges and buckets are half-open everywhere: the start is included, the end is not.
//!
//! # Local days and hours
//!
//! A local day lasts from one local midnight to the next, usually 23, 24 or 25 hours. One rule covers every change of the
//! clock: **a day starts at the first instant at which the local clock shows its date or a later one.** So,
//!
//! * where the clock skips midnight, the day starts at the change;
//! * where midnight occurs twice, the day starts at the first. If the clock goes back into the evening before, the
//!   repeated part of that evening belongs to the new day;
//! * a day that the calendar skips (30 December 2011 in Apia) is empty and has no bucket.
//!
//! Weeks (ISO 8601, Monday first), months, quarters and years start with their first day.
//!
//! An hour ends where the local clock reaches the next full hour, and at every change of the clock. So an hour that occurs
//! twice is two buckets, whose labels differ by their offset, and an hour that is skipped has no bucket. A change by half
//! an hour (Lord Howe Island) makes a bucket of half an hour.
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
//! // The same days in Berlin start an hour earlier, and the second has 23 hours because summer time begins.
//! let range = period.resolve(now, Tz::Europe__Berlin)?;
//! let days = Resolution::Day.buckets(&range, Tz::Europe__Berlin, now, 1000)?;
//! assert_eq!(days[1].start.to_rfc3339(), "2026-03-28T23:00:00+00:00");
//! assert_eq!((days[1].end - days[1].start).num_hours(), 23);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where now comes from
//!
//! This crate reads no clock: the instant `now` is an argument everywhere. A host has it from its own clock, without a
//! dependency:
//!
//! ```
//! use std::time::SystemTime;
//!
//! use mailtally::Period;
//! use mailtally::time::chrono::{DateTime, Utc};
//! use mailtally::time::chrono_tz::Tz;
//!
//! let now: DateTime<Utc> = SystemTime::now().into();
//! let range = "24h".parse::<Period>()?.resolve(now, Tz::UTC)?;
//! assert_eq!(range.end(), Some(now));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `Utc::now()` does not compile with the `chrono` of this module alone, which is built without its clock. A host that wants
//! it enables the feature in its own `Cargo.toml`; the types remain the same:
//!
//! ```toml
//! chrono = { version = "0.4", default-features = false, features = ["now"] }
//! ```

mod boundary;
mod bucket;
mod calendar;
mod digits;
mod error;
mod length;
mod missing;
mod number;
mod parse;
pub(crate) mod period;
mod range;
pub(crate) mod resolution;
mod resolved;
mod zone;

pub use bucket::{Bucket, BucketError};
pub use calendar::Unit;
pub use error::PeriodError;
pub(crate) use number::instant_from_number;
pub use parse::{parse_date, parse_instant};
pub(crate) use period::Period;
pub use range::Range;
pub(crate) use resolution::Resolution;
pub use zone::parse_zone;

pub use chrono;
pub use chrono_tz;
