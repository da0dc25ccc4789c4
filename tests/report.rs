//! The example `report` as a running program: the numbers of a real log, and its errors.
//!
//! The log is part of a log of Postfix 3.7. The expected numbers are those of another program, `pflogsumm` 1.1.5, and for
//! expired mail, which it does not count, of `grep -c status=expired`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::program::build;

mod kept;
mod loading;
mod logs;
mod messages;
#[path = "../examples/report/provenance.rs"]
mod provenance;
mod records;
mod tables;
mod world;

const LOG: &str = "examples/data/mail.log";

/// Builds the program once and returns its path.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("report", "dev"))
}

fn run(args: &[&str]) -> Output {
    Command::new(program()).args(args).stdin(Stdio::null()).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = run(&[&["--format", "json"], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs the program and returns its table.
fn table(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the cells of the first line of a table that starts with `name`, which can also be the name of the first column.
fn cells<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
    let line = table.lines().find(|line| line.starts_with(name));
    let line = line.unwrap_or_else(|| panic!("{name} in {table}"));
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder for one test, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Packs a text as two frames, as a file that was appended to.
fn zstd(content: &[u8]) -> Vec<u8> {
    let (one, other) = content.split_at(content.len() / 2);
    [one, other].map(|part| zstd::encode_all(part, 1).unwrap()).concat()
}

fn log() -> Vec<u8> {
    fs::read(LOG).unwrap()
}

#[test]
fn a_real_log_is_counted_as_pflogsumm_counts_it() {
    let report = json(&["--input", "postfix", "--by", "recipient_domain", LOG]);
    let counts = &report["total"]["counts"];
    assert_eq!(counts["delivered"]["total"], 439);
    assert_eq!(counts["deferred"]["total"], 169);
    assert_eq!(counts["deferred"]["unique"], 42);
    assert_eq!(counts["hard_bounced"]["total"], 19);
    assert_eq!(counts["failed"]["by"]["expired"]["total"], 17);
    assert_eq!(counts["failed"]["by"]["rejected"]["total"], 9);
    let expected = [
        ("gmail.com", 185, 0),
        ("outlook.com", 95, 0),
        ("icloud.com", 36, 0),
        ("hotmail.com", 25, 0),
        ("yahoo.com", 25, 75),
        ("shop.example", 23, 0),
        ("example.org", 16, 0),
        ("googlemail.com", 13, 0),
        ("web.de", 12, 0),
        ("news.example", 9, 0),
        ("slow.example", 0, 94),
        ("aol.com", 0, 0),
        ("gone.example", 0, 0),
    ];
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), expected.len());
    for (domain, delivered, deferrals) in expected {
        let row = rows.iter().find(|row| row["group"]["recipient_domain"] == domain).unwrap();
        assert_eq!(row["counts"]["delivered"]["total"], delivered, "{domain}");
        assert_eq!(row["counts"]["deferred"]["total"], deferrals, "{domain}");
    }
}

#[test]
fn a_log_that_is_there_twice_counts_once_but_for_refusals_within_one_file() {
    let folder = Folder::new("twice");
    let once = json(&[LOG]);
    assert_eq!(json(&[LOG, LOG])["total"], once["total"]);
    let doubled = folder.file("doubled.log", &[log(), log()].concat());
    let counts = &json(&[&doubled])["total"]["counts"];
    assert_eq!(counts["delivered"]["total"], 439);
    assert_eq!(counts["deferred"]["total"], 169);
    assert_eq!(counts["failed"]["by"]["rejected"]["total"], 2 * 9);
}

#[test]
fn rotated_and_compressed_files_are_one_log() {
    let folder = Folder::new("rotated");
    let log = log();
    let cut = log.len() / 3 + log[log.len() / 3..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let older = folder.file("mail.log.1.gz", &gzip(&log[..cut]));
    let newer = folder.file("mail.log", &log[cut..]);
    assert_eq!(json(&[&older, &newer])["total"], json(&[LOG])["total"]);
    assert_eq!(json(&[&newer, &older])["total"], json(&[LOG])["total"], "as a shell lists them");
}

#[test]
fn events_written_as_json_lines_give_the_same_report() {
    let folder = Folder::new("jsonl");
    let events = [
        r#"{"account":"acme","message":"m-1","id":"1","kind":"delivered","at":"2026-02-01T23:30:00Z","domain":"a.example"}"#,
        r#"{"account":"acme","message":"m-1","id":"2","kind":"opened","qualifier":"person","at":1770000000000}"#,
        r#"{"account":"globex","message":"m-1","id":"1","kind":"complained","at":"2026-02-02T08:00:00+05:30"}"#,
    ];
    let file = folder.file("events.jsonl", events.join("\r\n").as_bytes());
    let report = json(&["--zone", "Asia/Kolkata", "--by", "date,domain", "--period", "2026-02", &file]);
    assert_eq!(report["total"]["counts"]["opened"]["by"]["person"]["unique"], 1);
    assert_eq!(report["rows"].as_array().unwrap().len(), 28 * 2, "every day of each group");
    let first = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["counts"]["delivered"]["total"] == 1)
        .unwrap();
    assert_eq!(first["group"]["date"], "2026-02-02", "half past eleven in London is the next day in India");
    let acme = json(&["--account", "acme", &file]);
    assert_eq!(acme["total"]["counts"]["complained"]["total"], 0);
}

#[test]
fn invalid_options_exit_with_status_2_and_one_line_with_the_accepted_values() {
    let cases: [(&[&str], &str); 20] = [
        (&["--by", "esp", LOG], "`recipient_domain`"),
        (&["--zone", "Mars/Base", LOG], "IANA"),
        (&["--log-zone", "CET+1", LOG], "IANA"),
        (&["--period", "7q", LOG], "`h`, `d`, `w`, `mo` or `y`"),
        (&["--from", "2026-02-30", LOG], "2026-02-30"),
        (&["--from", "2026-03-01", "--to", "2026-02-01", LOG], "after end"),
        (&["--where", "provider", LOG], "DIMENSION=VALUE"),
        (&["--where", "planet=Mars", LOG], "`recipient_domain`"),
        (&["--timing", "arrival", LOG], "event, send"),
        (&["--format", "xml", LOG], "table, json, csv"),
        (&["--resolution", "minute", LOG], "`hour`"),
        (&["--top", "0", LOG], "0"),
        (&["--top", "-1", LOG], "not in 1.."),
        (&["--period", "-1d", LOG], "`-1d`"),
        (&["--frobnicate", LOG], "--frobnicate"),
        (&["--where", "stream=bulkk", LOG], "`transactional` or `bulk`"),
        (&["--formt", "csv", LOG], "found; a similar argument exists: '--format'"),
        (&["--by", "date", "--resolution", "all", LOG], "resolution"),
        (&["--where", "code=5.1", LOG], "`code_subject`"),
        (&["--where-not", "code_class=3", LOG], "`2`, `4` or `5`"),
    ];
    for (args, expected) in cases {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", errors(&output));
        let errors = errors(&output);
        assert_eq!(errors.lines().count(), 1, "{args:?}: {errors}");
        assert!(errors.contains(expected), "{args:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn without_arguments_the_help_is_printed() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let help = errors(&output) + &String::from_utf8_lossy(&output.stdout);
    for option in ["--by", "--period", "--where-not", "--compare", "--strict"] {
        assert!(help.contains(option), "{help}");
    }
}

#[test]
fn an_invalid_line_is_reported_with_its_position_and_ends_a_strict_run() {
    let folder = Folder::new("bad-line");
    let good = r#"{"account":"acme","message":"m-1","id":"1","kind":"sent","at":"2026-02-01T00:00:00Z"}"#;
    let file = folder.file(
        "events.jsonl",
        format!("{good}\n{{\"kind\":\"sent\"}}\n\n{}\n", good.replace("m-1", "m-2")).as_bytes(),
    );
    let output = run(&["--format", "json", &file]);
    assert!(output.status.success());
    let text = errors(&output);
    assert!(
        text.contains(&format!("{file}: line 2, column ")) && text.contains("missing field `account`"),
        "{text}"
    );
    assert!(text.contains("1 of 4 lines could not be read"), "{text}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["total"]["counts"]["sent"]["total"], 2);
    let strict = run(&["--strict", &file]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(errors(&strict).contains("line 2, column "), "{}", errors(&strict));
    assert!(strict.stdout.is_empty());
}

#[test]
fn a_log_that_is_packed_is_reported_as_it_is() {
    let folder = Folder::new("packed");
    let expected = json(&[LOG])["total"].clone();
    assert_eq!(expected["counts"]["delivered"]["total"], 439);
    for (name, packed) in [("mail.log.gz", gzip(&log())), ("mail.log.zst", zstd(&log()))] {
        assert_eq!(json(&[&folder.file(name, &packed)])["total"], expected, "{name}");
    }
}

#[test]
fn unreadable_inputs_are_reported_and_the_others_are_counted() {
    let folder = Folder::new("unreadable");
    let packed = gzip(&log());
    let short = folder.file("short.gz", &packed[..packed.len() / 2]);
    let by_zstd = zstd(&log());
    let cases = [
        (folder.0.join("none.log").to_str().unwrap().to_owned(), "no such file"),
        (folder.0.to_str().unwrap().to_owned(), "directory"),
        (folder.file("program", b"\x7fELF\0\x01\x02"), "binary"),
        (folder.file("twice.gz", &gzip(&gzip(b"hello"))), "packed with gzip"),
        (folder.file("letter.txt", b"Dear Sir,\nhow do you do?\n"), "--input"),
        (short.clone(), "cut short"),
        (folder.file("damaged.gz", &[&packed[..20], &[0xff; 40]].concat()), "damaged"),
        (folder.file("twice.zst", &zstd(&gzip(b"hello"))), "packed with gzip"),
        (folder.file("short.zst", &by_zstd[..by_zstd.len() / 3]), "cut short"),
        (folder.file("damaged.zst", &[&by_zstd[..20], &[0xff; 40]].concat()), "damaged"),
        (folder.file("kernel.log", b"Nov 21 00:00:01 mx1 kernel: x\n"), "no line of a mail system"),
        (folder.file("all-bad.jsonl", b"{1}\n\n{2}\n"), "none of its lines"),
    ];
    for (file, expected) in &cases {
        let output = run(&["--format", "json", LOG, file]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        let text = errors(&output);
        assert!(text.contains(file.as_str()) && text.contains(expected), "{text}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["total"]["counts"]["delivered"]["total"], 439, "{file}");
    }
    let report = run(&["--format", "json", &short]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let delivered = report["total"]["counts"]["delivered"]["total"].as_u64().unwrap();
    assert!((100..439).contains(&delivered), "the lines before the end count: {delivered}");
    assert_eq!(run(&[&cases[0].0]).status.code(), Some(1));
}

#[test]
fn a_log_that_starts_with_lines_of_other_programs_is_read() {
    let folder = Folder::new("late");
    let others = "Nov 21 00:00:01 mx1 dovecot: imap-login: Login: user=<ann>\n".repeat(10_000);
    let file = folder.file("mail.log", &[others.as_bytes(), &log()].concat());
    assert_eq!(json(&[&file])["total"], json(&[LOG])["total"]);
}

#[test]
fn control_characters_of_a_line_are_escaped_in_errors() {
    let folder = Folder::new("escape");
    let good = r#"{"account":"a","message":"m","id":"1","kind":"sent","at":1}"#;
    let bad = good.replace("sent", "\\u001b[2J");
    let text = errors(&run(&[&folder.file("events.jsonl", format!("{good}\n{bad}\n").as_bytes())]));
    assert!(text.contains("[2J") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn an_empty_file_has_no_mail_and_is_no_error() {
    let folder = Folder::new("empty");
    let report = json(&[&folder.file("empty.log", b"")]);
    assert_eq!(report["total"]["counts"]["delivered"]["total"], 0);
    assert_eq!(report["total"]["rates"]["delivery_rate"]["fraction"], Value::Null);
    let table = run(&[&folder.file("empty.log", b"")]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.starts_with("all time, UTC") && table.contains("nothing was counted"), "{table}");
    assert!(!table.contains("note"), "{table}");
}

#[test]
fn csv_has_a_line_for_each_row_and_all_have_the_same_number_of_cells() {
    let output = run(&["--by", "provider,date", "--resolution", "hour", "--format", "csv", LOG]);
    let mut sheet = csv::Reader::from_reader(&output.stdout[..]);
    let heading = sheet.headers().unwrap().clone();
    assert_eq!(heading.iter().take(4).collect::<Vec<_>>(), ["provider", "date", "start", "end"]);
    let rows: Vec<_> = sheet.records().map(Result::unwrap).collect();
    let delivered = heading.iter().position(|name| name == "delivered.total").unwrap();
    let of = |row: &csv::StringRecord| row[delivered].parse::<u64>().unwrap();
    let (total, groups) = rows.split_last().unwrap();
    assert_eq!(groups.iter().map(of).sum::<u64>(), of(total));
    assert_eq!(of(total), 439);
}

#[test]
fn the_edges_of_an_hour_that_occurs_twice_differ_in_csv() {
    let folder = Folder::new("edges");
    let events =
        event("m-1", "sent", "", "2026-10-25T00:30:00Z") + &event("m-2", "sent", "", "2026-10-25T01:30:00Z");
    let file = folder.file("events.jsonl", events.as_bytes());
    let hourly =
        ["--by", "date", "--resolution", "hour", "--zone", "Europe/Berlin", "--format", "csv", &file];
    let output = run(&hourly);
    let mut sheet = csv::Reader::from_reader(&output.stdout[..]);
    let edges: Vec<_> =
        sheet.records().map(|row| row.map(|row| (row[1].to_owned(), row[2].to_owned())).unwrap()).collect();
    assert_eq!(edges[0].0, "2026-10-25T02:30:00+02:00");
    assert_eq!(edges[0].1, "2026-10-25T02:00:00+01:00");
    assert_eq!(edges[1].0, edges[0].1);
}

#[test]
fn the_json_has_the_rest_and_the_comparison() {
    let report = json(&["--by", "recipient_domain", "--top", "2", "--compare", "previous", LOG]);
    assert_eq!(report["rows"].as_array().unwrap().len(), 2);
    assert_eq!(report["rest"]["groups"], 11);
    assert_eq!(report["comparison"]["against"], "previous");
    assert_eq!(report["comparison"]["rows"].as_array().unwrap().len(), 2);
    assert!(report["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "groups_cut"));
}

/// Returns an event as a line of JSON.
fn event(message: &str, kind: &str, qualifier: &str, at: &str) -> String {
    let qualifier =
        if qualifier.is_empty() { String::new() } else { format!(r#""qualifier":"{qualifier}","#) };
    format!(
        r#"{{"account":"acme","message":"{message}","id":"{kind}","kind":"{kind}",{qualifier}"at":"{at}","recipient_domain":"web.de"}}
"#
    )
}

/// Returns messages with every outcome and every kind of engagement: of 8 with a delivery attempt, 4 were delivered.
fn every_outcome(at: &str) -> String {
    [
        ("m-1", "accepted", ""),
        ("m-1", "delivered", "smtp"),
        ("m-2", "delivered", "http"),
        ("m-3", "delivered", "smtp"),
        ("m-4", "delivered", "smtp"),
        ("m-4", "hard_bounced", "delayed"),
        ("m-5", "hard_bounced", "immediate"),
        ("m-6", "failed", "expired"),
        ("m-7", "failed", "provider_block"),
        ("m-8", "failed", "other"),
        ("m-9", "failed", "rejected"),
        ("m-10", "failed", "suppressed_bounce"),
        ("m-11", "deferred", "other"),
        ("m-1", "opened", "person"),
        ("m-2", "opened", "machine"),
        ("m-3", "opened", "person"),
        ("m-1", "clicked", "person"),
        ("m-1", "unsubscribed", ""),
        ("m-2", "complained", ""),
        ("m-3", "replied", "positive"),
    ]
    .map(|(message, kind, qualifier)| event(message, kind, qualifier, at))
    .concat()
}

#[test]
fn the_help_names_every_dimension() {
    for option in ["--help", "-h"] {
        let help = String::from_utf8(run(&[option]).stdout).unwrap();
        let (_, list) = help.split_once("\nDimensions:\n").unwrap();
        let (list, _) = list.split_once("\n\n").unwrap();
        let words: Vec<&str> = list.split(|c: char| !c.is_alphabetic() && c != '_').collect();
        for dimension in mailtally::Dimension::ALL {
            assert!(words.contains(&dimension.name()), "{dimension} in {list}");
        }
    }
}

#[test]
fn a_note_says_how_far_the_data_is_complete_and_which_parts_are_sums() {
    use mailtally::Resolution;
    use mailtally::store::{Provenance, Thinned};

    let notes = |provenance: &Provenance| provenance::notes(provenance, false);
    let scan = Provenance::default().path("scan");
    assert_eq!(notes(&scan), [""; 0], "in which way the store counted is not said");
    let until = scan.complete_until("2026-02-01T09:30:00Z".parse().unwrap());
    assert_eq!(notes(&until), ["the data is complete until 2026-02-01T09:30:00Z"]);
    assert_eq!(provenance::notes(&until, true), [""; 0], "a warning says it already");
    let thinned = |before: &str, resolution| Thinned {
        before: format!("{before}T00:00:00Z").parse().unwrap(),
        resolution,
    };
    let thinned =
        until.thinned(thinned("2026-01-01", Resolution::Day)).thinned(thinned("2024-01-01", Resolution::All));
    assert_eq!(
        notes(&thinned)[1..],
        [
            "of what happened before 2024-01-01T00:00:00Z only one sum is kept",
            "of what happened before 2026-01-01T00:00:00Z only sums by day are kept",
        ]
    );
}
