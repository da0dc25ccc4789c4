//! All integration tests, in one program: it links once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod api;
mod common;
mod dialects;
mod laws;
mod report;
mod schema;
mod serve;
#[cfg(feature = "conformance")]
mod stores;
