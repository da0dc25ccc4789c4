//! Krafter's API, as a server for one team with one key answers.

use mailtally::dialect::Refusal;
use mailtally::dialect::krafter::{ClientRates, Krafter, LIMIT};
use mailtally::{By, Event, Kind, MemoryStore, Period, Query};
use serde_json::Value;

use super::case::{Host, check};

const HOST: Host<Krafter> = Host {
    dialect: |_| Krafter,
    headers: &[("authorization", "authorization", "Bearer secret")],
    access: |case, credential| match (&*credential.key, case.line("scopes", "mail:read")) {
        ("secret", "mail:read" | "*") => Ok(()),
        ("secret", _) => Err(Refusal::Forbidden),
        _ => Err(Refusal::Unauthorized),
    },
    limit: Some(LIMIT),
};

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("krafter", &HOST);
}

// K4 K5
#[test]
fn a_year_of_days_is_the_maximum_and_none_is_left_out() {
    let rows = |days: &str| {
        let response = HOST.get(&format!("/api/v1/mail/stats/daily?days={days}"));
        let json: Value = serde_json::from_str(response.body()).unwrap();
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
        store
            .extend(
                (0..messages).map(|number| Event::new("acme", format!("{kind}-{number}"), "1", kind, now)),
            )
            .unwrap();
    }
    let days = Query::new("acme", "2026-02-14..=2026-02-15".parse::<Period>().unwrap()).by(By::Date);
    let report = store.report(&days, now).unwrap();
    let rates = report.rows().map(|day| {
        let rates = ClientRates::new(day.counts);
        [rates.delivery_rate, rates.bounce_rate, rates.complaint_rate]
    });
    assert_eq!(rates.collect::<Vec<_>>(), [["0.00", "0.00", "0.00"], ["94.93", "2.41", "0.17"]]);
}
