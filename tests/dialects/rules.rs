//! Which rule of the published contracts is shown by which test.
//!
//! A rule is named in a comment above a test (`// M5`), or in the line `rules:` of a case. `grep -rnw M5 src/dialect*
//! tests` finds them all. Where no source says what happens, there is no rule: the tables of the dialects mark such
//! choices as ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rules, and what they are about.
const RULES: &[(&str, &str)] = &[
    ("M1", "account paths, `sending_domain_ids[]`, `sending_domain_id`"),
    ("M2", "unscoped paths, `domain_ids[]`, `domain_id`"),
    ("M3", "the path of the dates is singular"),
    ("M4", "both dates are required"),
    ("M5", "lists by bracketed names, however encoded, in any order"),
    ("M6", "what is unknown or without brackets is ignored"),
    ("M7", "another's domain is refused"),
    ("M8", "an absent filter keeps everything"),
    ("M9", "ten keys in their order; rows of two keys; no envelope"),
    ("M10", "nothing is `[]` or zeros, never `null`"),
    ("M11", "what rates are out of; nothing over nothing is 0"),
    ("M12", "rates are fractions and may be above 1"),
    ("M13", "an event counts on its own day"),
    ("M14", "opens and clicks count messages"),
    ("M15", "soft bounces, suspensions, rejects and unsubscribes count nowhere"),
    ("M16", "what was delivered stays delivered"),
    ("M17", "the last day is in"),
    ("M18", "two places make the published example"),
    ("M19", "the token comes in either header"),
    ("M20", "`error` or `errors`"),
    ("M21", "how many requests are answered"),
    ("M22", "the content type"),
    ("M23", "the 26 providers"),
    ("M24", "dates ascend"),
    ("M25", "another's account is refused"),
    ("M26", "three spellings of events"),
    ("K1", "four periods, and one of them for everything else"),
    ("K2", "`since` rolls, in whole seconds"),
    ("K3", "only statuses that are not zero; their sum is the total"),
    ("K4", "30 days, at most 365"),
    ("K5", "all six event_types; days of UTC ascend"),
    ("K6", "days show where messages stand"),
    ("K7", "no opens, no clicks"),
    ("K8", "`data`, or a flat `error`"),
    ("K9", "keys and scopes"),
    ("K10", "100 requests in a fixed minute"),
    ("K11", "the customer's rates"),
    ("K12", "one status a message; bounces of both kinds"),
    ("E1", "envelopes and error codes"),
    ("E2", "the permission `stats`"),
    ("E3", "eight statuses; messages and their events"),
    ("E4", "`from`, `to`, `domain_id`"),
    ("E5", "422 tells what is wrong with each parameter"),
    ("N1", "`success` and `data`; all mailboxes of the workspace"),
    ("N2", "`from` and `to`, each by itself; all time without both"),
    ("N3", "stored figures beside campaign e-mail, which alone follows the range"),
    ("N4", "`bounceRate` a fraction; rates texts in percent over sent, with one place"),
    ("N5", "two kinds of keys, in either header, and `X-Workspace-Id`"),
    ("N6", "four states of a mailbox"),
    ("N7", "a reply belongs to the last mailbox that sent before it"),
    ("N8", "positive replies are replies"),
    ("G1", "Stats writes dates in `UTC`, Metrics in `+0000`"),
    ("G2", "Stats has every bucket, both ends in, ascending; Metrics only those with data"),
    ("G3", "eight days unless others are asked"),
    ("G4", "a duration of Stats is so many rows of its unit"),
    ("G5", "`m` is a calendar month"),
    ("G6", "a duration beats a start"),
    ("G7", "a duration of Metrics leaves the resolution alone"),
    ("G8", "the bounds are shown as they are used"),
    ("G9", "an end of Metrics may lie in the future"),
    ("G10", "only what was asked, with zeros, and all of it"),
    ("G11", "`unique` only where there is one"),
    ("G12", "a description always, a tag only of tags"),
    ("G13", "rows are a list, if an empty one"),
    ("G14", "no event, or an unknown one, is refused"),
    ("G15", "`event`, `event[]` and `event[0]` are one"),
    ("G16", "dates of mail and seconds; the weekday does not matter; an empty one is absent"),
    ("G17", "Metrics takes ISO 8601, the year 1, unknown fields, `{}` and values without labels"),
    ("G18", "a wrong key is told in plain text"),
    ("G19", "rates are strings of four decimals"),
    ("G20", "counts are whole numbers"),
    ("G21", "aggregates are over all rows"),
    ("G22", "pages: 1500 rows by time, else 10; at most 1500 and 1000"),
    ("G23", "at most three dimensions and, but for usage, ten metrics"),
    ("G24", "only `AND`, four comparators"),
    ("G25", "aggregates of a domain are plural, those of a tag singular"),
    ("G26", "countries: small letters in aggregates, capitals in Metrics"),
    ("G27", "providers: domains in aggregates, brands in Metrics"),
    ("G28", "the limit of the domains skips"),
    ("G29", "tags compare without case; `+` in a path is a blank; both paths of tags"),
    ("G30", "the statistics of a tag that was deleted stay"),
    ("G31", "unique for each message and reader"),
    ("G32", "ids of events repeat across days and messages"),
    ("G33", "unknown events, flags and fields mean nothing"),
    ("G34", "what is `null`, or text in place of an object, is not told"),
    ("G35", "`/v3/stats/…` is the account's"),
    ("G36", "bodies are compact and end in one line end"),
];

#[test]
fn every_rule_is_shown_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeSet::new();
    for folder in ["src/dialect", "tests/dialects", "tests/fixtures"] {
        collect(&root.join(folder), &mut named);
    }
    collect(&root.join("src/dialect.rs"), &mut named);
    let known: BTreeSet<String> = RULES.iter().map(|(rule, _)| (*rule).to_owned()).collect();
    let missing: Vec<_> = known.difference(&named).collect();
    assert!(missing.is_empty(), "no test shows {missing:?}");
    let unknown: Vec<_> =
        named.difference(&known).filter(|rule| rule.starts_with(['M', 'K', 'G', 'E', 'N'])).collect();
    assert!(unknown.is_empty(), "there are no rules {unknown:?}");
}

/// Adds the rules that the file, or the files below the folder, name.
fn collect(path: &Path, named: &mut BTreeSet<String>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| collect(&entry.unwrap().path(), named));
        return;
    }
    for line in fs::read_to_string(path).unwrap_or_default().lines().map(str::trim) {
        let rules = line.strip_prefix("// ").or_else(|| line.strip_prefix("rules:"));
        let words: Vec<&str> = rules.unwrap_or_default().split_whitespace().collect();
        if words.iter().all(|word| is_rule(word)) {
            named.extend(words.into_iter().map(str::to_owned));
        }
    }
}

/// A capital letter and a number.
fn is_rule(word: &str) -> bool {
    let digits = word.strip_prefix(|letter: char| letter.is_ascii_uppercase()).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}
