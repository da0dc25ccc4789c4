//! The values of a message and of its events in the dimensions that have cubes, as codes.

use super::columns::{Part, Place, TAGS};
use super::dictionary::ABSENT;
use crate::dimension::Dimension;

/// The values of the current message in one dimension.
#[derive(Debug)]
pub(super) struct Values {
    place: Place,
    has_statuses: bool,
    /// One code, or one for each tag.
    of_message: Vec<u32>,
}

impl Values {
    /// Makes room for the values of messages in a dimension.
    pub(super) fn new(dimension: Dimension) -> Self {
        let (place, has_statuses) = (Place::of(dimension), !dimension.belongs_to_event());
        Self { place, has_statuses, of_message: Vec::new() }
    }

    /// Looks up the values of the next message. `combination` returns its codes in a part.
    #[inline]
    pub(super) fn start<'a>(&mut self, combination: impl Fn(Part) -> &'a [u32]) {
        let values = &mut self.of_message;
        values.clear();
        match self.place {
            Place::Message(part, column) => values.push(combination(part)[column]),
            Place::EventOrSender { sender, .. } => values.push(combination(Part::Sender)[sender]),
            Place::Tags => match &combination(Part::Content)[TAGS..] {
                [] => values.push(ABSENT),
                tags => values.extend_from_slice(tags),
            },
            Place::Event(_) | Place::Account => values.push(ABSENT),
        }
    }

    /// Passes on each value under which an event of the message counts. `own` are the codes of the event.
    #[inline]
    pub(super) fn of_event(&self, own: &[u32], mut to: impl FnMut(u32)) {
        let of_event = match self.place {
            Place::Event(column) => Some(own[column]),
            Place::EventOrSender { event, .. } => Some(own[event]).filter(|code| *code != ABSENT),
            Place::Message(..) | Place::Tags | Place::Account => None,
        };
        match of_event {
            Some(code) => to(code),
            None => self.of_message.iter().for_each(|code| to(*code)),
        }
    }

    /// Returns the values under which the status of the message counts: none in a dimension of events.
    pub(super) fn of_status(&self) -> &[u32] {
        if self.has_statuses { &self.of_message } else { &[] }
    }
}
