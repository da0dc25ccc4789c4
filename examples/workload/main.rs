//! Measures the store in memory: loads a CSV of events, asks fifteen questions, and prints how long each takes.
//!
//! ```text
//! cargo run --release --example workload -- events.csv --answers answers --json mailtally.json
//! ```
//!
//! The CSV has a header and the columns account, message, id, kind, qualifier, at (milliseconds since 1970), domain, category,
//! stream, mailbox, provider, country, device; an empty field is absent. `--answers` writes the answer to each question as
//! sorted lines, `GROUP<tab>COUNTER<tab>COUNT`, so that another program that counts the same file can be compared line for
//! line. Times are medians, from the query to the rows of the answer, without the lines.

mod csv;
mod lines;
mod load;
mod questions;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use chrono::{DateTime, Utc};
use clap::Parser;
use mailtally::MemoryStore;
use mailtally::store::{Counted, Plan, Usage};
use serde_json::{Map, json};
use sha1::{Digest, Sha1};

use questions::Question;

/// Loads a CSV of events, asks fifteen questions, and prints how long each takes.
#[derive(Debug, Parser)]
#[command(name = "workload", disable_version_flag = true)]
struct Args {
    /// The events
    file: PathBuf,

    /// How often each question is asked; the median of the times is printed
    #[arg(long, default_value = "7", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,

    /// Ask only this question, such as `hour30`; all questions if it is not given
    #[arg(long, value_name = "QUESTION")]
    only: Option<String>,

    /// Write the answer to each question into this folder
    #[arg(long, value_name = "FOLDER")]
    answers: Option<PathBuf>,

    /// Write the times into this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let mut out = io::stdout().lock();
    let store = MemoryStore::new();
    let start = Instant::now();
    let loaded = load::load(&args.file, &store)?;
    let load_seconds = start.elapsed().as_secs_f64();
    let held = memory("VmRSS:").unwrap_or(0);
    writeln!(
        out,
        "{} rows in {load_seconds:.2} s: {} events, {} repeats, {} conflicts, {} messages; {} MB, {} bytes per event",
        loaded.rows,
        loaded.new,
        loaded.repeats,
        loaded.conflicts,
        store.message_count(),
        held >> 20,
        held / loaded.new.max(1)
    )?;
    let Usage { ids, columns, index, cubes, dictionaries, .. } = store.usage();
    let [ids, columns, index, cubes, dictionaries] =
        [ids, columns, index, cubes, dictionaries].map(|bytes| bytes >> 20);
    writeln!(
        out,
        "MB: ids {ids}, columns {columns}, index {index}, cubes {cubes}, dictionaries {dictionaries}"
    )?;
    let mut times = Map::new();
    let is_asked = |question: &Question| args.only.as_ref().is_none_or(|only| only == question.name());
    for question in Question::ALL.into_iter().filter(is_asked) {
        let (millis, lines) = measure(&store, question, loaded.now, args.reps)?;
        writeln!(out, "{:14} {millis:10.3} ms  {} lines", question.name(), lines.len())?;
        if let Some(folder) = &args.answers {
            fs::create_dir_all(folder)?;
            fs::write(folder.join(format!("{}.tsv", question.name())), lines.join("\n") + "\n")?;
        }
        let digest = Sha1::digest(lines.join("\n"));
        let sha: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        times.insert(question.name().to_owned(), json!({ "ms": millis, "rows": lines.len(), "sha": sha }));
    }
    let peak = memory("VmHWM:").unwrap_or(0) >> 20;
    writeln!(out, "at most {peak} MB")?;
    if let Some(file) = &args.json {
        let engine = json!({ "load_s": load_seconds, "questions": times, "peak_rss_mb": peak });
        fs::write(file, json!({ "mailtally": engine }).to_string())?;
    }
    // The program ends here: freeing every event one by one would only take time.
    std::mem::forget(store);
    Ok(())
}

/// Asks a question `reps` times. Returns the median time in milliseconds, and the lines of the answer.
fn measure(
    store: &MemoryStore,
    question: Question,
    now: DateTime<Utc>,
    reps: u32,
) -> Result<(f64, Vec<String>), Box<dyn Error>> {
    let mut times = Vec::new();
    let mut answer: Option<(Plan, Counted)> = None;
    for _ in 0..reps {
        let start = Instant::now();
        let plan = question.query(now).plan(now)?;
        let counted = store.tally(std::slice::from_ref(&plan))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        answer = Some((plan, counted));
    }
    times.sort_by(f64::total_cmp);
    let (plan, counted) = answer.ok_or("no question was asked")?;
    let rows = counted.rows.first().map_or(&[][..], |rows| rows);
    Ok((times[times.len() / 2], lines::lines(question, &plan, rows)))
}

/// Returns a figure of the memory of this program in bytes, where the system tells.
fn memory(name: &str) -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    Ok(kilobytes.unwrap_or(0) * 1024)
}
