//! SendKit's API, as a server for one workspace, `w-7`, with one workspace key and one platform key answers.

use http::{Request, Response};
use mailtally::dialect::sendkit::{Campaigns, Error, Mailbox, SUBSEQUENCE, SendKit};
use mailtally::dialect::{Dialect, Refusal, RequestLimit, answer};
use mailtally::{Dimension, Event, MemoryStore};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::case::{Case, Host, check};
use crate::common::{at, events, ready, values};

const HOST: Host<SendKit> = Host {
    dialect: sendkit,
    headers: &[
        ("x-api-key", "x-api-key", "sk_live_7"),
        ("authorization", "authorization", ""),
        ("x-workspace-id", "x-workspace-id", ""),
    ],
    access: |_, credential| match (&*credential.key, credential.account.as_deref()) {
        ("sk_live_7", None) | ("sk_user_1", Some("w-7")) => Ok(()),
        ("sk_user_1", _) => Err(Refusal::Forbidden),
        _ => Err(Refusal::Unauthorized),
    },
    // The API's own limit is not published.
    limit: Some(RequestLimit { requests: 100, seconds: 60 }),
};

fn sendkit(case: &Case) -> SendKit {
    let mailbox = |line| serde_json::from_str::<Mailbox>(line).unwrap();
    let sendkit = SendKit::new(case.lines("mailbox").map(mailbox));
    let campaigns = case.lines("campaigns").map(|line| line.split_once(' ').unwrap());
    campaigns.fold(sendkit, |sendkit, (total, active)| {
        sendkit.campaigns(Campaigns { total: total.parse().unwrap(), active: active.parse().unwrap() })
    })
}

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("sendkit", &HOST);
}

#[test]
fn every_response_has_the_number_of_requests_that_are_left() {
    for (path, status) in [("/v1/analytics/daily", 200), ("/v1/analytics/nothing", 404)] {
        let response = HOST.get(path);
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-ratelimit-limit"], "100");
        assert_eq!(response.headers()["x-ratelimit-remaining"], "99");
        assert_eq!(response.headers()["x-ratelimit-reset"], "1771156860");
    }
}

#[test]
fn a_range_that_is_too_long_is_the_callers_mistake() {
    let found = HOST.get("/v1/analytics/daily?from=0001-01-01");
    let expected =
        r#"{"error":"Bad Request","message":"Too many rows, expected a shorter range","code":400}"#;
    assert_eq!((found.status().as_u16(), &**found.body()), (400, expected));
    for path in ["overview", "mailboxes"] {
        let found = HOST.get(&format!("/v1/analytics/{path}?from=0001-01-01&to=9999-12-31"));
        assert_eq!(found.status(), 200, "{}", found.body());
    }
}

// N4
#[test]
fn rates_over_zero_are_zero() {
    let rates = r#""rates":{"open":"0.0","click":"0.0","bounce":"0.0","reply":"0.0","positiveReply":"0.0"}"#;
    for path in ["mailboxes", "mailboxes/1"] {
        let response = get(&MemoryStore::new(), path, "").unwrap();
        assert!(response.body().contains(rates), "{}", response.body());
    }
}

/// Generates query strings that mean something, nearly mean something, or mean nothing.
fn query() -> impl Strategy<Value = String> {
    let names = select(&["from", "to", "from[]", "to[0]", "from[a]", "period", ""][..]);
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
    let pairs = prop::collection::vec((names, value), 0..5)
        .prop_map(|pairs| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
    prop_oneof![4 => pairs, 1 => "[!$-;=?-~]{0,40}"]
}

fn mailboxes() -> [Mailbox; 3] {
    let [sales, news] = values(Dimension::Mailbox) else { panic!("two mailboxes") };
    [Mailbox::new("1", *sales), Mailbox::new("2", news.to_uppercase()), Mailbox::new("3", "quiet@a.example")]
}

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    store
}

fn get(store: &MemoryStore, path: &str, query: &str) -> Result<Response<String>, Error> {
    let request = Request::get(format!("/v1/analytics/{path}?{query}")).body("").unwrap();
    ready(answer(&SendKit::new(mailboxes()), store, &"acme".into(), &request, at(0)))
}

/// Returns the data of the list of mailboxes, of the second of them, of the overview and of the days, or the first error.
fn get_all(store: &MemoryStore, query: &str) -> Result<[Value; 4], Error> {
    let data = |path| -> Result<Value, Error> {
        let mut body: Value = serde_json::from_str(get(store, path, query)?.body()).unwrap();
        assert_eq!(body["success"], true);
        Ok(body["data"].take())
    };
    Ok([data("mailboxes")?, data("mailboxes/2")?, data("overview")?, data("daily")?])
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

proptest! {
    #[test]
    fn every_request_is_answered_or_refused(query in query(), events in events()) {
        match get_all(&store(events), &query) {
            Ok([list, one, overview, _]) => {
                prop_assert_eq!(list.as_array().unwrap().len(), 3);
                prop_assert_eq!(&list[1]["performance"], &one["stats"]);
                prop_assert_eq!(overview.as_object().unwrap().len(), 10);
            }
            Err(error) => {
                let refused = SendKit::refuse(&error);
                let body: Value = serde_json::from_str(refused.body()).unwrap();
                prop_assert_eq!(refused.status(), 400, "{}", body);
                prop_assert_eq!(&body["code"], 400);
                prop_assert!(refused.body().len() < 1000, "{} is long", refused.body());
            }
        }
    }

    // N8
    #[test]
    fn positive_replies_are_replies_and_parts_are_no_more_than_the_whole(events in events(), query in query()) {
        let Ok([list, one, overview, days]) = get_all(&store(events), &query) else { return Ok(()) };
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
        // Every message has one of the two mailboxes with mail, and some are of subsequences.
        let [sales, _] = values(Dimension::Mailbox) else { panic!("two mailboxes") };
        let with_mailbox = |event: Event| {
            let event = if event.message_fields().mailbox.is_none() { event.mailbox(*sales) } else { event };
            if event.message_fields().category.as_deref() == Some("welcome") { event.category(SUBSEQUENCE) } else { event }
        };
        let sent: Vec<Event> = events.into_iter().map(with_mailbox).collect();
        let [list, _, overview, days] = get_all(&store(sent), "from=2026-01-01&to=2026-01-31").unwrap();
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
