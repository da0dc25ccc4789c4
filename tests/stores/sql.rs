//! Hosts with tables of their own, which are answered with statements of `mailtally::sql`.

mod host;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
