//! Makes segments.

use std::mem;

use super::codes::Codes;
use super::dictionary::Facts;
use super::history::{Dropped, Entry, History};
use super::mark::{Carried, Mark};
use super::patterns::Patterns;
use super::segment::{EventColumns, Exceptions, FAR, MessageColumns, NO_STATUS, Segment, push_text};
use crate::message::MILLIS_PER_DAY;
use crate::status::Status;

/// Collects messages that were created on one day, ascending by hash. Its allocations are reused for the next segment.
#[derive(Debug, Default)]
pub(super) struct SegmentBuilder {
    segment: Segment,
    sender: Vec<u32>,
    recipient: Vec<u32>,
    content: Vec<u32>,
    dropped: Vec<u32>,
    own: Vec<u32>,
    /// When the message that was started last was created, in milliseconds since 1970.
    created: i64,
    /// Its fields.
    facts: Facts,
    /// What is left of its dropped events.
    left: Option<Dropped>,
}

impl SegmentBuilder {
    /// Returns the number of messages that were collected.
    pub(super) fn len(&self) -> usize {
        self.segment.len()
    }

    /// Returns whether what was collected should become a segment before more is added, so that no offset exceeds 32 bits.
    pub(super) fn is_full(&self) -> bool {
        self.segment.is_full()
    }

    /// Adds a settled history. The hash is not less than that of the message before.
    pub(super) fn push(&mut self, hash: u32, history: &History<'_>) {
        self.start(hash, history);
        history.entries.iter().for_each(|entry| self.event(entry));
        self.end(history.status);
    }

    /// Starts to add a message. Its events and its status follow; those in `head` are ignored.
    pub(super) fn start(&mut self, hash: u32, head: &History<'_>) {
        let start = day_of(head.created) * MILLIS_PER_DAY;
        let row = offset(self.len());
        self.push_message(hash, offset_of(head.created - start), &head.facts);
        (self.created, self.facts) = (head.created, head.facts);
        self.segment.messages.text.push(offset(self.segment.texts.len()));
        push_text(&mut self.segment.texts, head.id);
        let exceptions = &mut self.segment.exceptions;
        exceptions.told.extend(head.facts.told.map(|told| (row, told)));
        self.left = head.dropped;
    }

    /// Adds the next event of the message that was started.
    pub(super) fn event(&mut self, entry: &Entry<'_>) {
        let exceptions = &mut self.segment.exceptions;
        let event = offset(self.segment.events.mark.len());
        let carried = match entry.facts {
            facts if facts == self.facts => Carried::Same,
            Facts::NONE => Carried::Nothing,
            facts => {
                exceptions.facts.push((event, facts));
                Carried::Other
            }
        };
        exceptions.attributes.extend(entry.attributes.iter().map(|map| (event, map.clone())));
        let delay = entry.at - self.created;
        let short = u32::try_from(delay).unwrap_or(FAR);
        if short == FAR {
            exceptions.far.push((event, delay));
        }
        self.segment.events.delay.push(short);
        self.segment.events.mark.push(Mark::new(entry.event_type, entry.first_of, carried));
        self.own.push(entry.own);
        push_text(&mut self.segment.texts, entry.id);
    }

    /// Ends the message that was started.
    pub(super) fn end(&mut self, status: Option<Status>) {
        self.segment.messages.status.push(status.map_or(NO_STATUS, |status| status as u8));
        self.segment.messages.end.push(offset(self.segment.events.mark.len()));
        self.push_dropped(status);
    }

    /// Adds what is left of dropped events.
    fn push_dropped(&mut self, status: Option<Status>) {
        let row = offset(self.len() - 1);
        let exceptions = &mut self.segment.exceptions;
        let like = |types| Dropped::like(types, status, self.facts, self.created);
        let number = match self.left.take() {
            None => 0,
            Some(dropped) if dropped == like(dropped.event_types) => {
                number(&mut exceptions.dropped_types, dropped.event_types)
            }
            Some(dropped) => {
                exceptions.dropped.push((row, dropped));
                0
            }
        };
        self.dropped.push(number);
    }

    /// Adds a message of another segment of the same day.
    pub(super) fn copy(&mut self, from: &Segment, row: usize) {
        let (to_row, events, texts) = (offset(self.len()), from.events_of(row), from.texts_of(row));
        self.push_message(from.messages.hashes[row], from.messages.created[row], &from.facts(row));
        let Segment { messages, events: columns, texts: to_texts, exceptions, .. } = &mut self.segment;
        messages.status.push(from.messages.status[row]);
        messages.text.push(offset(to_texts.len()));
        to_texts.extend_from_slice(texts);
        let to_event = columns.mark.len();
        columns.delay.extend_from_slice(&from.events.delay[events.clone()]);
        columns.mark.extend_from_slice(&from.events.mark[events.clone()]);
        from.events.own.extend_into(events.clone(), &mut self.own);
        messages.end.push(offset(columns.mark.len()));
        let number = from.dropped_types(row).map_or(0, |types| number(&mut exceptions.dropped_types, types));
        self.dropped.push(number);
        let Exceptions { far, facts, attributes, told, dropped_types: _, dropped } = &from.exceptions;
        copy_rows(told, row..row + 1, to_row, &mut exceptions.told);
        copy_rows(dropped, row..row + 1, to_row, &mut exceptions.dropped);
        copy_rows(far, events.clone(), offset(to_event), &mut exceptions.far);
        copy_rows(facts, events.clone(), offset(to_event), &mut exceptions.facts);
        copy_rows(attributes, events, offset(to_event), &mut exceptions.attributes);
    }

    /// Returns the segment of the messages that were collected, and is empty afterwards.
    pub(super) fn finish(&mut self, day: u32) -> Segment {
        let segment = self.finish_for_copies(day);
        let patterns = Patterns::new(&segment.messages.end, &segment.events.mark);
        Segment { last: segment.latest(), patterns, ..segment }
    }

    /// As [`SegmentBuilder::finish`], for a segment of which only messages are copied: in any order, without its end and patterns.
    pub(super) fn finish_for_copies(&mut self, day: u32) -> Segment {
        let Segment { messages, events, texts, exceptions, .. } = &mut self.segment;
        let segment = Segment {
            day,
            last: 0,
            messages: MessageColumns {
                hashes: exact(&mut messages.hashes),
                created: exact(&mut messages.created),
                sender: Codes::new(&self.sender),
                recipient: Codes::new(&self.recipient),
                content: Codes::new(&self.content),
                dropped: Codes::new(&self.dropped),
                status: exact(&mut messages.status),
                end: exact(&mut messages.end),
                text: exact(&mut messages.text),
            },
            events: EventColumns {
                delay: exact(&mut events.delay),
                mark: exact(&mut events.mark),
                own: Codes::new(&self.own),
            },
            texts: exact(texts),
            exceptions: mem::take(exceptions),
            patterns: Patterns::default(),
        };
        [&mut self.sender, &mut self.recipient, &mut self.content, &mut self.dropped, &mut self.own]
            .into_iter()
            .for_each(Vec::clear);
        segment
    }

    fn push_message(&mut self, hash: u32, created: u32, facts: &Facts) {
        self.segment.messages.hashes.push(hash);
        self.segment.messages.created.push(created);
        self.sender.push(facts.sender);
        self.recipient.push(facts.recipient);
        self.content.push(facts.content);
    }
}

/// Returns the number, from 1, of a set of event types, which is added to the others if it is new. There are few.
fn number(sets: &mut Vec<u64>, types: u64) -> u32 {
    let index = sets.iter().position(|known| *known == types).unwrap_or_else(|| {
        sets.push(types);
        sets.len() - 1
    });
    offset(index + 1)
}

/// Returns the day of an instant, counted from 1970.
pub(super) fn day_of(at: i64) -> i64 {
    at.div_euclid(MILLIS_PER_DAY)
}

/// Copies the exceptions of `rows` to other rows, from `to` on.
fn copy_rows<T: Clone>(from: &[(u32, T)], rows: std::ops::Range<usize>, to: u32, out: &mut Vec<(u32, T)>) {
    let first = from.partition_point(|(row, _)| (*row as usize) < rows.start);
    let copied = from[first..].iter().take_while(|(row, _)| (*row as usize) < rows.end);
    out.extend(copied.map(|(row, value)| (*row - offset(rows.start) + to, value.clone())));
}

/// Takes the items in an allocation of their size, and leaves the allocation for others.
fn exact<T: Clone>(items: &mut Vec<T>) -> Vec<T> {
    let exact = items.as_slice().to_vec();
    items.clear();
    exact
}

/// Returns the number of a row or byte. Segments are too small for more than 2^32 of them.
fn offset(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn offset_of(millis: i64) -> u32 {
    u32::try_from(millis).unwrap_or(u32::MAX)
}
