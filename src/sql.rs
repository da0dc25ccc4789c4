//! Statements that count events in a host's own tables (feature `sql`).
//!
//! A host names its tables and columns in [`Names`]. [`statement()`] then writes one statement, for PostgreSQL or SQLite, which
//! answers a whole [`Plan`](crate::store::Plan) exactly as [`Plan::tally`](crate::store::Plan::tally) does: firsts, fields,
//! statuses, filters, groups, buckets. [`Answer`] adds its rows up to those that [`Store::count`](crate::store::Store::count)
//! returns. [`messages()`] lists the messages behind a figure, and [`timeline()`] the events of a message.
//!
//! The module writes texts and reads rows; the host runs them with the client that it has. `examples/custom_store.rs` is a whole
//! host in SQLite.
//!
//! ```
//! use mailtally::sql::{self, Column, Database, Field, Names, Param};
//! use mailtally::{By, Dimension, Period, Query};
//!
//! let names = Names::new(Database::Postgres, "email_events").field(Field::Domain, Column::of_event("from_domain"));
//! let query = Query::new("acme", Period::last_days(30)).by(By::Date).by(Dimension::Domain);
//! let plan = query.plan("2026-02-03T00:00:00Z".parse()?)?;
//! let statement = sql::statement(&plan, &names)?;
//! assert!(statement.text().contains(r#"WHERE e."account" = $1::text"#));
//! assert_eq!(statement.params()[0], Param::Text("acme".to_owned()));
//!
//! let by_country = query.by(Dimension::Country).plan("2026-02-03T00:00:00Z".parse()?)?;
//! let error = sql::statement(&by_country, &names).unwrap_err();
//! assert_eq!(error, sql::SqlError::NoColumn(Dimension::Country)); // a store returns it as `StoreError::Unsupported`
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the host does
//!
//! * It keeps one row of each event, the least of its copies, or names a [copy key](Names::copy_key).
//! * It runs the statements of all plans of a call in **one transaction**: in PostgreSQL `REPEATABLE READ, READ ONLY`, in
//!   SQLite any.
//! * It has the [indexes](Names#indexes).
//! * It adds each row to an [`Answer`] as it reads it, which refuses answers that are too large. The statement itself returns
//!   no more rows than that takes.
//!
//! # What statements are
//!
//! * **Every value is a parameter**: accounts, texts of filters, words of event types, edges of buckets. The text has only the
//!   names that the host gave, quoted, and words of this crate. So the texts of two questions of the same shape are equal, and can
//!   be prepared once.
//! * **Every selection that reads a table has the condition on the account**, unless the scope is all accounts.
//! * The messages with an event or their creation in the range are found by an index, and their events by another one: a
//!   look-up for each message, in an order that the planner cannot change. From there on, each row is read in one direction: windows
//!   find firsts, fields and statuses, and nothing is joined whose size a planner would have to guess.
//! * Lists are one parameter: arrays, or JSON in SQLite. Thousands of values of a filter and of edges cost no more than a look-up
//!   for each row, or a sort.
//!
//! # What they are not
//!
//! * They do not look up a provider by domain, and know no recipient domain of an address: the host stores both.
//! * A text with NUL is refused for PostgreSQL ([`SqlError::Nul`]), which has no such texts.
//! * There is none for [`Sink`](crate::store::Sink) and [`Retention`](crate::store::Retention): the host records and removes as it
//!   does already.

mod answer;
mod column;
mod condition;
mod counted;
mod error;
mod expression;
mod field;
mod known;
mod names;
mod page;
mod rows;
mod statement;
mod tally;
mod timeline;

pub use answer::{Answer, AnswerRow};
pub use column::{Column, InstantColumn, Source, Table, Tags, TypeColumn};
pub use error::SqlError;
pub use field::Field;
pub use names::{Database, Names};
pub use page::messages;
pub use statement::{Param, Statement};
pub use tally::statement;
pub use timeline::{TIMELINE_COLUMNS, event, timeline};
