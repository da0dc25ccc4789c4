//! The crate's own API: the input is the body of a request.
//!
//! A body is refused with a status of 4xx, or its request prints, parses back, and has a report in JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailtally::dialect::{Dialect, answer};
use mailtally::native::{Native, Request};
use mailtally::{Limits, Query};
use mailtally_fuzz::{NOW, STORE, ready};
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    // A report has few rows, so that most of the time is spent in parsers.
    let native = Native::new(Limits { buckets: 100, rows: 100 });
    if let Ok(request) = Request::parse(body) {
        let text = serde_json::to_string(&request).expect("every request can be written");
        assert_eq!(serde_json::from_str::<Request>(&text).as_ref().ok(), Some(&request), "{text}");
        let query = request.query("acme");
        let text = serde_json::to_string(&query).expect("every query can be written");
        assert_eq!(serde_json::from_str::<Query>(&text).as_ref().ok(), Some(&query), "{text}");
    }
    let request = http::Request::post("/query").body(body).expect("the request is valid");
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
});
