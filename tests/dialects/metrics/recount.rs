//! Recounts every count of Metrics event by event, as the manual defines it, without the code of the dialect.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use mailtally::message::{Message, MessageFields};
use mailtally::{Event, EventType, Kind};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{ask, items, store};
use crate::common::events;

const COUNTS: [&str; 35] = [
    "accepted_incoming_count",
    "accepted_outgoing_count",
    "accepted_count",
    "delivered_smtp_count",
    "delivered_http_count",
    "delivered_optimized_count",
    "delivered_count",
    "stored_count",
    "processed_count",
    "sent_count",
    "opened_count",
    "clicked_count",
    "unique_opened_count",
    "unique_clicked_count",
    "unsubscribed_count",
    "complained_count",
    "failed_count",
    "temporary_failed_count",
    "permanent_failed_count",
    "temporary_failed_esp_block_count",
    "permanent_failed_esp_block_count",
    "webhook_count",
    "permanent_failed_optimized_count",
    "permanent_failed_old_count",
    "bounced_count",
    "hard_bounces_count",
    "soft_bounces_count",
    "delayed_bounce_count",
    "suppressed_bounces_count",
    "suppressed_unsubscribed_count",
    "suppressed_complaints_count",
    "delivered_first_attempt_count",
    "delivered_two_plus_attempts_count",
    "delayed_first_attempt_count",
    "delivered_subsequent_count",
];

/// An event with the fields of its message.
struct Occurrence {
    event: Event,
    message_fields: MessageFields,
    /// Whether it is the message's first event of its type.
    is_first: bool,
}

/// Returns the deduplicated events of the account `acme`.
fn occurrences(events: &[Event]) -> Vec<Occurrence> {
    let mut messages: BTreeMap<&str, Message> = BTreeMap::new();
    for event in events.iter().filter(|event| event.account().as_str() == "acme") {
        let message = messages.entry(event.message().as_str());
        message.or_insert_with(|| Message::new(event.clone())).insert(event.clone());
    }
    let mut all = Vec::new();
    for message in messages.values() {
        let mut history = message.events().to_vec();
        history.sort_by(|a, b| (a.at(), a.id()).cmp(&(b.at(), b.id())));
        let mut seen = BTreeSet::new();
        for event in history {
            let is_first = seen.insert(event.event_type());
            all.push(Occurrence { event, message_fields: message.fields(), is_first });
        }
    }
    all
}

/// Returns whether an event is in a count.
fn is_of(occurrence: &Occurrence, count: &str) -> bool {
    let (event_type, fields) = (occurrence.event.event_type(), occurrence.event.event_fields());
    let kind = event_type.kind();
    let qualifier = event_type.qualifier().unwrap_or_default();
    let is_optimized = fields.optimized == Some(true);
    let is_later = kind == Kind::Delivered && fields.attempt.is_some_and(|attempt| attempt.get() > 1);
    let is_temporary = matches!(kind, Kind::Deferred | Kind::SoftBounced);
    let is_permanent =
        matches!(kind, Kind::HardBounced | Kind::Failed) && event_type != EventType::FailedRejected;
    let is_suppressed = qualifier.starts_with("suppressed_");
    let is_hard = kind == Kind::HardBounced && matches!(qualifier, "" | "immediate");
    match count {
        "accepted_incoming_count" => qualifier == "incoming",
        "accepted_outgoing_count" => kind == Kind::Accepted && qualifier != "incoming",
        "accepted_count" => kind == Kind::Accepted,
        "delivered_smtp_count" => kind == Kind::Delivered && qualifier != "http",
        "delivered_http_count" => qualifier == "http",
        "delivered_optimized_count" => kind == Kind::Delivered && is_optimized,
        "delivered_count" => kind == Kind::Delivered,
        "stored_count" => kind == Kind::Stored,
        "processed_count" => {
            kind == Kind::Delivered || (is_permanent && !matches!(qualifier, "callback" | "delayed"))
        }
        "sent_count" => kind == Kind::Delivered || (is_permanent && !is_suppressed),
        "opened_count" => kind == Kind::Opened,
        "clicked_count" => kind == Kind::Clicked,
        "unique_opened_count" => kind == Kind::Opened && occurrence.is_first,
        "unique_clicked_count" => kind == Kind::Clicked && occurrence.is_first,
        "unsubscribed_count" => kind == Kind::Unsubscribed,
        "complained_count" => kind == Kind::Complained,
        "failed_count" => is_temporary || is_permanent,
        "temporary_failed_count" => is_temporary,
        "permanent_failed_count" => is_permanent,
        "temporary_failed_esp_block_count" => is_temporary && qualifier == "provider_block",
        "permanent_failed_esp_block_count" => is_permanent && qualifier == "provider_block",
        "webhook_count" => qualifier == "callback",
        "permanent_failed_optimized_count" => is_hard && is_optimized,
        "permanent_failed_old_count" => qualifier == "expired",
        "bounced_count" => is_permanent && !is_suppressed,
        "hard_bounces_count" => is_hard,
        "soft_bounces_count" => kind == Kind::Failed && matches!(qualifier, "provider_block" | "other"),
        "delayed_bounce_count" => qualifier == "delayed",
        "suppressed_bounces_count" => qualifier == "suppressed_bounce",
        "suppressed_unsubscribed_count" => qualifier == "suppressed_unsubscribe",
        "suppressed_complaints_count" => qualifier == "suppressed_complaint",
        "delivered_first_attempt_count" => {
            kind == Kind::Delivered && fields.attempt.is_some_and(|attempt| attempt.get() == 1)
        }
        "delivered_two_plus_attempts_count" | "delivered_subsequent_count" => is_later,
        "delayed_first_attempt_count" => is_later || qualifier == "expired",
        other => panic!("{other} is not a count"),
    }
}

/// Returns the values of the rows that an event is in.
fn row_values(occurrence: &Occurrence, dimension: &str) -> Vec<String> {
    let (message, event) = (&occurrence.message_fields, occurrence.event.event_fields());
    let or = |value: &Option<std::sync::Arc<str>>, absent: &str| {
        vec![value.as_deref().unwrap_or(absent).to_owned()]
    };
    match dimension {
        "time" => vec![day(occurrence.event.at())],
        "domain" => or(&message.domain, ""),
        "country" => or(&event.country, "Unknown"),
        "subaccount" => or(&message.subaccount, ""),
        "tag" if message.tags.is_empty() => vec!["Untagged".to_owned()],
        "tag" => message.tags.iter().map(|tag| (**tag).to_owned()).collect(),
        other => panic!("{other} is not requested"),
    }
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y 00:00:00 +0000").to_string()
}

/// Counts events, in the form of the response.
fn counted<'a>(occurrences: impl Iterator<Item = &'a Occurrence> + Clone, counts: &[&str]) -> Value {
    let count = |name: &&str| occurrences.clone().filter(|occurrence| is_of(occurrence, name)).count();
    counts.iter().map(|name| ((*name).to_owned(), json!(count(name)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    // G20 G21 G31
    #[test]
    fn every_count_is_as_its_definition_says(
        events in events(),
        dimension in select(&["time", "domain", "country", "subaccount", "tag"][..]),
        counts in select(COUNTS.chunks(9).collect::<Vec<_>>()),
    ) {
        let occurrences = occurrences(&events);
        let answer = ask(&store(events), &json!({
            "start": "2026-01-01", "end": "2026-01-31", "resolution": "day", "metrics": counts,
            "dimensions": [dimension], "include_aggregates": true, "include_subaccounts": true,
            "pagination": { "limit": 1000 },
        }));
        let found: BTreeMap<String, Value> = items(&answer)
            .iter()
            .map(|item| (item["dimensions"][0]["value"].as_str().unwrap().to_owned(), item["metrics"].clone()))
            .collect();
        let values: BTreeSet<String> = occurrences.iter().flat_map(|occurrence| row_values(occurrence, dimension)).collect();
        let row = |value: &String| {
            let of_value = occurrences.iter().filter(|occurrence| row_values(occurrence, dimension).contains(value));
            counted(of_value, counts)
        };
        let expected: BTreeMap<String, Value> = values
            .iter()
            .map(|value| (value.clone(), row(value)))
            .filter(|(_, row)| row.as_object().unwrap().values().any(|count| *count != json!(0)))
            .collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(&answer["aggregates"]["metrics"], &counted(occurrences.iter(), counts));
    }
}
