//! A message and its events.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use super::Error;
use super::event_type::type_name;
use super::status::MessageStatus;
use crate::event::{Event, MessageId};
use crate::kind::Kind;
use crate::message::{HistoryEntry, Message};

/// The attributes that describe the message, not the event.
const MESSAGE_ATTRIBUTES: [&str; 3] = ["from_email", "to_email", "subject"];

/// The fields that every event has.
const EVENT_FIELDS: [&str; 2] = ["type", "timestamp"];

/// A message. Instants are RFC 3339 in UTC, whole seconds.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct MessageData {
    id: MessageId,
    from_email: Option<String>,
    to_email: Option<String>,
    subject: Option<String>,
    status: MessageStatus,
    created_at: String,
    /// The instant of the first delivery; `None` if there is none.
    delivered_at: Option<String>,
}

/// An event of a message.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct TimelineEvent {
    #[serde(rename = "type")]
    type_name: &'static str,
    /// RFC 3339 in UTC, whole seconds.
    timestamp: String,
    /// The attributes of the event itself, as fields of their own.
    #[serde(flatten)]
    attributes: BTreeMap<String, Value>,
}

/// Returns the message that has these events, in any order and with any repeats.
pub(super) fn from_events(events: Vec<Event>) -> Result<Message, Error> {
    Message::collect(events).into_values().next().ok_or(Error::UnknownMessage)
}

impl MessageData {
    pub(super) fn new(id: &MessageId, message: &Message) -> Self {
        let history = message.history();
        let delivered = history.iter().find(|entry| entry.event.event_type().kind() == Kind::Delivered);
        let [from_email, to_email, subject] = MESSAGE_ATTRIBUTES.map(|name| earliest_text(&history, name));
        Self {
            id: id.clone(),
            from_email,
            to_email,
            subject,
            status: MessageStatus::from_status(message.status()),
            created_at: seconds(message.created()),
            delivered_at: delivered.map(|entry| seconds(entry.event.at())),
        }
    }
}

impl TimelineEvent {
    /// Returns the events of a message, oldest first; at the same instant by id.
    pub(super) fn all(message: &Message) -> Vec<Self> {
        message.history().iter().map(|entry| Self::new(entry.event)).collect()
    }

    fn new(event: &Event) -> Self {
        let is_own = |name: &str| !MESSAGE_ATTRIBUTES.contains(&name) && !EVENT_FIELDS.contains(&name);
        let attributes = event.attributes().iter().filter(|(name, _)| is_own(name));
        Self {
            type_name: type_name(event.event_type().kind()),
            timestamp: seconds(event.at()),
            attributes: attributes.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }
}

/// Returns the attribute of the earliest event in which it is a text that is not empty.
fn earliest_text(history: &[HistoryEntry<'_>], name: &str) -> Option<String> {
    let texts = history.iter().filter_map(|entry| entry.event.attributes().get(name)?.as_str());
    texts.map(str::to_owned).find(|text| !text.is_empty())
}

fn seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    fn event(id: &str, kind: Kind, millis: i64) -> Event {
        let at = DateTime::from_timestamp_millis(1_770_000_000_000 + millis).unwrap();
        Event::new("acme", "m-1", id, kind, at)
    }

    fn message_data(events: &[Event]) -> MessageData {
        MessageData::new(&"m-1".into(), &from_events(events.to_vec()).unwrap())
    }

    fn timeline(events: &[Event]) -> Vec<TimelineEvent> {
        TimelineEvent::all(&from_events(events.to_vec()).unwrap())
    }

    #[test]
    fn a_message_without_events_is_unknown() {
        assert!(matches!(from_events(Vec::new()), Err(Error::UnknownMessage)));
    }

    #[test]
    fn a_message_has_the_texts_of_its_earliest_events_in_any_order_of_arrival() {
        let mut events = [
            event("3", Kind::Delivered, 3_999).attribute("subject", "Late").attribute("tls", true),
            event("1", Kind::Accepted, 999).attribute("to_email", "").attribute("from_email", 5),
            event("2", Kind::Queued, 1_000)
                .attribute("to_email", "kim@example.org")
                .attribute("subject", "Hello"),
            event("4", Kind::Delivered, 9_000).attribute("from_email", "shop@acme.example"),
            event("2", Kind::Queued, 1_000)
                .attribute("to_email", "kim@example.org")
                .attribute("subject", "Hello"),
        ];
        let expected = MessageData {
            id: "m-1".into(),
            from_email: Some("shop@acme.example".to_owned()),
            to_email: Some("kim@example.org".to_owned()),
            subject: Some("Hello".to_owned()),
            status: MessageStatus::Delivered,
            created_at: "2026-02-02T02:40:00Z".to_owned(),
            delivered_at: Some("2026-02-02T02:40:03Z".to_owned()),
        };
        assert_eq!(message_data(&events), expected);
        let shown = timeline(&events);
        events.reverse();
        assert_eq!(message_data(&events), expected);
        assert_eq!(timeline(&events), shown);
        let types: Vec<_> = shown.iter().map(|event| event.type_name).collect();
        assert_eq!(types, ["pending", "queued", "delivered", "delivered"]);
    }

    #[test]
    fn an_unknown_text_is_null_and_no_key_is_missing() {
        let json = serde_json::to_string(&message_data(&[event("1", Kind::Sent, 0)])).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"id":"m-1","from_email":null,"to_email":null,"subject":null,"#,
                r#""status":"queued","created_at":"2026-02-02T02:40:00Z","delivered_at":null}"#
            )
        );
    }

    #[test]
    fn the_first_delivery_stays_when_a_bounce_follows() {
        let events = [event("1", Kind::Delivered, 0), event("2", Kind::HardBounced, 60_000)];
        let message = message_data(&events);
        assert_eq!(message.status, MessageStatus::HardBounced);
        assert_eq!(message.delivered_at.as_deref(), Some("2026-02-02T02:40:00Z"));
    }

    #[test]
    fn every_kind_of_event_leads_to_its_status() {
        for kind in Kind::ALL {
            let status = message_data(&[event("1", kind, 0)]).status;
            assert_eq!(status, MessageStatus::from_status(Status::from_kind(kind)), "{kind}");
        }
    }

    #[test]
    fn attributes_never_replace_the_type_or_the_timestamp() {
        let odd = event("1", Kind::Delivered, 1)
            .attribute("type", "forged")
            .attribute("timestamp", 0)
            .attribute("subject", "Hello")
            .attribute("to_email", "kim@example.org")
            .attribute("from_email", "shop@acme.example")
            .attribute("tls", true)
            .attribute("dsn_status", "2.0.0");
        let json = serde_json::to_string(&timeline(&[odd])).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"[{"type":"delivered","timestamp":"2026-02-02T02:40:00Z","#,
                r#""dsn_status":"2.0.0","tls":true}]"#
            )
        );
    }
}
