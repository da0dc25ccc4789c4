//! Events that the store refuses, and events whose ids are not unique.

use super::*;

/// Returns a line for each of `count` events of one message, with 60 tags that no other has.
fn tagged(message: &str, count: usize) -> String {
    let line = |event: usize| {
        let tags: Vec<String> = (0..60).map(|tag| format!("\"{event}-{tag}\"")).collect();
        format!(
            r#"{{"account":"acme","message":"{message}","id":"e-{event}","kind":"opened","at":"2026-02-0{}T00:00:00Z","tags":[{}]}}
"#,
            1 + event % 9,
            tags.join(",")
        )
    };
    (0..count).map(line).collect()
}

#[test]
fn a_refused_event_is_reported_with_its_file_and_the_others_are_counted() {
    let folder = Folder::new("refused");
    let good = folder.file("good.jsonl", event("m-2", "opened", "", "2026-02-01T00:00:00Z").as_bytes());
    let file = folder.file("tags.jsonl", (tagged("m-1", 3) + "{}\n").as_bytes());
    let output = run(&["--format", "json", &good, &file]);
    assert!(output.status.success());
    let text = errors(&output);
    for id in ["e-1", "e-2"] {
        let refused = format!(
            "{file}: event `{id}` of message `m-1` in account `acme`: its message would have more than 100 tags"
        );
        assert!(text.lines().any(|line| line == refused), "{refused} in {text}");
    }
    let summary =
        format!("{file}: 1 of 4 lines could not be read and 2 of 3 events were refused; they were skipped");
    assert_eq!(text.lines().last(), Some(summary.as_str()), "{text}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["total"]["counts"]["opened"]["total"], 2);
    assert_eq!(
        report["range"]["end"], "2026-02-01T00:00:00.001Z",
        "a refused event does not extend it: {report}"
    );
}

#[test]
fn a_refused_event_ends_a_strict_run() {
    let folder = Folder::new("refused-strict");
    let file = folder.file("tags.jsonl", tagged("m-1", 3).as_bytes());
    let output = run(&["--strict", &file]);
    assert_eq!(output.status.code(), Some(1));
    let text = errors(&output);
    assert!(text.contains("event `e-1` of message") && text.contains("--strict"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn at_most_a_hundred_refused_events_of_a_file_are_reported_and_all_are_counted() {
    let folder = Folder::new("refused-many");
    let files = ["a", "b"].map(|name| folder.file(&format!("{name}.jsonl"), tagged(name, 150).as_bytes()));
    let text = errors(&run(&[&files[0], &files[1]]));
    for file in &files {
        let of_file = text.lines().filter(|line| line.starts_with(file.as_str()));
        assert_eq!(of_file.count(), 100 + 1, "{text}");
        assert!(
            text.contains(&format!("{file}: 149 of 150 events were refused; they were skipped")),
            "{text}"
        );
    }
}

#[test]
fn a_file_whose_events_are_all_refused_is_an_error() {
    let output = run(&["--year", "1995", LOG]);
    assert_eq!(output.status.code(), Some(1));
    let text = errors(&output);
    assert!(text.contains("field `at` is 1995-11-21"), "{text}");
    assert!(text.ends_with(&format!("error: {LOG}: none of its events could be counted\n")), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_note_counts_the_events_whose_ids_are_not_unique_and_repeats_are_silent() {
    let folder = Folder::new("conflicts");
    let sent = event("m-1", "sent", "", "2026-02-01T09:00:00Z");
    let other = sent.replace("web.de", "gmail.com");
    let noted = |name: &str, lines: &[&str]| {
        let output = run(&["--format", "json", &folder.file(name, lines.concat().as_bytes())]);
        assert!(output.status.success());
        errors(&output)
    };
    assert_eq!(noted("repeats.jsonl", &[&sent, &sent, &sent]), "");
    assert_eq!(
        noted("one.jsonl", &[&sent, &other, &sent.replace("m-1", "m-2")]),
        "note: 1 event has the id of another event of its message and other content; one of each counts (are ids unique \
         within their messages?)\n"
    );
    let third = sent.replace("web.de", "yahoo.com");
    assert_eq!(
        noted("two.jsonl", &[&sent, &other, &third]),
        "note: 2 events have the id of another event of their message and other content; one of each counts (are ids \
         unique within their messages?)\n"
    );
    assert_eq!(errors(&run(&[LOG, LOG])), "", "a log given twice repeats its events");
}
