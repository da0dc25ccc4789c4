//! What holds of the dialects whatever is asked and whatever happened.

use std::collections::BTreeMap;

use mailtally::dialect::mailtrap::{self, Form, PROVIDERS, Settings};
use mailtally::dialect::{Params, krafter};
use mailtally::report::Report;
use mailtally::{Event, MemoryStore, Query};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::common::{at, events, ready};

mod mailgun;

const COUNTS: [&str; 5] = ["delivery_count", "bounce_count", "open_count", "click_count", "spam_count"];

const NAMES: [&str; 14] = [
    "start_date",
    "end_date",
    "sending_domain_ids[]",
    "domain_ids[]",
    "sending_streams[]",
    "categories[]",
    "email_service_providers[]",
    "sending_domain_ids",
    "categories",
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

fn settings() -> Settings {
    Settings::new([(3938, "a.example"), (7, "never.example")])
}

/// Parameters that mean something, nearly mean something, or mean nothing.
fn params() -> impl Strategy<Value = Params> {
    let value = prop_oneof![
        8 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (0..3_usize, 0..5000_usize).prop_map(|(which, length)| ["9", "ä", "2026-01-01"][which].repeat(length)),
    ];
    let pair = (select(&NAMES[..]).prop_map(str::to_owned), value);
    let dates = prop::option::weighted(0.7, (select(&VALUES[5..8]), select(&VALUES[5..15])));
    let pairs = (dates, prop::collection::vec(pair, 0..6)).prop_map(|(dates, pairs)| {
        let dates = dates.into_iter().flat_map(|(start, end)| [("start_date", start), ("end_date", end)]);
        let dates = dates.map(|(name, value)| (name.to_owned(), value.to_owned()));
        dates.chain(pairs).collect()
    });
    prop_oneof![4 => pairs, 1 => any::<String>().prop_map(|query| Params::parse(&query))]
}

fn form() -> impl Strategy<Value = Form> {
    select(&[Form::Account, Form::Unscoped][..])
}

fn endpoint() -> impl Strategy<Value = mailtrap::Endpoint> {
    use mailtrap::Endpoint::{Categories, Date, Domains, Providers, Total};
    select(&[Total, Domains, Categories, Providers, Date][..])
}

/// Parameters that filter, all of them good.
fn filters() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let filter = select(
        &[
            ("sending_domain_ids[]", "3938"),
            ("sending_streams[]", "bulk"),
            ("sending_streams[]", "transactional"),
            ("categories[]", "welcome"),
            ("categories[]", ""),
            ("email_service_providers[]", "Google"),
            ("email_service_providers[]", "Hey"),
            ("email_service_providers[]", "Other Providers"),
        ][..],
    );
    prop::collection::vec(filter, 0..4)
}

/// Events, some to providers.
fn mail() -> impl Strategy<Value = Vec<Event>> {
    let providers = select(&["", "Google", "HEY", "Hey", "Microsoft 365", "AOL", "A small one"][..]);
    let providers = prop::collection::vec(providers, 40);
    (events(), providers).prop_map(|(events, providers)| {
        events.into_iter().zip(providers).map(|(event, provider)| event.provider(provider)).collect()
    })
}

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events);
    store
}

fn report(store: &MemoryStore, query: &Query, seconds: i64) -> Report {
    ready(query.report(store, at(seconds))).unwrap()
}

/// The JSON of a body.
fn json(body: &impl serde::Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(body).unwrap()).unwrap()
}

fn mailtrap_json(
    store: &MemoryStore,
    endpoint: mailtrap::Endpoint,
    filters: &[(&'static str, &'static str)],
) -> Value {
    let dates = [("start_date", "2026-01-01"), ("end_date", "2026-01-03")];
    let params: Params = dates.into_iter().chain(filters.iter().copied()).collect();
    let request = mailtrap::Request::parse(Form::Account, endpoint, &params, &settings()).unwrap();
    json(&request.body(&report(store, &request.query("acme"), 0), &settings()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mailtrap_answers_or_refuses_whatever_is_asked(
        form in form(),
        endpoint in endpoint(),
        params in params(),
        events in mail(),
    ) {
        let answer = || {
            let request = mailtrap::Request::parse(form, endpoint, &params, &settings())?;
            let report = ready(request.query("acme").report(&store(events), at(0)))?;
            Ok(json(&request.body(&report, &settings())))
        };
        match answer() {
            Ok(Value::Object(total)) => {
                prop_assert_eq!(endpoint, mailtrap::Endpoint::Total);
                prop_assert_eq!(total.len(), 10);
            }
            Ok(rows) => {
                for row in rows.as_array().unwrap() {
                    prop_assert_eq!(row.as_object().unwrap().len(), 2);
                    prop_assert_eq!(row["stats"].as_object().unwrap().len(), 10);
                }
            }
            Err(error) => {
                let refusal = mailtrap::Error::refusal(&error);
                let body: Value = serde_json::from_str(&refusal.body).unwrap();
                prop_assert_eq!(refusal.status, 400, "{}", body);
                prop_assert_eq!(body, json!({ "error": error.to_string() }));
                prop_assert!(refusal.body.len() < 2000, "{} is long", refusal.body);
            }
        }
    }

    #[test]
    fn krafter_answers_whatever_is_asked(params in params(), events in events(), seconds in any::<i32>()) {
        let (store, now) = (store(events), at(seconds.into()));
        let totals = krafter::Totals::parse(&params, now);
        let body = json(&totals.body(&report(&store, &totals.query("acme"), seconds.into())));
        let by_status = body["data"]["by_status"].as_object().unwrap();
        prop_assert!(by_status.values().all(|count| count.as_u64() > Some(0)));
        let daily = krafter::Daily::parse(&params, now);
        let body = json(&daily.body(&report(&store, &daily.query("acme"), seconds.into())));
        let rows = body["data"].as_array().unwrap();
        prop_assert!((1..=365).contains(&rows.len()));
        prop_assert_eq!(rows.last().unwrap()["date"].as_str(), Some(&*now.date_naive().to_string()));
    }

    // M8 M9 M10
    #[test]
    fn mailtraps_rows_add_up_to_its_totals(events in mail(), filters in filters()) {
        use mailtrap::Endpoint::{Categories, Date, Domains, Providers, Total};
        let store = store(events);
        let total = mailtrap_json(&store, Total, &filters);
        for endpoint in [Domains, Categories, Providers, Date] {
            let rows = mailtrap_json(&store, endpoint, &filters);
            for count in COUNTS {
                let parts = rows.as_array().unwrap().iter().map(|row| row["stats"][count].as_u64().unwrap());
                prop_assert_eq!(parts.sum::<u64>(), total[count].as_u64().unwrap(), "{:?} {}", endpoint, count);
            }
        }
    }

    #[test]
    fn mailtraps_filters_part_the_mail_as_its_rows_do(events in mail()) {
        let store = store(events);
        let names = PROVIDERS.map(|(name, _)| name).into_iter().chain([mailtrap::OTHER_PROVIDERS]);
        let rows = mailtrap_json(&store, mailtrap::Endpoint::Providers, &[]);
        for name in names {
            let filter = [("email_service_providers[]", name)];
            let filtered = mailtrap_json(&store, mailtrap::Endpoint::Total, &filter);
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
        let (store, midnight) = (store(events), 3 * 24 * 3600);
        let totals = krafter::Totals::parse(&Params::parse("period=7d"), at(midnight));
        let body = json(&totals.body(&report(&store, &totals.query("acme"), midnight)));
        let daily = krafter::Daily::parse(&Params::parse("days=8"), at(midnight));
        let days = json(&daily.body(&report(&store, &daily.query("acme"), midnight)));
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
