//! The built-in table by value, made when the crate is compiled: in order for those who list it, hashed for those who
//! search it.

use super::name;
use super::table::{Line, TABLE};
use super::{Match, Rule};

/// What a rule looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Domains,
    Hosts,
}

/// The rules of one side: in order, and by hash.
#[derive(Debug)]
pub(super) struct Index {
    /// In the order of their values.
    pub(super) rules: &'static [Rule],
    /// An open-addressed hash table of places in `rules`, each counted from 1; 0 is an empty slot.
    slots: [u16; SLOTS],
}

/// A power of two, and more than twice the number of rules of either side.
const SLOTS: usize = 1024;

static ORDERED_DOMAINS: [Rule; count(Side::Domains)] = ordered(Side::Domains);
static ORDERED_HOSTS: [Rule; count(Side::Hosts)] = ordered(Side::Hosts);

/// The rules for recipient domains.
pub(super) static DOMAINS: Index = Index { rules: &ORDERED_DOMAINS, slots: slots(&ORDERED_DOMAINS) };

/// The rules for MX hosts.
pub(super) static HOSTS: Index = Index { rules: &ORDERED_HOSTS, slots: slots(&ORDERED_HOSTS) };

impl Index {
    /// The rule with the longest value that covers `name`, a name in normal form.
    pub(super) fn longest(&self, name: &str) -> Option<&'static Rule> {
        name::suffixes(name).find_map(|suffix| self.at(suffix, name))
    }

    /// The rule with just this value, if it covers `name`, of which `suffix` is a suffix.
    pub(super) fn at(&self, suffix: &str, name: &str) -> Option<&'static Rule> {
        let mut slot = first_slot(suffix);
        while let Some(place) = usize::from(self.slots[slot]).checked_sub(1) {
            let rule = &self.rules[place];
            if rule.value == suffix {
                return Some(rule).filter(|rule| rule.covers(name));
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

/// Where the search for a value begins: FNV-1a, folded.
const fn first_slot(value: &str) -> usize {
    let bytes = value.as_bytes();
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash ^ (hash >> 16)) as usize % SLOTS
}

const fn slots(rules: &[Rule]) -> [u16; SLOTS] {
    assert!(rules.len() < SLOTS / 2, "every search must end at an empty slot, and soon");
    let mut slots = [0; SLOTS];
    let mut place: u16 = 0;
    while (place as usize) < rules.len() {
        let mut slot = first_slot(rules[place as usize].value);
        while slots[slot] > 0 {
            slot = (slot + 1) % SLOTS;
        }
        place += 1;
        slots[slot] = place;
    }
    slots
}

const fn is_on(side: Side, matches: Match) -> bool {
    match matches {
        Match::Domain | Match::DomainAndBelow => matches!(side, Side::Domains),
        Match::Mx | Match::MxNamed(_) => matches!(side, Side::Hosts),
    }
}

const fn count(side: Side) -> usize {
    let (mut found, mut entry) = (0, 0);
    while entry < TABLE.len() {
        let lines = TABLE[entry].lines;
        let mut line = 0;
        while line < lines.len() {
            if is_on(side, lines[line].matches) {
                found += lines[line].values.len();
            }
            line += 1;
        }
        entry += 1;
    }
    found
}

/// Every rule of one side of the table, by value.
const fn ordered<const N: usize>(side: Side) -> [Rule; N] {
    let provider = &TABLE[0].provider;
    let mut rules = [Rule { matches: Match::Domain, value: "", provider, sources: &[], note: None }; N];
    let (mut filled, mut entry) = (0, 0);
    while entry < TABLE.len() {
        let provider = &TABLE[entry].provider;
        let mut line = 0;
        while line < TABLE[entry].lines.len() {
            let Line { matches, sources, values, note } = TABLE[entry].lines[line];
            let mut at = 0;
            while is_on(side, matches) && at < values.len() {
                insert(&mut rules, filled, Rule { matches, value: values[at], provider, sources, note });
                filled += 1;
                at += 1;
            }
            line += 1;
        }
        entry += 1;
    }
    rules
}

/// Puts a rule where it belongs among the first `filled` ones: the step of an insertion sort.
const fn insert(rules: &mut [Rule], filled: usize, rule: Rule) {
    let mut place = filled;
    while place > 0 && is_before(rule.value, rules[place - 1].value) {
        rules[place] = rules[place - 1];
        place -= 1;
    }
    rules[place] = rule;
}

/// Whether `a` comes before `b` in the order of octets, which is that of `str`.
const fn is_before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_in_order_and_no_value_belongs_to_two_providers() {
        for rules in [DOMAINS.rules, HOSTS.rules] {
            for pair in rules.windows(2) {
                assert!(pair[0].value < pair[1].value, "{} then {}", pair[0].value, pair[1].value);
            }
        }
    }

    #[test]
    fn every_value_of_the_table_has_its_rule() {
        for listed in TABLE {
            for line in listed.lines {
                for value in line.values {
                    let index = if is_on(Side::Hosts, line.matches) { &HOSTS } else { &DOMAINS };
                    let rule = index.rules.iter().find(|rule| rule.value == *value).unwrap();
                    assert_eq!((rule.provider, rule.matches), (&listed.provider, line.matches));
                    assert_eq!((rule.sources, rule.note), (line.sources, line.note));
                }
            }
        }
        let values: usize = TABLE.iter().flat_map(|listed| listed.lines).map(|line| line.values.len()).sum();
        assert_eq!(DOMAINS.rules.len() + HOSTS.rules.len(), values);
    }

    #[test]
    fn order_at_compile_time_is_order_at_run_time() {
        let words = ["", "a", "a.b", "ab", "b", "é"];
        for a in words {
            for b in words {
                assert_eq!(is_before(a, b), a < b, "{a} {b}");
            }
        }
    }
}
