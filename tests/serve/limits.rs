//! How many requests are answered, by a pinned clock and by the real one.

use std::num::NonZeroU32;
use std::thread;
use std::time::{Duration, Instant};

use chrono::DateTime;

use super::server::Server;
use super::{config, folder, get, parsed, post, program, start};

#[path = "../../examples/serve/limit.rs"]
#[expect(dead_code, reason = "the server needs more of it")]
mod limit;

#[test]
fn requests_are_limited_as_published_and_each_for_itself() {
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
    assert_eq!(over.header("retry-after"), Some("23"), "the minute of the pinned clock");
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
    assert_eq!(over.header("retry-after"), Some("3"), "ten seconds, pinned at the 37th");

    assert!((0..100).all(|_| get(&server, "/api/v1/stats/overview", "sk_acme").status == 200));
    let over = get(&server, "/api/v1/stats/overview", "sk_acme");
    assert_eq!((over.status, over.header("retry-after")), (429, Some("23")));
    assert_eq!(parsed(&over)["error"]["code"], "RATE_LIMITED");
}

#[test]
fn limits_can_be_set_and_windows_end() {
    let limits = "[limits]\nmailtrap_account = \"2/1s\"\nkrafter = \"3/1s\"\nquery = \"0/3600s\"\n";
    // Without a pinned clock.
    let server = Server::start(program(), folder("windows"), &config(limits), &[]).unwrap();
    let asked = |count: usize| (0..count).map(|_| get(&server, "/api/v1/mail/stats", "sk_acme").status);
    let start = Instant::now();
    let mut answered = asked(12).filter(|status| *status == 200).count();
    assert!((3..=6).contains(&answered), "{answered} in {:?}", start.elapsed());
    while start.elapsed() < Duration::from_millis(2100) {
        thread::sleep(Duration::from_millis(50));
        answered += asked(1).filter(|status| *status == 200).count();
    }
    assert!((6..=12).contains(&answered), "{answered} in {:?}", start.elapsed());
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_globex").header("x-ratelimit-limit"), Some("3"));
    let none = post(&server, "/query", "sk_acme", r#"{"period":"7d"}"#);
    assert_eq!(none.status, 429, "a limit of none");
}

#[test]
fn a_request_that_waited_opens_no_window_anew() {
    let ten_seconds = NonZeroU32::new(10).unwrap();
    let counter = limit::Counter::new(limit::Setting::new(2, ten_seconds));
    let count = |second| counter.count(0, DateTime::from_timestamp(second, 0).unwrap()).unwrap();
    let is_over = |second| count(second).is_over();
    assert_eq!([98, 99, 99].map(is_over), [false, false, true]);
    // Asked before the window's end, counted after it.
    assert_eq!([100, 99, 100, 99, 101, 80].map(is_over), [false, false, true, true, true, true]);
    assert_eq!(count(99).retry_after(), 11, "until the end of the window in which it is counted");
    assert_eq!([110, 119, 110].map(is_over), [false, false, true]);
    // A clock that is set back begins its own windows.
    assert_eq!([50, 50, 50].map(is_over), [false, false, true]);
}
