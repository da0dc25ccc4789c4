//! Rendering: rows to a report, and a report to the JSON of each dialect.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, Utc};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mailtally::dialect::{Params, krafter, mailtrap};
use mailtally::report::Report;
use mailtally::store::{Plan, Row};
use mailtally::{By, Dimension, MemoryStore, Period, Query, Resolution};
use serde::Serialize;

use crate::mail::{ACCOUNT, mail, start};

mod common;
#[path = "common/mail.rs"]
mod mail;

static STORE: LazyLock<MemoryStore> = LazyLock::new(|| {
    let store = MemoryStore::new();
    store.extend(mail(10_000));
    store
});

fn main() {
    divan::main();
}

fn now() -> DateTime<Utc> {
    start() + Duration::days(31)
}

fn answer(query: &Query) -> (Plan, Vec<Row>) {
    let plan = query.plan(now()).expect("it is a question");
    let rows = STORE.tally(&plan).expect("the answer is small");
    (plan, rows)
}

fn report(query: &Query) -> Report {
    let (plan, rows) = answer(query);
    Report::new(&plan, rows).expect("the rows are of the plan")
}

/// A month of days and sending domains.
fn daily_by_domain() -> Query {
    Query::new(ACCOUNT, Period::last_days(31)).by(Dimension::Domain).by(By::Date)
}

/// Measures `body`, told as rows of `report` and as bytes of JSON.
fn render<T: Serialize>(bencher: Bencher<'_, '_>, report: &Report, body: impl Fn(&Report) -> T + Sync) {
    let json = || serde_json::to_string(&body(report));
    let length = json().expect("it has a JSON form").len();
    bencher.counter(ItemsCount::new(report.rows().len())).counter(BytesCount::new(length)).bench(json);
}

/// Rows put in order, gaps filled, totals made.
#[divan::bench]
fn complete(bencher: Bencher<'_, '_>) {
    let (plan, rows) = answer(&daily_by_domain());
    let bencher = bencher.counter(ItemsCount::new(plan.buckets().len() * 20));
    bencher.with_inputs(|| rows.clone()).bench_values(|rows| Report::new(&plan, rows));
}

#[divan::bench]
fn native_daily_by_domain(bencher: Bencher<'_, '_>) {
    render(bencher, &report(&daily_by_domain()), Report::clone);
}

#[divan::bench]
fn native_hourly(bencher: Bencher<'_, '_>) {
    let hourly = Query::new(ACCOUNT, Period::last_days(31)).resolution(Resolution::Hour).by(By::Date);
    render(bencher, &report(&hourly), Report::clone);
}

#[divan::bench(args = ["stats", "stats/domains", "stats/categories", "stats/email_service_providers", "stats/date"])]
fn mailtrap(bencher: Bencher<'_, '_>, path: &str) {
    let path = format!("/api/accounts/42/{path}");
    let route = mailtrap::Route::of(&path).expect("it is a path of the API");
    let settings = mailtrap::Settings::new([(1, "mail.acme.example"), (2, "news.acme.example")]);
    let params = Params::parse("start_date=2026-01-01&end_date=2026-01-31");
    let request = mailtrap::Request::parse(route.form, route.endpoint, &params, &settings);
    let request = request.expect("the dates are dates");
    render(bencher, &report(&request.query(ACCOUNT)), |report| request.body(report, &settings));
}

#[divan::bench]
fn krafter_totals(bencher: Bencher<'_, '_>) {
    let totals = krafter::Totals::parse(&Params::parse("period=30d"), now());
    render(bencher, &report(&totals.query(ACCOUNT)), |report| totals.body(report));
}

#[divan::bench]
fn krafter_daily(bencher: Bencher<'_, '_>) {
    let daily = krafter::Daily::parse(&Params::parse("days=90"), now());
    render(bencher, &report(&daily.query(ACCOUNT)), |report| daily.body(report));
}
