//! Laws of the dialects: what holds for every request and all mail.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::Request;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailtrap::{Mailtrap, OTHER_PROVIDERS, PROVIDERS};
use mailtally::dialect::{self, Dialect};
use mailtally::{Event, MemoryStore};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::common::{at, events, ready};

#[cfg(feature = "mailgun")]
mod mailgun;

const COUNTS: [&str; 5] = ["delivery_count", "bounce_count", "open_count", "click_count", "spam_count"];

/// The endpoints of Mailtrap with rows.
const ROWS: [&str; 4] = ["stats/domains", "stats/categories", "stats/email_service_providers", "stats/date"];

/// The two forms of Mailtrap's API: the start of the path, and the list of domains.
const FORMS: [(&str, &str); 2] = [("/api/accounts/42/", "sending_domain_ids"), ("/api/", "domain_ids")];

/// The spellings of a list `x`, after its name.
const SPELLINGS: [&str; 6] = ["", "[]", "[0]", "[][]", "[1][]", "[12]"];

/// The bytes that a query string cannot have as they are, besides those beyond ASCII.
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

const NAMES: [&str; 18] = [
    "start_date",
    "end_date",
    "sending_domain_ids[]",
    "domain_ids[]",
    "sending_streams[]",
    "categories[]",
    "email_service_providers[]",
    "sending_domain_ids",
    "sending_domain_ids[0]",
    "sending_domain_ids[][]",
    "domain_ids[a]",
    "categories",
    "categories[",
    "period",
    "days",
    "page",
    "",
    "[]",
];

const VALUES: [&str; 24] = [
    "",
    " ",
    "3938",
    "-1",
    "99999999999999999999999",
    "2026-01-01",
    "2026-01-03",
    "2026-02-30",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "-0001-01-01",
    "+262142-12-31",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "transactional",
    "bulk",
    "Google",
    "Gmail",
    "Other Providers",
    "30d",
    "365",
    "\0\u{202e}'\"\\<&%[]{}",
    "\u{1f4a9}",
];

/// Generates query strings with parameters that are valid, nearly valid, or unknown.
fn query() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        8 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (0..3_usize, 0..5000_usize).prop_map(|(which, length)| ["9", "ä", "2026-01-01"][which].repeat(length)),
    ];
    let pair = (select(&NAMES[..]).prop_map(str::to_owned), value);
    let dates = prop::option::weighted(0.7, (select(&VALUES[5..8]), select(&VALUES[5..15])));
    let pairs = (dates, prop::collection::vec(pair, 0..6)).prop_map(|(dates, pairs)| {
        let dates = dates.into_iter().flat_map(|(start, end)| [("start_date", start), ("end_date", end)]);
        let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
        encoded(dates.chain(pairs))
    });
    let raw = any::<String>().prop_map(|query| utf8_percent_encode(&query, NOT_IN_A_QUERY).to_string());
    // A URI is limited to 64 KiB.
    prop_oneof![4 => pairs, 1 => raw].prop_filter("too long", |query| query.len() < 60_000)
}

/// Encodes parameters as a form does.
fn encoded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Generates valid filters of Mailtrap: the names of lists, without brackets, and values.
fn filters() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let filter = select(
        &[
            ("sending_domain_ids", "3938"),
            ("sending_streams", "bulk"),
            ("sending_streams", "transactional"),
            ("categories", "welcome"),
            ("categories", ""),
            ("email_service_providers", "Google"),
            ("email_service_providers", "Hey"),
            ("email_service_providers", "Other Providers"),
        ][..],
    );
    prop::collection::vec(filter, 0..4)
}

/// Generates events, some of them to providers.
fn mail() -> impl Strategy<Value = Vec<Event>> {
    let providers = select(&["", "Google", "HEY", "Hey", "Microsoft 365", "AOL", "A small one"][..]);
    let providers = prop::collection::vec(providers, 40);
    (events(), providers).prop_map(|(events, providers)| {
        events.into_iter().zip(providers).map(|(event, provider)| event.provider(provider)).collect()
    })
}

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    store
}

fn answer<D: Dialect>(
    dialect: &D,
    store: &MemoryStore,
    target: &str,
    now: DateTime<Utc>,
) -> Result<Value, D::Error> {
    let request = Request::get(target).body("").unwrap();
    let response = ready(dialect::answer(dialect, store, &"acme".into(), &request, now))?;
    Ok(serde_json::from_str(response.body()).unwrap())
}

fn mailtrap() -> Mailtrap {
    Mailtrap::new([(3938, "a.example"), (7, "never.example")]).account_id(42)
}

/// Returns the answer of Mailtrap about the first three days of 2026. The filters are of the account-scoped form.
fn mailtrap_json(
    store: &MemoryStore,
    (start, domain_list): (&str, &str),
    endpoint: &str,
    filters: &[(&str, &str)],
    spelling: &str,
) -> Value {
    let lists = filters.iter().map(|&(list, value)| {
        let list = if list == "sending_domain_ids" { domain_list } else { list };
        (format!("{list}{spelling}"), value)
    });
    let lists: Vec<_> = lists.collect();
    let dates = [("start_date", "2026-01-01"), ("end_date", "2026-01-03")];
    let query = encoded(dates.into_iter().chain(lists.iter().map(|(list, value)| (&**list, *value))));
    answer(&mailtrap(), store, &format!("{start}{endpoint}?{query}"), at(0)).unwrap()
}

fn krafter_json(store: &MemoryStore, endpoint: &str, query: &str, now: DateTime<Utc>) -> Value {
    answer(&Krafter, store, &format!("/api/v1/mail/{endpoint}?{query}"), now).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mailtrap_answers_or_refuses_every_request(
        (start, _) in select(&FORMS[..]),
        endpoint in prop_oneof![1 => Just("stats"), 4 => select(&ROWS[..])],
        query in query(),
        events in mail(),
    ) {
        match answer(&mailtrap(), &store(events), &format!("{start}{endpoint}?{query}"), at(0)) {
            Ok(Value::Object(total)) => {
                prop_assert_eq!(endpoint, "stats");
                prop_assert_eq!(total.len(), 10);
            }
            Ok(rows) => {
                for row in rows.as_array().unwrap() {
                    prop_assert_eq!(row.as_object().unwrap().len(), 2);
                    prop_assert_eq!(row["stats"].as_object().unwrap().len(), 10);
                }
            }
            Err(error) => {
                let response = Mailtrap::refuse(&error);
                let body: Value = serde_json::from_str(response.body()).unwrap();
                prop_assert_eq!(response.status(), 400, "{}", body);
                prop_assert_eq!(body, json!({ "error": error.to_string() }));
                prop_assert!(response.body().len() < 2000, "{} is long", response.body());
            }
        }
    }

    #[test]
    fn krafter_answers_every_request(query in query(), events in events(), seconds in any::<i32>()) {
        let (store, now) = (store(events), at(seconds.into()));
        let body = krafter_json(&store, "stats", &query, now);
        let by_status = body["data"]["by_status"].as_object().unwrap();
        prop_assert!(by_status.values().all(|count| count.as_u64() > Some(0)));
        let body = krafter_json(&store, "stats/daily", &query, now);
        let rows = body["data"].as_array().unwrap();
        prop_assert!((1..=365).contains(&rows.len()));
        prop_assert_eq!(rows.last().unwrap()["date"].as_str(), Some(&*now.date_naive().to_string()));
    }

    // M8 M9 M10
    #[test]
    fn mailtraps_rows_add_up_to_its_totals(events in mail(), filters in filters()) {
        let store = store(events);
        let total = mailtrap_json(&store, FORMS[0], "stats", &filters, "[]");
        for endpoint in ROWS {
            let rows = mailtrap_json(&store, FORMS[0], endpoint, &filters, "[]");
            for count in COUNTS {
                let parts = rows.as_array().unwrap().iter().map(|row| row["stats"][count].as_u64().unwrap());
                prop_assert_eq!(parts.sum::<u64>(), total[count].as_u64().unwrap(), "{} {}", endpoint, count);
            }
        }
    }

    // M5
    #[test]
    fn mailtraps_lists_filter_the_same_in_every_spelling_and_form(
        events in mail(),
        filters in filters(),
        form in select(&FORMS[..]),
        spelling in select(&SPELLINGS[..]),
    ) {
        let store = store(events);
        for endpoint in ["stats", "stats/categories", "stats/date"] {
            prop_assert_eq!(
                mailtrap_json(&store, form, endpoint, &filters, spelling),
                mailtrap_json(&store, FORMS[0], endpoint, &filters, "[]"),
                "{}", endpoint
            );
        }
    }

    #[test]
    fn mailtraps_filters_divide_the_mail_as_its_rows_do(events in mail()) {
        let store = store(events);
        let names = PROVIDERS.map(|(name, _)| name).into_iter().chain([OTHER_PROVIDERS]);
        let rows = mailtrap_json(&store, FORMS[0], "stats/email_service_providers", &[], "[]");
        for name in names {
            let filter = [("email_service_providers", name)];
            let filtered = mailtrap_json(&store, FORMS[0], "stats", &filter, "[]");
            let row = rows.as_array().unwrap().iter().find(|row| row["email_service_provider"] == name);
            for count in COUNTS {
                let expected = row.map_or_else(|| json!(0), |row| row["stats"][count].clone());
                prop_assert_eq!(&filtered[count], &expected, "{} {}", name, count);
            }
        }
    }

    // K3 K5 K12
    #[test]
    fn krafters_days_add_up_to_its_statuses(events in events()) {
        let (store, midnight) = (store(events), at(3 * 24 * 3600));
        let body = krafter_json(&store, "stats", "period=7d", midnight);
        let days = krafter_json(&store, "stats/daily", "days=8", midnight);
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, count) in days["data"].as_array().unwrap().iter().flat_map(|day| day.as_object().unwrap()) {
            if name != "date" {
                *sums.entry(name).or_default() += count.as_u64().unwrap();
            }
        }
        prop_assert_eq!(sums.len(), 6);
        prop_assert_eq!(sums.values().sum::<u64>(), body["data"]["total"].as_u64().unwrap());
        for (name, sum) in sums {
            let shown = body["data"]["by_status"].get(name).cloned();
            prop_assert_eq!(shown, (sum > 0).then(|| json!(sum)));
        }
    }
}
