//! One message, as its timeline tells it.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{Body, Error, MessageStatus};
use crate::event::Event;
use crate::kind::Kind;
use crate::message::{HistoryEntry, Message};

/// The attributes that tell of the message, not of the event.
const OF_MESSAGE: [&str; 3] = ["from_email", "to_email", "subject"];

/// The fields that every event has.
const OF_EVENT: [&str; 2] = ["type", "timestamp"];

/// What `GET /messages/{id}` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageBody {
    /// The message.
    pub message: MessageData,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageData {
    /// Its id.
    pub id: String,
    /// The sender's address, where an event told it.
    pub from_email: Option<String>,
    /// The recipient's address, where an event told it.
    pub to_email: Option<String>,
    /// The subject, where an event told it.
    pub subject: Option<String>,
    /// Where it stands now.
    pub status: MessageStatus,
    /// When it was first heard of: RFC 3339 in UTC, whole seconds.
    pub created_at: String,
    /// When it was first delivered: RFC 3339 in UTC, whole seconds; `None` if it was not.
    pub delivered_at: Option<String>,
}

/// What `GET /messages/{id}/events` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventsBody {
    /// The message's events, oldest first; at the same instant by id.
    pub events: Vec<TimelineEvent>,
}

/// An event of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TimelineEvent {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When: RFC 3339 in UTC, whole seconds.
    pub timestamp: String,
    /// Its own attributes, by name. They stand beside the other two.
    #[serde(flatten)]
    pub attributes: BTreeMap<String, Value>,
}

impl MessageBody {
    /// The body for a message of which these are the events, as [`Timeline`](crate::store::Timeline) gives them; in any
    /// order, and copies count once.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownMessage`] if there are none.
    pub fn of(events: &[Event]) -> Result<Body<Self>, Error> {
        let message = message(events)?;
        let history = message.history();
        let delivered =
            history.iter().find(|occurrence| occurrence.event.event_type().kind() == Kind::Delivered);
        let [from_email, to_email, subject] = OF_MESSAGE.map(|name| text(&history, name));
        let message = MessageData {
            id: history.first().map(|first| first.event.message().to_string()).unwrap_or_default(),
            from_email,
            to_email,
            subject,
            status: MessageStatus::of(message.status()),
            created_at: seconds(message.created()),
            delivered_at: delivered.map(|occurrence| seconds(occurrence.event.at())),
        };
        Ok(Body::new(Self { message }))
    }
}

impl EventsBody {
    /// The body for a message of which these are the events, as [`Timeline`](crate::store::Timeline) gives them; in any
    /// order, and copies count once.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownMessage`] if there are none.
    pub fn of(events: &[Event]) -> Result<Body<Self>, Error> {
        let message = message(events)?;
        let events =
            message.history().iter().map(|occurrence| TimelineEvent::new(occurrence.event)).collect();
        Ok(Body::new(Self { events }))
    }
}

impl TimelineEvent {
    fn new(event: &Event) -> Self {
        let is_own = |name: &str| !OF_MESSAGE.contains(&name) && !OF_EVENT.contains(&name);
        let attributes = event.attributes().iter().filter(|(name, _)| is_own(name));
        Self {
            kind: type_name(event.event_type().kind()),
            timestamp: seconds(event.at()),
            attributes: attributes.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }
}

/// What the API calls an event of this kind.
pub(super) const fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Accepted => "pending",
        Kind::Queued
        | Kind::Sent
        | Kind::Deferred
        | Kind::SoftBounced
        | Kind::Delivered
        | Kind::HardBounced
        | Kind::Failed
        | Kind::Opened
        | Kind::Clicked
        | Kind::Unsubscribed
        | Kind::Complained
        | Kind::Replied
        | Kind::Stored => kind.name(),
    }
}

fn message(events: &[Event]) -> Result<Message, Error> {
    let (first, rest) = events.split_first().ok_or(Error::UnknownMessage)?;
    let mut message = Message::new(first.clone());
    for event in rest {
        message.insert(event.clone());
    }
    Ok(message)
}

/// The text that the earliest event with one has under `name`.
fn text(history: &[HistoryEntry<'_>], name: &str) -> Option<String> {
    let texts = history.iter().filter_map(|occurrence| occurrence.event.attributes().get(name)?.as_str());
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

    fn message_of(events: &[Event]) -> MessageData {
        MessageBody::of(events).unwrap().data.message
    }

    #[test]
    fn a_message_that_nobody_heard_of_is_not_found() {
        assert_eq!(MessageBody::of(&[]), Err(Error::UnknownMessage));
        assert_eq!(EventsBody::of(&[]), Err(Error::UnknownMessage));
    }

    #[test]
    fn a_message_is_as_its_earliest_events_tell_in_whatever_order_they_come() {
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
            id: "m-1".to_owned(),
            from_email: Some("shop@acme.example".to_owned()),
            to_email: Some("kim@example.org".to_owned()),
            subject: Some("Hello".to_owned()),
            status: MessageStatus::Delivered,
            created_at: "2026-02-02T02:40:00Z".to_owned(),
            delivered_at: Some("2026-02-02T02:40:03Z".to_owned()),
        };
        assert_eq!(message_of(&events), expected);
        let shown = EventsBody::of(&events).unwrap();
        events.reverse();
        assert_eq!(message_of(&events), expected);
        assert_eq!(EventsBody::of(&events).unwrap(), shown);
        let kinds: Vec<_> = shown.data.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["pending", "queued", "delivered", "delivered"]);
    }

    #[test]
    fn what_was_not_told_is_null_and_no_key_is_missing() {
        let json = serde_json::to_string(&MessageBody::of(&[event("1", Kind::Sent, 0)]).unwrap()).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"status":"success","data":{"message":{"id":"m-1","from_email":null,"to_email":null,"subject":null,"#,
                r#""status":"queued","created_at":"2026-02-02T02:40:00Z","delivered_at":null}}}"#
            )
        );
    }

    #[test]
    fn the_first_delivery_stays_when_a_bounce_follows() {
        let events = [event("1", Kind::Delivered, 0), event("2", Kind::HardBounced, 60_000)];
        let message = message_of(&events);
        assert_eq!(message.status, MessageStatus::HardBounced);
        assert_eq!(message.delivered_at.as_deref(), Some("2026-02-02T02:40:00Z"));
    }

    #[test]
    fn every_kind_of_event_leads_to_its_status() {
        for kind in Kind::ALL {
            let status = message_of(&[event("1", kind, 0)]).status;
            assert_eq!(status, MessageStatus::of(Status::from_kind(kind)), "{kind}");
        }
    }

    #[test]
    fn attributes_stand_beside_the_type_and_never_in_its_place() {
        let odd = event("1", Kind::Delivered, 1)
            .attribute("type", "forged")
            .attribute("timestamp", 0)
            .attribute("subject", "Hello")
            .attribute("to_email", "kim@example.org")
            .attribute("from_email", "shop@acme.example")
            .attribute("tls", true)
            .attribute("dsn_status", "2.0.0");
        let json = serde_json::to_string(&EventsBody::of(&[odd]).unwrap()).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"status":"success","data":{"events":[{"type":"delivered","timestamp":"2026-02-02T02:40:00Z","#,
                r#""dsn_status":"2.0.0","tls":true}]}}"#
            )
        );
    }
}
