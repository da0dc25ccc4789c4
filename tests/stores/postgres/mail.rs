//! Batches of events whose sums tell whether a batch is there as a whole.

use mailtally::store::{Plan, Store, StoreError};
use mailtally::{Event, EventType, Kind, Period, PostgresStore, Query, Scope};

use crate::common::at;

/// The number of messages of a batch that no other batch has.
pub(super) const OWN_MESSAGES: usize = 8;

/// Returns batch `number`: as many messages that are sent as that are delivered, some of which other batches have, too.
pub(super) fn batch(number: usize) -> Vec<Event> {
    let own = (0..OWN_MESSAGES).map(|message| format!("own-{number}-{message}"));
    let shared = (0..4).map(|message| format!("shared-{}", (number + message) % 10));
    let messages: Vec<String> = own.chain(shared).collect();
    let account = |message: &str| if message.len().is_multiple_of(2) { "acme" } else { "globex" };
    let events = messages.iter().flat_map(|message| {
        let second = i64::try_from(number).unwrap() * 60;
        let id = if message.starts_with("own") { String::new() } else { format!("-{number}") };
        let event = |id: String, event_type, second| {
            Event::new(account(message), message.as_str(), id, event_type, at(second)).domain("example.com")
        };
        [
            event(format!("s{id}"), EventType::Sent, second),
            event(format!("d{id}"), EventType::DeliveredSmtp, second + 7),
        ]
    });
    events.collect()
}

/// Returns the plan of all mail.
pub(super) fn all() -> Plan {
    Query::new(Scope::All, Period::all()).plan(at(0)).unwrap()
}

/// Returns how many events are counted as sent and as delivered.
pub(super) async fn sent_and_delivered(store: &PostgresStore) -> Result<(u64, u64), StoreError> {
    let counted = store.count(&[all()]).await?;
    let sum = |kind| counted.rows[0].iter().map(|row| row.counts.total(kind)).sum();
    Ok((sum(Kind::Sent), sum(Kind::Delivered)))
}

/// Returns the rows of several plans in the order of their groups.
pub(super) fn sorted(mut rows: Vec<Vec<mailtally::store::Row>>) -> Vec<Vec<mailtally::store::Row>> {
    for rows in &mut rows {
        rows.sort_by_cached_key(|row| (row.bucket, format!("{:?}", row.group)));
    }
    rows
}

/// Returns an error with all of its causes.
pub(super) fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
