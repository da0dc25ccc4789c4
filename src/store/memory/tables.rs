//! What a question makes of each combination of values.

use std::collections::HashMap;

use super::columns::{Part, Place, TAGS};
use super::dictionary::{ABSENT, Dictionary};
use crate::dimension::Dimension;
use crate::store::matcher::Matcher;

/// Answers of a question about the combinations of one part: whether their mail is counted, and in which local group. Each is
/// worked out when it is first needed.
#[derive(Debug)]
pub(super) struct Table<'a> {
    part: Part,
    dictionary: &'a Dictionary,
    /// The filters of this part, with the columns that they compare; no column stands for the tags.
    filters: Vec<(&'a Matcher<'a>, Option<usize>)>,
    /// The index in the question's dimensions, and the column, of each dimension of this part.
    dimensions: Vec<(usize, usize)>,
    /// The index of the tag in the question's dimensions, if this part has it.
    tag: Option<usize>,
    /// The answer for each code.
    answers: Vec<u32>,
    /// The lists of groups of combinations that are in several.
    lists: Vec<Vec<u32>>,
    numbers: HashMap<Box<[(usize, u32)]>, u32>,
    /// The values of each local group: the index of the dimension and the code.
    groups: Vec<Box<[(usize, u32)]>>,
}

/// The mail of a combination is not counted.
pub(super) const NOT_KEPT: u32 = u32::MAX;

/// It was not needed yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// The mail is in several groups: the answer is this bit and the index of their list.
const LIST: u32 = 1 << 31;

impl<'a> Table<'a> {
    /// Makes the table of a part, for the filters and dimensions whose values are in its columns.
    pub(super) fn new(
        part: Part,
        dictionary: &'a Dictionary,
        filters: &'a [Matcher<'a>],
        dimensions: &[Dimension],
    ) -> Self {
        let column = |dimension| match Place::of(dimension) {
            Place::Message(of, column) if of == part => Some(Some(column)),
            Place::Event(column) if part == Part::Own => Some(Some(column)),
            Place::Tags if part == Part::Content => Some(None),
            Place::Account
            | Place::Message(..)
            | Place::Event(_)
            | Place::EventOrSender { .. }
            | Place::Tags => None,
        };
        let filters =
            filters.iter().filter_map(|filter| Some((filter, column(filter.dimension())?))).collect();
        let places = dimensions.iter().enumerate();
        let tag =
            places.clone().find(|(_, dimension)| column(**dimension) == Some(None)).map(|(index, _)| index);
        let dimensions =
            places.filter_map(|(index, dimension)| Some((index, column(*dimension)??))).collect();
        let answers = vec![UNKNOWN; dictionary.rows(part).len() + 1];
        let (lists, numbers, groups) = (Vec::new(), HashMap::new(), Vec::new());
        let mut table = Self { part, dictionary, filters, dimensions, tag, answers, lists, numbers, groups };
        // Without dimensions, all mail is in the local group 0.
        table.number(Vec::new());
        table
    }

    /// Returns whether the question has neither a filter nor a dimension here.
    pub(super) fn is_trivial(&self) -> bool {
        self.filters.is_empty() && !self.has_groups()
    }

    /// Returns whether the question has a filter here.
    pub(super) fn has_filters(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Returns whether the question has a dimension here.
    pub(super) fn has_groups(&self) -> bool {
        !self.dimensions.is_empty() || self.tag.is_some()
    }

    /// Returns an upper limit of the number of local groups.
    pub(super) fn max_groups(&self) -> usize {
        match (self.dimensions.is_empty(), self.tag) {
            (true, None) => 1,
            (false, None) => self.answers.len() + 1,
            (true, Some(_)) => self.dictionary.values(Dimension::Tag).len() + 2,
            (false, Some(_)) => usize::MAX,
        }
    }

    /// Returns the local group of a combination, [`NOT_KEPT`], or a list for [`Table::list`].
    #[inline]
    pub(super) fn answer(&mut self, code: u32) -> u32 {
        match self.answers[code as usize] {
            UNKNOWN => self.find(code),
            answer => answer,
        }
    }

    /// Returns the local groups of an answer that stands for several; `None` if it is a single one.
    #[inline]
    pub(super) fn list(&self, answer: u32) -> Option<&[u32]> {
        (answer & LIST != 0).then(|| &self.lists[(answer & !LIST) as usize][..])
    }

    /// Returns the values of a local group: the index of the dimension, and the code.
    pub(super) fn values(&self, group: u32) -> &[(usize, u32)] {
        &self.groups[group as usize]
    }

    #[cold]
    fn find(&mut self, code: u32) -> u32 {
        let answer = self.new_answer(code);
        self.answers[code as usize] = answer;
        answer
    }

    fn new_answer(&mut self, code: u32) -> u32 {
        let dictionary = self.dictionary;
        let row = dictionary.row(self.part, code);
        if !self.filters.iter().all(|(filter, column)| keeps(filter, *column, row, dictionary)) {
            return NOT_KEPT;
        }
        let values: Vec<_> = self.dimensions.iter().map(|(index, column)| (*index, row[*column])).collect();
        let Some(tag) = self.tag else { return self.number(values) };
        let with_tag = |code: u32| [&values[..], &[(tag, code)]].concat();
        match row[TAGS..] {
            [] => self.number(with_tag(ABSENT)),
            [only] => self.number(with_tag(only)),
            ref several => {
                let groups = several.iter().map(|code| self.number(with_tag(*code))).collect();
                self.lists.push(groups);
                LIST | small(self.lists.len() - 1)
            }
        }
    }

    fn number(&mut self, values: Vec<(usize, u32)>) -> u32 {
        let next = small(self.groups.len());
        let groups = &mut self.groups;
        *self.numbers.entry(values.into()).or_insert_with_key(|values| {
            groups.push(values.clone());
            next
        })
    }
}

fn keeps(filter: &Matcher<'_>, column: Option<usize>, row: &[u32], dictionary: &Dictionary) -> bool {
    let value = |code| dictionary.value(filter.dimension(), code).map(|value| &**value);
    match column {
        Some(column) => filter.keeps(value(row[column])),
        None => {
            let tags: Vec<&str> = row[TAGS..].iter().filter_map(|code| value(*code)).collect();
            filter.keeps_tags(&tags)
        }
    }
}

/// Numbers of groups are below 2^31: each has values of its own, for which the machine has not enough memory.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(LIST - 1).min(LIST - 1)
}
