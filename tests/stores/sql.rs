//! Hosts with tables of their own, which are answered with statements of `mailtally::sql`.

mod host;
#[cfg(feature = "postgres")]
mod postgres;
mod shapes;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod small;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod values;
