//! Metrics v1.

mod body;
mod cell;
mod dimension;
mod fields;
mod figure;
mod metric;
mod page;
mod predicate;
mod questions;
mod request;
mod window;

pub use body::{Aggregates, Body, Item, Metrics, Pagination, Value};
pub use figure::Figure;
pub use predicate::MOST_VALUES;
pub use questions::Questions;
pub use request::{Endpoint, MOST_DIMENSIONS, MOST_METRICS, Request};
