//! The crate's own API: the input is the body of a request.
//!
//! A body is a request for a report or, if it is read as one, for the messages of a figure. It is refused with a status of 4xx, or its request prints, parses back, and has a report in JSON whose buckets add up.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailtally::dialect::{Dialect, answer};
use mailtally::native::{Native, Request};
use mailtally::{Kind, Limits, Query};
use mailtally_fuzz::{NOW, STORE, ready};
use serde_json::Value;

/// Few, so that most of the time is spent in parsers.
const LIMITS: Limits = Limits {
    buckets: 100,
    rows: 100,
    rows_before_top: 100,
    dimensions: 8,
    filters: 32,
    values: 10_000,
    names: 1 << 20,
};

fuzz_target!(|body: &[u8]| {
    let native = Native::new(LIMITS);
    if let Ok(request) = Request::parse(body) {
        let text = serde_json::to_string(&request).expect("every request can be written");
        assert_eq!(serde_json::from_str::<Request>(&text).as_ref().ok(), Some(&request), "{text}");
        let query = request.query("acme").limits(LIMITS);
        let text = serde_json::to_string(&query).expect("every query can be written");
        assert_eq!(serde_json::from_str::<Query>(&text).as_ref().ok(), Some(&query), "{text}");
        if let Ok(report) = STORE.report(&query, NOW) {
            for kind in Kind::ALL {
                let parts: u64 = report.totals().iter().map(|counts| counts.total(kind)).sum();
                assert_eq!(parts, report.total().total(kind), "{text}: {kind}");
            }
        }
    }
    for path in ["/query", "/query/messages"] {
        let request = http::Request::post(path).body(body).expect("the request is valid");
        let response = match ready(answer(&native, &*STORE, &"acme".into(), &request, NOW)) {
            Ok(response) => {
                assert_eq!(response.status(), 200);
                response
            }
            Err(error) => {
                let response = Native::refuse(&error);
                assert!(response.status().is_client_error(), "{error}");
                assert!(response.body().len() < 8000, "{error}");
                response
            }
        };
        assert!(serde_json::from_str::<Value>(response.body()).is_ok(), "{}", response.body());
    }
});
