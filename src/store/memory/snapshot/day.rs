//! Writes and reads the messages of a day.

use std::collections::HashSet;
use std::io::Read;
use std::mem;
use std::sync::Arc;

use super::super::account::Account;
use super::super::builder::SegmentBuilder;
use super::super::columns::Part;
use super::super::day::{Day, DayPart, MAX_MERGED};
use super::super::dictionary::{Dictionary, Facts};
use super::super::edit::MAX_EVENTS_PER_MESSAGE;
use super::super::file::{Decoder, Encoder};
use super::super::history::{Dropped, Entry, History, Progress};
use super::super::segment::Segment;
use super::attributes;
use super::dictionary::read_code;
use super::input::Input;
use super::names::Names;
use super::output::Output;
use crate::event::{Event, is_valid_instant};
use crate::event_type::EventType;
use crate::message::MILLIS_PER_DAY;
use crate::store::snapshot_error::SnapshotError;

// The flags of an event: which fields of its message it has, and whether it has attributes.
const CARRIES_NOTHING: u8 = 1;
const CARRIES_OTHER: u8 = 2;
const HAS_ATTRIBUTES: u8 = 4;

/// Writes the messages of a day that are valid.
pub(super) fn write(output: &mut Output<'_, '_>, day: &Day) -> Result<(), SnapshotError> {
    let count: usize = day.parts.iter().map(DayPart::len).sum();
    output.record(|encoder| {
        encoder.varint(day.day.into());
        encoder.varint(count as u64);
    })?;
    for part in &day.parts {
        let start = part.segment.start();
        part.rows().try_for_each(|row| write_message(output, &part.segment.history(row), start))?;
    }
    Ok(())
}

fn write_message(
    output: &mut Output<'_, '_>,
    history: &History<'_>,
    start: i64,
) -> Result<(), SnapshotError> {
    output.record(|encoder| {
        encoder.str(history.id);
        encoder.varint((history.created - start).cast_unsigned());
        write_facts(encoder, &history.facts);
        encoder.u8(history.dropped.is_some().into());
        history.dropped.iter().for_each(|dropped| write_dropped(encoder, dropped));
        encoder.varint(history.entries.len() as u64);
    })?;
    history.entries.iter().try_for_each(|entry| output.record(|encoder| write_event(encoder, entry, history)))
}

fn write_event(encoder: &mut Encoder, entry: &Entry<'_>, history: &History<'_>) {
    let carried = match entry.facts {
        facts if facts == history.facts => 0,
        Facts::NONE => CARRIES_NOTHING,
        _ => CARRIES_OTHER,
    };
    encoder.str(entry.id);
    encoder.varint((entry.at - history.created).cast_unsigned());
    encoder.u8(entry.event_type as u8);
    encoder.u8(carried | if entry.attributes.is_some() { HAS_ATTRIBUTES } else { 0 });
    encoder.varint(entry.own.into());
    if carried == CARRIES_OTHER {
        write_facts(encoder, &entry.facts);
    }
    entry.attributes.iter().for_each(|attributes| attributes::write(encoder, attributes));
}

fn write_facts(encoder: &mut Encoder, facts: &Facts) {
    [facts.sender, facts.recipient, facts.content].iter().for_each(|code| encoder.varint((*code).into()));
    // No event is of the first instant of 1970.
    encoder.varint(facts.told.unwrap_or_default().cast_unsigned());
}

fn write_dropped(encoder: &mut Encoder, dropped: &Dropped) {
    let Dropped { event_types, status, facts, created } = dropped;
    encoder.varint(event_types.count_ones().into());
    let is_dropped = |event_type: &EventType| event_types >> *event_type as u32 & 1 == 1;
    EventType::ALL.iter().filter(|it| is_dropped(it)).for_each(|event_type| encoder.u8(*event_type as u8));
    encoder.u8(status.map_or(0, |status| status as u8 + 1));
    write_facts(encoder, facts);
    encoder.varint(created.cast_unsigned());
}

/// Reads the messages of all days into an account, whose dictionary is known.
pub(super) fn read_all<R: Read>(
    input: &mut Input<R>,
    names: &Names,
    hash: &dyn Fn(&str) -> u32,
    account: &mut Account,
) -> Result<(), SnapshotError> {
    let dictionary = Arc::clone(&account.dictionary);
    let mut reader = Reader::new(names, &dictionary, hash);
    for _ in 0..input.count()? {
        let (number, count) = input.record(|decoder| Ok((decoder.at_most(u32::MAX)?, decoder.varint()?)))?;
        if account.days.last().is_some_and(|last| last.day >= number) {
            return Err(input.damaged(format!("the day {number} after a later one")));
        }
        let day = reader.day(input, number, count)?;
        let last = day.parts.iter().map(|part| part.segment.last).max();
        account.last = account.last.max(last.unwrap_or(0));
        account.messages += day.parts.iter().map(DayPart::len).sum::<usize>();
        account.events += day.parts.iter().map(|part| part.segment.event_count()).sum::<usize>();
        account.days.push(Arc::new(day));
    }
    let mut index = mem::take(&mut reader.index);
    index.sort_unstable();
    if has_repeats(account, &index) {
        return Err(input.damaged("the days before have a message for a second time"));
    }
    account.index.add(index);
    Ok(())
}

/// Returns whether a message occurs twice. `index` has the hash and the day of each, ascending.
fn has_repeats(account: &Account, index: &[(u32, u32)]) -> bool {
    let same_hash = index.chunk_by(|(one, _), (other, _)| one == other).filter(|entries| entries.len() > 1);
    same_hash.into_iter().any(|entries| {
        let (hash, mut days) = (entries[0].0, entries.iter().map(|(_, day)| *day).collect::<Vec<u32>>());
        days.dedup();
        let parts = days.iter().filter_map(|day| account.day(*day)).flat_map(|day| &day.parts);
        let mut ids = parts.flat_map(|part| part.segment.with_hash(hash).map(|row| part.segment.id(row)));
        let mut known = HashSet::new();
        !ids.all(|id| known.insert(id))
    })
}

/// Reads messages.
struct Reader<'a> {
    names: &'a Names,
    dictionary: &'a Dictionary,
    hash: &'a dyn Fn(&str) -> u32,
    /// The hash and the day of each message.
    index: Vec<(u32, u32)>,
    /// The messages of a segment in the order of the file, then in that of their hashes.
    unsorted: SegmentBuilder,
    sorted: SegmentBuilder,
    /// The id and the instant of the event before, of the same message.
    last_id: String,
    last_at: i64,
}

impl<'a> Reader<'a> {
    fn new(names: &'a Names, dictionary: &'a Dictionary, hash: &'a dyn Fn(&str) -> u32) -> Self {
        let (unsorted, sorted) = (SegmentBuilder::default(), SegmentBuilder::default());
        Self {
            names,
            dictionary,
            hash,
            index: Vec::new(),
            unsorted,
            sorted,
            last_id: String::new(),
            last_at: 0,
        }
    }

    fn day<R: Read>(&mut self, input: &mut Input<R>, number: u32, count: u64) -> Result<Day, SnapshotError> {
        let mut day = Day { day: number, parts: Vec::new() };
        for _ in 0..count {
            if self.unsorted.len() >= MAX_MERGED || self.unsorted.is_full() {
                day.parts.push(DayPart::new(self.segment(number)));
            }
            self.message(input, number)?;
        }
        if self.unsorted.len() > 0 {
            day.parts.push(DayPart::new(self.segment(number)));
        }
        if day.parts.is_empty() {
            return Err(input.damaged("a day without messages"));
        }
        Ok(day)
    }

    /// Makes a segment of the messages that were read.
    fn segment(&mut self, day: u32) -> Segment {
        let unsorted = self.unsorted.finish_for_copies(day);
        let hashes = &unsorted.messages.hashes;
        let mut rows: Vec<usize> = (0..unsorted.len()).collect();
        rows.sort_unstable_by_key(|row| hashes[*row]);
        self.index.extend(hashes.iter().map(|hash| (*hash, day)));
        rows.iter().for_each(|row| self.sorted.copy(&unsorted, *row));
        self.sorted.finish(day)
    }

    /// Reads a message with its events.
    fn message<R: Read>(&mut self, input: &mut Input<R>, day: u32) -> Result<(), SnapshotError> {
        let (head, events) = input.record(|decoder| self.head(decoder, day))?;
        let mut progress = Progress::after(head.dropped.as_ref());
        self.last_id.clear();
        self.last_at = head.created;
        for _ in 0..events {
            input.record(|decoder| self.event(decoder, &head, &mut progress))?;
        }
        if progress.created() != head.created {
            let (told, found) = (head.created, progress.created());
            return Err(input.damaged(format!("a message of {told} whose first event is of {found}")));
        }
        self.unsorted.end(progress.status());
        Ok(())
    }

    /// Reads a message without its id and its events, and the number of events.
    fn head(
        &mut self,
        decoder: &mut Decoder<'_>,
        day: u32,
    ) -> Result<(History<'static>, u32), SnapshotError> {
        let id = decoder.text(Event::MAX_TEXT_BYTES)?;
        let offset = decoder.at_most(u32::try_from(MILLIS_PER_DAY - 1).unwrap_or(u32::MAX))?;
        let created = valid(decoder, i64::from(day) * MILLIS_PER_DAY + i64::from(offset))?;
        let facts = self.facts(decoder)?;
        let dropped = if decoder.at_most(1)? == 1 { Some(self.dropped(decoder)?) } else { None };
        let events = decoder.at_most(u32::try_from(MAX_EVENTS_PER_MESSAGE).unwrap_or(u32::MAX))?;
        self.unsorted.start((self.hash)(id), &History { id, dropped, created, facts, ..History::default() });
        Ok((History { dropped, created, facts, ..History::default() }, events))
    }

    /// Reads an event of a message.
    fn event(
        &mut self,
        decoder: &mut Decoder<'_>,
        head: &History<'_>,
        progress: &mut Progress,
    ) -> Result<(), SnapshotError> {
        let id = decoder.text(Event::MAX_TEXT_BYTES)?;
        let delay = i64::try_from(decoder.varint()?).ok().and_then(|delay| head.created.checked_add(delay));
        let at = valid(decoder, delay.unwrap_or(i64::MAX))?;
        if (at, id) <= (self.last_at, &*self.last_id) {
            return Err(decoder.damaged(format!("the event `{id}` after a later one")));
        }
        let event_type = self.names.event_type(decoder)?;
        let flags = decoder.u8()?;
        let own = read_code(decoder, self.dictionary.rows(Part::Own))?;
        let facts = match flags & !HAS_ATTRIBUTES {
            0 => head.facts,
            CARRIES_NOTHING => Facts::NONE,
            CARRIES_OTHER => self.facts(decoder)?,
            _ => return Err(decoder.damaged(format!("the flags {flags} of an event"))),
        };
        let has_attributes = flags & HAS_ATTRIBUTES > 0;
        let attributes = has_attributes.then(|| attributes::read(decoder)).transpose()?.map(Arc::new);
        let first_of = progress.next(event_type, at, facts.told);
        self.unsorted.event(&Entry { id, at, event_type, facts, own, attributes, first_of });
        self.last_at = at;
        self.last_id.clear();
        self.last_id.push_str(id);
        Ok(())
    }

    fn facts(&self, decoder: &mut Decoder<'_>) -> Result<Facts, SnapshotError> {
        let mut code = |part| read_code(decoder, self.dictionary.rows(part));
        let (sender, recipient, content) =
            (code(Part::Sender)?, code(Part::Recipient)?, code(Part::Content)?);
        let told = match decoder.varint()? {
            0 => None,
            told => Some(valid(decoder, i64::try_from(told).unwrap_or(i64::MAX))?),
        };
        Ok(Facts { sender, recipient, content, told })
    }

    fn dropped(&self, decoder: &mut Decoder<'_>) -> Result<Dropped, SnapshotError> {
        let mut event_types = 0;
        for _ in 0..decoder.count(1)? {
            event_types |= 1 << self.names.event_type(decoder)? as u32;
        }
        let (status, facts) = (self.names.status(decoder)?, self.facts(decoder)?);
        let created = i64::try_from(decoder.varint()?).unwrap_or(i64::MAX);
        Ok(Dropped { event_types, status, facts, created: valid(decoder, created)? })
    }
}

/// Checks that an event can be of an instant.
fn valid(decoder: &Decoder<'_>, at: i64) -> Result<i64, SnapshotError> {
    match is_valid_instant(at) {
        true => Ok(at),
        false => Err(decoder.damaged(format!("the instant {at}, which is not from 2000 to 9999"))),
    }
}
