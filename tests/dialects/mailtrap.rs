//! Mailtrap, as a server would answer.

use std::collections::BTreeSet;

use mailtally::dialect::mailtrap::{
    ACCOUNT_LIMIT, CONTENT_TYPE, Error, Request, Route, Settings, event_type, token,
};
use mailtally::{Event, EventType, Kind, Limits, MemoryStore};

use super::case::{Answer, Case, check};
use crate::common::ready;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailtrap", answer);
}

/// What a server for one account, number 42, with one token, answers.
fn answer(case: &Case) -> Answer {
    assert_eq!((case.method(), &*case.body()), ("GET", &b""[..]));
    try_answer(case).unwrap_or_else(|error| error.refusal().into())
}

fn try_answer(case: &Case) -> Result<Answer, Error> {
    let header = |name, usual| Some(case.line(name, usual)).filter(|value: &&str| !value.is_empty());
    let route = Route::of(case.path()).ok_or(Error::NotFound)?;
    if token(header("api-token", ""), header("authorization", "Bearer secret")) != Some("secret") {
        return Err(Error::Unauthorized);
    }
    if route.account.is_some_and(|account| account != "42") {
        return Err(Error::Forbidden);
    }
    if case.used() > ACCOUNT_LIMIT.requests {
        return Err(Error::TooManyRequests);
    }
    let settings = settings(case);
    let request = Request::parse(route.form, route.endpoint, &case.params(), &settings)?;
    let query = request.query(case.line("account", "acme"));
    let report = ready(query.report(&case.store(), case.now()))?;
    Ok(Answer::ok(CONTENT_TYPE, &request.body(&report, &settings)))
}

fn settings(case: &Case) -> Settings {
    let domains = case.lines("domain").map(|line| {
        let (id, name) = line.split_once(' ').unwrap();
        (id.parse().unwrap(), name)
    });
    let settings = Settings::new(domains);
    case.lines("decimals").fold(settings, |settings, decimals| settings.places(decimals.parse().unwrap()))
}

// M22
#[test]
fn every_response_and_every_refusal_is_json_in_utf_8() {
    let statuses = Case::all("mailtrap").into_iter().map(|case| {
        let found = answer(&case);
        assert_eq!(found.content_type, "application/json; charset=utf-8", "{}", case.path());
        found.status
    });
    assert_eq!(statuses.collect::<BTreeSet<_>>(), [200, 400, 401, 403, 404, 429, 500].into());
}

// M26
#[test]
fn events_count_under_their_names_in_webhooks_subscriptions_and_e_mail_logs() {
    let case = Case::from_target("/api/stats?start_date=2026-02-01&end_date=2026-02-01");
    let route = Route::of(case.path()).unwrap();
    let settings = settings(&case);
    let request = Request::parse(route.form, route.endpoint, &case.params(), &settings).unwrap();
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    let body = |soft_bounce, complaint| {
        assert_eq!(event_type(soft_bounce), Some(EventType::SoftBounced));
        let store = MemoryStore::new();
        // Webhooks may come twice; the name is the id here.
        let names = ["delivery", "open", "click", "bounce", soft_bounce, complaint].repeat(2);
        store.extend(
            names.into_iter().map(|name| Event::new("acme", "m", name, event_type(name).unwrap(), at)),
        );
        let report = ready(request.query("acme").report(&store, at)).unwrap();
        serde_json::to_string(&request.body(&report, &settings)).unwrap()
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
fn nothing_that_a_customer_asks_is_the_hosts_fault() {
    let wide = "start_date=0001-01-01&end_date=9999-12-31";
    for (endpoint, status) in [
        ("stats", 200),
        ("stats/domains", 200),
        ("stats/categories", 200),
        ("stats/email_service_providers", 200),
        ("stats/date", 400),
    ] {
        for path in [format!("/api/{endpoint}"), format!("/api/accounts/42/{endpoint}")] {
            let found = answer(&Case::from_target(&format!("{path}?{wide}")));
            assert_eq!(found.status, status, "{path}: {}", found.body);
        }
    }
}

// M9
#[test]
fn an_answer_with_too_many_rows_is_the_customers_to_narrow() {
    let case = Case::from_target("/api/stats/categories?start_date=2026-02-01&end_date=2026-02-01");
    let route = Route::of(case.path()).unwrap();
    let settings = settings(&case);
    let request = Request::parse(route.form, route.endpoint, &case.params(), &settings).unwrap();
    let store = MemoryStore::new();
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    store.extend(
        ["a", "b", "c"].map(|name| Event::new("acme", name, "1", Kind::Delivered, at).category(name)),
    );
    let ask = |rows| {
        let limits = Limits { rows, ..Default::default() };
        ready(request.query("acme").limits(limits).report(&store, at))
    };
    assert!(ask(3).is_ok());
    assert_eq!(Error::from(ask(2).unwrap_err()), Error::TooManyRows);
}
