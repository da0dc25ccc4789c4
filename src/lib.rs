//! Sending statistics for mail platforms: counts and rates of delivery, bounce, open, click and complaint, exact however
//! the events come.
//!
//! ```
//! use mailtally::{By, Event, EventType, Kind, MemoryStore, Period, Query};
//!
//! let store = MemoryStore::new();
//! let delivered = Event::new("acme", "m-1", "e-1", EventType::DeliveredSmtp, "2026-02-02T09:00:00Z".parse()?);
//! let opened = Event::new("acme", "m-1", "e-2", EventType::OpenedPerson, "2026-02-03T07:15:00Z".parse()?);
//! store.extend([opened.clone(), delivered, opened]); // late, out of order, and twice
//!
//! let query = Query::new("acme", Period::last_days(7)).by(By::Date).zone(chrono_tz::Europe::Berlin);
//! let report = store.report(&query, "2026-02-04T12:00:00Z".parse()?)?;
//! assert_eq!(report.total.total(Kind::Opened), 1);
//! assert_eq!(report.rows.len(), 8); // seven times 24 hours touch eight days of Berlin
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The promise
//!
//! **Fed at-least-once, out of order, late, from any number of places, the numbers come out the same, exact, and every
//! total equals the sum of its parts.** It rests on four small joins: see [`Message`].
//!
//! # Three ideas
//!
//! * An [`Event`] is one thing that happened to one message: of a [`Kind`], or more finely of a [`EventType`], which is a kind
//!   with its qualifier. Hosts write events; [messages](Message) are derived.
//! * A [`Query`] is a question in the asker's terms. [`Query::plan`] settles it at an instant that the caller gives: a
//!   [`Plan`] has nothing left to decide. This is the only place where time and zones enter; no store knows a calendar.
//! * A [`Report`] is the answer, complete: gaps filled, ordered, with totals, [rates](rate) and what a reader must know.
//!
//! ```text
//! params ──▶ Query ──plan(now)──▶ Plan ──▶ Store::count ──▶ rows ──▶ Report ──▶ JSON
//! (strings)  (relative)           (settled)  (the host)              (complete)  (a dialect)
//! ```
//!
//! The core is without I/O: a host can call `plan`, run a query of its own and build a `Report`, with no trait, no
//! runtime and no clock; [`Questions`] says all that must be counted. With a [`Store`], [`report()`] is one call.
//!
//! # What it does not do
//!
//! It sends no mail, serves no HTTP, needs no runtime, keeps no recipient addresses, and approximates nothing.
//!
//! # Stores
//!
//! | store | feature | packages |
//! |---|---|---|
//! | [`MemoryStore`] | | none |
//! | [your own](store#write-your-own) | | none; the checks of feature `conformance` prove it |
//!
//! # Dialects
//!
//! The JSON of published statistics APIs, so that their clients work unchanged: see [`dialect`].
//!
//! # The crate's own API
//!
//! A question as JSON in, a report as JSON out, with a JSON Schema for each: see [`native`] and [`schema`].
//!
//! # Sources
//!
//! Readers of what mail systems already write: the crate's own JSON Lines and Postfix's mail log. See [`source`].
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `conformance` | the checks that every store must pass; no package |
//!
//! None is on by default, and none changes what the rest does.
//!
//! # Why it is so
//!
//! The reasons, with what was rejected, are in [`design`]; what changed, in [`changelog`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod ask;
#[cfg(feature = "conformance")]
pub mod conformance;
mod counts;
#[cfg(feature = "_dialect")]
pub mod dialect;
mod dimension;
mod error;
mod event;
mod event_type;
mod filter;
mod group;
mod kind;
pub mod message;
mod metric;
mod names;
#[cfg(feature = "native")]
pub mod native;
mod parse_error;
mod plan;
pub mod provider;
mod query;
pub mod rate;
pub mod report;
pub mod schema;
pub mod source;
mod status;
pub mod store;
mod tally;
pub mod time;

pub use counts::Counts;
pub use dimension::{By, Dimension};
pub use error::Error;
pub use event::Event;
pub use event_type::EventType;
pub use filter::Filter;
pub use kind::Kind;
pub use metric::Metric;
pub use parse_error::ParseError;
pub use query::{Against, Limits, Query, Scope, Timing};
pub use status::Status;
pub use store::memory::MemoryStore;
pub use time::period::Period;
pub use time::resolution::Resolution;

#[doc = include_str!("design.md")]
#[cfg(doc)]
pub mod design {}

#[doc = include_str!("../CHANGELOG.md")]
#[cfg(doc)]
pub mod changelog {}

/// The code of the README runs.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
