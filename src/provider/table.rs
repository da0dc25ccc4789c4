//! The built-in table of providers and their rules.
//!
//! Entries are sorted by provider name, sources within a rule set as in [`Source::ALL`], and values within a rule set
//! alphabetically; all in the order of `str`, in which capitals come before lower case. The tests below check it.

use std::sync::LazyLock;

use self::entry::{Entry, RuleSet};
use super::rule::RuleMap;
use super::{Match, Provider, Rule};

mod a_to_g;
mod entry;
mod h_to_p;
mod q_to_z;

/// The built-in providers, sorted by name.
pub(super) static PROVIDERS: LazyLock<Vec<Provider>> =
    LazyLock::new(|| entries().copied().map(Entry::to_provider).collect());

/// The built-in rules for recipient domains.
pub(super) static DOMAIN_RULES: LazyLock<RuleMap> =
    LazyLock::new(|| rules_where(|matches| !matches.is_mx_host()));

/// The built-in rules for MX hosts.
pub(super) static MX_HOST_RULES: LazyLock<RuleMap> = LazyLock::new(|| rules_where(Match::is_mx_host));

/// Returns every built-in provider with its rules.
fn entries() -> impl Iterator<Item = &'static Entry> {
    [a_to_g::ENTRIES, h_to_p::ENTRIES, q_to_z::ENTRIES].into_iter().flatten()
}

/// Returns the rules of the table whose match `is_wanted` accepts.
fn rules_where(is_wanted: fn(Match) -> bool) -> RuleMap {
    let mut rules = RuleMap::new();
    for (entry, provider) in entries().zip(PROVIDERS.iter()) {
        for &RuleSet { matches, sources, values, note } in entry.rules {
            if is_wanted(matches) {
                let rule = |&value| (value, Rule { matches, value, provider, sources, note });
                rules.extend(values.iter().map(rule));
            }
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Source, name};

    fn rule_sets() -> impl Iterator<Item = &'static RuleSet> {
        entries().flat_map(|entry| entry.rules)
    }

    #[test]
    fn entries_sources_and_values_are_sorted_and_unique() {
        assert!(entries().is_sorted_by(|a, b| a.name < b.name));
        for set in rule_sets() {
            assert!(set.sources.is_sorted_by(|a, b| a < b), "{set:?}");
            assert!(set.values.is_sorted_by(|a, b| a < b), "{set:?}");
        }
    }

    #[test]
    fn every_value_has_a_rule_and_none_belongs_to_two_providers() {
        for entry in entries() {
            for set in entry.rules {
                for value in set.values {
                    let rules = if set.matches.is_mx_host() { &MX_HOST_RULES } else { &DOMAIN_RULES };
                    let rule = rules[value];
                    assert_eq!((rule.provider.name(), rule.matches), (entry.name, set.matches));
                    assert_eq!((rule.sources, rule.note), (set.sources, set.note));
                }
            }
        }
        let values: usize = rule_sets().map(|set| set.values.len()).sum();
        assert_eq!(DOMAIN_RULES.len() + MX_HOST_RULES.len(), values);
    }

    #[test]
    fn every_entry_has_rules_and_every_rule_has_a_source() {
        assert!(entries().all(|entry| !entry.rules.is_empty()));
        assert!(rule_sets().all(|set| !set.values.is_empty() && !set.sources.is_empty()));
    }

    #[test]
    fn every_value_is_a_normalized_name() {
        for value in rule_sets().flat_map(|set| set.values) {
            assert_eq!(name::normalize(value).as_deref(), Some(*value));
            assert!(value.contains('.'), "{value} is a whole top-level domain");
        }
        for set in rule_sets() {
            if let Match::MxHostNamed(label) = set.matches {
                assert_eq!(name::normalize(label).as_deref(), Some(label));
                assert!(!label.contains('.'), "{label}");
            }
        }
    }

    #[test]
    fn a_family_has_more_than_one_provider() {
        let families = || entries().filter_map(|entry| entry.family);
        for family in families() {
            assert!(families().filter(|other| *other == family).count() > 1, "{family}");
        }
    }

    #[test]
    fn every_source_is_used() {
        let of_rules = rule_sets().flat_map(|set| set.sources.iter().copied());
        let of_complaints = PROVIDERS.iter().filter_map(Provider::complaints_source);
        let used: std::collections::BTreeSet<Source> = of_rules.chain(of_complaints).collect();
        assert!(used.into_iter().eq(Source::ALL));
    }
}
