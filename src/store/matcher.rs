//! Filters, prepared for comparing many values.

use aho_corasick::AhoCorasick;

use crate::dimension::Dimension;
use crate::filter::{Filter, Matching};

/// A filter whose work for a value depends on the value's length, not on the number of its texts.
#[derive(Debug)]
pub(super) struct Matcher<'a> {
    filter: &'a Filter,
    /// Finds any of the texts; `None` if whole values are compared, or if there is no room for it.
    substrings: Option<AhoCorasick>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(filter: &'a Filter) -> Self {
        let parts = filter.parts();
        let substrings = match parts.matching {
            Matching::Exact | Matching::IgnoringCase => None,
            Matching::Substring => {
                let texts = parts.texts.iter().map(|text| text.as_bytes());
                AhoCorasick::builder().ascii_case_insensitive(true).build(texts).ok()
            }
        };
        Self { filter, substrings }
    }

    pub(super) fn dimension(&self) -> Dimension {
        self.filter.dimension()
    }

    /// Returns whether mail with this value is counted.
    pub(super) fn keeps(&self, value: Option<&str>) -> bool {
        self.matches(value) == self.filter.parts().includes
    }

    /// Returns whether mail with these tags is counted.
    pub(super) fn keeps_tags(&self, tags: &[&str]) -> bool {
        if tags.is_empty() {
            return self.keeps(None);
        }
        tags.iter().any(|tag| self.matches(Some(tag))) == self.filter.parts().includes
    }

    fn matches(&self, value: Option<&str>) -> bool {
        match (&self.substrings, value) {
            (Some(substrings), Some(value)) => substrings.is_match(value),
            (None, _) | (_, None) => self.filter.matches(value),
        }
    }
}
