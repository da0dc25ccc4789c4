//! The logs of mail systems other than Postfix.

use super::*;

const OPENSMTPD: &str = "\
Nov 21 00:09:39 mx1 smtpd[24]: 5b00a1c200000001 smtp envelope evpid=7f3c21aa00000001 from=<news@letters.example> to=<ann@gmail.com>
Nov 21 00:09:40 mx1 smtpd[24]: 5b00a1c200000002 mta delivery evpid=7f3c21aa00000001 from=<news@letters.example> to=<ann@gmail.com> rcpt=<-> source=\"192.0.2.1\" relay=\"198.51.100.7 (mx.example)\" delay=1s result=\"Ok\" stat=\"250 ok\"
";

const OLDER: &str = "\
Nov 21 00:09:39 mx1 sm-mta[24]: 6AL09dXk000024: from=<news@letters.example>, size=1, class=0, nrcpts=1, relay=app [192.0.2.44]
Nov 21 00:09:40 mx1 sm-mta[26]: 6AL09dXk000024: to=<ann@slow.example>, delay=00:00:01, mailer=esmtp, pri=1, relay=mx.slow.example., dsn=4.4.1, stat=Deferred: Connection refused by mx.slow.example.
";

const NEWER: &str = "\
Nov 26 00:09:39 mx1 sm-mta[30]: 6AL09dXk000024: 6AQ09dXk000030: return to sender: Cannot send message for 5 days
Nov 26 00:09:40 mx1 sm-mta[31]: 6AQ09eXk000031: to=<bob@gmail.com>, delay=00:00:01, mailer=esmtp, pri=1, relay=mx.example. [198.51.100.7], dsn=2.0.0, stat=Sent (ok)
";

#[test]
fn the_logs_of_several_systems_are_read_in_one_run_and_each_goes_on_from_file_to_file() {
    let folder = Folder::new("logs");
    let newer = folder.file("sendmail.log", NEWER.as_bytes());
    let older = folder.file("sendmail.log.1", OLDER.as_bytes());
    let opensmtpd = folder.file("opensmtpd.log", OPENSMTPD.as_bytes());
    let report = json(&["--by", "domain,recipient_domain", &newer, LOG, &opensmtpd, &older]);
    let rows = report["rows"].as_array().unwrap();
    let row = |domain: &str, recipient: &str| {
        let is_row =
            |row: &&Value| row["group"]["domain"] == domain && row["group"]["recipient_domain"] == recipient;
        rows.iter().find(is_row).unwrap_or_else(|| panic!("no row {domain}, {recipient}"))
    };
    let expired = row("letters.example", "slow.example");
    let count = |row: &Value, kind: &str| row["counts"][kind]["total"].clone();
    assert_eq!(count(expired, "failed"), 1, "the recipient of the older file expired");
    assert_eq!(count(row("letters.example", "gmail.com"), "delivered"), 1);
}

const EXIM: &str = "\
2026-02-01 10:30:00 1vmTmK-00016Q-0b <= news@shop.example U=acme P=local S=900
2026-02-01 10:30:01 1vmTmK-00016Q-0b => ann@gmail.com R=dnslookup T=remote_smtp H=mx.example [198.51.100.7] C=\"250 OK\"
2026-02-01 10:30:02 1vmTmK-00016Q-0b == bob@slow.example R=dnslookup T=remote_smtp defer (-54): retry time not reached
2026-02-01 10:30:03 H=[203.0.113.9] F=<spam@evil.example> temporarily rejected RCPT <ann@shop.example>: greylisted
";

/// With a byte order mark and ends of lines as Windows writes them.
const EXCHANGE: &str = "\u{feff}#Software: Microsoft Exchange Server\r
#Version: 15.02.1118.007\r
#Log-type: Message Tracking Log\r
#Date: 2026-02-01T09:00:00.000Z\r
#Fields: date-time,source,event-id,network-message-id,recipient-address,recipient-status,message-subject,return-path\r
2026-02-01T09:30:00.250Z,SMTP,RECEIVE,5f0c1a52-0000-4000-8000-000000000001,ann@gmail.com;bob@b.example,,\"Sale, today\",a@shop.example\r
2026-02-01T09:30:02.000Z,SMTP,SENDEXTERNAL,5f0c1a52-0000-4000-8000-000000000001,ann@gmail.com,250 2.1.5 OK,\"Sale, today\",a@shop.example\r
";

const STALWART: &str = "\
2026-02-01T09:30:00Z INFO Queued message for delivery (queue.message-queued) queueId = 7, from = \"a@shop.example\", to = [\"ann@gmail.com\", \"bob@b.example\"]
2026-02-01T09:30:02Z INFO Message delivered (delivery.delivered) queueId = 7, to = [\"ann@gmail.com\", \"bob@b.example\"], to = \"ann@gmail.com\", code = 250
";

#[test]
fn the_logs_of_exim_and_stalwart_are_recognised_and_the_ids_of_exim_tell_the_zone() {
    let folder = Folder::new("log-zones");
    let exim = folder.file("mainlog", EXIM.as_bytes());
    let stalwart = folder.file("stalwart.log", STALWART.as_bytes());
    let report = json(&["--by", "recipient_domain", &exim, &stalwart]);
    let total = |kind: &str| report["total"]["counts"][kind]["total"].clone();
    let found = ["delivered", "accepted", "deferred", "failed"].map(total);
    assert_eq!(found, [2, 2, 0, 1].map(Value::from));
    let start = |args: &[&str]| json(&[args, &[&exim]].concat())["range"]["start"].clone();
    assert_eq!(start(&[]), "2026-02-01T09:30:01Z");
    assert_eq!(start(&["--log-zone", "UTC"]), "2026-02-01T10:30:01Z");
}

#[test]
fn what_the_log_of_exim_tells_besides_is_counted_if_wanted() {
    const CPANEL: &str = "\
2026-02-01 10:30:00 +0100 1vmTmK-00016Q-0b <= a@shop.example U=acme P=local S=9 for ann@a.example bob@b.example
2026-02-01 10:30:00 +0100 1vmTmK-00016Q-0b Sender identification U=acme D=shop.example S=a@shop.example
2026-02-01 10:30:01 +0100 1vmTmK-00016Q-0b => ann@a.example R=dnslookup T=remote_smtp H=mx.a.example [192.0.2.1] C=\"250 OK\"
";
    let folder = Folder::new("log-exim");
    let log = folder.file("mainlog", CPANEL.as_bytes());
    let counts = |args: &[&str]| {
        let report = json(&[&["--by", "account", &log], args].concat());
        let total = |kind: &str| report["total"]["counts"][kind]["total"].as_u64().unwrap();
        let accounts: Vec<String> = (0..report["rows"].as_array().unwrap().len())
            .map(|row| report["rows"][row]["group"]["account"].as_str().unwrap().to_owned())
            .collect();
        (total("accepted"), total("delivered"), accounts.join(","))
    };
    assert_eq!(counts(&[]), (0, 1, "default".to_owned()));
    assert_eq!(counts(&["--accepted"]), (2, 1, "default".to_owned()));
    assert_eq!(counts(&["--log-accounts"]), (0, 1, "acme".to_owned()));
    let store = format!("sqlite:{}", folder.0.join("mail.db").display());
    assert_eq!(counts(&["--store", &store, "--log-host", "mx1"]).1, 1);
    assert_eq!(counts(&["--store", &store, "--log-host", "mx1"]).1, 1);
    assert_eq!(counts(&["--store", &store, "--log-host", "mx2"]).1, 2);
}

#[test]
fn the_log_of_an_exchange_server_is_told_by_its_first_lines() {
    let folder = Folder::new("log-exchange");
    let log = folder.file("MSGTRK2026020109-1.LOG", EXCHANGE.as_bytes());
    let report = json(&["--by", "provider", &log]);
    let counts = |row: usize| {
        let row = &report["rows"][row];
        (row["group"]["provider"].clone(), row["counts"]["delivered"]["total"].clone())
    };
    assert_eq!(counts(0), ("Google".into(), 1.into()));
    assert_eq!(report["total"]["counts"]["accepted"]["total"], 2);
    assert_eq!(report["range"]["start"], "2026-02-01T09:30:00.250Z");
}

#[test]
fn a_log_may_be_named_and_another_has_no_event_of_it() {
    let folder = Folder::new("log-names");
    let opensmtpd = folder.file("opensmtpd.log", OPENSMTPD.as_bytes());
    let sendmail = folder.file("sendmail.log", OLDER.as_bytes());
    let total = |args: &[&str], kind: &str| json(args)["total"]["counts"][kind]["total"].clone();
    assert_eq!(total(&["--input", "opensmtpd", &opensmtpd], "delivered"), 1);
    assert_eq!(total(&["--input", "sendmail", &sendmail], "deferred"), 1);
    assert!(total(&["--input", "sendmail", &opensmtpd], "delivered").as_u64().is_none_or(|count| count == 0));
}
