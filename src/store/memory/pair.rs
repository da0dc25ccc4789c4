//! What a question makes of each combination of an event, where values of the event win over those of its message.

use std::collections::HashMap;

use super::columns::{Part, Place};
use super::dictionary::{ABSENT, Dictionary};
use super::tables::NOT_KEPT;
use crate::dimension::Dimension;
use crate::store::matcher::Matcher;

/// Answers of a question about the combinations of a sender and an event.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    dictionary: &'a Dictionary,
    filters: Vec<&'a Matcher<'a>>,
    /// The index in the question's dimensions of each dimension of events.
    dimensions: Vec<(usize, Dimension)>,
    answers: HashMap<(u32, u32), u32, rustc_hash::FxBuildHasher>,
    numbers: HashMap<Box<[(usize, u32)]>, u32>,
    groups: Vec<Box<[(usize, u32)]>>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(
        dictionary: &'a Dictionary,
        filters: &'a [Matcher<'a>],
        dimensions: &[Dimension],
    ) -> Self {
        let filters = filters.iter().filter(|filter| filter.dimension().belongs_to_event()).collect();
        let dimensions = dimensions.iter().copied().enumerate();
        let dimensions = dimensions.filter(|(_, dimension)| dimension.belongs_to_event()).collect();
        let (answers, numbers, groups) = (HashMap::default(), HashMap::new(), Vec::new());
        Self { dictionary, filters, dimensions, answers, numbers, groups }
    }

    /// Returns the local group of a combination, or [`NOT_KEPT`].
    pub(super) fn answer(&mut self, sender: u32, own: u32) -> u32 {
        if let Some(answer) = self.answers.get(&(sender, own)) {
            return *answer;
        }
        let answer = self.new_answer(sender, own);
        self.answers.insert((sender, own), answer);
        answer
    }

    /// Returns the values of a local group: the index of the dimension, and the code.
    pub(super) fn values(&self, group: u32) -> &[(usize, u32)] {
        &self.groups[group as usize]
    }

    fn new_answer(&mut self, sender: u32, own: u32) -> u32 {
        let dictionary = self.dictionary;
        let (sender, own) = (dictionary.row(Part::Sender, sender), dictionary.row(Part::Own, own));
        let code = |dimension| match Place::of(dimension) {
            Place::Event(column) => own[column],
            Place::EventOrSender { event, .. } if own[event] != ABSENT => own[event],
            Place::EventOrSender { sender: column, .. } => sender[column],
            Place::Account | Place::Message(..) | Place::Tags => ABSENT,
        };
        let value = |dimension| dictionary.value(dimension, code(dimension)).map(|value| &**value);
        if !self.filters.iter().all(|filter| filter.keeps(value(filter.dimension()))) {
            return NOT_KEPT;
        }
        let values = self.dimensions.iter().map(|(index, dimension)| (*index, code(*dimension)));
        let (next, groups) = (u32::try_from(self.groups.len()).unwrap_or(NOT_KEPT - 1), &mut self.groups);
        *self.numbers.entry(values.collect()).or_insert_with_key(|values| {
            groups.push(values.clone());
            next
        })
    }
}
