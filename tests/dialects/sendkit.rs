//! SendKit, as a server would answer.

use mailtally::dialect::Params;
use mailtally::dialect::sendkit::{
    CONTENT_TYPE, Campaigns, Counted, Daily, Endpoint, Error, Mailbox, MailboxStatus, Overview, Performance,
    Quota, SUBSEQUENCE, Stats, Warmup, Workspace, key, workspace,
};
use mailtally::report::Report;
use mailtally::{Dimension, Event, MemoryStore, Query};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::case::{Answer, Case, check};
use crate::common::{at, events, ready, values};

/// How many requests the server of the cases answers in a minute; the original's number is not published.
const LIMIT: u32 = 100;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("sendkit", answer);
}

/// What a server with one workspace, `w-7`, one workspace key and one platform key answers.
fn answer(case: &Case) -> Answer {
    assert_eq!((case.method(), &*case.body()), ("GET", &b""[..]));
    let reset = "2026-02-15T12:01:00Z".parse().unwrap();
    let quota = Quota { limit: LIMIT, remaining: LIMIT.saturating_sub(case.used()), reset };
    let mut answer = try_answer(case, quota).unwrap_or_else(|error| error.refusal().into());
    answer.headers.extend(quota.headers().map(|(name, value)| (name.to_owned(), value)));
    answer
}

fn try_answer(case: &Case, quota: Quota) -> Result<Answer, Error> {
    let endpoint = Endpoint::of(case.path()).ok_or(Error::NotFound)?;
    let header = |name, usual| Some(case.line(name, usual)).filter(|value: &&str| !value.is_empty());
    // A key in `Authorization` is sent only where a case says so.
    let key = key(header("x-api-key", "sk_live_7"), header("authorization", ""));
    match workspace(key, header("x-workspace-id", ""))? {
        Workspace::OfKey { key: "sk_live_7" } | Workspace::Named { key: "sk_user_1", id: "w-7" } => {}
        Workspace::Named { key: "sk_user_1", id: _ } => return Err(Error::Forbidden),
        Workspace::OfKey { .. } | Workspace::Named { .. } => return Err(Error::Unauthorized),
    }
    if case.used() > LIMIT {
        return Err(quota.too_many(case.now()));
    }
    let (params, now, account) = (case.params(), case.now(), case.line("account", "acme"));
    let store = case.store();
    let report = |query: Query| ready(query.report(&store, now));
    let mailboxes: Vec<Mailbox> = case.lines("mailbox").map(mailbox).collect();
    Ok(match endpoint {
        Endpoint::Mailboxes => {
            let request = Performance::parse(&params)?;
            let [lifetime, today] = Counted::queries(account, &mailboxes);
            let counted = Counted::new(&report(lifetime)?, &report(today)?);
            let report = report(request.query(account, &mailboxes))?;
            Answer::ok(CONTENT_TYPE, &request.body(&report, &mailboxes, &counted))
        }
        Endpoint::Mailbox(id) => {
            let request = Performance::parse(&params)?;
            let mailbox = Mailbox::find(&mailboxes, id)?;
            let report = report(request.query(account, std::slice::from_ref(mailbox)))?;
            Answer::ok(CONTENT_TYPE, &request.body_of_one(&report, mailbox))
        }
        Endpoint::Overview => {
            let request = Overview::parse(&params)?;
            let [by_campaign, subsequences] = request.queries(account);
            let body = request.body(&report(by_campaign)?, &report(subsequences)?, campaigns(case));
            Answer::ok(CONTENT_TYPE, &body)
        }
        Endpoint::Daily => {
            let request = Daily::parse(&params, now)?;
            Answer::ok(CONTENT_TYPE, &request.body(&report(request.query(account))?))
        }
        Endpoint::DailyMailbox(id) => {
            let request = Daily::parse(&params, now)?;
            let mailbox = Mailbox::find(&mailboxes, id)?;
            Answer::ok(CONTENT_TYPE, &request.body(&report(request.query_of_mailbox(account, mailbox))?))
        }
        Endpoint::DailyCampaign(id) => {
            let request = Daily::parse(&params, now)?;
            Answer::ok(CONTENT_TYPE, &request.body(&report(request.query_of_campaign(account, id))?))
        }
    })
}

/// The mailbox that a line of a case tells of.
fn mailbox(line: &str) -> Mailbox {
    let profile: Value = serde_json::from_str(line).unwrap();
    let text = |name| profile[name].as_str().map(str::to_owned);
    let number = |name| profile[name].as_u64();
    let mut mailbox = Mailbox::new(text("id").unwrap(), text("email").unwrap());
    mailbox = text("name").into_iter().fold(mailbox, Mailbox::display_name);
    let status = |name: String| MailboxStatus::ALL.into_iter().find(|status| status.name() == name).unwrap();
    mailbox = text("status").map(status).into_iter().fold(mailbox, Mailbox::status);
    mailbox = number("limit").into_iter().fold(mailbox, Mailbox::daily_send_limit);
    mailbox =
        text("warmup").into_iter().fold(mailbox, |mailbox, status| mailbox.warmup(Warmup::new(true, status)));
    mailbox = number("sent").into_iter().fold(mailbox, Mailbox::total_sent);
    mailbox = number("received").into_iter().fold(mailbox, Mailbox::total_received);
    mailbox = number("today").into_iter().fold(mailbox, Mailbox::sent_today);
    let rate = text("bounce_rate").map(|rate| rate.parse().unwrap());
    rate.into_iter().fold(mailbox, Mailbox::bounce_rate)
}

/// All campaigns, and those that are active.
fn campaigns(case: &Case) -> Option<Campaigns> {
    let line = case.lines("campaigns").next()?;
    let (total, active) = line.split_once(' ').unwrap();
    Some(Campaigns { total: total.parse().unwrap(), active: active.parse().unwrap() })
}

#[test]
fn every_answer_says_how_many_requests_are_left() {
    for path in ["/v1/analytics/daily", "/v1/analytics/nothing"] {
        let names: Vec<_> =
            answer(&Case::from_target(path)).headers.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"], "{path}");
    }
}

#[test]
fn a_range_that_is_too_long_is_the_customers_to_narrow() {
    let found = answer(&Case::from_target("/v1/analytics/daily?from=0001-01-01"));
    let expected =
        r#"{"error":"Bad Request","message":"Too many rows, expected a shorter range","code":400}"#;
    assert_eq!((found.status, &*found.body), (400, expected));
    for path in ["overview", "mailboxes"] {
        let found =
            answer(&Case::from_target(&format!("/v1/analytics/{path}?from=0001-01-01&to=9999-12-31")));
        assert_eq!(found.status, 200, "{}", found.body);
    }
}

/// Parameters that mean something, nearly mean something, or mean nothing.
fn params() -> impl Strategy<Value = Params> {
    let names = select(&["from", "to", "from[]", "period", ""][..]);
    let values = [
        "",
        " ",
        "2026-01-01",
        "2026-01-03",
        "2026-01-02T12:00:00Z",
        "2026-01-02T12:00:00.0005+14:00",
        "2026-01-02 12:00:00",
        "2026-02-30",
        "0000-01-01",
        "9999-12-31",
        "9999-12-31T23:59:60-23:59",
        "-0001-01-01",
        "+262142-12-31T00:00:00",
        "1770000000",
        "\0\u{202e}'\"\\<&%[]{}",
        "\u{1f4a9}",
    ];
    let value = prop_oneof![8 => select(values.map(str::to_owned).to_vec()), 1 => any::<String>()];
    let pairs = prop::collection::vec((names.prop_map(str::to_owned), value), 0..5);
    prop_oneof![4 => pairs.prop_map(Params::from_iter), 1 => any::<String>().prop_map(|text| Params::parse(&text))]
}

fn mailboxes() -> [Mailbox; 3] {
    let [sales, news] = values(Dimension::Mailbox) else { panic!("two mailboxes") };
    [Mailbox::new("1", *sales), Mailbox::new("2", news.to_uppercase()), Mailbox::new("3", "quiet@a.example")]
}

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events);
    store
}

fn report(store: &MemoryStore, query: &Query) -> Result<Report, mailtally::Error> {
    ready(query.report(store, at(0)))
}

fn json(body: &impl serde::Serialize) -> Value {
    let json: Value = serde_json::from_str(&serde_json::to_string(body).unwrap()).unwrap();
    assert_eq!(json["success"], true);
    json["data"].clone()
}

/// The bodies of all endpoints, or the first refusal.
fn ask(store: &MemoryStore, params: &Params) -> Result<[Value; 4], Error> {
    let (performance, mailboxes) = (Performance::parse(params)?, mailboxes());
    let of_all = report(store, &performance.query("acme", &mailboxes))?;
    let [lifetime, today] = Counted::queries("acme", &mailboxes);
    let counted = Counted::new(&report(store, &lifetime)?, &report(store, &today)?);
    let overview = Overview::parse(params)?;
    let [by_campaign, subsequences] = overview.queries("acme");
    let overview = overview.body(&report(store, &by_campaign)?, &report(store, &subsequences)?, None);
    let daily = Daily::parse(params, at(0))?;
    Ok([
        json(&performance.body(&of_all, &mailboxes, &counted)),
        json(&performance.body_of_one(&of_all, &mailboxes[1])),
        json(&overview),
        json(&daily.body(&report(store, &daily.query("acme"))?)),
    ])
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

proptest! {
    #[test]
    fn sendkit_answers_or_refuses_whatever_is_asked(params in params(), events in events()) {
        match ask(&store(events), &params) {
            Ok([list, one, overview, _]) => {
                prop_assert_eq!(list.as_array().unwrap().len(), 3);
                prop_assert_eq!(&list[1]["performance"], &one["stats"]);
                prop_assert_eq!(overview.as_object().unwrap().len(), 10);
            }
            Err(error) => {
                let refusal = error.refusal();
                let body: Value = serde_json::from_str(&refusal.body).unwrap();
                prop_assert_eq!(refusal.status, 400, "{}", body);
                prop_assert_eq!(&body["code"], 400);
                prop_assert!(refusal.body.len() < 1000, "{} is long", refusal.body);
            }
        }
    }

    // N8
    #[test]
    fn positive_replies_are_replies_and_parts_are_no_more_than_the_whole(events in events(), params in params()) {
        let Ok([list, one, overview, days]) = ask(&store(events), &params) else { return Ok(()) };
        let rows = list.as_array().unwrap().iter().map(|row| &row["performance"]);
        for stats in rows.chain([&one["stats"]]).chain(days.as_array().unwrap()) {
            prop_assert!(number(&stats["positiveReplied"]) <= number(&stats["replied"]), "{}", stats);
        }
        prop_assert!(number(&overview["totalPositiveReplied"]) <= number(&overview["totalReplied"]));
        prop_assert!(number(&overview["activeCampaigns"]) <= number(&overview["totalCampaigns"]));
    }

    // N1 N2 N3
    #[test]
    fn rows_add_up_to_the_overview(events in events()) {
        // Every message of these has one of the two mailboxes that have a profile, and some are of subsequences.
        let [sales, _] = values(Dimension::Mailbox) else { panic!("two mailboxes") };
        let with_profile = |event: Event| {
            let event = if event.message_fields().mailbox.is_none() { event.mailbox(*sales) } else { event };
            if event.message_fields().category.as_deref() == Some("welcome") { event.category(SUBSEQUENCE) } else { event }
        };
        let sent: Vec<Event> = events.into_iter().map(with_profile).collect();
        let all_days = Params::parse("from=2026-01-01&to=2026-01-31");
        let [list, _, overview, days] = ask(&store(sent), &all_days).unwrap();
        for (part, total) in [
            ("sent", "totalSent"),
            ("opened", "totalOpened"),
            ("clicked", "totalClicked"),
            ("bounced", "totalBounced"),
            ("replied", "totalReplied"),
            ("positiveReplied", "totalPositiveReplied"),
        ] {
            let of_mailboxes: u64 =
                list.as_array().unwrap().iter().map(|row| number(&row["performance"][part])).sum();
            let of_days: u64 = days.as_array().unwrap().iter().map(|day| number(&day[part])).sum();
            prop_assert_eq!((of_mailboxes, of_days), (number(&overview[total]), number(&overview[total])), "{}", part);
            let sequence = |name: &str| overview["bySequence"][name][part].as_u64();
            if let (Some(main), Some(subsequence)) = (sequence("main"), sequence("subsequence")) {
                prop_assert_eq!(main + subsequence, number(&overview[total]));
            }
        }
        prop_assert!(days.as_array().unwrap().is_sorted_by_key(|day| day["_id"].as_str().unwrap().to_owned()));
        let has_none = |day: &Value| {
            let counts = ["sent", "opened", "clicked", "bounced", "replied"].map(|part| number(&day[part]));
            counts.into_iter().sum::<u64>() == 0
        };
        prop_assert!(!days.as_array().unwrap().iter().any(has_none));
    }
}

// N4
#[test]
fn nothing_sent_has_rates_without_a_value_shown_as_zero() {
    let rates = Stats::new(&mailtally::Counts::ZERO).rates();
    let expected = r#"{"open":"0.0","click":"0.0","bounce":"0.0","reply":"0.0","positiveReply":"0.0"}"#;
    assert_eq!(serde_json::to_string(&rates).unwrap(), expected);
}
