//! Tests with mail that content filters take and hand back.

use super::*;

/// The lines of mail that a filter takes over SMTP and hands back under the id `BBBBB60B02`.
pub(super) struct Filtered {
    /// What the client of the second queue file is.
    client: &'static str,
    relay: &'static str,
    transport: &'static str,
    answer: &'static str,
}

impl Filtered {
    pub(super) fn log(&self) -> String {
        let Self { client, relay, transport, answer } = self;
        [
            "00 smtpd[1]: AAAAA60B01: client=app[192.0.2.9]",
            "00 cleanup[2]: AAAAA60B01: message-id=<1@shop.example>",
            "00 qmgr[3]: AAAAA60B01: from=<ann@shop.example>, size=1, nrcpt=1 (queue active)",
            &format!("04 {client}"),
            "04 cleanup[2]: BBBBB60B02: message-id=<1@shop.example>",
            "04 qmgr[3]: BBBBB60B02: from=<ann@shop.example>, size=2, nrcpt=1 (queue active)",
            &format!("04 {transport}[5]: AAAAA60B01: to=<bob@hotmail.com>, relay={relay}, delay=4, dsn=2.0.0, status=sent ({answer})"),
            "04 qmgr[3]: AAAAA60B01: removed",
            "08 smtp[6]: BBBBB60B02: to=<bob@hotmail.com>, relay=mx.example[192.0.2.33]:25, delay=3, dsn=2.0.0, status=sent (250 ok)",
            "08 qmgr[3]: BBBBB60B02: removed",
        ]
        .map(|line| entry(&format!("Nov 20 20:00:{}", &line[..2]), &line[3..]))
        .concat()
    }
}

const AMAVIS: &str = "127.0.0.1[127.0.0.1]:10024";
const QUEUED: &str = "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as BBBBB60B02";
const CAME_BACK: &str = "smtpd[4]: BBBBB60B02: client=localhost[127.0.0.1]";

pub(super) const FILTERS: [Filtered; 7] = [
    Filtered { client: CAME_BACK, relay: AMAVIS, transport: "smtp-amavis/smtp", answer: QUEUED },
    Filtered {
        client: "smtpd[4]: BBBBB60B02: client=localhost[127.0.0.1], orig_queue_id=AAAAA60B01, orig_client=app[192.0.2.9]",
        relay: AMAVIS,
        transport: "smtp",
        answer: QUEUED,
    },
    Filtered { client: CAME_BACK, relay: AMAVIS, transport: "lmtp-amavis/lmtp", answer: QUEUED },
    Filtered { client: CAME_BACK, relay: AMAVIS, transport: "smtp", answer: "250 2.0.0 Ok" },
    Filtered {
        client: "smtpd[4]: BBBBB60B02: client=filter[192.0.2.50]",
        relay: "filter[192.0.2.50]:10024",
        transport: "smtp",
        answer: QUEUED,
    },
    Filtered {
        client: "smtpd[4]: BBBBB60B02: client=filter[192.0.2.50]",
        relay: "filter[192.0.2.50]:10024",
        transport: "smtp",
        answer: "250 accepted",
    },
    Filtered {
        client: "pickup[4]: BBBBB60B02: uid=1001 from=<ann@shop.example>",
        relay: "spamassassin",
        transport: "pipe",
        answer: "delivered via spamassassin service",
    },
];

fn delivered(times: usize) -> BTreeMap<EventType, usize> {
    BTreeMap::from([(EventType::DeliveredSmtp, times)])
}

#[test]
fn mail_that_comes_back_from_a_filter_is_one_message_with_one_delivery() {
    for filter in FILTERS {
        let log = filter.log();
        assert_eq!(counts(&log), (delivered(1), 1), "{log}");
        let found = &read_events(&log)[0];
        assert_eq!(found.message_fields().provider.as_deref(), Some("Outlook"));
        assert!(
            found.message().as_str().starts_with("AAAAA60B01-")
                || filter.transport == "pipe"
                || filter.answer != QUEUED
        );
    }
}

#[test]
fn a_deferral_before_the_filter_is_of_the_same_message() {
    for filter in FILTERS {
        let deferred = entry(
            "Nov 20 20:00:01",
            "smtp[5]: AAAAA60B01: to=<bob@hotmail.com>, relay=none, dsn=4.4.1, status=deferred (connect to 127.0.0.1[127.0.0.1]:10024: Connection refused)",
        );
        let log = filter.log();
        let third = log.match_indices('\n').nth(2).unwrap().0 + 1;
        let log = [&log[..third], &deferred, &log[third..]].concat();
        let (found, messages) = counts(&log);
        assert_eq!((found[&EventType::Deferred], found[&EventType::DeliveredSmtp]), (1, 1), "{log}");
        assert_eq!(messages, 1, "{log}");
    }
}

#[test]
fn mail_passes_two_filters_and_is_one_message() {
    let first = FILTERS[0].log();
    let log = first
        .replace("mx.example[192.0.2.33]:25", "127.0.0.1[127.0.0.1]:10026")
        .replace("(250 ok)", "(250 2.0.0 Ok: queued as CCCCC60B03)");
    let back = entry("Nov 20 20:00:07", "smtpd[4]: CCCCC60B03: client=localhost[127.0.0.1]");
    let end = log.find("Nov 20 20:00:08").unwrap();
    let log = [
        &log[..end],
        &back,
        &log[end..],
        &entry("Nov 20 20:00:09", "smtp[6]: CCCCC60B03: to=<bob@hotmail.com>, relay=mx[192.0.2.33]:25, dsn=5.1.1, status=bounced (host mx[192.0.2.33] said: 550 5.1.1 no)"),
    ]
    .concat();
    assert_eq!(counts(&log), (BTreeMap::from([(EventType::HardBouncedImmediate, 1)]), 1));
    assert!(read_events(&log)[0].message().as_str().starts_with("AAAAA60B01-"));
}

#[test]
fn a_filter_may_make_several_queue_files_of_one() {
    let to = |second: &str, id: &str, to: &str, relay: &str, answer: &str| {
        let text = format!("smtp[5]: {id}: to=<{to}>, relay={relay}, dsn=2.0.0, status=sent ({answer})");
        entry(&format!("Nov 20 20:00:{second}"), &text)
    };
    let queued = |id: &str| format!("250 2.0.0 Ok: queued as {id}");
    let back = |id: &str, origin: &str| {
        entry("Nov 20 20:00:03", &format!("smtpd[4]: {id}: client=localhost[127.0.0.1]{origin}"))
    };
    let origin = ", orig_queue_id=AAAAA60B01, orig_client=x";
    for (origins, answers) in
        [(["", ""], ["BBBBB60B02", "CCCCC60B03"]), ([origin, origin], ["BBBBB60B02", "BBBBB60B02"])]
    {
        let log = [
            back("BBBBB60B02", origins[0]),
            back("CCCCC60B03", origins[1]),
            to("04", "AAAAA60B01", "a@x.example", AMAVIS, &queued(answers[0])),
            to("04", "AAAAA60B01", "b@x.example", AMAVIS, &queued(answers[1])),
            to("05", "BBBBB60B02", "a@x.example", "mx[192.0.2.33]:25", "250 ok"),
            to("05", "CCCCC60B03", "b@x.example", "mx[192.0.2.33]:25", "250 ok"),
        ];
        let begin = entry(
            "Nov 20 20:00:00",
            "qmgr[3]: AAAAA60B01: from=<ann@shop.example>, size=1, nrcpt=2 (queue active)",
        );
        assert_eq!(counts(&(begin + &log.concat())), (delivered(2), 2));
    }
}

#[test]
fn mail_that_another_server_queues_is_delivered() {
    let queued = "(250 2.0.0 Ok: queued as 4C01A1B2C3D02)";
    let log = entry("Nov 20 20:00:00", &SENT.replace("(ok)", queued));
    assert_eq!(counts(&log), (delivered(1), 1));
    // A parser of single lines does not wait.
    let mut found = Vec::new();
    assert_eq!(
        Parser::new(options()).parse_line(log.trim_end().as_bytes(), &mut found),
        Ok(LineKind::WithEvents)
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn mail_to_each_recipient_with_one_message_id_is_no_filtered_mail() {
    let log: String = (1..=3)
        .map(|number| {
            let id = format!("AAAAA60B0{number}");
            [
                format!("smtpd[1]: {id}: client=localhost[127.0.0.1]"),
                format!("cleanup[2]: {id}: message-id=<1@shop.example>"),
                format!("smtp[3]: {id}: to=<u{number}@x.example>, relay=mx[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)"),
            ]
            .map(|text| entry("Nov 20 20:00:00", &text))
            .concat()
        })
        .collect();
    assert_eq!(counts(&log), (delivered(3), 3));
    // Nor is it where all mail goes through a host that is this one.
    assert_eq!(counts(&log.replace("mx[192.0.2.1]:25", "localhost[127.0.0.1]:465")), (delivered(3), 3));
}

#[test]
fn mail_that_a_mailbox_forwards_is_delivered_as_well() {
    // The forwarded mail has the same message id, comes from the host that took it, and is for another recipient.
    let log = Filtered {
        client: CAME_BACK,
        relay: "127.0.0.1[127.0.0.1]:24",
        transport: "lmtp",
        answer: "250 2.0.0 <bob> Saved",
    };
    let forwarded = log.log().replace("BBBBB60B02: to=<bob@hotmail.com>", "BBBBB60B02: to=<bob@gmail.com>");
    assert_eq!(counts(&forwarded), (delivered(2), 2));
}
