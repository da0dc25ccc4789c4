//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use chrono::{DateTime, Datelike, Utc};
use clap::Parser;
use mailtally::time::parse_instant;

use crate::place::Place;

/// Serves the statistics APIs of Mailtrap, Krafter, Mailgun, Emitlo and SendKit, and this crate's own, over recorded
/// events.
#[derive(Debug, Parser)]
#[command(name = "serve", arg_required_else_help = true, disable_version_flag = true, max_term_width = 110)]
#[command(override_usage = "serve --config <FILE> [OPTIONS]\n       serve --hash-key")]
pub(crate) struct Args {
    /// The address and the port to listen on; port 0 is any free port
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,

    /// Accounts, keys and rate limits: see examples/serve/serve.toml
    #[arg(long, value_name = "FILE", required_unless_present = "hash_key")]
    pub(crate) config: Option<PathBuf>,

    /// Files of events to read before listening, in JSON Lines, plain, gzip or zstd
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) events: Vec<PathBuf>,

    /// Where the events are kept: `sqlite:PATH`, a file that is made if there is none; `postgres://USER@HOST/DATABASE` or
    /// `clickhouse://HOST:PORT/DATABASE`, if the program is built with the feature of that name; or `memory`
    #[arg(
        long,
        value_name = "STORE",
        default_value = "sqlite:mailtally.sqlite",
        conflicts_with = "snapshot"
    )]
    pub(crate) store: Place,

    /// The file that keeps the events in memory while the program does not run. It is read before listening, if it exists, and written
    /// every few minutes and at the end; events since then are lost if the program is killed
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,

    /// How often the snapshot is written, if something was recorded
    #[arg(long, value_name = "N", default_value = "5", requires = "snapshot")]
    pub(crate) snapshot_minutes: NonZeroU32,

    /// Stops the clock at this instant, in RFC 3339: all answers are of this instant, and rate limits never reset. The
    /// default is the system's clock
    #[arg(long, value_parser = parse_now, value_name = "RFC3339")]
    pub(crate) now: Option<DateTime<Utc>>,

    /// Read a key from standard input, print its hash for the configuration, and exit
    #[arg(long, conflicts_with = "config")]
    pub(crate) hash_key: bool,
}

/// Parses an instant in a year of four digits: all formats of the APIs have one.
fn parse_now(text: &str) -> Result<DateTime<Utc>, String> {
    let at = parse_instant(text).map_err(|error| error.to_string())?;
    let has_four_digits = (1..=9999).contains(&at.year());
    has_four_digits.then_some(at).ok_or_else(|| format!("invalid year `{}`: expected 1 to 9999", at.year()))
}

/// Parses the command line. Exits with the help or an error if it cannot be run.
pub(crate) fn parse() -> Args {
    Args::parse()
}
