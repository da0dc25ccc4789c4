//! Rate limits, with a stopped clock and with the real one.

use std::thread;
use std::time::{Duration, Instant};

use chrono::DateTime;
use mailtally::dialect::RequestLimit;

use super::server::Server;
use super::{ask, config, folder, get, key, parsed, post, program, start};

#[path = "../../examples/serve/limit.rs"]
mod limit;

#[test]
fn each_api_has_its_published_rate_limit() {
    let server = start("limits", "");
    let dates = "?start_date=2026-02-01&end_date=2026-02-15";
    let mailtrap = |number: usize| {
        let endpoint = ["", "/domains", "/categories", "/email_service_providers", "/date"][number % 5];
        get(&server, &format!("/api/stats{endpoint}{dates}"), "sk_acme")
    };
    let statuses: Vec<u16> = (0..10).map(|number| mailtrap(number).status).collect();
    assert_eq!(statuses, [200; 10]);
    let over = mailtrap(10);
    assert_eq!((over.status, &*over.body), (429, r#"{"errors":"Rate limit exceeded"}"#));
    assert_eq!(over.header("retry-after"), Some("23"), "until the end of the minute of the stopped clock");
    assert_eq!(
        (over.header("x-ratelimit-limit"), over.header("x-ratelimit-remaining")),
        (Some("150"), Some("139"))
    );
    assert_eq!(get(&server, &format!("/api/stats{dates}"), "sk_globex").status, 200);

    let krafter = || get(&server, "/api/v1/mail/stats", "sk_acme");
    let first = krafter();
    for (name, value) in [("limit", "100"), ("remaining", "99"), ("reset", "1771156860")] {
        assert_eq!(first.header(&format!("x-ratelimit-{name}")), Some(value));
    }
    assert!((2..=100).all(|_| krafter().status == 200));
    let over = krafter();
    assert_eq!((over.status, &*over.body), (429, r#"{"error":"Rate limit exceeded","retry_after":23}"#));
    assert_eq!((over.header("retry-after"), over.header("x-ratelimit-remaining")), (Some("23"), Some("0")));

    assert!((0..100).all(|_| get(&server, "/v1/analytics/daily", "sk_acme").status == 200));
    let over = get(&server, "/v1/analytics/daily", "sk_acme");
    assert_eq!(
        (over.status, over.header("retry-after"), over.header("x-ratelimit-reset")),
        (429, Some("23"), Some("1771156860"))
    );

    let mailgun = || get(&server, "/v3/stats/total?event=opened", "sk_acme");
    assert!((0..500).all(|_| mailgun().status == 200));
    let over = mailgun();
    assert_eq!((over.status, &*over.body), (429, "{\"message\":\"too many requests\"}\n"));
    assert_eq!(over.header("retry-after"), Some("3"), "until the end of the ten seconds from second 30 on");

    assert!((0..100).all(|_| get(&server, "/api/v1/stats/overview", "sk_acme").status == 200));
    let over = get(&server, "/api/v1/stats/overview", "sk_acme");
    assert_eq!((over.status, over.header("retry-after")), (429, Some("23")));
    assert_eq!(parsed(&over)["error"]["code"], "RATE_LIMITED");
}

#[test]
fn requests_for_an_unknown_workspace_are_limited_as_well() {
    let server = start("workspaces", &(key("sk_user_1", "acme", "sendkit") + "workspaces = [\"globex\"]\n"));
    let guess = |number: u32| {
        let workspace = format!("w-{number}00");
        let headers = [("x-api-key", "sk_user_1"), ("x-workspace-id", &*workspace)];
        ask(&server, "GET", "/v1/analytics/overview", &headers, b"").status
    };
    assert!((0..100).all(|number| guess(number) == 403));
    assert_eq!(guess(100), 429);
}

#[test]
fn limits_can_be_configured_and_windows_end() {
    let limits = "[limits]\nmailtrap_account = \"2/1s\"\nkrafter = \"3/1s\"\nquery = \"0/3600s\"\n";
    // With the real clock.
    let server = Server::start(program(), folder("windows"), &config(limits), &[]).unwrap();
    let statuses = |count: usize| (0..count).map(|_| get(&server, "/api/v1/mail/stats", "sk_acme").status);
    let start = Instant::now();
    let mut answered = statuses(12).filter(|status| *status == 200).count();
    assert!((3..=6).contains(&answered), "{answered} in {:?}", start.elapsed());
    while start.elapsed() < Duration::from_millis(2100) {
        thread::sleep(Duration::from_millis(50));
        answered += statuses(1).filter(|status| *status == 200).count();
    }
    assert!((6..=12).contains(&answered), "{answered} in {:?}", start.elapsed());
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_globex").header("x-ratelimit-limit"), Some("3"));
    let none = post(&server, "/query", "sk_acme", r#"{"period":"7d"}"#);
    assert_eq!(none.status, 429, "a limit of 0 requests");
}

#[test]
fn a_request_that_waited_does_not_reopen_its_window() {
    let counter = limit::Counter::new(RequestLimit { requests: 2, seconds: 10 }.into());
    let count = |second| counter.count(0, DateTime::from_timestamp(second, 0).unwrap()).unwrap();
    let is_over = |second| count(second).is_over();
    assert_eq!([98, 99, 99].map(is_over), [false, false, true]);
    // Requested before the end of the window, counted after it.
    assert_eq!([100, 99, 100, 99, 101, 80].map(is_over), [false, false, true, true, true, true]);
    assert_eq!(count(99).retry_after(), 11, "until the end of the window in which it is counted");
    assert_eq!([110, 119, 110].map(is_over), [false, false, true]);
    // A clock that is set back starts new windows.
    assert_eq!([50, 50, 50].map(is_over), [false, false, true]);
}
