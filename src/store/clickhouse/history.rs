//! One message as its rows say.

use std::collections::BTreeMap;

use super::error::ClickHouseError;
use super::row::{EVENT, EventRow, FORGOTTEN, REST};
use crate::event::Event;

/// What is known of a message.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The events, ordered by instant, then by id, each id once.
    pub(super) events: Vec<Event>,
    /// What is left of those that were dropped.
    pub(super) rest: Option<EventRow>,
}

impl History {
    /// Makes the history of a message of all of its rows that count. Events before `end` were dropped.
    pub(super) fn new(rows: Vec<EventRow>, end: Option<i64>) -> Result<Self, ClickHouseError> {
        let forgotten = rows.iter().filter(|row| row.row == FORGOTTEN).map(|row| row.batch).max();
        let mut history = Self::default();
        let mut least: BTreeMap<String, EventRow> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| Some(row.batch) >= forgotten) {
            match row.row {
                EVENT if end.is_none_or(|end| row.at >= end) => {
                    let is_less = least.get(&row.id).is_none_or(|known| row.copy_key < known.copy_key);
                    if is_less {
                        least.insert(row.id.clone(), row);
                    }
                }
                REST if history.rest.as_ref().is_none_or(|rest| rest.batch < row.batch) => {
                    history.rest = Some(row)
                }
                _ => {}
            }
        }
        history.events = least.into_values().map(EventRow::event).collect::<Result<_, _>>()?;
        history.events.sort_by(|one, other| (one.at(), one.id()).cmp(&(other.at(), other.id())));
        Ok(history)
    }

    /// Returns whether the message is known.
    pub(super) fn is_known(&self) -> bool {
        !self.events.is_empty() || self.rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn row(id: &str, second: i64, batch: u64) -> EventRow {
        let at = chrono::DateTime::from_timestamp(1_770_000_000 + second, 0).unwrap();
        let event = Event::new("a", "m", id, Kind::Sent, at);
        EventRow::new(&event, batch, event.copy_key()).unwrap()
    }

    fn ids(rows: Vec<EventRow>, end: Option<i64>) -> Vec<(String, i64)> {
        let history = History::new(rows, end).unwrap();
        let id = |event: &Event| (event.id().to_string(), event.at().timestamp() - 1_770_000_000);
        history.events.iter().map(id).collect()
    }

    #[test]
    fn of_copies_the_least_counts_and_what_is_forgotten_does_not() {
        let rows = || vec![row("b", 5, 3), row("a", 9, 1), row("b", 4, 2), row("c", 4, 3)];
        let all = |expected: &[(&str, i64)]| {
            expected.iter().map(|(id, at)| ((*id).to_owned(), *at)).collect::<Vec<_>>()
        };
        assert_eq!(ids(rows(), None), all(&[("b", 4), ("c", 4), ("a", 9)]));
        assert_eq!(ids(rows(), Some(1_770_000_005_000)), all(&[("b", 5), ("a", 9)]));
        let forgotten = [rows(), vec![EventRow::forgotten("a", "m", 3)]].concat();
        assert_eq!(ids(forgotten, None), all(&[("c", 4), ("b", 5)]));
    }
}
