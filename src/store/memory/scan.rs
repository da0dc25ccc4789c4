//! Counting messages and events in their columns.

use std::collections::HashMap;

use super::account::Account;
use super::cell::status_place;
use super::clock::Clock;
use super::codes::Codes;
use super::columns::{Part, Place};
use super::day::DayPart;
use super::dictionary::ABSENT;
use super::mark::FIRSTS;
use super::pair::Pairs;
use super::pattern_sums::PatternSums;
use super::patterns::{MAX_PATTERNS, NO_PATTERN, Patterns};
use super::question::Question;
use super::segment::Segment;
use super::sums::Sums;
use super::tables::{NOT_KEPT, Table};
use crate::query::Timing;

/// The sums of an account while its messages are added.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    timing: Timing,
    has_statuses: bool,
    /// Finds the bucket of what is counted.
    clock: &'a Clock,
    tables: [Table<'a>; 3],
    own: Own<'a>,
    groups: Groups,
    sums: Sums,
    by_pattern: PatternSums,
    /// The number of the question's dimensions.
    dimensions: usize,
    /// The rows of a segment that pass the filters of messages. The allocation is reused.
    rows: Vec<u32>,
    /// A flag for each row of a segment. The allocation is reused.
    kept: Vec<bool>,
}

/// The message that is added.
#[derive(Clone, Copy, Debug)]
struct Current<'s> {
    segment: &'s Segment,
    row: usize,
    sender: u32,
    created: i64,
    /// The bucket of its creation, if that is needed.
    created_in: Option<u32>,
    /// The bucket of all instants of the segment, if that is known.
    all_in: Option<u32>,
}

/// A bucket, the codes of the values in the order of the question's dimensions, and the sums.
type ScannedRow = (u32, Box<[u32]>, Box<[[i64; 4]]>);

/// What one thread counted of one account.
#[derive(Debug)]
pub(super) struct Scanned {
    /// The index of the account.
    pub(super) account: usize,
    /// Whether it is subtracted.
    pub(super) is_minus: bool,
    pub(super) rows: Vec<ScannedRow>,
    /// Whether there are too many rows, so that some are missing.
    pub(super) is_full: bool,
}

/// What the question makes of the fields of events.
#[derive(Debug)]
enum Own<'a> {
    /// It does not ask for them.
    Trivial,
    Table(Table<'a>),
    /// A value of the event wins over one of its message.
    Pairs(Pairs<'a>),
}

/// The local groups of a message in each part, and of an event.
type Locals = [u32; Part::COUNT];

/// Numbers the groups of the answer.
#[derive(Debug)]
enum Groups {
    /// Only one part has dimensions: its local groups are the groups.
    Of(usize),
    Several {
        numbers: HashMap<Locals, u32, rustc_hash::FxBuildHasher>,
        locals: Vec<Locals>,
    },
}

impl<'a> Scan<'a> {
    pub(super) fn new(question: &'a Question<'a>, account: &'a Account, clock: &'a Clock) -> Self {
        let (dictionary, filters, dimensions) =
            (&*account.dictionary, &question.filters[..], question.plan.dimensions);
        let table = |part| Table::new(part, dictionary, filters, dimensions);
        let tables = [table(Part::Sender), table(Part::Recipient), table(Part::Content)];
        let has_fallback = |place| matches!(place, Place::EventOrSender { .. });
        let asked = dimensions.iter().copied().chain(filters.iter().map(|filter| filter.dimension()));
        let own = match table(Part::Own) {
            _ if asked.map(Place::of).any(has_fallback) => {
                Own::Pairs(Pairs::new(dictionary, filters, dimensions))
            }
            table if table.is_trivial() => Own::Trivial,
            table => Own::Table(table),
        };
        let of_own = match &own {
            Own::Trivial => None,
            Own::Table(table) => table.has_groups().then(|| Some(table.max_groups())),
            Own::Pairs(_) => Some(None),
        };
        // The parts that have groups, each with an upper limit of their number.
        let of_tables = tables.iter().enumerate().filter(|(_, table)| table.has_groups());
        let mut with_groups: Vec<_> =
            of_tables.map(|(part, table)| (part, Some(table.max_groups()))).collect();
        with_groups.extend(of_own.map(|max_groups| (Part::Own as usize, max_groups)));
        let (groups, max_groups) = match with_groups[..] {
            [] => (Groups::Of(0), Some(1)),
            [(only, max_groups)] => (Groups::Of(only), max_groups),
            _ => (Groups::Several { numbers: HashMap::default(), locals: Vec::new() }, None),
        };
        let places = question.places & account.places;
        let sums = Sums::new(places, question.buckets(), max_groups, question.plan.max_rows);
        let (timing, has_statuses) = (question.plan.timing, question.plan.statuses);
        Self {
            timing,
            has_statuses,
            clock,
            tables,
            own,
            groups,
            by_pattern: PatternSums::new(sums.width()),
            sums,
            dimensions: dimensions.len(),
            rows: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Adds all messages of a part of a day.
    pub(super) fn add(&mut self, part: &DayPart) {
        let segment = &*part.segment;
        let (first, last) = segment.span(self.timing);
        let rows = self.kept_rows(part);
        match (self.clock.bucket_of_all(first, last), &self.own) {
            (Some(bucket), Own::Trivial) => self.add_by_pattern(segment, &rows, bucket),
            (all_in, _) => rows.iter().for_each(|row| self.add_message(segment, *row as usize, all_in)),
        }
        self.rows = rows;
    }

    /// Adds messages that pass the filters of messages, and whose events are all in one bucket and have no fields that are asked
    /// for.
    fn add_by_pattern(&mut self, segment: &Segment, rows: &[u32], bucket: u32) {
        self.by_pattern.start(&segment.patterns, bucket, &mut self.sums);
        for row in rows.iter().map(|row| *row as usize) {
            let pattern = segment.patterns.numbers.get(row);
            if pattern == NO_PATTERN {
                self.add_message(segment, row, Some(bucket));
                continue;
            }
            let status = if self.has_statuses { segment.status(row) } else { None };
            let status = status.and_then(|status| self.sums.place(status_place(status)));
            self.each_locals(segment, row, |scan, locals| {
                let group = scan.groups.number(locals);
                scan.by_pattern.add(group, pattern, status, &mut scan.sums);
            });
        }
    }

    /// Calls `add` with the local groups of a message, without that of its events: once, or for each of its tags.
    #[inline]
    fn each_locals(&mut self, segment: &Segment, row: usize, mut add: impl FnMut(&mut Self, Locals)) {
        let messages = &segment.messages;
        let codes = [messages.sender.get(row), messages.recipient.get(row), messages.content.get(row)];
        let mut locals = [0; Part::COUNT];
        for ((local, table), code) in locals.iter_mut().zip(&mut self.tables).zip(codes) {
            *local = table.answer(code);
        }
        let content = Part::Content as usize;
        match self.tables[content].list(locals[content]).map(<[u32]>::to_vec) {
            None => add(self, locals),
            Some(groups) => {
                for group in groups {
                    locals[content] = group;
                    add(self, locals);
                }
            }
        }
    }

    /// Returns the rows of the messages that pass the filters of messages.
    fn kept_rows(&mut self, part: &DayPart) -> Vec<u32> {
        let segment = &*part.segment;
        let mut kept = std::mem::take(&mut self.kept);
        kept.clear();
        match part.is_whole() {
            true => kept.resize(segment.len(), true),
            false => kept.extend((0..segment.len()).map(|row| part.is_live(row))),
        }
        let columns = [&segment.messages.sender, &segment.messages.recipient, &segment.messages.content];
        for (table, codes) in self.tables.iter_mut().zip(columns).filter(|(table, _)| table.has_filters()) {
            keep(&mut kept, codes, |code| table.answer(code) != NOT_KEPT);
        }
        if let Some(counts) = self.counting_patterns(&segment.patterns) {
            keep(&mut kept, &segment.patterns.numbers, |number| counts[number as usize % counts.len()]);
        }
        let mut rows = std::mem::take(&mut self.rows);
        collect_rows(&kept, &mut rows);
        self.kept = kept;
        rows
    }

    /// Returns which patterns have something that is counted, by their numbers; `None` if all have.
    fn counting_patterns(&self, patterns: &Patterns) -> Option<[bool; MAX_PATTERNS + 1]> {
        let mut counts = [true; MAX_PATTERNS + 1];
        for (counts, pattern) in counts.iter_mut().skip(1).zip(patterns.all()) {
            *counts = self.has_statuses || pattern.marks().any(|mark| self.sums.counts(mark.type_index()));
        }
        counts.contains(&false).then_some(counts)
    }

    /// Adds a message that passes the filters of messages. `all_in` is the bucket of all instants of the segment, if that is known.
    #[inline]
    fn add_message(&mut self, segment: &Segment, row: usize, all_in: Option<u32>) {
        let created = segment.created(row);
        let created_in = match (self.timing, self.has_statuses) {
            (Timing::Event, false) => None,
            (Timing::Event, true) | (Timing::Send, _) => all_in.or_else(|| self.clock.bucket(created)),
        };
        if self.timing == Timing::Send && created_in.is_none() {
            return;
        }
        let sender = segment.messages.sender.get(row);
        let current = Current { segment, row, sender, created, created_in, all_in };
        self.each_locals(segment, row, |scan, locals| scan.add_groups(&current, locals));
    }

    /// Adds a message to the groups with these local groups of the message.
    #[inline]
    fn add_groups(&mut self, current: &Current<'_>, mut locals: Locals) {
        let Current { segment, row, sender, created, created_in, all_in } = *current;
        let of_message = match self.own {
            Own::Trivial => Some(self.groups.number(locals)),
            Own::Table(_) | Own::Pairs(_) => None,
        };
        for event in segment.events_of(row) {
            let mark = segment.events.mark[event];
            if !self.sums.counts(mark.type_index()) {
                continue;
            }
            let bucket = match self.timing {
                Timing::Event => all_in.or_else(|| self.clock.bucket(segment.at(created, event))),
                Timing::Send => created_in,
            };
            let Some(bucket) = bucket else { continue };
            let group = match (&mut self.own, of_message) {
                (_, Some(group)) => group,
                (own, None) => {
                    let own = match own {
                        Own::Trivial => 0,
                        Own::Table(table) => table.answer(segment.events.own.get(event)),
                        Own::Pairs(pairs) => pairs.answer(sender, segment.events.own.get(event)),
                    };
                    if own == NOT_KEPT {
                        continue;
                    }
                    locals[Part::Own as usize] = own;
                    self.groups.number(locals)
                }
            };
            self.sums.add(bucket, group, mark.type_index(), FIRSTS[mark.firsts_index()]);
        }
        if let (true, Some(bucket), Some(status)) = (self.has_statuses, created_in, segment.status(row)) {
            // A question with statuses has no dimension of events.
            let group = of_message.unwrap_or_else(|| self.groups.number(locals));
            self.sums.add(bucket, group, status_place(status), [1_i16, 0, 0, 0]);
        }
    }

    /// Returns what was counted of an account with this index.
    pub(super) fn finish(mut self, account: usize, is_minus: bool) -> Scanned {
        self.by_pattern.finish(&mut self.sums);
        let rows =
            self.sums.iter().map(|(bucket, group, figures)| (bucket, self.values(group), figures.into()));
        Scanned { account, is_minus, rows: rows.collect(), is_full: self.sums.is_full() }
    }

    /// Returns the codes of the values of a group, in the order of the question's dimensions.
    fn values(&self, group: u32) -> Box<[u32]> {
        let mut values = vec![ABSENT; self.dimensions].into_boxed_slice();
        let locals = match &self.groups {
            Groups::Of(part) => {
                let mut locals = [0; Part::COUNT];
                locals[*part] = group;
                locals
            }
            Groups::Several { locals, .. } => locals[group as usize],
        };
        for (table, local) in self.tables.iter().zip(locals) {
            table.values(local).iter().for_each(|(index, code)| values[*index] = *code);
        }
        let own = match &self.own {
            Own::Trivial => &[][..],
            Own::Table(table) => table.values(locals[Part::Own as usize]),
            Own::Pairs(pairs) => pairs.values(locals[Part::Own as usize]),
        };
        own.iter().for_each(|(index, code)| values[*index] = *code);
        values
    }
}

/// Clears the flags of the rows whose code is not kept.
fn keep(kept: &mut [bool], codes: &Codes, mut keeps: impl FnMut(u32) -> bool) {
    // Without a branch, which would often be predicted wrongly.
    match codes {
        Codes::Same(code) if keeps(*code) => {}
        Codes::Same(_) => kept.fill(false),
        Codes::Bytes(codes) => {
            kept.iter_mut().zip(codes).for_each(|(kept, code)| *kept &= keeps((*code).into()))
        }
        Codes::Shorts(codes) => {
            kept.iter_mut().zip(codes).for_each(|(kept, code)| *kept &= keeps((*code).into()))
        }
        Codes::Words(codes) => kept.iter_mut().zip(codes).for_each(|(kept, code)| *kept &= keeps(*code)),
    }
}

/// Sets `rows` to the indices of the flags that are set.
fn collect_rows(kept: &[bool], rows: &mut Vec<u32>) {
    rows.resize(kept.len(), 0);
    let mut count = 0;
    for (row, kept) in (0..).zip(kept) {
        // There are at most as many as there are flags before.
        if let Some(place) = rows.get_mut(count) {
            *place = row;
        }
        count += usize::from(*kept);
    }
    rows.truncate(count);
}

impl Groups {
    #[inline]
    fn number(&mut self, key: Locals) -> u32 {
        match self {
            Self::Of(part) => key[*part],
            Self::Several { numbers, locals } => *numbers.entry(key).or_insert_with(|| {
                locals.push(key);
                u32::try_from(locals.len() - 1).unwrap_or(u32::MAX)
            }),
        }
    }
}
