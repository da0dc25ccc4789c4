//! Mailgun's Stats, tag statistics and aggregates, as a server would answer.

use chrono::{DateTime, Utc};
use mailtally::dialect::Params;
use mailtally::dialect::mailgun::aggregates::{self, Supported};
use mailtally::dialect::mailgun::stats::{self, DOMAINS_A_PAGE};
use mailtally::dialect::mailgun::{CONTENT_TYPE, Error, HEADERS, Route, Settings, event_type, key, to_line};
use mailtally::report::Report;
use mailtally::store::Store;
use mailtally::{Event, EventType, MemoryStore, Query};
use serde_json::{Value, json};

use super::case::{Answer, Case, check};
use crate::common::ready;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailgun", answer);
}

/// Returns the block `opened` of each day that has one, as `path` answers at noon of 15 February 2026 for 60 days.
fn opened(events: impl IntoIterator<Item = Event>, path: &str) -> Vec<Value> {
    blocks("opened", events, path)
}

/// Returns the block of the event `name` of each day that has one, as `path` answers at noon of 15 February 2026 for 60
/// days.
fn blocks(name: &str, events: impl IntoIterator<Item = Event>, path: &str) -> Vec<Value> {
    let store = MemoryStore::new();
    store.extend(events);
    let settings = Settings::new(["mail.acme.example"]);
    let now = "2026-02-15T12:00:00Z".parse().unwrap();
    let server = Server { store: &store, settings: &settings, account: "acme", subaccount: "", now };
    let route = Route::of("GET", path).unwrap();
    let body = server.answer(route, &Params::parse(&format!("event={name}&duration=60d"))).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let rows = body["stats"].as_array().unwrap();
    rows.iter().map(|row| row[name].clone()).filter(|block| block["total"] != json!(0)).collect()
}

fn open(message: &str, id: &str, at: &str, event_type: EventType) -> Event {
    Event::new("acme", message, id, event_type, at.parse().unwrap())
        .domain("mail.acme.example")
        .tags(["Spring"])
}

/// Returns the events of one day that Mailgun's webhooks report, each about a message of its own.
fn from_webhooks<const N: usize>(webhooks: [Value; N]) -> impl Iterator<Item = Event> {
    let event_types = webhooks.into_iter().filter_map(|webhook| event_type(&webhook)).enumerate();
    event_types
        .map(|(index, event_type)| open(&format!("m-{index}"), "1", "2026-01-05T10:00:00Z", event_type))
}

// G33
#[test]
fn webhooks_with_unknown_names_do_not_count_and_unknown_flags_and_fields_are_ignored() {
    let webhooks = [
        json!({ "event": "list_member_uploaded" }),
        json!({ "event": "Delivered" }),
        json!({ "event": "delivered", "envelope": { "transport": "http" }, "mood": [1, {}] }),
        json!({ "event": "delivered", "envelope": { "transport": "lmtp" }, "flags": { "is-quiet": true } }),
    ];
    assert_eq!(
        blocks("delivered", from_webhooks(webhooks), "/v3/stats/total"),
        [json!({ "smtp": 1, "http": 1, "optimized": 0, "total": 2 })]
    );
}

// G34
#[test]
fn webhooks_count_without_an_object_that_is_null_or_text() {
    let webhooks = |name: &str, field: &str| {
        [json!(null), json!("Could not load it")]
            .map(|value| json!({ "event": name, field: value, "user-variables": value }))
    };
    for (name, field, expected) in [
        ("accepted", "flags", json!({ "incoming": 0, "outgoing": 2, "total": 2 })),
        ("delivered", "envelope", json!({ "smtp": 2, "http": 0, "optimized": 0, "total": 2 })),
        ("opened", "client-info", json!({ "total": 2, "unique": 2 })),
    ] {
        assert_eq!(blocks(name, from_webhooks(webhooks(name, field)), "/v3/stats/total"), [expected]);
    }
}

// G31
/// Mailgun counts a reader of a message again after seven days. Ours is once for each message and kind of reader,
/// however long it lasts, so that the uniques of days add up to those of months, and those of parts to the whole.
#[test]
fn a_reader_is_unique_once_for_each_message_and_a_person_is_not_a_machine() {
    let events = [
        open("m-1", "1", "2026-01-05T10:00:00Z", EventType::OpenedMachine),
        open("m-1", "2", "2026-01-05T11:00:00Z", EventType::OpenedPerson),
        open("m-1", "3", "2026-01-06T11:00:00Z", EventType::OpenedPerson),
        open("m-2", "1", "2026-01-06T11:00:00Z", EventType::OpenedPerson),
        open("m-1", "4", "2026-01-20T11:00:00Z", EventType::OpenedPerson),
    ];
    assert_eq!(
        opened(events, "/v3/stats/total"),
        [json!({ "total": 2, "unique": 2 }), json!({ "total": 2, "unique": 1 }), json!({ "total": 1 }),]
    );
}

// G32
/// Mailgun's ids repeat after a day. Ours are those of one message, so equal ids of different messages do not meet; a
/// host whose ids repeat within a message puts the day into them.
#[test]
fn the_same_id_on_another_message_or_with_another_day_in_it_is_another_event() {
    let person = EventType::OpenedPerson;
    let events = [
        open("m-1", "x", "2026-01-05T10:00:00Z", person),
        open("m-2", "x", "2026-01-05T10:00:00Z", person),
        open("m-1", "x", "2026-01-05T10:00:00Z", person),
        open("m-3", "2026-01-05 x", "2026-01-05T10:00:00Z", person),
        open("m-3", "2026-01-06 x", "2026-01-06T10:00:00Z", person),
    ];
    assert_eq!(
        opened(events, "/v3/stats/total"),
        [json!({ "total": 3, "unique": 3 }), json!({ "total": 1 })]
    );
}

// G28
#[test]
fn a_page_has_so_many_domains_and_the_next_one_skips_them() {
    let names: Vec<String> = (0..=2 * DOMAINS_A_PAGE).map(|number| format!("d{number:03}.example")).collect();
    let settings = Settings::new(names.iter().map(String::as_str));
    let store = MemoryStore::new();
    let now = "2026-02-15T12:00:00Z".parse().unwrap();
    let server = Server { store: &store, settings: &settings, account: "acme", subaccount: "", now };
    let page = |limit: usize| -> Vec<String> {
        let params = Params::parse(&format!("event=opened&timestamp=1&limit={limit}"));
        let body = server.answer(Route::of("GET", "/v3/stats/total/domains").unwrap(), &params).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let rows = body["stats"].as_array().unwrap();
        rows.iter().map(|row| row["domain"].as_str().unwrap().to_owned()).collect()
    };
    let pages = (0..=3).map(|number| page(number * DOMAINS_A_PAGE));
    assert_eq!(
        pages.clone().map(|page| page.len()).collect::<Vec<_>>(),
        [DOMAINS_A_PAGE, DOMAINS_A_PAGE, 1, 0]
    );
    assert_eq!(pages.flatten().collect::<Vec<_>>(), names);
}

#[test]
fn rejected_mail_counts_nowhere_and_makes_no_row() {
    let event = |event_type, domain| open(domain, "1", "2026-02-15T10:00:00Z", event_type).domain(domain);
    let store = MemoryStore::new();
    store.extend([
        event(EventType::FailedRejected, "a.example"),
        event(EventType::FailedExpired, "b.example"),
        event(EventType::FailedRejected, "b.example"),
    ]);
    let settings = Settings::default();
    let now = "2026-02-15T12:00:00Z".parse().unwrap();
    let server = Server { store: &store, settings: &settings, account: "acme", subaccount: "", now };
    for (path, query) in [
        ("/v3/stats/filter", "event=failed&group=domain&duration=1d"),
        ("/v3/stats/total/domains", "event=failed&timestamp=1771149600"),
    ] {
        let body = server.answer(Route::of("GET", path).unwrap(), &Params::parse(query)).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let row = |row: &Value| (row["domain"].clone(), row["failed"]["permanent"]["total"].clone());
        let rows: Vec<_> = body["stats"].as_array().unwrap().iter().map(row).collect();
        assert_eq!(rows, [(json!("b.example"), json!(1))], "{path}");
    }
}

// G30
/// The tags of events are all that counts: there is no list of tags to be on, so deleting one from a host's list
/// changes no number.
#[test]
fn a_tag_is_counted_by_its_events_alone() {
    let event = open("m-1", "1", "2026-01-05T10:00:00Z", EventType::OpenedPerson);
    assert_eq!(
        opened([event], "/v3/mail.acme.example/tags/SPRING/stats"),
        [json!({ "total": 1, "unique": 1 })]
    );
    assert_eq!(opened([], "/v3/mail.acme.example/tags/SPRING/stats"), [Value::Null; 0]);
}

/// What a server for one account with one key answers.
fn answer(case: &Case) -> Answer {
    assert_eq!(&*case.body(), &b""[..]);
    let answer = try_answer(case).unwrap_or_else(|error| error.refusal().into());
    if answer.content_type == CONTENT_TYPE {
        check_line(&answer.body);
    }
    answer
}

// G36
/// Every body but the two in plain text is a line of compact JSON.
fn check_line(body: &str) {
    let json: Value = serde_json::from_str(body).unwrap();
    assert!(json.is_object() && body.ends_with("}\n"), "{body}");
    assert_eq!(body.matches('\n').count(), 1, "{body}");
}

fn try_answer(case: &Case) -> Result<Answer, Error> {
    let route = Route::of(case.method(), case.path())?;
    let authorization =
        Some(case.line("authorization", "Basic YXBpOnNlY3JldA==")).filter(|value| !value.is_empty());
    if key(authorization).as_deref() != Some("secret") {
        return Err(Error::Unauthorized);
    }
    if case.line("scopes", "stats") != "stats" {
        return Err(Error::Forbidden("Your key may not read statistics".to_owned()));
    }
    if case.used() > 500 {
        return Err(Error::TooManyRequests);
    }
    let settings = Settings::new(case.lines("domain"));
    let server = Server {
        store: &*case.store(),
        settings: &settings,
        account: case.line("account", "acme"),
        subaccount: case.line("on-behalf-of", ""),
        now: case.now(),
    };
    let body = server.answer(route, &case.params())?;
    let mut answer = Answer::text(CONTENT_TYPE, body);
    answer.headers = HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Ok(answer)
}

/// What a host knows when it answers.
pub(super) struct Server<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) settings: &'a Settings,
    pub(super) account: &'a str,
    pub(super) subaccount: &'a str,
    pub(super) now: DateTime<Utc>,
}

impl Server<'_> {
    /// The body that answers a request.
    pub(super) fn answer(&self, route: Route, params: &Params) -> Result<String, Error> {
        let line = match route {
            Route::Stats(endpoint) => {
                let request = stats::Request::parse(&endpoint, params, self.settings, self.now)?;
                let request = request.on_behalf_of(self.subaccount);
                to_line(&request.body(&self.report(&request.query(self.account))?))
            }
            Route::Aggregates(endpoint) => {
                let request = aggregates::Request::parse(&endpoint, params, self.settings)?;
                let request = request.on_behalf_of(self.subaccount);
                to_line(&request.body(&self.report(&request.query(self.account))?))
            }
            Route::Supported { domain, breakdown } => {
                to_line(&Supported::new(&domain, breakdown, self.settings)?)
            }
            // Metrics are asked elsewhere.
            _ => return Err(Error::NotFound),
        };
        Ok(line.unwrap())
    }

    fn report(&self, query: &Query) -> Result<Report, Error> {
        Ok(ready(query.report(self.store, self.now))?)
    }
}
