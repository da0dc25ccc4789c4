//! The values of a message and of its events, as codes.

use super::columns::{Part, Place, TAGS};
use super::dictionary::ABSENT;
use crate::dimension::Dimension;

/// Replaces `values` by those that a message has in a dimension: one, or one for each tag. `combination` returns the codes of
/// the message in a part.
#[inline]
pub(super) fn of_message<'a>(
    dimension: Dimension,
    combination: impl Fn(Part) -> &'a [u32],
    values: &mut Vec<u32>,
) {
    values.clear();
    match Place::of(dimension) {
        Place::Message(part, column) => values.push(combination(part)[column]),
        Place::EventOrSender { sender, .. } => values.push(combination(Part::Sender)[sender]),
        Place::Tags => match &combination(Part::Content)[TAGS..] {
            [] => values.push(ABSENT),
            tags => values.extend_from_slice(tags),
        },
        Place::Event(_) | Place::Account => values.push(ABSENT),
    }
}

/// Returns the value that an event has in a dimension; `None` if those of its message count. `own` are the codes of the event.
#[inline]
pub(super) fn of_event(dimension: Dimension, own: &[u32]) -> Option<u32> {
    match Place::of(dimension) {
        Place::Event(column) => Some(own[column]),
        Place::EventOrSender { event, .. } => Some(own[event]).filter(|code| *code != ABSENT),
        Place::Message(..) | Place::Tags | Place::Account => None,
    }
}
