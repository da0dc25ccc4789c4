//! Reports: building them from rows, and rendering them in each dialect.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, Utc};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use http::Request;
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Mailbox, SendKit};
use mailtally::dialect::{Answer, Answers, Dialect, Question};
use mailtally::report::Report;
use mailtally::store::{FirstOf, Plan, Row};
use mailtally::{By, Counts, Dimension, EventType, MemoryStore, Period, Query, Resolution};

use crate::mail::{ACCOUNT, mail, start};

mod common;
#[path = "common/mail.rs"]
mod mail;

static STORE: LazyLock<MemoryStore> = LazyLock::new(|| {
    let store = MemoryStore::new();
    store.extend(mail(10_000)).expect("valid events");
    store
});

fn main() {
    divan::main();
}

fn now() -> DateTime<Utc> {
    start() + Duration::days(31)
}

fn report(query: &Query) -> Report {
    STORE.report(query, now()).expect("the query has an answer")
}

/// Returns a query by sending domain and day, for a month.
fn daily_by_domain() -> Query {
    Query::new(ACCOUNT, Period::last_days(31)).by(Dimension::Domain).by(By::Date)
}

/// Returns a plan of 1,000 domains on 64 days, with rows for every `step`th cell.
fn cells(step: usize) -> (Plan, Vec<Row>) {
    let period = Period::between(start(), start() + Duration::days(64));
    let query = Query::new(ACCOUNT, period).by(Dimension::Domain).by(By::Date);
    let plan = query.plan(now()).expect("the query has a plan");
    let mut counts = Counts::ZERO;
    for event_type in [
        EventType::AcceptedOutgoing,
        EventType::DeferredOther,
        EventType::DeliveredSmtp,
        EventType::OpenedPerson,
        EventType::ClickedPerson,
    ] {
        counts.record(event_type, FirstOf::EVERYTHING).expect("a count of one fits");
    }
    let row = |index: usize| Row {
        bucket: index / 1000,
        group: [Some(format!("{:03}.example", index % 1000).into())].into_iter().collect(),
        counts: counts.clone(),
    };
    (plan, (0..64_000).step_by(step).map(row).collect())
}

/// Builds a report of 64,000 cells, of which every `step`th has a row.
#[divan::bench(args = [1, 10, 100])]
fn build_64000_cells(bencher: Bencher<'_, '_>, step: usize) {
    let (plan, rows) = cells(step);
    let bencher = bencher.counter(ItemsCount::new(64_000_usize));
    bencher.with_inputs(|| rows.clone()).bench_values(|rows| Report::new(&plan, rows));
}

/// Reads every row of a report of 64,000 cells.
#[divan::bench(args = [1, 10, 100])]
fn read_64000_cells(bencher: Bencher<'_, '_>, step: usize) {
    let (plan, rows) = cells(step);
    let report = Report::new(&plan, rows).expect("the rows fit the plan");
    let events = |report: &Report| report.rows().map(|row| row.counts.events()).sum::<u64>();
    bencher.counter(ItemsCount::new(64_000_usize)).bench(|| events(&report));
}

/// Renders a report as the crate's own JSON.
fn render_native(bencher: Bencher<'_, '_>, query: &Query) {
    let report = report(query);
    let json = || serde_json::to_string(&report);
    let length = json().expect("a report has a JSON form").len();
    bencher.counter(ItemsCount::new(report.rows().len())).counter(BytesCount::new(length)).bench(json);
}

#[divan::bench]
fn native_daily_by_domain(bencher: Bencher<'_, '_>) {
    render_native(bencher, &daily_by_domain());
}

#[divan::bench]
fn native_hourly(bencher: Bencher<'_, '_>) {
    let hourly = Query::new(ACCOUNT, Period::last_days(31)).resolution(Resolution::Hour).by(By::Date);
    render_native(bencher, &hourly);
}

/// Responds to a request of a dialect whose questions were answered before.
fn respond<D: Dialect>(bencher: Bencher<'_, '_>, dialect: &D, request: Request<&str>) {
    let request = dialect.parse(&request, now()).expect("the request is valid");
    let answer = |question: &Question| match question {
        Question::Report(query) => Answer::Report(Box::new(report(query))),
        Question::Timeline(account, message) => Answer::Timeline(STORE.timeline(account, message)),
        Question::Messages(_) => unreachable!("no bench lists messages"),
    };
    let answers: Vec<Answer> = dialect.questions(&request, &ACCOUNT.into()).iter().map(answer).collect();
    let respond = |answers: Answers| dialect.respond(&request, answers).expect("there is a response");
    let length = respond(answers.iter().cloned().collect()).body().len();
    let bencher = bencher.counter(BytesCount::new(length));
    bencher.with_inputs(|| answers.iter().cloned().collect()).bench_local_values(respond);
}

fn get(target: &str) -> Request<&'static str> {
    Request::get(target).body("").expect("the target is valid")
}

#[divan::bench(args = ["stats", "stats/domains", "stats/categories", "stats/email_service_providers", "stats/date"])]
fn mailtrap(bencher: Bencher<'_, '_>, path: &str) {
    let mailtrap = Mailtrap::new([(1, "mail.acme.example"), (2, "news.acme.example")]);
    respond(bencher, &mailtrap, get(&format!("/api/{path}?start_date=2026-01-01&end_date=2026-01-31")));
}

#[divan::bench(args = ["stats?period=30d", "stats/daily?days=90"])]
fn krafter(bencher: Bencher<'_, '_>, target: &str) {
    respond(bencher, &Krafter, get(&format!("/api/v1/mail/{target}")));
}

#[divan::bench(args = ["stats/total?event=delivered&event=opened&duration=31d", "stats/filter?event=delivered&group=tag"])]
fn mailgun(bencher: Bencher<'_, '_>, target: &str) {
    respond(bencher, &Mailgun::new(["mail.acme.example"]), get(&format!("/v3/{target}")));
}

#[divan::bench(args = [r#"["time"]"#, r#"["domain","time"]"#])]
fn mailgun_metrics(bencher: Bencher<'_, '_>, dimensions: &str) {
    let body = format!(r#"{{"duration":"1m","include_aggregates":true,"dimensions":{dimensions}}}"#);
    let request = Request::post("/v1/analytics/metrics").body(&*body).expect("the target is valid");
    respond(bencher, &Mailgun::new(["mail.acme.example"]), request);
}

#[divan::bench(args = ["messages/msg-000000000001/events", "stats/overview", "stats/daily?from=2026-01-01&to=2026-01-31"])]
fn emitlo(bencher: Bencher<'_, '_>, target: &str) {
    respond(bencher, &Emitlo::new([(1, "mail.acme.example")]), get(&format!("/api/v1/{target}")));
}

#[divan::bench(args = ["mailboxes", "overview", "daily"])]
fn sendkit(bencher: Bencher<'_, '_>, path: &str) {
    let sendkit = SendKit::new([Mailbox::new("1", "kim@acme.example")]);
    respond(bencher, &sendkit, get(&format!("/v1/analytics/{path}")));
}
