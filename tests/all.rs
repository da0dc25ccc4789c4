//! All integration tests, in one program: it links once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod api;
mod common;
#[cfg(feature = "_dialect")]
mod dialects;
mod engine;
mod forms;
mod laws;
mod layers;
#[cfg(feature = "serve")]
mod mount;
#[cfg(all(feature = "conformance", feature = "clickhouse", feature = "postgres", feature = "serve"))]
mod places;
pub(crate) mod program;
mod report;
#[cfg(feature = "native")]
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod servers;
mod sources;
#[cfg(feature = "conformance")]
mod stores;
#[cfg(all(feature = "conformance", feature = "clickhouse", feature = "postgres", feature = "serve"))]
mod stranger;
mod workload;
