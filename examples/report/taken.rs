//! What each file was taken for.

use mailtally::source::Source;

use crate::found::Counts;
use crate::kind::Kind;
use crate::recognize::Recognized;
use crate::text::several;

/// What each file was taken for, in the order of reading.
#[derive(Debug, Default)]
pub(crate) struct Taken(Vec<(String, Recognized, Counts)>);

impl Taken {
    pub(crate) fn add(&mut self, name: &str, recognized: Recognized, counts: Counts) {
        self.0.push((name.to_owned(), recognized, counts));
    }

    /// Says what each file was taken for, if its content told that it has records of a mail system, or if some files
    /// have such records and not all are of one kind; and how many records name no message.
    pub(crate) fn lines(&self, with_orphans: bool) -> Vec<String> {
        let kinds = || self.0.iter().map(|(_, recognized, _)| recognized.kind);
        let is_mixed = records(kinds()).next().is_some() && kinds().any(|kind| Some(kind) != kinds().next());
        let is_told = |recognized: &Recognized| {
            is_mixed || recognized.is_told_by_content && records([recognized.kind]).next().is_some()
        };
        let told = self.0.iter().filter(|(_, recognized, _)| is_told(recognized));
        let lines = told.map(|(name, recognized, counts)| format!("{name}: {}", counts.of(recognized.kind)));
        lines.chain(self.note().filter(|_| !with_orphans)).collect()
    }

    /// Says how many records were skipped because they name no message; `None` if all name one.
    fn note(&self) -> Option<String> {
        let count = self.0.iter().map(|(_, _, counts)| counts.without_message()).sum::<u64>();
        let (name, were) = if count == 1 { ("names", "was") } else { ("name", "were") };
        (count > 0).then(|| {
            format!(
                "note: {} {name} no message and {were} skipped; --orphans counts them",
                several(count, "record")
            )
        })
    }
}

fn records(kinds: impl IntoIterator<Item = Kind>) -> impl Iterator<Item = Source> {
    kinds.into_iter().filter_map(|kind| match kind {
        Kind::Records(source) => Some(source),
        Kind::Jsonl | Kind::Log(_) => None,
    })
}
