//! What hosts rely on besides the numbers: types that are `Send` and `Sync`, JSON, and the texts of errors.

use mailtally::report::Report;
use mailtally::store::{Plan, Store};
use mailtally::{
    Against, By, Dimension, Error, Event, EventType, Filter, Kind, Limits, MemoryStore, Metric, Period,
    Query, Resolution, Scope,
};

use crate::common::{at, ready};

#[test]
fn public_types_are_send_and_sync() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<Event>();
    is_send_and_sync::<Query>();
    is_send_and_sync::<Plan>();
    is_send_and_sync::<Report>();
    is_send_and_sync::<Error>();
    is_send_and_sync::<MemoryStore>();
    is_send_and_sync::<Box<dyn Store>>();
}

#[test]
fn a_query_written_as_json_reads_back() {
    let query = Query::new("acme", Period::last_days(7))
        .zone(chrono_tz::Europe::Berlin)
        .resolution(Resolution::Hour)
        .by(By::Date)
        .by(Dimension::Provider)
        .filter(Filter::is_not(Dimension::Tag, ["internal"]))
        .timing(mailtally::Timing::Send)
        .kinds([Kind::Delivered, Kind::Opened])
        .rank(Metric::Unique(Kind::Opened))
        .top(5)
        .compare(Against::Year);
    let json = serde_json::to_string(&query).unwrap();
    assert_eq!(serde_json::from_str::<Query>(&json).unwrap(), query);
    let expected = concat!(
        r#"{"scope":{"account":"acme"},"period":"7d","zone":"Europe/Berlin","resolution":"hour","#,
        r#""by":["date","provider"],"filters":[{"dimension":"tag","is_not":["internal"]}],"timing":"send","#,
        r#""kinds":["delivered","opened"],"rank":"opened.unique","top":5,"compare":"year","#,
        r#""limits":{"buckets":65000,"rows":200000,"rows_before_top":500000,"dimensions":8,"filters":32,"values":10000,"names":67108864}}"#
    );
    assert_eq!(json, expected);
    let minimal: Query = serde_json::from_str(r#"{"scope":"all","period":"all"}"#).unwrap();
    assert_eq!(minimal, Query::new(Scope::All, Period::all()));
}

#[test]
fn every_error_is_one_line_that_names_the_accepted_values() {
    let cases: [(&str, String); 12] = [
        ("kind", "opend".parse::<Kind>().unwrap_err().to_string()),
        ("qualifier", EventType::new(Kind::Clicked, Some("bot")).unwrap_err().to_string()),
        ("metric", "opened".parse::<Metric>().unwrap_err().to_string()),
        ("dimension", "esp".parse::<Dimension>().unwrap_err().to_string()),
        ("comparison", "last".parse::<Against>().unwrap_err().to_string()),
        ("zone", mailtally::time::parse_zone("Berlin").unwrap_err().to_string()),
        ("field", json_error(r#"{"scope":"all","period":"7d","group":["domain"]}"#)),
        ("scope", json_error(r#"{"period":"7d"}"#)),
        ("twice", plan_error(Query::new("a", Period::today()).by(By::Date).by(Dimension::Tag).by(By::Date))),
        (
            "date at all",
            plan_error(Query::new("a", Period::today()).by(By::Date).resolution(Resolution::All)),
        ),
        ("top", plan_error(Query::new("a", Period::today()).top(0))),
        ("no start", plan_error(Query::new("a", Period::all()).by(By::Date))),
    ];
    let texts: Vec<String> = cases.into_iter().map(|(name, text)| format!("{name}: {text}")).collect();
    let expected = [
        "kind: unknown kind `opend`, expected `accepted`, `queued`, `sent`, `deferred`, `soft_bounced`, `delivered`, \
         `hard_bounced`, `failed`, `opened`, `clicked`, `unsubscribed`, `complained`, `replied` or `stored`",
        "qualifier: unknown qualifier of clicked `bot`, expected `person`, `machine` or `unknown`",
        "metric: invalid metric `opened`: expected `KIND.total`, `KIND.unique`, `KIND.daily_unique`, \
         `KIND.QUALIFIER.total`, `KIND.QUALIFIER.unique` or `status.STATUS`",
        "dimension: unknown dimension `esp`, expected `account`, `subaccount`, `domain`, `category`, `tag`, `stream`, \
         `mailbox`, `campaign`, `ip`, `ip_pool`, `recipient_domain`, `provider`, `open_tracking`, `click_tracking`, \
         `country`, `device`, `client`, `bot`, `attempt`, `optimized`, `transport`, `reason`, `code`, `code_subject` or \
         `code_class`",
        "comparison: unknown comparison `last`, expected `previous` or `year`",
        "zone: invalid time zone `Berlin`: expected an IANA name, perhaps `Europe/Berlin`",
        "field: unknown field `group`, expected one of `scope`, `period`, `zone`, `resolution`, `by`, `filters`, \
         `timing`, `kinds`, `rank`, `top`, `compare`, `fill_gaps`, `limits` at line 1 column 36",
        "scope: missing field `scope` at line 1 column 15",
        "twice: rows by `date` are requested twice, expected each dimension once",
        "date at all: rows by `date` are requested at resolution `all`, expected a finer resolution",
        "top: the 0 largest groups are requested, expected 1 or more",
        "no start: the period has no start, which resolution `day` needs; give a start or use `all`",
    ];
    assert_eq!(texts, expected);
}

/// With `MAILTALLY_REWRITE` set, writes the file instead, so that version control shows what changed.
#[test]
fn the_json_of_a_report_has_not_changed() {
    let event = |message: &str, kind: Kind, hour: i64| {
        Event::new("acme", message, kind.to_string(), kind, at(hour * 3600))
    };
    let store = MemoryStore::new();
    store
        .extend([
            event("m-0", Kind::Delivered, -5).recipient_domain("gmail.com"),
            event("m-1", Kind::Delivered, 1).recipient_domain("gmail.com"),
            event("m-1", Kind::Opened, 20),
            event("m-2", Kind::Delivered, 30).recipient_domain("gmail.com"),
            event("m-3", Kind::Delivered, 31),
            event("m-3", Kind::Opened, 32),
        ])
        .unwrap();
    let query = Query::new("acme", "2026-01-01..=2026-01-02".parse::<Period>().unwrap())
        .zone(chrono_tz::Europe::Berlin)
        .by(Dimension::Provider)
        .by(By::Date)
        .kinds([Kind::Delivered, Kind::Opened])
        .top(1)
        .compare(Against::Previous);
    let report = store.report(&query, at(40 * 3600)).unwrap();
    let json = serde_json::to_string_pretty(&report).unwrap() + "\n";
    let path = "tests/fixtures/report.json";
    if std::env::var_os("MAILTALLY_REWRITE").is_some() {
        std::fs::write(path, &json).unwrap();
    }
    assert_eq!(json, std::fs::read_to_string(path).unwrap());
}

#[test]
fn the_largest_of_a_hundred_thousand_categories_are_an_answer_within_small_limits() {
    let store = MemoryStore::new();
    let sent = |number: usize, category: usize| {
        Event::new("acme", format!("m-{number}"), "1", Kind::Sent, at(1)).category(format!("c-{category}"))
    };
    store
        .extend((0..100_000).map(|number| sent(number, number)).chain((0..9).map(|n| sent(200_000 + n, 7))))
        .unwrap();
    let limits = Limits { rows: 3, ..Limits::default() };
    let query = Query::new("acme", Period::all()).by(Dimension::Category).limits(limits);
    let report = store.report(&query.clone().top(3), at(10)).unwrap();
    let first = report.rows().next().unwrap();
    assert_eq!((first.group[0].as_deref(), first.counts.total(Kind::Sent)), (Some("c-7"), 10));
    assert_eq!((report.rows().len(), report.rest().unwrap().groups), (3, 99_997));
    assert_eq!(report.total().total(Kind::Sent), 100_009);
    assert!(store.report(&query.clone().top(4), at(10)).unwrap_err().is_client_error(), "4 rows");
    assert!(
        store.report(&query.limits(Limits { rows_before_top: 99_999, ..limits }).top(3), at(10)).is_err()
    );
}

#[test]
fn a_query_has_limits_on_its_dimensions_filters_and_values() {
    let query = || Query::new("acme", Period::all());
    let filters = |count: usize, values: usize| {
        let filter =
            |n: usize| Filter::is(Dimension::Tag, (0..values).map(move |value| format!("{n}-{value}")));
        (0..count).map(filter).fold(query(), Query::filter)
    };
    let error = |query: Query| query.plan(at(0)).unwrap_err().to_string();
    assert!(filters(32, 312).plan(at(0)).is_ok(), "9984 values");
    assert_eq!(error(filters(33, 1)), "33 filters, expected at most 32; one filter can have several values");
    assert_eq!(error(filters(2, 5001)), "the filters have 10002 values, expected at most 10000");
    let by = Dimension::ALL.into_iter().take(9).fold(query(), Query::by);
    assert_eq!(error(by.clone()), "rows by 9 dimensions are requested, expected at most 8");
    assert!(by.limits(Limits { dimensions: 9, ..Limits::default() }).plan(at(0)).is_ok());
}

#[test]
fn errors_of_clients_differ_from_failures_of_the_host() {
    let store = MemoryStore::new();
    let events =
        (0..20).map(|n| Event::new("a", format!("m-{n}"), "1", Kind::Sent, at(n)).category(format!("c-{n}")));
    store.extend(events).unwrap();
    let limits = Limits { rows: 10, ..Default::default() };
    let wide = Query::new("a", Period::all()).by(Dimension::Category).limits(limits);
    let error = ready(wide.report(&store, at(0))).unwrap_err();
    assert!(error.is_client_error(), "{error}");
    assert_eq!(
        error.to_string(),
        "more than 10 rows; group by less, ask for fewer buckets, filter, or raise the limit"
    );
    let failing = mailtally::store::StoreError::backend("postgres", std::io::Error::other("connection lost"));
    assert_eq!(failing.to_string(), "the postgres store failed");
    assert_eq!(std::error::Error::source(&failing).unwrap().to_string(), "connection lost");
    assert!(!Error::from(failing).is_client_error());
}

#[test]
fn rows_that_do_not_fit_the_plan_are_an_error() {
    let plan = Query::new("a", Period::all()).by(Dimension::Domain).plan(at(0)).unwrap();
    let row = |bucket, values: usize| mailtally::store::Row {
        bucket,
        group: std::iter::repeat_n(None, values).collect(),
        counts: Default::default(),
    };
    let error = |row| Report::new(&plan, vec![row]).unwrap_err().to_string();
    assert_eq!(error(row(1, 1)), "a row has bucket 1, expected an index below 1, the number of buckets");
    assert_eq!(error(row(0, 2)), "the group of a row has 2 values, expected 1, one for each dimension");
    let tags = Query::new("a", Period::all()).by(Dimension::Tag).plan(at(0)).unwrap();
    assert_eq!(
        Report::new(&tags, Vec::new()).unwrap_err().to_string(),
        "rows by `tag` do not add up to totals, expected the rows of the totals plan as well"
    );
}

fn json_error(json: &str) -> String {
    serde_json::from_str::<Query>(json).unwrap_err().to_string()
}

fn plan_error(query: Query) -> String {
    query.plan(at(0)).unwrap_err().to_string()
}

#[test]
fn the_key_of_a_credential_is_not_printed() {
    let credential = mailtally::dialect::Credential::new("secret");
    assert!(!format!("{credential:?}").contains("secret"));
}
