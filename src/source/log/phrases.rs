//! Phrases of mail systems, each with its reason.

use aho_corasick::{AhoCorasick, MatchKind};

/// Finds the phrases of a table in texts.
pub(in crate::source) struct Phrases {
    table: &'static [(&'static str, &'static str)],
    finder: Option<AhoCorasick>,
}

impl Phrases {
    /// Prepares the search for the phrases of a table, each with its reason. Of phrases that start at the same place, the first
    /// counts.
    pub(in crate::source) fn new(table: &'static [(&'static str, &'static str)]) -> Self {
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostFirst)
            .build(table.iter().map(|(phrase, _)| phrase))
            .ok();
        Self { table, finder }
    }

    /// Returns the reason of the first phrase in a text, in capitals or not; `None` if it has none.
    pub(in crate::source) fn reason(&self, text: &[u8]) -> Option<&'static str> {
        let found = self.finder.as_ref()?.find(text)?;
        self.table.get(found.pattern().as_usize()).map(|(_, reason)| *reason)
    }
}
