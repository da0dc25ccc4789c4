//! What must be added to cubes when a message changes: its contribution after, minus that before.

use super::cell::{Cell, CellKey, SLOTS_PER_DAY, slot_of, status_place, sum};
use super::columns::{Part, Place, TAGS};
use super::cube::{Axis, Content, CubeId, Cubes};
use super::dictionary::{ABSENT, Dictionary};
use super::history::{Entry, History};
use super::mark::FIRSTS;
use super::thinned::Levels;
use crate::counts::FirstOf;
use crate::dimension::Dimension;

/// Changes of the cubes of an account.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The dimensions that have cubes.
    dimensions: Vec<Dimension>,
    /// The changes of each cube: of quarters, of days, then of each dimension, and of each of them one for each
    /// [`Content`].
    cells: Vec<Vec<Cell>>,
    /// The values of the current message in each of the dimensions; several for tags.
    values: Vec<Vec<u32>>,
    keys: Vec<(u32, u32)>,
    places: u64,
    /// The time in which cells are merged.
    thinned: Levels,
}

impl Changes {
    /// Makes an empty list of the changes of cubes of these dimensions.
    pub(super) fn new(dimensions: Vec<Dimension>, thinned: Levels) -> Self {
        let (cells, values) =
            (vec![Vec::new(); Content::COUNT * (2 + dimensions.len())], vec![Vec::new(); dimensions.len()]);
        Self { dimensions, cells, values, keys: Vec::new(), places: 0, thinned }
    }

    /// Adds what changes when a message becomes `after`.
    pub(super) fn add(
        &mut self,
        before: Option<&History<'_>>,
        after: Option<&History<'_>>,
        dictionary: &Dictionary,
    ) {
        if let (Some(before), Some(after)) = (before, after)
            && before.created == after.created
            && before.facts == after.facts
        {
            return self.add_events(before, after, dictionary);
        }
        for (history, sign) in [(before, -1), (after, 1)] {
            let Some(history) = history else { continue };
            self.start(history, dictionary);
            history.entries.iter().for_each(|entry| self.event(history, entry, sign, dictionary));
            self.status(history, sign);
        }
    }

    /// Adds the events that differ, of a message whose creation and fields are the same.
    fn add_events(&mut self, before: &History<'_>, after: &History<'_>, dictionary: &Dictionary) {
        self.start(after, dictionary);
        let contributes = |entry: &Entry<'_>| (entry.at, entry.event_type, entry.own, entry.first_of);
        let (mut old, mut new) = (before.entries.iter().peekable(), after.entries.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some(old), Some(new)) => (old.at, old.id).cmp(&(new.at, new.id)),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            let gone = if order.is_le() { old.next() } else { None };
            let come = if order.is_ge() { new.next() } else { None };
            if gone.map(contributes) != come.map(contributes) {
                gone.into_iter().for_each(|entry| self.event(before, entry, -1, dictionary));
                come.into_iter().for_each(|entry| self.event(after, entry, 1, dictionary));
            }
        }
        if before.status != after.status {
            self.status(before, -1);
            self.status(after, 1);
        }
    }

    /// Looks up the values of a message.
    fn start(&mut self, history: &History<'_>, dictionary: &Dictionary) {
        for (dimension, values) in self.dimensions.iter().zip(&mut self.values) {
            values.clear();
            let code = |part, column: usize| dictionary.row(part, history.facts.code(part))[column];
            match Place::of(*dimension) {
                Place::Message(part, column) => values.push(code(part, column)),
                Place::Tags => {
                    values.extend(&dictionary.row(Part::Content, history.facts.content)[TAGS..]);
                    if values.is_empty() {
                        values.push(ABSENT);
                    }
                }
                Place::EventOrSender { sender, .. } => values.push(code(Part::Sender, sender)),
                Place::Event(_) | Place::Account => values.push(ABSENT),
            }
        }
    }

    /// Adds an event of the message whose values were looked up.
    fn event(&mut self, history: &History<'_>, entry: &Entry<'_>, sign: i16, dictionary: &Dictionary) {
        let sums = FIRSTS[first_index(entry.first_of)].map(|sum| sign * i16::from(sum > 0));
        let own = dictionary.row(Part::Own, entry.own);
        self.keys.clear();
        for (index, dimension) in (0..).zip(&self.dimensions) {
            let of_message = &self.values[index as usize];
            let of_event = match Place::of(*dimension) {
                Place::Event(column) => Some(own[column]),
                Place::EventOrSender { event, .. } => Some(own[event]).filter(|code| *code != ABSENT),
                Place::Message(..) | Place::Tags | Place::Account => None,
            };
            match of_event {
                Some(code) => self.keys.push((index, code)),
                None => self.keys.extend(of_message.iter().map(|code| (index, *code))),
            }
        }
        self.push(Content::Events, entry.at, entry.event_type as usize, sums);
        self.push(Content::EventsBySend, history.created, entry.event_type as usize, sums);
    }

    /// Adds the status of the message whose values were looked up.
    fn status(&mut self, history: &History<'_>, sign: i16) {
        let Some(status) = history.status else { return };
        self.keys.clear();
        for (index, (dimension, values)) in (0..).zip(self.dimensions.iter().zip(&self.values)) {
            if !dimension.belongs_to_event() {
                self.keys.extend(values.iter().map(|code| (index, *code)));
            }
        }
        self.push(Content::Statuses, history.created, status_place(status), [sign, 0, 0, 0]);
    }

    /// Adds to the cubes of one content: to those of quarters and days, and to the values in `keys`.
    fn push(&mut self, content: Content, at: i64, what: usize, sums: [i16; 4]) {
        self.places |= 1 << what;
        let slot = self.thinned.slot(slot_of(at));
        let day = slot - slot % SLOTS_PER_DAY;
        let cell = |slot, value| Cell { key: CellKey::new(slot, value, what), sums };
        let mut add = |axis: usize, cell| self.cells[axis * Content::COUNT + content as usize].push(cell);
        add(0, cell(slot, ABSENT));
        add(1, cell(day, ABSENT));
        self.keys.iter().for_each(|(index, code)| add(2 + *index as usize, cell(day, *code)));
    }

    /// Returns a bit for each place of an event type or status that changed.
    pub(super) fn places(&self) -> u64 {
        self.places
    }

    /// Adds all changes to the cubes.
    pub(super) fn apply(mut self, cubes: &mut Cubes) {
        let axes =
            [Axis::Quarter, Axis::Day].into_iter().chain(self.dimensions.into_iter().map(Axis::Dimension));
        let ids = axes.flat_map(|axis| Content::ALL.map(|content| CubeId { axis, content }));
        for (id, cells) in ids.zip(&mut self.cells) {
            sum(cells);
            cubes.get_mut(id).add(std::mem::take(cells));
        }
    }
}

fn first_index(FirstOf { event_type, kind, day }: FirstOf) -> usize {
    usize::from(event_type) | usize::from(kind) << 1 | usize::from(day) << 2
}
