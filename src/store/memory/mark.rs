//! What is most often asked of an event, in two bytes.

use crate::counts::FirstOf;
use crate::event_type::EventType;

/// The event type, what the event is the first of, and whether it has the fields of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u16);

/// Which fields of its message an event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// All of them, and no other.
    Same,
    Nothing,
    /// Those in the list of exceptions.
    Other,
}

/// The number of places for event types in arrays of counts.
pub(super) const TYPES: usize = 64;

const FIRST_OF_TYPE: u16 = 1 << 6;
const FIRST_OF_KIND: u16 = 1 << 7;
const FIRST_OF_DAY: u16 = 1 << 8;
const COUNTED: u16 = (1 << 9) - 1;
const CARRIES_NOTHING: u16 = 1 << 9;
const CARRIES_OTHER: u16 = 1 << 10;

impl Mark {
    pub(super) fn new(event_type: EventType, first_of: FirstOf, carried: Carried) -> Self {
        const { assert!(EventType::COUNT <= TYPES) };
        let flag = |is_set: bool, flag: u16| if is_set { flag } else { 0 };
        let FirstOf { event_type: of_type, kind, day } = first_of;
        let firsts = flag(of_type, FIRST_OF_TYPE) | flag(kind, FIRST_OF_KIND) | flag(day, FIRST_OF_DAY);
        let carried = match carried {
            Carried::Same => 0,
            Carried::Nothing => CARRIES_NOTHING,
            Carried::Other => CARRIES_OTHER,
        };
        Self(event_type as u16 | firsts | carried)
    }

    /// Returns the bits of the event type and of what the event is the first of: the lowest nine.
    #[inline]
    pub(super) fn counted(self) -> u16 {
        self.0 & COUNTED
    }

    /// Makes a mark of its lowest nine bits: that of an event with all fields of its message.
    #[inline]
    pub(super) fn of_counted(bits: u128) -> Self {
        Self(u16::try_from(bits & u128::from(COUNTED)).unwrap_or_default())
    }

    /// Returns the place of the event type in [`EventType::ALL`].
    #[inline]
    pub(super) fn type_index(self) -> usize {
        usize::from(self.0) % TYPES
    }

    pub(super) fn event_type(self) -> EventType {
        // Only event types are stored.
        EventType::ALL.get(self.type_index()).copied().unwrap_or(EventType::Accepted)
    }

    /// Returns what the event is the first of, as an index of [`FIRSTS`].
    #[inline]
    pub(super) fn firsts_index(self) -> usize {
        usize::from(self.0 >> 6) % FIRSTS.len()
    }

    pub(super) fn first_of(self) -> FirstOf {
        let has = |flag| self.0 & flag != 0;
        FirstOf { event_type: has(FIRST_OF_TYPE), kind: has(FIRST_OF_KIND), day: has(FIRST_OF_DAY) }
    }

    pub(super) fn carried(self) -> Carried {
        match self.0 & (CARRIES_NOTHING | CARRIES_OTHER) {
            0 => Carried::Same,
            CARRIES_NOTHING => Carried::Nothing,
            _ => Carried::Other,
        }
    }
}

/// What an event adds to the four figures of its event type: the total, and the uniques of the event type, of the kind and of
/// the kind on its day.
pub(super) const FIRSTS: [[i16; 4]; 8] = {
    let mut sums = [[1, 0, 0, 0]; 8];
    let mut index = 0;
    while index < sums.len() {
        sums[index][1] = if index & 1 > 0 { 1 } else { 0 };
        sums[index][2] = if index & 2 > 0 { 1 } else { 0 };
        sums[index][3] = if index & 4 > 0 { 1 } else { 0 };
        index += 1;
    }
    sums
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_has_what_it_was_made_of() {
        for event_type in EventType::ALL {
            for bits in 0..8_u8 {
                let [of_type, kind, day] = [bits & 1 > 0, bits & 2 > 0, bits & 4 > 0];
                let first_of = FirstOf { event_type: of_type, kind, day };
                for carried in [Carried::Same, Carried::Nothing, Carried::Other] {
                    let mark = Mark::new(event_type, first_of, carried);
                    assert_eq!(
                        (mark.event_type(), mark.first_of(), mark.carried()),
                        (event_type, first_of, carried)
                    );
                    let sums = [1, i16::from(of_type), i16::from(kind), i16::from(day)];
                    assert_eq!(FIRSTS[mark.firsts_index()], sums);
                }
            }
        }
    }
}
