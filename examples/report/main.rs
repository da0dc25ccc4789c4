//! What became of the mail: statistics out of mail logs.
//!
//! ```text
//! cargo run --release --example report -- --by recipient_domain examples/data/mail.log
//! ```
//!
//! The steps: [`args`] says what is asked, [`input`] reads the files into a store, and the answer is shown as a
//! [`table`], as JSON (the library's own form of a report), or as [`csv`].

mod args;
mod csv;
mod failure;
mod file;
mod input;
mod progress;
mod spark;
mod table;

use std::io::{self, Write};
use std::process::ExitCode;

use mailtally::{MemoryStore, Query, Report};

use args::{Args, Format};
use failure::Failure;

fn main() -> ExitCode {
    let args = match args::parse() {
        Ok(args) => args,
        Err(code) => return code,
    };
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.code()
        }
    }
}

/// Reads, asks and shows; says whether all of the input could be read.
fn run(args: &Args) -> Result<bool, Failure> {
    // A question that makes no sense is told before the input is read.
    args.check()?;
    let store = MemoryStore::new();
    let read = input::read_all(args, &store)?;
    if read.is_nothing() {
        return Ok(false);
    }
    let query = args.query(read.extent);
    let report = ask(&store, &query, args)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let shown = match args.format {
        Format::Json => serde_json::to_writer_pretty(&mut out, &report)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
        Format::Csv => csv::write(&mut out, &report),
        Format::Table => table::write(&mut out, &report, series(&store, &query, args).as_ref()),
    };
    let shown = shown.and_then(|()| out.flush());
    // The program ends here: to give back every event one by one would only take time.
    std::mem::forget(store);
    match shown {
        // Whoever read our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(read.is_whole()),
        Err(error) => Err(Failure::Output(error)),
        Ok(()) => Ok(read.is_whole()),
    }
}

fn ask(store: &MemoryStore, query: &Query, args: &Args) -> Result<Report, Failure> {
    store.report(query, args.now()).map_err(Failure::Query)
}

/// The same question over time, for the sparklines of a table whose rows are not by date; `None` where it cannot be
/// asked, because there is no start to begin at, or because the answer would be too large for pictures.
fn series(store: &MemoryStore, query: &Query, args: &Args) -> Option<Report> {
    let resolution = spark::resolution(&query.plan(args.now()).ok()?)?;
    ask(store, &query.clone().resolution(resolution), args).ok()
}
