//! What a reader of the table should know about the data that the store counted.

use chrono::{DateTime, SecondsFormat, Utc};
use mailtally::Resolution;
use mailtally::store::{Provenance, Thinned};

/// Says how far the data is complete, unless a warning says it already, and of which parts only sums are kept. In which
/// way the store counted is in the JSON only.
pub(crate) fn notes(provenance: &Provenance, is_warned: bool) -> Vec<String> {
    let complete = provenance.complete_until.filter(|_| !is_warned);
    let complete = complete.map(|until| format!("the data is complete until {}", utc(until)));
    complete.into_iter().chain(provenance.thinned.iter().map(thinned)).collect()
}

fn thinned(Thinned { before, resolution }: &Thinned) -> String {
    let sums = match resolution {
        Resolution::All => "one sum is kept".to_owned(),
        resolution => format!("sums by {resolution} are kept"),
    };
    format!("of what happened before {} only {sums}", utc(*before))
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
