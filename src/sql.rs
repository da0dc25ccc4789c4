//! Statements that count events in a host's own tables (feature `sql`).

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
