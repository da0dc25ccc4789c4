//! Logs as they are found in the world: in JSON, in containers, of several years, with variable senders.

use super::*;

const SENT: &str = "postfix/smtp[2]: 4B1A02C0D1: to=<a@gmail.com>, relay=mx[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)";

#[test]
fn a_log_is_recognized_in_whatever_form_its_lines_arrive() {
    let folder = Folder::new("forms");
    for (name, log) in [
        ("syslog", format!("Nov 21 00:09:40 mx1 {SENT}\n")),
        ("docker-in-syslog", format!("Nov 21 02:09:40 host docker[9]: Nov 21 00:09:40 mx1 {SENT}\n")),
        (
            "docker-json",
            format!(
                "{{\"log\":\"x\\n\",\"time\":\"2026-11-21T00:09:39Z\"}}\n{{\"log\":\"Nov 21 00:09:40 mx1 {SENT}\\n\",\"time\":\"2026-11-21T00:09:41Z\"}}\n"
            ),
        ),
        ("compose", format!("Attaching to mail\nmail-1  | Nov 21 00:09:40 mx1 {SENT}\n")),
        ("journal", format!("-- Boot 1f2e --\nSat 2026-11-21 00:09:40 UTC mx1 {SENT}\n")),
        (
            "cri",
            format!(
                "2026-11-21T00:09:41Z stdout P Nov 21 00:09:40 mx1\n2026-11-21T00:09:41Z stdout F  {SENT}\n"
            ),
        ),
    ] {
        let report =
            json(&["--now", "2026-12-01T00:00:00Z", "--by", "provider", &folder.file(name, log.as_bytes())]);
        assert_eq!(report["total"]["counts"]["delivered"]["total"], 1, "{name}");
        assert_eq!(report["rows"][0]["group"]["provider"], "Google", "{name}");
        assert_eq!(report["range"]["start"], "2026-11-21T00:09:40Z", "{name}");
    }
}

#[test]
fn a_long_log_is_read_again_in_the_years_that_its_end_proves() {
    let folder = Folder::new("years");
    let first = format!("Jun  5 10:00:00 mx1 {SENT}\n");
    let between = "Jun  6 10:00:00 mx1 kernel: x\n".repeat(20_000);
    let last = first.replace("Jun  5", "Jun 20").replace("4B1A02C0D1", "4B1A02C0D2");
    let log = [first, between, last].concat();
    for (name, content) in [("years.log", log.clone().into_bytes()), ("years.log.gz", gzip(log.as_bytes()))] {
        let file = folder.file(name, &content);
        let report = json(&["--now", "2026-06-10T00:00:00Z", &file]);
        assert_eq!(report["total"]["counts"]["delivered"]["total"], 2, "{name}");
        assert_eq!(report["range"]["start"], "2025-06-05T10:00:00Z", "{name}");
    }
}

#[test]
fn variable_senders_are_one_mailbox_unless_they_are_wanted_as_they_are() {
    let folder = Folder::new("senders");
    let log: String = ["ann", "bob"]
        .map(|name| {
            let id = format!("4B1A02C0D{}", name.len() + usize::from(name == "bob"));
            let queued = format!("Nov 21 00:09:39 mx1 postfix/qmgr[1]: {id}: from=<bounces+7-{name}=a.example@lists.example>, size=1, nrcpt=1 (queue active)\n");
            queued + &format!("Nov 21 00:09:40 mx1 {SENT}\n").replace("4B1A02C0D1", &id)
        })
        .concat();
    let file = folder.file("mail.log", log.as_bytes());
    let mailboxes = |options: &[&str]| {
        let report = json(&[&["--by", "mailbox", "--now", "2026-12-01T00:00:00Z", &file], options].concat());
        assert_eq!(report["total"]["counts"]["delivered"]["total"], 2);
        report["rows"].as_array().unwrap().len()
    };
    assert_eq!((mailboxes(&[]), mailboxes(&["--raw-senders"])), (1, 2));
}
