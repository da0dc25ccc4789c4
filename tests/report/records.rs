//! Records of mail systems, in every form in which files contain them.

use serde_json::json;

use super::*;

/// A webhook of SendGrid: an event of one recipient.
fn sendgrid(event: &str, message: &str) -> String {
    format!(
        r#"{{"email":"ann@gmail.com","timestamp":1770000000,"event":"{event}","sg_event_id":"{event}","sg_message_id":"{message}"}}"#
    )
}

/// A line of KumoMTA's log.
fn kumomta(kind: &str, id: &str) -> String {
    format!(
        r#"{{"type":"{kind}","id":"{id}","sender":"b@shop.example","recipient":"ann@gmail.com","queue":"gmail.com","site":"","size":1,"response":{{"code":250,"enhanced_code":null,"content":"OK","command":null}},"peer_address":null,"timestamp":1770000000,"created":1770000000,"num_attempts":0,"bounce_classification":"Uncategorized","egress_pool":null,"egress_source":null,"feedback_report":null,"meta":{{}},"headers":{{}},"delivery_protocol":"ESMTP","reception_protocol":null,"nodeid":"n","event_time":"2026-02-02T02:40:00Z","created_time":"2026-02-02T02:40:00Z"}}"#
    )
}

/// A delivery status notification that names no message.
fn dsn(number: u32) -> String {
    format!(
        "Return-Path: <>\nTo: <bounce+{number}@shop.example>\nDate: Mon, 02 Feb 2026 02:40:00 +0000\n\
         Message-ID: <dsn-{number}@mx.example>\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b1\n\n\
         --b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; ann{number}@gmail.com\nAction: failed\nStatus: 5.2.2\n\n--b1--\n"
    )
}

/// Returns three deliveries, a quiet record and a bounce without a message, as a body in each line.
fn lines() -> String {
    let quiet = sendgrid("group_resubscribe", "m.4");
    [
        sendgrid("delivered", "m.1"),
        format!("[{},{quiet}]", sendgrid("delivered", "m.2")),
        sendgrid("bounce", ""),
        sendgrid("delivered", "m.3"),
    ]
    .map(|line| line + "\n")
    .concat()
}

/// Returns the same records as one body over many lines.
fn pretty() -> String {
    let mut records: Vec<Value> = Vec::new();
    for line in lines().lines() {
        match serde_json::from_str(line).unwrap() {
            Value::Array(more) => records.extend(more),
            record => records.push(record),
        }
    }
    serde_json::to_string_pretty(&records).unwrap()
}

const NOTE: &str = "note: 1 record names no message and was skipped; --orphans counts them\n";

/// Runs the program, which succeeds; returns its report and its messages.
fn read(args: &[&str]) -> (Value, String) {
    let output = run(&[&["--format", "json"], args].concat());
    let text = errors(&output);
    assert!(output.status.success(), "{text}");
    (serde_json::from_slice(&output.stdout).unwrap(), text)
}

fn total(report: &Value, kind: &str) -> u64 {
    report["total"]["counts"][kind]["total"].as_u64().unwrap()
}

#[test]
fn records_are_recognized_and_counted_in_lines_in_one_body_and_gzipped() {
    let folder = Folder::new("records");
    let forms = [
        ("lines.json", lines().into_bytes()),
        ("mark.json", format!("\u{feff}\n{}", lines()).into_bytes()),
        ("body.json", pretty().into_bytes()),
        ("body-with-mark.json", format!("\u{feff}{}", pretty()).into_bytes()),
        ("one-line.json", serde_json::from_str::<Value>(&pretty()).unwrap().to_string().into_bytes()),
        ("lines.json.gz", gzip(lines().as_bytes())),
        ("body.json.gz", gzip(pretty().as_bytes())),
    ];
    for (name, content) in forms {
        let file = folder.file(name, &content);
        let (report, text) = read(&["--by", "provider", &file]);
        assert_eq!(total(&report, "delivered"), 3, "{name}");
        assert_eq!(report["rows"][0]["group"]["provider"], "Google", "{name}");
        assert_eq!(report["range"]["start"], "2026-02-02T02:40:00Z", "{name}");
        let told = format!("{file}: SendGrid, 5 records, 1 quiet, 1 without a message\n{NOTE}");
        assert_eq!(text, told, "{name}");
    }
}

#[test]
fn every_mail_system_is_recognized_by_its_first_record() {
    let titles = "KumoMTA, Amazon SES, SendGrid, Postmark, SparkPost, Mailgun, Mailtrap, Postal, Stalwart, Brevo, Mailjet, \
                  Resend, MailerSend, Mandrill, Delivery status notifications, Feedback reports";
    let titles: Vec<&str> = titles.split(", ").collect();
    let sources = mailtally::source::Source::ALL;
    assert_eq!(titles.len(), sources.len());
    let folder = Folder::new("systems");
    let file = |source: &mailtally::source::Source| {
        folder.file(&format!("{source}.txt"), &crate::sources::cases(*source)[0].body)
    };
    let files: Vec<String> = sources.iter().map(file).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let text = read(&files).1;
    for (file, title) in files.iter().zip(titles) {
        assert!(
            text.lines().any(|line| line.starts_with(&format!("{file}: {title}, "))),
            "{title} in {text}"
        );
    }
    assert!(!text.contains("could not be read"), "{text}");
}

#[test]
fn a_record_that_is_longer_than_the_first_block_is_recognized() {
    let folder = Folder::new("long-record");
    let event = |number: u32| {
        let data = json!({"queueId": number, "queueName": "remote", "from": "a@shop.example", "to": ["ann@gmail.com"]});
        json!({"id": number.to_string(), "createdAt": "2026-02-02T02:40:00Z", "type": "queue.authenticated-message-queued", "data": data})
    };
    let body = json!({"events": (0..3000).map(event).collect::<Vec<_>>()});
    for (name, content) in [("line", format!("{body}\n{body}")), ("body", format!("{body:#}"))] {
        assert!(content.len() > 400_000);
        let file = folder.file(name, content.as_bytes());
        let (report, text) = read(&[&file]);
        assert_eq!(report["total"]["counts"]["accepted"]["unique"], 3000, "{name}: {text}");
        assert!(text.starts_with(&format!("{file}: Stalwart, ")), "{text}");
    }
}

#[test]
fn reports_by_mail_are_read_one_by_one_and_as_a_mailbox() {
    let folder = Folder::new("mails");
    let mail = folder.file("1.eml", dsn(1).as_bytes());
    let (report, text) = read(&["--orphans", &mail]);
    assert_eq!(total(&report, "hard_bounced"), 1);
    assert_eq!(text, format!("{mail}: Delivery status notifications, 1 record, 1 without a message\n"));
    let mails =
        (1..=3).map(|number| format!("From MAILER-DAEMON Mon Feb  2 02:40:00 2026\n{}\n", dsn(number)));
    let mailbox: String = mails.collect();
    let file = folder.file("mailbox", mailbox.as_bytes());
    let (report, text) = read(&["--orphans", &file, &mail]);
    assert_eq!(total(&report, "hard_bounced"), 3, "one of them is there twice");
    assert!(text.starts_with(&format!("{file}: Delivery status notifications, 3 records, ")), "{text}");
    let other = "From ann@gmail.com Mon Feb  2 02:40:00 2026\nSubject: away\n\nFrom Monday on.\n\n";
    let file = folder.file("others", format!("{mailbox}{other}").as_bytes());
    let output = run(&["--orphans", &file]);
    assert!(output.status.success());
    let reason =
        "mail 4: record 0: found no part `message/delivery-status`, expected a delivery status notification";
    assert!(errors(&output).starts_with(&format!("{file}: {reason}\n")), "{}", errors(&output));
}

#[test]
fn a_report_by_mail_that_quotes_a_log_is_no_log() {
    let folder = Folder::new("quotes");
    let log = "Nov 21 00:09:40 mx1 postfix/smtp[2]: 4B1A02C0D1: to=<a@gmail.com>, status=sent\n";
    let mail =
        dsn(1).replace("--b1\nContent-Type: message", &format!("--b1\n\n{log}\n--b1\nContent-Type: message"));
    assert!(mail.contains(log));
    let (report, text) = read(&["--orphans", &folder.file("1.eml", mail.as_bytes())]);
    assert_eq!((total(&report, "hard_bounced"), total(&report, "delivered")), (1, 0));
    assert!(text.contains("Delivery status notifications, 1 record, "), "{text}");
}

#[test]
fn files_of_different_systems_are_one_report_and_each_is_named() {
    let folder = Folder::new("mixed");
    let grid = folder.file("grid.json", lines().as_bytes());
    let log = [kumomta("Reception", "1"), kumomta("Delivery", "1"), kumomta("AdminBounce", "2")].join("\n");
    let kumo = folder.file("kumo.log", log.as_bytes());
    let own = folder.file("own.jsonl", event("m-1", "delivered", "", "2026-02-01T00:00:00Z").as_bytes());
    let (report, text) = read(&["--account", "acme", LOG, &grid, &kumo, &own]);
    assert_eq!(total(&report, "delivered"), 439 + 3 + 1 + 1);
    assert_eq!(
        total(&report, "failed"),
        json(&[LOG])["total"]["counts"]["failed"]["total"].as_u64().unwrap() + 1
    );
    let log_lines = log_line_count();
    let told = [
        format!("{LOG}: Postfix, {log_lines} lines\n"),
        format!("{grid}: SendGrid, 5 records, 1 quiet, 1 without a message\n"),
        format!("{kumo}: KumoMTA, 3 records\n"),
        format!("{own}: JSON Lines, 1 line\n"),
        NOTE.to_owned(),
    ];
    assert_eq!(text, told.concat());
    assert_eq!(errors(&run(&[LOG, &own])), "", "files that were always read are not named");
}

/// Returns the number of lines of the log, with a comma between thousands.
fn log_line_count() -> String {
    let count = log().iter().filter(|byte| **byte == b'\n').count();
    if count < 1000 { count.to_string() } else { format!("{},{:03}", count / 1000, count % 1000) }
}

#[test]
fn a_named_format_is_taken_and_nothing_is_said() {
    let folder = Folder::new("forced");
    let delivered = folder.file("delivered.json", sendgrid("delivered", "m.1").as_bytes());
    let (report, text) = read(&["--input", "sendgrid", &delivered]);
    assert_eq!((total(&report, "delivered"), text.as_str()), (1, ""));
    let (_, text) = read(&["--input", "sendgrid", &folder.file("lines.json", lines().as_bytes())]);
    assert_eq!(text, NOTE, "what is skipped is said in any case");
    // Older records of KumoMTA, which are recognized by nothing.
    let record = r#"{"type":"Delivery","id":"1","recipient":"ann@gmail.com","timestamp":1770000000}"#;
    let older = folder.file("older.log", record.as_bytes());
    let output = run(&[&older]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(total(&read(&["--input", "kumomta", &older]).0, "delivered"), 1);
    let output = run(&["--input", "mailchimp", &older]);
    assert_eq!(output.status.code(), Some(2));
    let text = errors(&output);
    assert!(
        text.contains(
            "auto, jsonl, postfix, exim, opensmtpd, sendmail, stalwart-log, exchange, kumomta, ses, "
        ) && text.lines().count() == 1,
        "{text}"
    );
}

#[test]
fn records_are_of_the_named_account() {
    let folder = Folder::new("record-account");
    let file = folder.file("lines.json", lines().as_bytes());
    let account = |args: &[&str]| {
        let report = read(&[&["--by", "account", &file], args].concat()).0;
        report["rows"][0]["group"]["account"].as_str().unwrap().to_owned()
    };
    assert_eq!((account(&[]), account(&["--account", "acme"])), ("default".to_owned(), "acme".to_owned()));
}

#[test]
fn quiet_records_and_records_without_a_message_do_not_end_a_strict_run() {
    let folder = Folder::new("strict-quiet");
    for (name, content) in [("lines.json", lines()), ("body.json", pretty())] {
        let file = folder.file(name, content.as_bytes());
        assert_eq!(total(&read(&["--strict", &file]).0, "delivered"), 3, "{name}");
    }
    let quiet = folder.file("quiet.json", sendgrid("group_resubscribe", "m.1").as_bytes());
    assert_eq!(read(&["--strict", &quiet]).1, format!("{quiet}: SendGrid, 1 record, 1 quiet\n"));
}

#[test]
fn a_bad_record_is_reported_with_its_place_and_ends_a_strict_run() {
    let folder = Folder::new("strict-bad");
    let (good, bad) =
        (sendgrid("delivered", "m.1"), sendgrid("delivered", "m.2").replace("timestamp", "when"));
    let reason = "record 1: missing field `timestamp`";
    for (name, content, place) in [
        ("lines.json", format!("{good}\n[{good},{bad},{bad}]\n"), "line 2: "),
        ("body.json", format!("[\n{good},\n{bad},\n{good}\n]\n"), ""),
    ] {
        let file = folder.file(name, content.as_bytes());
        let output = run(&["--format", "json", &file]);
        assert!(output.status.success());
        let text = errors(&output);
        assert!(text.starts_with(&format!("{file}: {place}{reason}")), "{text}");
        let bad = content.matches("when").count();
        let records = content.matches("sg_event_id").count();
        let summary = format!("{file}: {bad} of {records} records could not be read; they were skipped\n");
        assert!(text.contains(&summary), "{text}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["total"]["counts"]["delivered"]["unique"], 1, "{text}");
        let strict = run(&["--strict", &file]);
        assert_eq!(strict.status.code(), Some(1));
        let text = errors(&strict);
        assert!(text.starts_with(&format!("{file}: {place}{reason}")), "{text}");
        assert!(text.ends_with("error: stopped at the first error, because of --strict\n"), "{text}");
        assert_eq!((text.lines().count(), strict.stdout.len()), (2, 0), "{text}");
    }
}

#[test]
fn at_most_a_hundred_bad_records_of_a_file_are_reported_and_all_are_counted() {
    let folder = Folder::new("many-bad");
    let bad = sendgrid("delivered", "m.2").replace("timestamp", "when");
    let records = [vec![sendgrid("delivered", "m.1")], vec![bad; 150]].concat();
    for (name, content) in [("lines", records.join("\n")), ("body", format!("[\n{}]", records.join(",\n")))] {
        let file = folder.file(name, content.as_bytes());
        let text = read(&[&file]).1;
        assert_eq!(text.lines().filter(|line| line.contains("missing field")).count(), 100, "{text}");
        assert!(text.contains(&format!("{file}: 150 of 151 records could not be read")), "{text}");
    }
}

#[test]
fn a_file_without_a_readable_record_is_an_error() {
    let folder = Folder::new("no-record");
    let bad = sendgrid("delivered", "m.2").replace("timestamp", "when");
    let file = folder.file("bad.json", bad.as_bytes());
    let output = run(&[&file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains(&format!("error: {file}: none of its records could be read\n")));
    let text = folder.file("text.json", br#"[{"hello":1}]"#);
    assert!(errors(&run(&[&text])).contains("--input"));
}

#[test]
fn orphans_are_counted_if_that_is_wanted() {
    let folder = Folder::new("orphans");
    let file = folder.file("lines.json", lines().as_bytes());
    assert_eq!(total(&read(&[&file]).0, "hard_bounced"), 0);
    let (report, text) = read(&["--orphans", &file]);
    assert_eq!(total(&report, "hard_bounced"), 1);
    assert_eq!(text, format!("{file}: SendGrid, 5 records, 1 quiet, 1 without a message\n"));
}

#[test]
fn a_line_that_is_cut_off_does_not_hide_those_after_it() {
    let folder = Folder::new("cut");
    let (whole, cut) = (kumomta("Delivery", "2"), kumomta("Delivery", "1"));
    for end in [10, 30, 300] {
        let file = folder.file("kumo.log", format!("{}\n{whole}\n{whole}\n", &cut[..end]).as_bytes());
        let (report, text) = read(&["--input", "kumomta", &file]);
        assert_eq!(report["total"]["counts"]["delivered"]["unique"], 1, "{end}: {text}");
        assert!(text.contains("line 1: record 0: ") && text.contains("1 of 3 records"), "{end}: {text}");
    }
}

#[test]
fn a_line_that_is_too_long_is_a_record_that_cannot_be_read() {
    let folder = Folder::new("long-line");
    let lines = [sendgrid("delivered", "m.1"), "1".repeat((16 << 20) + 1), sendgrid("delivered", "m.2")];
    let file = folder.file("lines.json", lines.join("\n").as_bytes());
    let (report, text) = read(&[&file]);
    assert_eq!(total(&report, "delivered"), 2);
    assert!(text.starts_with(&format!("{file}: line 2: longer than ")), "{text}");
    assert!(
        text.contains("1 of 3 records could not be read") && text.ends_with("SendGrid, 3 records\n"),
        "{text}"
    );
}

#[test]
fn a_body_that_is_too_long_is_an_error_and_the_other_files_count() {
    let folder = Folder::new("long-body");
    let file = folder.file("body.json", pretty().as_bytes());
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len((64 << 20) + 1).unwrap();
    let other = folder.file("lines.json", lines().as_bytes());
    let output = run(&["--input", "sendgrid", "--format", "json", &file, &other]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(total(&report, "delivered"), 3);
    let text = errors(&output);
    assert!(text.contains(&format!("error: {file}: is one body of more than 64 MiB, expected ")), "{text}");
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(pretty().len() as u64).unwrap();
    assert!(run(&["--input", "sendgrid", &file]).status.success());
}
