//! The parts of the built-in table, and how they are written.

use std::borrow::Cow;

use crate::provider::{ComplaintReports, Match, Provider, ProviderKind, Source};

/// A provider and the rules that lead to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) kind: ProviderKind,
    pub(super) family: Option<&'static str>,
    pub(super) complaints: Option<ComplaintReports>,
    pub(super) rules: &'static [RuleSet],
}

/// Rules that differ in nothing but their values.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleSet {
    pub(super) matches: Match,
    pub(super) sources: &'static [Source],
    pub(super) values: &'static [&'static str],
    pub(super) note: Option<&'static str>,
}

pub(super) const fn provider(name: &'static str, kind: ProviderKind) -> Entry {
    Entry { name, kind, family: None, complaints: None, rules: &[] }
}

impl Entry {
    pub(super) const fn family(self, family: &'static str) -> Self {
        Self { family: Some(family), ..self }
    }

    pub(super) const fn complaint_reports(self, sent: bool, source: Source) -> Self {
        Self { complaints: Some(ComplaintReports { sent, source: Some(source) }), ..self }
    }

    pub(super) const fn rules(self, rules: &'static [RuleSet]) -> Self {
        Self { rules, ..self }
    }

    pub(super) fn to_provider(self) -> Provider {
        Provider {
            name: Cow::Borrowed(self.name),
            kind: self.kind,
            family: self.family.map(Cow::Borrowed),
            complaints: self.complaints,
        }
    }
}

impl RuleSet {
    const fn new(matches: Match, sources: &'static [Source], values: &'static [&'static str]) -> Self {
        Self { matches, sources, values, note: None }
    }

    pub(super) const fn note(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }
}

pub(super) const fn domains(sources: &'static [Source], values: &'static [&'static str]) -> RuleSet {
    RuleSet::new(Match::Domain, sources, values)
}

pub(super) const fn domains_and_subdomains(
    sources: &'static [Source],
    values: &'static [&'static str],
) -> RuleSet {
    RuleSet::new(Match::DomainAndSubdomains, sources, values)
}

pub(super) const fn mx_hosts(sources: &'static [Source], values: &'static [&'static str]) -> RuleSet {
    RuleSet::new(Match::MxHost, sources, values)
}

pub(super) const fn mx_hosts_named(
    label: &'static str,
    sources: &'static [Source],
    values: &'static [&'static str],
) -> RuleSet {
    RuleSet::new(Match::MxHostNamed(label), sources, values)
}
