//! Dropping events of which another copy is kept.

use super::error::ClickHouseError;
use super::forget::message_sql;
use super::history::History;
use super::node::Node;
use super::row::EventRow;
use super::state::State;
use super::sums::split_sql;

/// Writes the kept events anew, of messages with an event of which one copy is dropped and another one would be kept: the
/// dropped one counts, so the other must not. Few messages have such copies.
pub(super) async fn keep_split(
    node: &Node,
    state: &State,
    end: i64,
    batch: u64,
) -> Result<(), ClickHouseError> {
    let messages: Vec<(String, String)> = node.rows(&split_sql(state, end)).await?;
    for (account, message) in messages {
        let rows = node.rows::<EventRow>(&message_sql(state, &account, &message)).await?;
        let history = History::new(rows, state.levels.kept_from())?;
        let kept = history.events.iter().filter(|event| event.at().timestamp_millis() >= end);
        let rows: Result<Vec<EventRow>, _> =
            kept.map(|event| EventRow::new(event, batch, event.copy_key())).collect();
        let mut rows = rows?;
        rows.push(EventRow::forgotten(&account, &message, batch));
        node.insert("events", &rows).await?;
    }
    Ok(())
}
