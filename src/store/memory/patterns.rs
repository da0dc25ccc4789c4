//! Which events messages have, apart from their instants and fields.

use rustc_hash::FxHashMap;

use super::codes::Codes;
use super::mark::Mark;

/// The event types of a message's events with what each is the first of, sorted. So messages with equal patterns count
/// alike where neither instants nor fields of events are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern(u128);

/// The patterns of the messages of a segment. Messages with many events, or with a pattern that came late, have none.
#[derive(Debug)]
pub(super) struct Patterns {
    /// For each message, the number of its pattern counted from 1, or [`NO_PATTERN`].
    pub(super) numbers: Codes,
    patterns: Vec<Pattern>,
}

/// The number of what has no pattern.
pub(super) const NO_PATTERN: u32 = 0;

/// The maximum number of patterns of a segment, so that a number has one byte.
pub(super) const MAX_PATTERNS: usize = u8::MAX as usize;

/// A segment has at most one pattern for this number of messages, so that patterns take little memory.
const MESSAGES_PER_PATTERN: usize = 8;

/// The number of bits of a mark in a pattern.
const BITS: u32 = 9;

impl Pattern {
    /// The maximum number of events.
    pub(super) const MAX_EVENTS: usize = 14;

    /// Returns the pattern of events; `None` if there are too many.
    fn of(events: &[Mark]) -> Option<Self> {
        let mut sorted = [0; Self::MAX_EVENTS];
        let sorted = sorted.get_mut(..events.len())?;
        for (sorted, mark) in sorted.iter_mut().zip(events) {
            *sorted = mark.counted();
        }
        sorted.sort_unstable();
        // The first bit tells where the marks start.
        Some(Self(sorted.iter().fold(1, |bits, mark| bits << BITS | u128::from(*mark))))
    }

    /// Returns the marks of the events, without what they carry.
    pub(super) fn marks(self) -> impl Iterator<Item = Mark> {
        let count = (u128::BITS - 1 - self.0.leading_zeros()) / BITS;
        (0..count).map(move |index| Mark::of_counted(self.0 >> (BITS * index)))
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self { numbers: Codes::Same(NO_PATTERN), patterns: Vec::new() }
    }
}

impl Patterns {
    /// Finds the patterns of messages. `ends` has for each of them the index after its last mark.
    pub(super) fn new(ends: &[u32], marks: &[Mark]) -> Self {
        let max = (ends.len() / MESSAGES_PER_PATTERN).clamp(1, MAX_PATTERNS);
        let (mut known, mut patterns, mut start) = (FxHashMap::default(), Vec::new(), 0);
        let mut number = |end: &u32| {
            let events = &marks[start..*end as usize];
            start = *end as usize;
            let Some(pattern) = Pattern::of(events) else { return NO_PATTERN };
            match known.get(&pattern) {
                Some(number) => *number,
                None if patterns.len() < max => {
                    patterns.push(pattern);
                    let number = u32::try_from(patterns.len()).unwrap_or(NO_PATTERN);
                    known.insert(pattern, number);
                    number
                }
                None => NO_PATTERN,
            }
        };
        let numbers: Vec<u32> = ends.iter().map(&mut number).collect();
        patterns.shrink_to_fit();
        Self { numbers: Codes::new(&numbers), patterns }
    }

    /// Returns all patterns; the one at index 0 has the number 1.
    pub(super) fn all(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Returns the number of bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.numbers.heap_bytes() + size_of::<Pattern>() * self.patterns.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::FirstOf;
    use crate::event_type::EventType;
    use crate::store::memory::mark::Carried;

    fn mark(event_type: EventType, is_first: bool, carried: Carried) -> Mark {
        Mark::new(event_type, FirstOf { event_type: is_first, kind: is_first, day: true }, carried)
    }

    #[test]
    fn messages_whose_events_count_alike_have_the_same_pattern_in_any_order() {
        let (sent, opened) = (EventType::Sent, EventType::OpenedMachine);
        let marks = [
            mark(sent, true, Carried::Same),
            mark(opened, false, Carried::Nothing),
            mark(opened, false, Carried::Same),
            mark(sent, true, Carried::Other),
            mark(sent, true, Carried::Same),
            mark(opened, true, Carried::Same),
        ];
        // The last message has no events. There is room for a pattern for every eighth message.
        let ends: Vec<u32> = [2, 4, 6].into_iter().chain(std::iter::repeat_n(6, 21)).collect();
        let patterns = Patterns::new(&ends, &marks);
        assert_eq!([0, 1, 2, 3].map(|row| patterns.numbers.get(row)), [1, 1, 2, 3]);
        let of_first: Vec<_> =
            patterns.all()[0].marks().map(|mark| (mark.event_type(), mark.first_of())).collect();
        assert_eq!(of_first, [0, 1].map(|index: usize| (marks[index].event_type(), marks[index].first_of())));
        assert_eq!(patterns.all()[2].marks().count(), 0);
    }

    #[test]
    fn messages_with_many_events_and_patterns_without_room_have_none() {
        let accepted = mark(EventType::Accepted, false, Carried::Same);
        let marks = vec![accepted; 15];
        let max = u32::try_from(Pattern::MAX_EVENTS).unwrap();
        let patterns = Patterns::new(&[max], &marks);
        assert_eq!((patterns.numbers.get(0), patterns.all()[0].marks().count()), (1, Pattern::MAX_EVENTS));
        assert_eq!(Patterns::new(&[max + 1], &marks).numbers, Codes::Same(NO_PATTERN));
        // One pattern for two messages.
        let patterns = Patterns::new(&[1, 3], &marks);
        assert_eq!([0, 1].map(|row| patterns.numbers.get(row)), [1, NO_PATTERN]);
    }
}
