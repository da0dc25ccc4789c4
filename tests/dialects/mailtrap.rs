//! Mailtrap's API, as a server for account 42 with one token answers.

use std::collections::BTreeSet;

use http::{Request, Response};
use mailtally::dialect::mailtrap::{ACCOUNT_LIMIT, Error, Mailtrap, event_type};
use mailtally::dialect::{self, Dialect, Failure, Question, Refusal};
use mailtally::{Event, EventType, Kind, Limits, MemoryStore};

use super::case::{Case, Host, check};
use crate::common::ready;

const HOST: Host<Mailtrap> = Host {
    dialect: |case| {
        let domains = case.lines("domain").map(|line| {
            let (id, name) = line.split_once(' ').unwrap();
            (id.parse().unwrap(), name)
        });
        let mailtrap = Mailtrap::new(domains).account_id(42);
        let decimals = case.lines("decimals").map(|decimals| decimals.parse().unwrap());
        decimals.fold(mailtrap, Mailtrap::decimals)
    },
    headers: &[("api-token", "api-token", ""), ("authorization", "authorization", "Bearer secret")],
    access: |_, credential| if credential.key == "secret" { Ok(()) } else { Err(Refusal::Unauthorized) },
    limit: Some(ACCOUNT_LIMIT),
};

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailtrap", &HOST);
}

// M22
#[test]
fn every_response_and_every_refusal_is_json_in_utf_8() {
    let statuses = Case::all("mailtrap").into_iter().map(|case| {
        let response = HOST.respond(&case);
        assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8", "{case:?}");
        response.status().as_u16()
    });
    assert_eq!(statuses.collect::<BTreeSet<_>>(), [200, 400, 401, 403, 404, 405, 429, 500].into());
}

// M26
#[test]
fn events_count_under_their_names_in_webhooks_subscriptions_and_e_mail_logs() {
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    let request = get("/api/stats?start_date=2026-02-01&end_date=2026-02-01");
    let body = |soft_bounce, complaint| {
        assert_eq!(event_type(soft_bounce), Some(EventType::SoftBounced));
        let store = MemoryStore::new();
        // Webhooks may repeat; here the name of an event is its id.
        let names = ["delivery", "open", "click", "bounce", soft_bounce, complaint].repeat(2);
        store
            .extend(
                names.into_iter().map(|name| Event::new("acme", "m", name, event_type(name).unwrap(), at)),
            )
            .unwrap();
        let response = ready(dialect::answer(&mailtrap(), &store, &"acme".into(), &request, at));
        response.map(Response::into_body).unwrap()
    };
    let expected = concat!(
        r#"{"delivery_count":1,"delivery_rate":0.5,"bounce_count":1,"bounce_rate":0.5,"open_count":1,"open_rate":1.0,"#,
        r#""click_count":1,"click_rate":1.0,"spam_count":1,"spam_rate":1.0}"#
    );
    let [webhook, subscription, log] =
        [body("soft bounce", "spam"), body("soft_bounce", "spam_complaint"), body("soft_bounce", "spam")];
    assert_eq!([&*webhook, &*subscription, &*log], [expected; 3]);
}

// M20
#[test]
fn no_range_of_dates_is_the_hosts_fault() {
    let wide = "start_date=0001-01-01&end_date=9999-12-31";
    for (endpoint, status) in [
        ("stats", 200),
        ("stats/domains", 200),
        ("stats/categories", 200),
        ("stats/email_service_providers", 200),
        ("stats/date", 400),
    ] {
        for path in [format!("/api/{endpoint}"), format!("/api/accounts/42/{endpoint}")] {
            let response = HOST.get(&format!("{path}?{wide}"));
            assert_eq!(response.status().as_u16(), status, "{path}: {}", response.body());
        }
    }
}

// M9
#[test]
fn an_answer_with_too_many_rows_is_the_callers_to_narrow() {
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    let store = MemoryStore::new();
    store
        .extend(["a", "b", "c"].map(|name| Event::new("acme", name, "1", Kind::Delivered, at).category(name)))
        .unwrap();
    let request = get("/api/stats/categories?start_date=2026-02-01&end_date=2026-02-01");
    let request = mailtrap().parse(&request, at).unwrap();
    let [Question::Report(query)] = &mailtrap().questions(&request, &"acme".into())[..] else {
        panic!("expected one query");
    };
    let report = |rows| {
        let limits = Limits { rows, ..Default::default() };
        store.report(&query.clone().limits(limits), at)
    };
    assert!(report(3).is_ok());
    let error = Error::from(Failure::from(report(2).unwrap_err()));
    assert!(matches!(error, Error::TooManyRows(_)), "{error:?}");
    assert_eq!(Mailtrap::refuse(&error).status(), 400);
}

fn mailtrap() -> Mailtrap {
    Mailtrap::new([(1, "a.example")])
}

fn get(target: &str) -> Request<&'static str> {
    Request::get(target).body("").unwrap()
}
