//! Checks that every rule of the published contracts is named by a test.
//!
//! A rule is named in a comment above an integration test (`// M5`), or in the line `rules:` of a case; `grep -rnw M5
//! tests` finds both. Behaviour that no source describes has no rule: the documentation of the dialects marks it as ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of the rules, and their subjects.
const RULES: &[(&str, &str)] = &[
    ("M1", "account paths, `sending_domain_ids[]`, `sending_domain_id`"),
    ("M2", "unscoped paths, `domain_ids[]`, `domain_id`"),
    ("M3", "the path of the rows by date is singular"),
    ("M4", "both dates are required"),
    ("M5", "lists in every spelling, encoding and order"),
    ("M6", "unknown parameters are ignored"),
    ("M7", "a domain of another account is refused"),
    ("M8", "an absent filter keeps everything"),
    ("M9", "ten keys in their order; rows of two keys; no envelope"),
    ("M10", "an empty result is `[]` or zeros, never `null`"),
    ("M11", "the denominators of rates; 0 over 0 is 0"),
    ("M12", "rates are fractions and may be above 1"),
    ("M13", "an event counts on its own day"),
    ("M14", "opens and clicks count messages"),
    ("M15", "soft bounces, suspensions, rejects and unsubscribes count nowhere"),
    ("M16", "a delivered message that bounces later stays delivered"),
    ("M17", "the last day is included"),
    ("M18", "two decimals give the published example"),
    ("M19", "the token is in either header"),
    ("M20", "`error` or `errors`"),
    ("M21", "the limit of requests"),
    ("M22", "the content type"),
    ("M23", "the 26 providers"),
    ("M24", "dates ascend"),
    ("M25", "another account is refused"),
    ("M26", "three spellings of event names"),
    ("K1", "four periods, and the default for every other text"),
    ("K2", "`since` is a period before now, in whole seconds"),
    ("K3", "only statuses that are not zero; their sum is the total"),
    ("K4", "30 days, at most 365"),
    ("K5", "all six counters; days in UTC ascend"),
    ("K6", "days show the current status of their messages"),
    ("K7", "no opens, no clicks"),
    ("K8", "`data`, or a flat `error`"),
    ("K9", "keys and scopes"),
    ("K10", "100 requests in a fixed minute"),
    ("K11", "the customer's rates"),
    ("K12", "one status for each message; both kinds of bounce count"),
    ("E1", "envelopes and error codes"),
    ("E2", "the permission `stats`"),
    ("E3", "eight statuses; messages and their events"),
    ("E4", "`from`, `to`, `domain_id`"),
    ("E5", "422 names what is wrong with each parameter"),
    ("N1", "`success` and `data`; all mailboxes of the workspace"),
    ("N2", "`from` and `to`, each by itself; all time without both"),
    ("N3", "stored figures and campaign e-mail; only the latter follows the range"),
    ("N4", "`bounceRate` a fraction; rates are text, in percent of sent, with one decimal"),
    ("N5", "two kinds of keys, in either header, and `X-Workspace-Id`"),
    ("N6", "four states of a mailbox"),
    ("N7", "a reply belongs to the last mailbox that sent before it"),
    ("N8", "positive replies are replies"),
    ("G1", "Stats writes dates in `UTC`, Metrics in `+0000`"),
    ("G2", "Stats has every bucket, both ends included, ascending; Metrics only those with data"),
    ("G3", "eight days by default"),
    ("G4", "a duration of Stats is the number of rows of its unit"),
    ("G5", "`m` is a calendar month"),
    ("G6", "a duration takes precedence over a start"),
    ("G7", "a duration of Metrics does not change the resolution"),
    ("G8", "the bounds are shown as they are used"),
    ("G9", "an end of Metrics may lie in the future"),
    ("G10", "exactly the requested events, with zeros"),
    ("G11", "`unique` only for events that have it"),
    ("G12", "always a description, a tag only for tags"),
    ("G13", "rows are always a list, also an empty one"),
    ("G14", "no event, or an unknown one, is refused"),
    ("G15", "`event`, `event[]` and `event[0]` are the same"),
    ("G16", "RFC 2822 dates and seconds; the weekday is ignored; an empty date is absent"),
    ("G17", "Metrics takes ISO 8601, the year 1, unknown fields, `{}` and values without labels"),
    ("G18", "the refusal of a wrong key is plain text"),
    ("G19", "rates are strings of four decimals"),
    ("G20", "counts are whole numbers"),
    ("G21", "aggregates are over all rows"),
    ("G22", "pages: 1500 rows by time, else 10; at most 1500 and 1000"),
    ("G23", "at most three dimensions; more than ten metrics"),
    ("G24", "only `AND`, four comparators"),
    ("G25", "aggregates of a domain are plural, those of a tag singular"),
    ("G26", "countries: lower case in aggregates, upper case in Metrics"),
    ("G27", "providers: domains in aggregates, brands in Metrics"),
    ("G28", "the limit of the domains is an offset"),
    ("G29", "tags are case-insensitive; `+` in a path is a space; both paths of tags"),
    ("G30", "the statistics of a deleted tag stay"),
    ("G31", "unique for each message and reader"),
    ("G32", "event ids repeat across days and messages"),
    ("G33", "unknown events, flags and fields are ignored"),
    ("G34", "`null`, or text in place of an object, is the same as absent"),
    ("G35", "`/v3/stats/…` is for the whole account"),
    ("G36", "bodies are compact and end in one line end"),
];

#[test]
fn every_rule_is_named_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeSet::new();
    for folder in ["tests/dialects", "tests/fixtures"] {
        collect(&root.join(folder), &mut named);
    }
    let known: BTreeSet<String> = RULES.iter().map(|(rule, _)| (*rule).to_owned()).collect();
    let missing: Vec<_> = known.difference(&named).collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    let unknown: Vec<_> =
        named.difference(&known).filter(|rule| rule.starts_with(['M', 'K', 'G', 'E', 'N'])).collect();
    assert!(unknown.is_empty(), "tests name unknown rules {unknown:?}");
}

/// Adds the rules that are named in the file, or in the files below the folder.
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

/// Whether the word is a capital letter and a number.
fn is_rule(word: &str) -> bool {
    let digits = word.strip_prefix(|letter: char| letter.is_ascii_uppercase()).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}
