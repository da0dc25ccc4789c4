//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Datelike, Utc};
use clap::Parser;
use mailtally::time::parse_instant;

/// Answers the statistics APIs of Mailtrap, Krafter, Mailgun, Emitlo and SendKit, and this crate's own, over events that
/// it is given.
#[derive(Debug, Parser)]
#[command(name = "serve", arg_required_else_help = true, disable_version_flag = true, max_term_width = 110)]
#[command(override_usage = "serve --config <FILE> [OPTIONS]\n       serve --hash-key")]
pub(crate) struct Args {
    /// The address and the port to listen on; port 0 is any that is free
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,

    /// Accounts, keys and limits: see examples/serve/serve.toml
    #[arg(long, value_name = "FILE", required_unless_present = "hash_key")]
    pub(crate) config: Option<PathBuf>,

    /// Events to begin with, JSON Lines
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) events: Vec<PathBuf>,

    /// The present, RFC 3339, which then stands still: for all answers, and for the limits, which never refill; unless
    /// given, the clock's
    #[arg(long, value_parser = present, value_name = "RFC3339")]
    pub(crate) now: Option<DateTime<Utc>>,

    /// Read a key from standard input, print its hash for the configuration, and end
    #[arg(long, conflicts_with = "config")]
    pub(crate) hash_key: bool,
}

/// An instant in a year of four digits, as all answers are.
fn present(text: &str) -> Result<DateTime<Utc>, String> {
    let at = parse_instant(text).map_err(|error| error.to_string())?;
    let is_usual = (1..=9999).contains(&at.year());
    is_usual.then_some(at).ok_or_else(|| format!("found the year {}, expected 1 to 9999", at.year()))
}

/// The command line; ends the program with help, or with what is wrong.
pub(crate) fn parse() -> Args {
    Args::parse()
}
