//! The messages behind a number: `--messages`.

use super::*;

/// Returns the listing as JSON.
fn listing(number: &str, options: &[&str]) -> Value {
    json(&[&["--messages", number], options].concat())
}

/// Returns the account and the id of each message.
fn ids(listing: &Value) -> Vec<(&str, &str)> {
    let messages = listing["messages"].as_array().unwrap().iter();
    messages
        .map(|message| (message["account"].as_str().unwrap(), message["message"].as_str().unwrap()))
        .collect()
}

fn sum(listing: &Value) -> u64 {
    listing["messages"].as_array().unwrap().iter().map(|message| message["count"].as_u64().unwrap()).sum()
}

/// Returns a line of an event of an account.
fn of_account(account: &str, message: &str, at: &str) -> String {
    event(message, "deferred", "", at).replace("acme", account)
}

#[test]
fn the_listed_messages_add_up_to_the_number_of_the_report() {
    let options = ["--zone", "Asia/Kolkata", "--where-not", "recipient_domain=shop.example", LOG];
    let metrics = [
        ("kind=deferred", &["deferred", "total"][..]),
        ("kind=delivered", &["delivered", "total"]),
        ("metric=deferred.unique", &["deferred", "unique"]),
        ("metric=failed.expired.total", &["failed", "by", "expired", "total"]),
    ];
    for by in ["provider", "recipient_domain", "tag", "ip", "transport"] {
        let report = json(&[&["--by", by], &options[..]].concat());
        for row in report["rows"].as_array().unwrap() {
            let value = row["group"][by].as_str().unwrap_or_default();
            for (number, path) in metrics {
                let figure =
                    path.iter().fold(&row["counts"], |counts, key| &counts[key]).as_u64().unwrap_or(0);
                let listing = listing(&format!("{by}={value},{number}"), &options);
                assert_eq!(listing["total"], figure, "{number} of {by} {value}");
                assert_eq!(sum(&listing), figure);
                assert!(ids(&listing).is_sorted_by(|one, two| one < two), "{listing}");
            }
        }
    }
}

#[test]
fn the_listed_messages_add_up_by_values_of_events_and_by_tag() {
    let folder = Folder::new("listing-events");
    let opened = |message: &str, id: usize, country: &str| {
        format!(
            r#"{{"account":"acme","message":"{message}","id":"{id}","kind":"opened","at":"2026-02-01T09:00:0{id}Z","country":"{country}","tags":["t-{id}","all"]}}
"#
        )
    };
    let opens = [("m-1", 1, "DE"), ("m-1", 2, "US"), ("m-1", 3, "US"), ("m-2", 1, "US"), ("m-2", 2, "")];
    let lines: String = opens.iter().map(|(message, id, country)| opened(message, *id, country)).collect();
    let file = folder.file("events.jsonl", lines.as_bytes());
    for (by, rows) in [("country", 3), ("tag", 4)] {
        let report = json(&["--by", by, &file]);
        assert_eq!(report["rows"].as_array().unwrap().len(), rows);
        for row in report["rows"].as_array().unwrap() {
            let value = row["group"][by].as_str().unwrap_or_default();
            for form in ["total", "unique", "daily_unique"] {
                let listing = listing(&format!("{by}={value},metric=opened.{form}"), &[&file]);
                assert_eq!(listing["total"], row["counts"]["opened"][form], "opened.{form} of {by} {value}");
            }
        }
    }
    let listing = listing("country=US,metric=opened.unique", &[&file]);
    assert_eq!(ids(&listing), [("acme", "m-2")], "the other message was first opened in Germany");
}

#[test]
fn the_listed_messages_add_up_by_date_by_status_and_of_all_mail() {
    let hourly = ["--resolution", "hour", LOG];
    for row in json(&hourly)["rows"].as_array().unwrap() {
        let date = row["group"]["date"].as_str().unwrap();
        let listing = listing(&format!("kind=deferred,date={date}"), &hourly);
        assert_eq!(listing["total"], row["counts"]["deferred"]["total"], "{date}");
    }
    let report = json(&["--timing", "send", LOG]);
    for (status, messages) in report["total"]["statuses"].as_object().unwrap() {
        let listing = listing(&format!("status={status}"), &["--timing", "send", LOG]);
        assert_eq!(&listing["total"], messages, "{status}");
        assert_eq!(ids(&listing).len() as u64, messages.as_u64().unwrap());
    }
    assert_eq!(listing("metric=deferred.daily_unique", &[LOG])["total"], 42);
}

#[test]
fn a_table_says_what_is_listed_and_how_much_it_is() {
    let table = table(&["--messages", "provider=Yahoo,kind=deferred", "--top", "2", LOG]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "25 messages · 75 events: deferred.total where provider is Yahoo");
    assert_eq!(lines[1], "2026-11-21 00:09:39 – 2026-11-21 00:11:18 UTC · counted by event time");
    assert_eq!(cells(&table, "message "), ["message", "count"]);
    assert_eq!(cells(&table, "14205F61F8-"), ["14205F61F8-dpm0q07zh73mz", "3"]);
    assert_eq!(cells(&table, "23 more"), ["23 more", "69"]);
    assert_eq!(lines.len(), 2 + 1 + 2 + 3, "{table}");
    assert!(!table.contains('@'), "{table}");
    let unique = self::table(&["--messages", "metric=delivered.unique,provider=", LOG]);
    assert!(unique.starts_with("48 messages: delivered.unique where provider is (none)\n"), "{unique}");
    let nothing = self::table(&["--messages", "kind=opened", LOG]);
    assert!(nothing.starts_with("0 messages · 0 events: ") && nothing.ends_with("\n\nnothing was counted\n"));
}

#[test]
fn csv_ends_with_the_rest_and_the_total() {
    let output = run(&["--messages", "provider=Yahoo,kind=deferred", "--top", "1", "--format", "csv", LOG]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "account,message,count\ndefault,14205F61F8-dpm0q07zh73mz,3\n(rest),24 more,72\n(total),,75\n"
    );
    let all = run(&["--messages", "provider=Yahoo,kind=deferred", "--format", "csv", LOG]);
    let all = String::from_utf8(all.stdout).unwrap();
    assert_eq!(all.lines().count(), 1 + 25 + 1);
    assert!(!all.contains("(rest)"), "{all}");
}

#[test]
fn json_has_every_message_and_the_total() {
    let folder = Folder::new("listing-json");
    let lines = of_account("acme", "m-1", "2026-02-01T09:00:00Z")
        + &of_account("acme", "m-2", "2026-02-01T09:00:00Z");
    let file = folder.file("events.jsonl", lines.as_bytes());
    let message = |id: &str| serde_json::json!({"account": "acme", "message": id, "count": 1});
    assert_eq!(
        listing("kind=deferred", &[&file]),
        serde_json::json!({"messages": [message("m-1"), message("m-2")], "total": 2})
    );
    assert_eq!(
        listing("kind=deferred", &["--top", "1", &file]),
        serde_json::json!({"messages": [message("m-1")], "more": 1, "total": 2})
    );
}

#[test]
fn accounts_are_shown_if_there_is_more_than_one() {
    let folder = Folder::new("listing-accounts");
    let at = "2026-02-01T09:00:00Z";
    let lines =
        of_account("globex", "m-1", at) + &of_account("acme", "m-1", at) + &of_account("acme", "m-2", at);
    let file = folder.file("events.jsonl", lines.as_bytes());
    let table = |options: &[&str]| table(&[options, &[file.as_str()]].concat());
    let both = table(&["--messages", "kind=deferred"]);
    assert_eq!(cells(&both, "account"), ["account", "message", "count"]);
    let rows: Vec<_> = both.lines().skip(5).map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(rows, [["acme", "m-1", "1"], ["acme", "m-2", "1"], ["globex", "m-1", "1"]]);
    let cut = table(&["--messages", "kind=deferred", "--top", "1"]);
    assert_eq!(cells(&cut, "2 more"), ["2 more", "2"]);
    for one in [
        &["--account", "acme", "--messages", "kind=deferred"][..],
        &["--messages", "account=acme,kind=deferred"],
    ] {
        let one = table(one);
        assert_eq!(cells(&one, "message "), ["message", "count"]);
        assert!(one.starts_with("2 messages · 2 events") && !one.contains("globex"), "{one}");
    }
}

#[test]
fn values_may_have_commas_and_dates_may_be_spelled_as_in_the_table() {
    let folder = Folder::new("listing-values");
    let deferred = event("m-1", "deferred", "", "2026-10-25T01:30:00Z");
    let lines =
        deferred.replace('}', r#","reason":"450 later, please \\o/"}"#) + &deferred.replace("m-1", "m-2");
    let file = folder.file("events.jsonl", lines.as_bytes());
    for reason in [r"450 later\, please \o/", r"450 later\, please \\o/"] {
        let listing = listing(&format!("reason={reason}, kind=deferred"), &[&file]);
        assert_eq!(ids(&listing), [("acme", "m-1")], "{reason}");
    }
    let hourly = ["--resolution", "hour", "--zone", "Europe/Berlin", "--period", "2026-10-25", &file];
    for (date, messages) in [("02:00 +01:00", 2), ("02:00 +02:00", 0), ("03:00", 0)] {
        let listing = listing(&format!("kind=deferred,date=2026-10-25 {date}"), &hourly);
        assert_eq!(ids(&listing).len(), messages, "{date}");
    }
    let daily = listing("kind=deferred,date=2026-10-25", &[&file]);
    assert_eq!(daily["total"], 2, "without a resolution a date is a day, as of `--by date`");
}

#[test]
fn values_of_domains_are_compared_as_in_filters() {
    let listing = listing("recipient_domain=Yahoo.COM.,kind=deferred", &[LOG]);
    assert_eq!(listing["total"], 75);
}

#[test]
fn more_messages_than_a_page_are_all_listed() {
    let folder = Folder::new("listing-pages");
    let lines: String = (0..33_000)
        .map(|number| {
            format!(r#"{{"account":"a","message":"m-{number:05}","id":"1","kind":"sent","at":"2026-02-01T09:00:00Z"}}"#)
                + "\n"
        })
        .collect();
    let listing = listing("kind=sent", &[&folder.file("events.jsonl", lines.as_bytes())]);
    assert_eq!(listing["total"], 33_000);
    let ids = ids(&listing);
    assert_eq!((ids.len(), ids.is_sorted_by(|one, two| one < two)), (33_000, true));
}

#[test]
fn a_wrong_number_exits_with_status_2_and_one_line_with_what_is_accepted() {
    let cases: [(&[&str], &str); 19] = [
        (&["provider=Yahoo"], "`kind=KIND`, `status=STATUS` and `metric=METRIC`"),
        (&["kind=deferred,status=sent"], "exactly one of `kind=KIND`"),
        (&["kind=deferred,kind=deferred"], "exactly one of `kind=KIND`"),
        (&[""], "KEY=VALUE"),
        (&["provider=Google,Yahoo,kind=deferred"], "KEY=VALUE in place of `Yahoo`"),
        (&["esp=Yahoo,kind=deferred"], "`provider`"),
        (&["kind=defered"], "`deferred`"),
        (&["status=gone"], "`hard_bounced`"),
        (&["metric=deferred"], "`KIND.total`"),
        (&["provider=a,provider=b,kind=sent"], "`provider` is given twice"),
        (&["date=2026,date=2026,kind=sent"], "`date` is given twice"),
        (&["code=5.1,kind=failed"], "`code_subject`"),
        (&["stream=bulkk,kind=sent"], "`transactional` or `bulk`"),
        (&["ip=192.0.2.1,status=delivered"], "`kind` or `metric`"),
        (&["date=2026-11-22,kind=sent"], "such as `2026-11-21`"),
        (&["kind=sent", "--resolution", "hour"], "`date=`"),
        (&["kind=sent", "--by", "provider"], "'--by <DIMENSION>'"),
        (&["kind=sent", "--rank", "sent.total"], "'--rank <METRIC>'"),
        (&["kind=sent", "--compare", "previous"], "'--compare <PERIOD>'"),
    ];
    for (args, expected) in cases {
        let output = run(&[&["--messages"], args, &[LOG]].concat());
        let errors = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{args:?}: {errors}");
        assert!(errors.contains(expected), "{args:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
    let empty = ["--from", "2026-11-21T00:00:00Z", "--to", "2026-11-21T00:00:00Z"];
    let output = run(&[&["--messages", "kind=sent"], &empty[..], &[LOG]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("period"), "{}", errors(&output));
}

#[test]
fn control_characters_and_formulas_of_ids_are_harmless() {
    let folder = Folder::new("listing-escape");
    let line = of_account("acme", "=1+\\u001b[2J", "2026-02-01T09:00:00Z");
    let file = folder.file("events.jsonl", line.as_bytes());
    let shown = table(&["--messages", "kind=deferred", &file]);
    assert!(shown.contains("=1+") && !shown.contains('\u{1b}'), "{shown:?}");
    let sheet = run(&["--messages", "kind=deferred", "--format", "csv", &file]).stdout;
    assert!(String::from_utf8(sheet).unwrap().contains("acme,'=1+"));
}
