//! Reports what became of the mail in mail logs and in the records of mail systems: delivered, deferred, bounced, opened, clicked, complained about.
//!
//! ```text
//! cargo run --release --example report -- --by recipient_domain examples/data/mail.log
//! ```
//!
//! The steps: [`args`] parses the command line, [`recognize`] tells what each file is, [`input`] reads it into what is [`kept`], and the
//! report is written as a [`table`], as JSON (the library's serde form of a report), or as [`csv`]; or the [`messages`] behind one of its numbers
//! are listed.

mod args;
mod changes;
mod columns;
mod csv;
mod dates;
mod failure;
mod file;
mod found;
mod grid;
mod input;
mod kept;
mod kind;
#[path = "../common/lasting.rs"]
mod lasting;
mod load;
mod logs;
mod messages;
#[path = "../common/place.rs"]
mod place;
mod pour;
mod progress;
mod provenance;
mod recognize;
mod records;
mod spark;
mod table;
mod taken;
mod text;
#[path = "../common/unpack.rs"]
mod unpack;
mod wait;
mod wanted;

use std::io::{self, Write};
use std::process::ExitCode;

use mailtally::Query;
use mailtally::report::Report;

use args::{Args, Format};
use failure::Failure;
use kept::Kept;
use messages::Listing;
use place::Place;

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

/// Reads the input and writes the report; returns whether every file could be read to its end.
fn run(args: &Args) -> Result<bool, Failure> {
    // An impossible query fails before the input is read, which may take long.
    args.check()?;
    let kept = Kept::open(args.store.as_ref().unwrap_or(&Place::Memory)).map_err(Failure::Open)?;
    let read = input::read_all(args, &kept)?;
    if read.is_nothing() {
        return Ok(false);
    }
    let query = args.query(read.loaded.extent);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match &args.messages {
        Some(wanted) => {
            let figure = wanted.figure(&query, args.now())?;
            let listing = Listing::new(&kept, wanted, &figure, args, read.loaded.has_several_accounts);
            listing.map_err(|error| Failure::Query(error.into()))?.write(&mut out, args.format, args.width)
        }
        None => {
            let report = report(&kept, &query, args)?;
            write_report(&mut out, &report, args, || series(&kept, &query, args))
        }
    };
    let written = written.and_then(|()| out.flush());
    kept.close();
    match written {
        // The reader of our output, such as `head`, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(read.is_whole()),
        Err(error) => Err(Failure::Output(error)),
        Ok(()) => Ok(read.is_whole()),
    }
}

/// Writes the report, a table with sparklines of `series`.
fn write_report(
    out: &mut impl Write,
    report: &Report,
    args: &Args,
    series: impl FnOnce() -> Option<Report>,
) -> io::Result<()> {
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, report)?;
            writeln!(out)
        }
        Format::Csv => csv::write(out, report),
        Format::Table => table::write(out, report, series().as_ref(), args.width),
    }
}

fn report(kept: &Kept, query: &Query, args: &Args) -> Result<Report, Failure> {
    kept.report(query, args.now()).map_err(Failure::Query)
}

/// Returns the same report over time, for the sparklines of a table whose rows are not by date; `None` where rows are by
/// date, or where the period has no start or too many parts for a sparkline.
fn series(kept: &Kept, query: &Query, args: &Args) -> Option<Report> {
    let resolution = spark::resolution(&query.plan(args.now()).ok()?)?;
    report(kept, &query.clone().resolution(resolution), args).ok()
}
