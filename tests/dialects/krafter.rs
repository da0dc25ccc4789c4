//! Krafter, as a server would answer.

use mailtally::dialect::Params;
use mailtally::dialect::krafter::{CONTENT_TYPE, Daily, Endpoint, Error, Totals, Window, allows, token};
use mailtally::{Event, Kind, MemoryStore, Query};
use serde_json::Value;

use super::case::{Answer, Case, check};
use crate::common::ready;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("krafter", answer);
}

// K4 K5
#[test]
fn a_year_of_days_is_the_most_and_none_is_left_out() {
    let rows = |days: &str| {
        let found = answer(&Case::from_target(&format!("/api/v1/mail/stats/daily?days={days}")));
        let json: Value = serde_json::from_str(&found.body).unwrap();
        json["data"].as_array().unwrap().clone()
    };
    let year = rows("100000");
    assert_eq!(year.len(), 365);
    assert_eq!(year[0]["date"], "2025-02-16");
    assert_eq!(year[364]["date"], "2026-02-15");
    assert!(year.is_sorted_by_key(|row| row["date"].as_str().unwrap().to_owned()));
    assert_eq!(rows("365"), year);
    assert_eq!(rows("364"), year[1..]);
}

// K11
#[test]
fn the_rates_of_a_day_are_those_of_the_documentations_example() {
    let now = "2026-02-15T12:00:00Z".parse().unwrap();
    let store = MemoryStore::new();
    for (kind, messages) in [
        (Kind::Queued, 5),
        (Kind::Sent, 20),
        (Kind::Delivered, 1180),
        (Kind::HardBounced, 30),
        (Kind::Complained, 2),
        (Kind::Failed, 13),
    ] {
        store.extend(
            (0..messages).map(|number| Event::new("acme", format!("{kind}-{number}"), "1", kind, now)),
        );
    }
    let request = Daily::parse(&Params::parse("days=2"), now);
    let report = ready(request.query("acme").report(&store, now)).unwrap();
    let rates = request.body(&report).data.into_iter().map(|day| {
        let rates = day.counters.rates();
        [rates.delivery_rate, rates.bounce_rate, rates.complaint_rate]
    });
    assert_eq!(rates.collect::<Vec<_>>(), [["0.00", "0.00", "0.00"], ["94.93", "2.41", "0.17"]]);
}

/// What a server for one team with one key answers.
fn answer(case: &Case) -> Answer {
    assert_eq!((case.method(), &*case.body()), ("GET", &b""[..]));
    let window = Window::of(case.now());
    let mut answer = try_answer(case, window).unwrap_or_else(|error| error.refusal().into());
    let limits = window.headers(case.used()).map(|(name, value)| (name.to_owned(), value));
    answer.headers.extend(limits);
    answer
}

fn try_answer(case: &Case, window: Window) -> Result<Answer, Error> {
    let endpoint = Endpoint::of(case.path()).ok_or(Error::NotFound)?;
    if token(Some(case.line("authorization", "Bearer secret"))) != Some("secret") {
        return Err(Error::Unauthorized);
    }
    if !allows(case.line("scopes", "mail:read").split(' ')) {
        return Err(Error::Forbidden);
    }
    if case.used() > Window::LIMIT {
        return Err(window.too_many());
    }
    let (params, now, account) = (case.params(), case.now(), case.line("account", "acme"));
    let report = |query: Query| ready(query.report(&case.store(), now));
    Ok(match endpoint {
        Endpoint::Totals => {
            let request = Totals::parse(&params, now);
            Answer::ok(CONTENT_TYPE, &request.body(&report(request.query(account))?))
        }
        Endpoint::Daily => {
            let request = Daily::parse(&params, now);
            Answer::ok(CONTENT_TYPE, &request.body(&report(request.query(account))?))
        }
    })
}
