//! What holds for every request of every dialect, whatever its method, path, headers and body: it has an answer, or a refusal
//! whose status is below 500.

use std::fmt::Debug;

use http::{HeaderName, HeaderValue, Request};
use mailtally::MemoryStore;
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Mailbox, SendKit};
use mailtally::dialect::{Dialect, RateLimit, answer};
use mailtally::native::Native;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::common::{at, events, ready};

/// Parts of paths, to be put together in any order.
const SEGMENTS: [&str; 24] = [
    "api",
    "v1",
    "v3",
    "accounts",
    "42",
    "stats",
    "domains",
    "date",
    "mail",
    "daily",
    "analytics",
    "metrics",
    "usage",
    "mailboxes",
    "1",
    "overview",
    "campaigns",
    "messages",
    "events",
    "total",
    "tags",
    "aggregates",
    "%ff%2F",
    "",
];

const PATHS: [&str; 12] = [
    "/api/accounts/42/stats",
    "/api/stats/domains",
    "/api/v1/mail/stats",
    "/api/v1/mail/stats/daily",
    "/v3/stats/total",
    "/v3/a.example/tags/x/stats",
    "/v3/a.example/aggregates/devices",
    "/v1/analytics/metrics",
    "/v1/analytics/daily",
    "/v1/analytics/mailboxes/1",
    "/api/v1/messages/m-1/events",
    "/api/v1/stats/overview",
];

const HEADERS: [&str; 5] =
    ["authorization", "api-token", "x-api-key", "x-workspace-id", "x-mailgun-on-behalf-of"];

fn request() -> impl Strategy<Value = Request<Vec<u8>>> {
    let method = prop_oneof![7 => select(&["GET", "GET", "GET", "HEAD", "POST"][..]).prop_map(str::to_owned), 1 => "[A-Za-z]{1,8}"];
    let joined =
        prop::collection::vec(select(&SEGMENTS[..]), 0..6).prop_map(|parts| format!("/{}", parts.join("/")));
    let path =
        prop_oneof![4 => select(&PATHS[..]).prop_map(str::to_owned), 2 => joined, 1 => "/[!-\"$->@-~]{0,30}"];
    let value = prop_oneof![
        2 => "(Bearer|basic|) ?[ -~]{0,20}".prop_map(String::into_bytes),
        1 => Just(b"Basic YXBpOms=".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    let headers = prop::collection::vec((select(&HEADERS[..]), value), 0..3);
    let body = prop_oneof![1 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 0..40), 1 => Just(br#"{"duration":"2d"}"#.to_vec())];
    (method, path, "[!$-;=?-~]{0,20}", headers, body).prop_filter_map(
        "not HTTP",
        |(method, path, query, headers, body)| {
            let mut request =
                Request::builder().method(&*method).uri(format!("{path}?{query}")).body(body).ok()?;
            for (name, value) in headers {
                request
                    .headers_mut()
                    .append(HeaderName::from_static(name), HeaderValue::from_bytes(&value).ok()?);
            }
            Some(request)
        },
    )
}

/// Checks what is the same in every dialect.
fn check<D: Dialect<Error: Debug>>(
    dialect: &D,
    store: &MemoryStore,
    request: &Request<Vec<u8>>,
) -> Result<(), TestCaseError> {
    let routed = D::check_route(request.method(), request.uri().path());
    prop_assert!(routed.is_ok() || dialect.parse(request, at(0)).is_err(), "an unknown path is parsed");
    let answered = ready(answer(dialect, store, &"acme".into(), request, at(0)));
    let mut responses = Vec::new();
    for refused in [routed.err(), D::credential(request.headers()).err()].into_iter().flatten() {
        responses.push(D::refuse(&refused));
    }
    match answered {
        Ok(response) => prop_assert_eq!(response.status(), 200),
        Err(error) => responses.push(D::refuse(&error)),
    }
    for mut response in responses {
        prop_assert!(response.status().is_client_error(), "{:?}", response);
        prop_assert!(response.body().len() < 2000, "{:?} is long", response);
        if response.headers()["content-type"].as_bytes().starts_with(b"application/json") {
            prop_assert!(serde_json::from_str::<Value>(response.body()).is_ok(), "{:?}", response);
        }
        D::add_rate_limit(&mut response, &RateLimit { limit: 1, remaining: 0, reset: at(60) });
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_request_has_an_answer_or_a_refusal_below_500(request in request(), events in events()) {
        let store = MemoryStore::new();
        store.extend(events).unwrap();
        check(&Mailtrap::new([(7, "a.example")]).account_id(42), &store, &request)?;
        check(&Krafter, &store, &request)?;
        check(&Mailgun::new(["a.example"]).subaccounts(["shop"]), &store, &request)?;
        check(&Emitlo::new([(7, "a.example")]), &store, &request)?;
        check(&SendKit::new([Mailbox::new("1", "kim@a.example")]), &store, &request)?;
        check(&Native::default(), &store, &request)?;
    }
}
