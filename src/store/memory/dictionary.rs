//! What the codes of an account mean.

use std::sync::Arc;

use chrono::DateTime;

use super::columns::{ATTEMPT_NUMBER, Part, TAGS};
use super::list::List;
use crate::dimension::Dimension;
use crate::event::{EventFields, MessageFields, Stream};

/// The code of a value that is absent, and of a combination without values.
pub(super) const ABSENT: u32 = 0;

/// The values of each dimension, and the combinations of values of each [`Part`]. Codes count from 1.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    values: Box<[List<Arc<str>>]>,
    rows: [List<Arc<[u32]>>; Part::COUNT],
    /// The bytes of all values and combinations.
    bytes: usize,
}

/// The fields of a message, as far as one event has them, or as all of them have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Facts {
    pub(super) sender: u32,
    pub(super) recipient: u32,
    pub(super) content: u32,
    /// When the message was created, in milliseconds since 1970, if an event tells.
    pub(super) told: Option<i64>,
}

impl Facts {
    /// Nothing is known.
    pub(super) const NONE: Self = Self { sender: ABSENT, recipient: ABSENT, content: ABSENT, told: None };

    /// Returns the code of the combination of a part; [`ABSENT`] for [`Part::Own`].
    pub(super) const fn code(&self, part: Part) -> u32 {
        match part {
            Part::Sender => self.sender,
            Part::Recipient => self.recipient,
            Part::Content => self.content,
            Part::Own => ABSENT,
        }
    }
}

impl Default for Dictionary {
    fn default() -> Self {
        Self { values: vec![List::default(); Dimension::COUNT].into(), rows: Default::default(), bytes: 0 }
    }
}

impl Dictionary {
    /// Returns the values of a dimension; the value at index 0 has the code 1.
    pub(super) fn values(&self, dimension: Dimension) -> &List<Arc<str>> {
        &self.values[dimension as usize]
    }

    /// Returns the combinations of a part; the one at index 0 has the code 1.
    pub(super) fn rows(&self, part: Part) -> &List<Arc<[u32]>> {
        &self.rows[part as usize]
    }

    /// Returns the value with a code; `None` if it is absent.
    pub(super) fn value(&self, dimension: Dimension, code: u32) -> Option<&Arc<str>> {
        self.values(dimension).get((code as usize).checked_sub(1)?)
    }

    /// Returns the code of a value; `None` if no mail has it. It is a linear scan, for readers without an
    /// [`Interner`](super::interner::Interner).
    pub(super) fn code(&self, dimension: Dimension, value: &str) -> Option<u32> {
        let index = self.values(dimension).iter().position(|known| **known == *value)?;
        u32::try_from(index + 1).ok()
    }

    /// Returns the codes of the values of a combination.
    pub(super) fn row(&self, part: Part, code: u32) -> &[u32] {
        const NO_VALUES: [u32; Part::Own.width()] = [ABSENT; Part::Own.width()];
        let row = (code as usize).checked_sub(1).and_then(|index| self.rows(part).get(index));
        match row {
            Some(row) => row,
            None => &NO_VALUES[..part.width()],
        }
    }

    /// Returns the number of bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + Dimension::COUNT * size_of::<List<Arc<str>>>() + self.bytes
    }

    /// Appends a value, and returns its code.
    pub(super) fn push_value(&mut self, dimension: Dimension, value: Arc<str>) -> u32 {
        self.bytes += ARC + value.len();
        push(&mut self.values[dimension as usize], value)
    }

    /// Appends a combination, and returns its code.
    pub(super) fn push_row(&mut self, part: Part, row: Arc<[u32]>) -> u32 {
        self.bytes += ARC + size_of_val(&*row);
        push(&mut self.rows[part as usize], row)
    }

    /// Shares everything with clones that are made from now on.
    pub(super) fn seal(&mut self) {
        self.values.iter_mut().for_each(List::seal);
        self.rows.iter_mut().for_each(List::seal);
    }

    /// Returns the fields of a message.
    pub(super) fn message_fields(&self, facts: &Facts) -> MessageFields {
        let text = |part, column: usize| {
            let dimension = part_dimension(part, column);
            self.value(dimension, self.row(part, facts.code(part))[column]).cloned()
        };
        let tags = &self.row(Part::Content, facts.content)[TAGS..];
        MessageFields {
            subaccount: text(Part::Sender, 0),
            domain: text(Part::Sender, 1),
            stream: text(Part::Sender, 2).as_deref().and_then(stream),
            mailbox: text(Part::Sender, 3),
            ip: text(Part::Sender, 4),
            ip_pool: text(Part::Sender, 5),
            open_tracking: text(Part::Sender, 6).as_deref().map(is_true),
            click_tracking: text(Part::Sender, 7).as_deref().map(is_true),
            recipient_domain: text(Part::Recipient, 0),
            provider: text(Part::Recipient, 1),
            category: text(Part::Content, 0),
            campaign: text(Part::Content, 1),
            tags: tags.iter().filter_map(|tag| self.value(Dimension::Tag, *tag).cloned()).collect(),
            created: facts.told.and_then(DateTime::from_timestamp_millis),
        }
    }

    /// Returns the fields of an event itself.
    pub(super) fn event_fields(&self, own: u32) -> EventFields {
        let row = self.row(Part::Own, own);
        let text = |column: usize| self.value(part_dimension(Part::Own, column), row[column]).cloned();
        EventFields {
            country: text(0),
            device: text(1),
            client: text(2),
            bot: text(3),
            attempt: std::num::NonZeroU32::new(row[ATTEMPT_NUMBER]),
            optimized: text(5).as_deref().map(is_true),
            transport: text(6),
            attempt_ip: text(7),
            attempt_ip_pool: text(8),
            reason: text(9),
            code: text(10).and_then(|code| code.parse().ok()),
        }
    }
}

/// The bytes of a pointer with a length, and of the two counts of what it points to.
const ARC: usize = 4 * size_of::<usize>();

fn push<T: Clone>(list: &mut List<T>, item: T) -> u32 {
    list.push(item);
    // The machine has less memory than 2^32 items need.
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

fn part_dimension(part: Part, column: usize) -> Dimension {
    part.dimensions()[column]
}

fn is_true(flag: &str) -> bool {
    flag == "true"
}

fn stream(name: &str) -> Option<Stream> {
    name.parse().ok()
}
