//! What must be added to cubes when a message changes: its contribution after, minus that before.

use super::cell::{Cell, CellKey, status_place, sum};
use super::columns::Part;
use super::cube::{Axis, Content, CubeId, Cubes};
use super::dictionary::{ABSENT, Dictionary};
use super::history::{Entry, History};
use super::values::Values;
use crate::counts::FirstOf;
use crate::dimension::Dimension;
use crate::store::levels::Levels;
use crate::store::slot::{SLOTS_PER_DAY, SLOTS_PER_HOUR, slot_of};

/// Changes of the cubes of an account.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The dimensions that have cubes.
    dimensions: Vec<Dimension>,
    /// The changes of each cube, in the order of [`CubeId::all`].
    cells: Vec<Vec<Cell>>,
    /// The values of the current message in each of the dimensions.
    values: Vec<Values>,
    keys: Vec<(u32, u32)>,
    places: u64,
    /// The time in which cells are merged.
    thinned: Levels,
}

impl Changes {
    /// Makes an empty list of the changes of cubes of these dimensions.
    pub(super) fn new(dimensions: Vec<Dimension>, thinned: Levels) -> Self {
        let (cells, values) = (
            vec![Vec::new(); Content::COUNT * (Axis::OF_ACCOUNT.len() + dimensions.len())],
            dimensions.iter().copied().map(Values::new).collect(),
        );
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
        let combination = |part| dictionary.row(part, history.facts.code(part));
        self.values.iter_mut().for_each(|values| values.start(combination));
    }

    /// Adds an event of the message whose values were looked up.
    fn event(&mut self, history: &History<'_>, entry: &Entry<'_>, sign: i16, dictionary: &Dictionary) {
        let FirstOf { event_type, kind, day } = entry.first_of;
        let sums = [true, event_type, kind, day].map(|is_counted| sign * i16::from(is_counted));
        let own = dictionary.row(Part::Own, entry.own);
        self.keys.clear();
        for (index, values) in (0..).zip(&self.values) {
            values.of_event(own, |code| self.keys.push((index, code)));
        }
        self.push(Content::Events, entry.at, entry.event_type as usize, sums);
        self.push(Content::EventsBySend, history.created, entry.event_type as usize, sums);
    }

    /// Adds the status of the message whose values were looked up.
    fn status(&mut self, history: &History<'_>, sign: i16) {
        let Some(status) = history.status else { return };
        self.keys.clear();
        for (index, values) in (0..).zip(&self.values) {
            self.keys.extend(values.of_status().iter().map(|code| (index, *code)));
        }
        self.push(Content::Statuses, history.created, status_place(status), [sign, 0, 0, 0]);
    }

    /// Adds to the cubes of one content: to those of the account, and to the values in `keys`.
    fn push(&mut self, content: Content, at: i64, what: usize, sums: [i16; 4]) {
        self.places |= 1 << what;
        let slot = self.thinned.slot(slot_of(at));
        let (hour, day) = (slot - slot % SLOTS_PER_HOUR, slot - slot % SLOTS_PER_DAY);
        let cell = |slot, value| Cell { key: CellKey::new(slot, value, what), sums };
        let mut add = |axis: usize, cell| self.cells[axis * Content::COUNT + content as usize].push(cell);
        [slot, hour, day].into_iter().enumerate().for_each(|(axis, slot)| add(axis, cell(slot, ABSENT)));
        let first = Axis::OF_ACCOUNT.len();
        self.keys.iter().for_each(|(index, code)| add(first + *index as usize, cell(day, *code)));
    }

    /// Returns a bit for each place of an event type or status that changed.
    pub(super) fn places(&self) -> u64 {
        self.places
    }

    /// Adds all changes to the cubes.
    pub(super) fn apply(mut self, cubes: &mut Cubes) {
        for (id, cells) in CubeId::all(&self.dimensions).zip(&mut self.cells) {
            sum(cells);
            cubes.get_mut(id).add(std::mem::take(cells));
        }
    }
}
