//! The main job, as a person runs it: the numbers of a real log, and what happens when something is wrong.
//!
//! The log is a part of one that Postfix 3.7 wrote. What is expected of it was counted by another program, `pflogsumm`
//! 1.1.5; expired mail, which that does not count, by `grep -c status=expired`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::serve::server::build;

const LOG: &str = "examples/data/mail.log";

/// The example program, built once.
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

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder of its own for a test, removed when it is over.
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
fn the_same_file_twice_counts_once_and_its_lines_twice_count_twice() {
    let folder = Folder::new("twice");
    let once = json(&[LOG]);
    assert_eq!(json(&[LOG, LOG])["total"], once["total"]);
    let doubled = folder.file("doubled.log", &[log(), log()].concat());
    let counts = &json(&[&doubled])["total"]["counts"];
    assert_eq!(counts["delivered"]["total"], 2 * 439);
    assert_eq!(counts["deferred"]["total"], 2 * 169);
    assert_eq!(counts["failed"]["by"]["rejected"]["total"], 2 * 9);
}

#[test]
fn rotated_and_packed_files_are_one_log() {
    let folder = Folder::new("rotated");
    let log = log();
    let cut = log.len() / 3 + log[log.len() / 3..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let older = folder.file("mail.log.1.gz", &gzip(&log[..cut]));
    let newer = folder.file("mail.log", &log[cut..]);
    assert_eq!(json(&[&older, &newer])["total"], json(&[LOG])["total"]);
    assert_eq!(json(&[&newer, &older])["total"], json(&[LOG])["total"], "as a shell lists them");
}

#[test]
fn what_the_reader_wrote_as_json_lines_is_read_back_to_the_same_report() {
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
fn wrong_options_end_with_status_2_and_one_line_that_says_what_is_allowed() {
    let cases: [(&[&str], &str); 18] = [
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
    ];
    for (args, says) in cases {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", errors(&output));
        let errors = errors(&output);
        assert_eq!(errors.lines().count(), 1, "{args:?}: {errors}");
        assert!(errors.contains(says), "{args:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn without_arguments_it_says_how_it_is_used() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let help = errors(&output) + &String::from_utf8_lossy(&output.stdout);
    for option in ["--by", "--period", "--where-not", "--compare", "--strict"] {
        assert!(help.contains(option), "{help}");
    }
}

#[test]
fn a_bad_line_is_told_with_file_and_line_and_skipped_or_ends_a_strict_run() {
    let folder = Folder::new("bad-line");
    let good = r#"{"account":"acme","message":"m-1","id":"1","kind":"sent","at":"2026-02-01T00:00:00Z"}"#;
    let file = folder.file(
        "events.jsonl",
        format!("{good}\n{{\"kind\":\"sent\"}}\n\n{}\n", good.replace("m-1", "m-2")).as_bytes(),
    );
    let output = run(&["--format", "json", &file]);
    assert!(output.status.success());
    let told = errors(&output);
    assert!(
        told.contains(&format!("{file}: line 2, column ")) && told.contains("missing field `account`"),
        "{told}"
    );
    assert!(told.contains("1 of 4 lines could not be read"), "{told}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["total"]["counts"]["sent"]["total"], 2);
    let strict = run(&["--strict", &file]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(errors(&strict).contains("line 2, column "), "{}", errors(&strict));
    assert!(strict.stdout.is_empty());
}

#[test]
fn inputs_that_cannot_be_read_are_told_and_the_rest_is_still_reported() {
    let folder = Folder::new("unreadable");
    let packed = gzip(&log());
    let short = folder.file("short.gz", &packed[..packed.len() / 2]);
    let cases = [
        (folder.0.join("none.log").to_str().unwrap().to_owned(), "no such file"),
        (folder.0.to_str().unwrap().to_owned(), "directory"),
        (folder.file("program", b"\x7fELF\0\x01\x02"), "binary"),
        (folder.file("twice.gz", &gzip(&gzip(b"hello"))), "packed with gzip"),
        (folder.file("letter.txt", b"Dear Sir,\nhow do you do?\n"), "--input"),
        (short.clone(), "cut short"),
        (folder.file("damaged.gz", &[&packed[..20], &[0xff; 40]].concat()), "damaged"),
        (folder.file("kernel.log", b"Nov 21 00:00:01 mx1 kernel: x\n"), "no line of Postfix"),
        (folder.file("all-bad.jsonl", b"{1}\n\n{2}\n"), "no line of it"),
    ];
    for (file, says) in &cases {
        let output = run(&["--format", "json", LOG, file]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        let told = errors(&output);
        assert!(told.contains(file.as_str()) && told.contains(says), "{told}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["total"]["counts"]["delivered"]["total"], 439, "{file}");
    }
    let report = run(&["--format", "json", &short]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let delivered = report["total"]["counts"]["delivered"]["total"].as_u64().unwrap();
    assert!((100..439).contains(&delivered), "what was read before the end is not lost: {delivered}");
    assert_eq!(run(&[&cases[0].0]).status.code(), Some(1));
}

#[test]
fn a_log_in_which_postfix_comes_late_is_read() {
    let folder = Folder::new("late");
    let others = "Nov 21 00:00:01 mx1 dovecot: imap-login: Login: user=<ann>\n".repeat(10_000);
    let file = folder.file("mail.log", &[others.as_bytes(), &log()].concat());
    assert_eq!(json(&[&file])["total"], json(&[LOG])["total"]);
}

#[test]
fn what_a_line_says_cannot_move_the_cursor() {
    let folder = Folder::new("escape");
    let good = r#"{"account":"a","message":"m","id":"1","kind":"sent","at":1}"#;
    let bad = good.replace("sent", "\\u001b[2J");
    let told = errors(&run(&[&folder.file("events.jsonl", format!("{good}\n{bad}\n").as_bytes())]));
    assert!(told.contains("[2J") && !told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn an_empty_file_is_no_mail_and_no_error() {
    let folder = Folder::new("empty");
    let report = json(&[&folder.file("empty.log", b"")]);
    assert_eq!(report["total"]["counts"]["delivered"]["total"], 0);
    assert_eq!(report["total"]["rates"]["delivery_rate"]["fraction"], Value::Null);
    let table = run(&[&folder.file("empty.log", b"")]);
    assert!(String::from_utf8_lossy(&table.stdout).contains("nothing was counted"));
}

#[test]
fn the_table_has_no_colours_off_a_terminal_and_names_every_group() {
    let output = run(&["--by", "provider", LOG]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(!table.contains('\u{1b}'), "{table}");
    for name in ["Google", "Outlook", "Yahoo", "(none)", "total", "delivered", "deferrals"] {
        assert!(table.contains(name), "{name} in {table}");
    }
}

#[test]
fn csv_has_a_line_for_each_row_and_as_many_cells_in_each() {
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
fn top_cut_and_comparison_are_in_the_json() {
    let report = json(&["--by", "recipient_domain", "--top", "2", "--compare", "previous", LOG]);
    assert_eq!(report["rows"].as_array().unwrap().len(), 2);
    assert_eq!(report["rest"]["groups"], 11);
    assert_eq!(report["comparison"]["against"], "previous");
    assert_eq!(report["comparison"]["rows"].as_array().unwrap().len(), 2);
    assert!(report["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "groups_cut"));
}
