//! Mailgun's Stats and aggregates.

use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use http::{Request, Response, Uri};
use mailtally::dialect::mailgun::{Error, Mailgun};
use mailtally::dialect::{self, Dialect};
use mailtally::{Event, MemoryStore};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::common::{at, events, ready};

const EVENTS: [&str; 8] =
    ["accepted", "delivered", "failed", "stored", "opened", "clicked", "unsubscribed", "complained"];

/// The groups whose rows add up, and `tag`, whose rows do not.
const KEYS: [&str; 8] = ["domain", "ip", "provider", "country", "subaccount", "ip_pool", "device", "tag"];

const NAMES: [&str; 17] = [
    "event",
    "event",
    "event[]",
    "event[0]",
    "event[x]",
    "start",
    "end",
    "timestamp",
    "resolution",
    "duration",
    "limit",
    "filter",
    "group",
    "tag",
    "type",
    "device",
    "",
];

const VALUES: [&str; 36] = [
    "",
    " ",
    "accepted",
    "delivered",
    "failed",
    "accepted,failed",
    "Thu, 01 Jan 2026 00:00:00 +0000",
    "Sat, 03 Jan 2026 12:34:56 GMT",
    "Mon, 01 Jan 0001 00:00:00 +0000",
    "Fri, 31 Dec 9999 23:59:59 UTC",
    "1767225600",
    "1767312000.5",
    "-62135596800",
    "253402300799",
    "99999999999999999999999",
    "2026-01-01",
    "hour",
    "day",
    "month",
    "1m",
    "7d",
    "24h",
    "0d",
    "4294967295m",
    "total",
    "domain",
    "tag",
    "country",
    "device",
    "domain:a.example",
    "provider:other",
    "device:unknown",
    "tag:",
    ":",
    "\0\u{202e}'\"\\<&%[]{}",
    "\u{1f4a9}",
];

const PATHS: [&str; 18] = [
    "/v3/stats/total",
    "/v3/stats/total/domains",
    "/v3/stats/filter",
    "/v3/a.example/stats/total",
    "/v3/a.example/stats",
    "/v3/other.example/stats/total",
    "/v3/a.example/tags/new/stats",
    "/v3/a.example/tags/%F0%28/+/stats",
    "/v3/a.example/tag/stats",
    "/v3/a.example/aggregates/providers",
    "/v3/a.example/aggregates/devices",
    "/v3/a.example/aggregates/countries",
    "/v3/a.example/tags/new/stats/aggregates/countries",
    "/v3/a.example/tag/stats/aggregates",
    "/v3/domains/a.example/tag/devices",
    "/v3/domains/other.example/tag/countries",
    "/v3/stats/stats/total",
    "/v1/analytics/metrics",
];

/// What a request target cannot contain.
const NOT_IN_TARGETS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\\').add(b'^');

fn store(events: Vec<Event>) -> MemoryStore {
    let store = MemoryStore::new();
    store.extend(events).unwrap();
    store
}

fn query_string<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Generates query strings with parameters that are valid, nearly valid, or unknown.
fn query() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        8 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (0..3_usize, 0..5000_usize).prop_map(|(index, length)| ["9", "ä", "1d"][index].repeat(length)),
    ];
    let event = prop::option::weighted(0.8, (Just("event"), select(&EVENTS[..])));
    let pairs = (event, prop::collection::vec((select(&NAMES[..]), value), 0..5));
    let pairs = pairs.prop_map(|(event, pairs)| {
        query_string(event.into_iter().chain(pairs.iter().map(|(name, value)| (*name, &**value))))
    });
    prop_oneof![4 => pairs, 1 => any::<String>()]
}

fn path() -> impl Strategy<Value = String> {
    let any_path = any::<String>().prop_map(|path| format!("/{}", path.replace('?', "%3F")));
    prop_oneof![4 => select(&PATHS[..]).prop_map(str::to_owned), 1 => any_path]
}

/// Answers a request on 3 January 2026.
fn get(store: &MemoryStore, path: &str, query: &str) -> Result<Response<String>, Error> {
    let target = format!("{path}?{query}");
    let target = utf8_percent_encode(&target, NOT_IN_TARGETS).to_string();
    // A target that is too long does not reach the dialect.
    let target = Uri::try_from(target).unwrap_or_default();
    let mailgun = Mailgun::new(["a.example", "b.example", "c.example", "never.example"]);
    let now = at(2 * 24 * 3600 + 43_200);
    ready(dialect::answer(&mailgun, store, &"acme".into(), &Request::get(target).body("").unwrap(), now))
}

fn json(store: &MemoryStore, path: &str, more: &[(&str, &str)]) -> Value {
    let events = EVENTS.map(|event| ("event", event));
    let query = query_string(events.into_iter().chain(more.iter().copied()));
    serde_json::from_str(get(store, path, &query).unwrap().body()).unwrap()
}

/// Returns the rows of `stats/filter`.
fn rows(store: &MemoryStore, group: &str, filter: &str) -> Vec<Value> {
    let body = json(store, "/v3/stats/filter", &[("group", group), ("filter", filter)]);
    body["stats"].as_array().unwrap().clone()
}

/// Returns every number in the values by its path; those with the same path are added, and zeros are left out.
fn sums<'a>(values: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for value in values {
        add(value, "", &mut sums);
    }
    sums.retain(|_, sum| *sum > 0);
    sums
}

fn add(value: &Value, path: &str, sums: &mut BTreeMap<String, u64>) {
    if let Some(number) = value.as_u64() {
        *sums.entry(path.to_owned()).or_default() += number;
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        add(value, &format!("{path}/{name}"), sums);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    // G13 G36
    #[test]
    fn every_request_is_answered_or_refused(path in path(), query in query(), events in events()) {
        match get(&store(events), &path, &query) {
            Ok(response) => {
                let body = response.body();
                prop_assert_eq!(body.find("}\n"), Some(body.len() - 2));
                let body: Value = serde_json::from_str(body).unwrap();
                prop_assert!(body.get("stats").is_none_or(Value::is_array));
            }
            Err(error) => {
                let refused = Mailgun::refuse(&error);
                let body = refused.body();
                prop_assert!(matches!(refused.status().as_u16(), 400 | 404 | 405), "{}", body);
                prop_assert!(body.len() < 2000, "{} is long", body);
                if refused.headers()["content-type"] == "application/json; charset=utf-8" && refused.status() != 405 {
                    let body: Value = serde_json::from_str(body).unwrap();
                    prop_assert_eq!(body["message"].as_str(), Some(&*error.to_string()));
                }
            }
        }
    }

    // G15
    #[test]
    fn a_list_in_brackets_is_never_ignored(
        name in select(&["event", "filter", "group", "start", "end", "duration", "resolution"][..]),
        value in select(&VALUES[..]),
        brackets in select(&["[]", "[0]", "[][]", "[7][]", "[x]", "[", "[]x"][..]),
        events in events(),
    ) {
        let store = store(events);
        let answer = |name: &str| {
            let response = get(&store, "/v3/stats/filter", &query_string([("event", "failed"), (name, value)]));
            response.unwrap_or_else(|error| Mailgun::refuse(&error))
        };
        let in_brackets = answer(&format!("{name}{brackets}"));
        if brackets.contains('x') || brackets == "[" {
            let message = format!("Invalid format for parameter {name}{brackets}: {value}");
            let body: Value = serde_json::from_str(in_brackets.body()).unwrap();
            prop_assert_eq!(in_brackets.status(), 400);
            prop_assert_eq!(body["message"].as_str(), Some(&*message));
        } else {
            let bare = answer(name);
            prop_assert_eq!(in_brackets.body(), bare.body());
        }
    }

    // G10 G20
    #[test]
    fn a_total_is_the_sum_of_its_parts_and_includes_optimized_events(events in events()) {
        for row in rows(&store(events), "day", "") {
            let of = |path: &str| row.pointer(path).unwrap().as_u64().unwrap();
            prop_assert_eq!(of("/accepted/incoming") + of("/accepted/outgoing"), of("/accepted/total"));
            prop_assert_eq!(of("/delivered/smtp") + of("/delivered/http"), of("/delivered/total"));
            prop_assert!(of("/delivered/optimized") <= of("/delivered/total"));
            prop_assert!(of("/failed/temporary/espblock") <= of("/failed/temporary/total"));
            let permanent = row["failed"]["permanent"].as_object().unwrap();
            prop_assert_eq!(permanent.len(), 8);
            let parts: u64 = permanent.values().filter_map(Value::as_u64).sum();
            let counted_twice = of("/failed/permanent/total") + of("/failed/permanent/optimized");
            prop_assert!(parts - counted_twice <= of("/failed/permanent/total"));
            prop_assert!(of("/failed/permanent/optimized") <= of("/failed/permanent/bounce"));
        }
    }
}

proptest! {
    // Each case makes many requests.
    #![proptest_config(ProptestConfig::with_cases(64))]

    // G2
    #[test]
    fn the_rows_of_every_group_add_up_to_the_total(events in events()) {
        let store = store(events);
        let total = rows(&store, "total", "");
        prop_assert_eq!(total.len(), 1);
        for group in ["time", "day", "month"] {
            // Months are whole, and all events are of January.
            prop_assert_eq!(sums(&rows(&store, group, "")), sums(&total), "{}", group);
        }
        for group in &KEYS[..7] {
            prop_assert_eq!(sums(&rows(&store, group, "")), sums(&total), "{}", group);
        }
    }

    // G29
    #[test]
    fn a_filter_keeps_what_the_row_of_its_value_shows(events in events()) {
        let store = store(events);
        for key in KEYS {
            let mut parts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for row in rows(&store, key, "") {
                parts.entry(row[key].as_str().unwrap().to_owned()).or_default().push(row);
            }
            // Mail without a domain cannot be requested.
            for (value, part) in parts.iter().filter(|(value, _)| key != "domain" || !value.is_empty()) {
                for value in [value.clone(), value.to_ascii_uppercase()] {
                    let has_case = matches!(key, "ip" | "subaccount" | "ip_pool") && value != value.to_ascii_lowercase();
                    if !has_case {
                        let filtered = rows(&store, "total", &format!("{key}:{value}"));
                        prop_assert_eq!(sums(&filtered), sums(part), "{} {}", key, value);
                    }
                }
            }
        }
    }

    // G26 G27 G31
    #[test]
    fn the_sums_of_every_breakdown_add_up_to_the_same(events in events()) {
        let store = store(events);
        let total = json(&store, "/v3/a.example/stats/total", &[("resolution", "month")]);
        let total = sums(total["stats"].as_array().unwrap());
        let of_total = |path: &str| total.get(path).copied().unwrap_or_default();
        for plural in ["providers", "devices", "countries"] {
            let body = json(&store, &format!("/v3/a.example/aggregates/{plural}"), &[]);
            let found = sums(body[plural].as_object().unwrap().values());
            let of_part = |name: &str| found.get(&format!("/{name}")).copied().unwrap_or_default();
            for name in ["opened", "clicked", "unsubscribed", "complained"] {
                prop_assert_eq!(of_part(name), of_total(&format!("/{name}/total")), "{} {}", plural, name);
            }
            for name in ["opened", "clicked"] {
                let unique = of_total(&format!("/{name}/unique"));
                prop_assert_eq!(of_part(&format!("unique_{name}")), unique, "{} {}", plural, name);
            }
            let deliveries = if plural == "providers" { of_total("/delivered/total") } else { 0 };
            prop_assert_eq!(of_part("delivered"), deliveries);
        }
    }
}
