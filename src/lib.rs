//! Sending statistics for mail platforms: exact counts and rates of delivery, bounce, open, click and complaint.
//!
//! ```
//! use mailtally::time::chrono_tz::Europe;
//! use mailtally::{By, Event, EventType, Kind, MemoryStore, Period, Query};
//!
//! let store = MemoryStore::new();
//! let delivered = Event::new("acme", "m-1", "e-1", EventType::DeliveredSmtp, "2026-02-02T09:00:00Z".parse()?);
//! let opened = Event::new("acme", "m-1", "e-2", EventType::OpenedPerson, "2026-02-03T07:15:00Z".parse()?);
//! store.extend([opened.clone(), delivered, opened])?; // late, out of order, and twice
//!
//! let query = Query::new("acme", Period::last_days(7)).by(By::Date).zone(Europe::Berlin);
//! let report = store.report(&query, "2026-02-04T12:00:00Z".parse()?)?;
//! assert_eq!(report.total().total(Kind::Opened), 1);
//! assert_eq!(report.rows().len(), 8); // seven times 24 hours touch eight days of Berlin
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The promise
//!
//! **Fed at-least-once, out of order, late, from any number of places, the numbers come out the same, exact, and every
//! total equals the sum of its parts.** It follows from four rules: see [`Message`](message::Message). By tag, a
//! message counts under each of its tags and once in a total.
//!
//! # Three ideas
//!
//! * An [`Event`] is one thing that happened to one message. It has an [`EventType`]: a [`Kind`], with a qualifier if it has
//!   one. Hosts write events; [messages](message::Message) are derived.
//! * A [`Query`] is a question in the caller's terms. [`Query::plan`] resolves it at an instant that the caller passes: a
//!   [`Plan`](store::Plan) has instants instead of dates and zones, so a store needs no calendar.
//! * A [`Report`](report::Report) is the complete answer: gaps filled, ordered, with totals, [rates](rate) and warnings.
//!
//! ```text
//! params ──▶ Query ──plan(now)──▶ Plan ──▶ Store::count ──▶ rows ──▶ Report ──▶ JSON
//! (strings)  (relative)           (resolved) (the host)              (complete)  (a dialect)
//! ```
//!
//! With a [`Store`](store::Store), [`Query::report`] is one call. Without one, a host plans, counts in its own way, and makes
//! the report: [`Query::report_plan`] lists all that must be counted. The core does no I/O, needs no runtime and reads no
//! clock; only the feature `snapshot` reads and writes files.
//!
//! # Where things are
//!
//! | module | what it has |
//! |---|---|
//! | the root | what most programs name: [`Event`], [`Query`], [`Filter`], [`MemoryStore`] |
//! | [`message`] | messages, the fields and ids of events, and [`EventRef`](message::EventRef), an event that borrows its texts |
//! | [`store`] | the traits that a host implements, and plans |
//! | [`report`] | reports, comparisons, warnings |
//! | [`rate`] | rates, their definitions, intervals, changes and published limits |
//! | [`time`] | periods, ranges, buckets |
//! | [`provider`] | mailbox providers by recipient domain and by MX host |
//! | [`dialect`] | five published statistics APIs: HTTP requests in, HTTP responses out |
//! | [`native`], [`schema`] | the crate's own API, and its JSON Schemas |
//! | [`source`] | readers: JSON Lines, logs and webhooks of mail systems |
//! | [`glossary`] | the words, one meaning each |
//! | [`design`] | the decisions, with what was rejected; [`engine`]: how the store in memory works; [`changelog`]: what changed |
//!
//! # What it does not do
//!
//! It sends no mail, serves no HTTP, needs no runtime, and approximates nothing. It needs no recipient addresses: it keeps
//! only those that a host adds to an event as a free [attribute](Event::attribute).
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `mailtrap`, `krafter`, `mailgun`, `emitlo`, `sendkit` | yes | each a [`dialect`] |
//! | `native` | yes | the crate's own API |
//! | `conformance` | no | the checks that every [store](store#write-your-own) must pass |
//! | `sql` | no | statements that count events in a host's own tables, for PostgreSQL and SQLite |
//! | `snapshot` | no | `MemoryStore::save` and `MemoryStore::open`: the store in memory as a file |
//! | `sqlite` | no | `SqliteStore`: a store in a file |
//! | `postgres` | no | `PostgresStore`: a store in PostgreSQL, for several hosts |
//! | `sql` | no | `mailtally::sql`: statements that count events in a host's own tables |
//! | `clickhouse` | no | `ClickHouseStore`: a store in ClickHouse, on one server or on the shards of a cluster |
//! | `serve` | no | the packages of the example server; of the library, only `snapshot`, `sqlite` and the dialects |
//!
//! No feature changes what the rest does.

#![cfg_attr(docsrs, feature(doc_cfg))]
// A match on an enum of ours names every case. Tests of one case need not.
#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

mod ask;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contribution;
mod counted;
mod counts;
#[cfg(feature = "_dialect")]
pub mod dialect;
mod dimension;
mod error;
mod event;
mod event_type;
mod figure;
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
#[cfg(feature = "sql")]
pub mod sql;
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
pub use query::{Against, Limits, Query, QueryError, Scope, Timing};
pub use status::Status;
#[cfg(feature = "clickhouse")]
pub use store::clickhouse::ClickHouseStore;
pub use store::memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use store::postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use store::sqlite::SqliteStore;
pub use time::period::Period;
pub use time::resolution::Resolution;

#[doc = include_str!("glossary.md")]
#[cfg(doc)]
pub mod glossary {}

#[doc = include_str!("engine.md")]
#[cfg(doc)]
pub mod engine {}

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
