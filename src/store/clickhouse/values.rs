//! The value of an event in a dimension, and filters on it, in SQL.

use std::collections::BTreeSet;

use super::literal::{list, literal, literals};
use crate::dimension::Dimension;
use crate::filter::{Filter, FilterParts, Matching};

/// Where the value in a dimension comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Account,
    /// A column of the message: the value of its earliest event that has one.
    Message(&'static str),
    /// The tags of all events of the message.
    Tags,
    /// An expression over columns of the event.
    Event(&'static str),
    /// An expression over columns of the event or else, if that is empty, a column of the message.
    EventOrMessage(&'static str, &'static str),
}

impl Place {
    pub(super) fn of(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Account => Self::Account,
            Dimension::Subaccount => Self::Message("subaccount"),
            Dimension::Domain => Self::Message("domain"),
            Dimension::Category => Self::Message("category"),
            Dimension::Tag => Self::Tags,
            Dimension::Stream => Self::Message("stream"),
            Dimension::Mailbox => Self::Message("mailbox"),
            Dimension::Campaign => Self::Message("campaign"),
            Dimension::Ip => Self::EventOrMessage("attempt_ip", "ip"),
            Dimension::IpPool => Self::EventOrMessage("attempt_ip_pool", "ip_pool"),
            Dimension::RecipientDomain => Self::Message("recipient_domain"),
            Dimension::Provider => Self::Message("provider"),
            Dimension::OpenTracking => Self::Message("open_tracking"),
            Dimension::ClickTracking => Self::Message("click_tracking"),
            Dimension::Country => Self::Event("country"),
            Dimension::Device => Self::Event("device"),
            Dimension::Client => Self::Event("client"),
            Dimension::Bot => Self::Event("bot"),
            Dimension::Attempt => Self::Event("multiIf(attempt = 0, '', attempt = 1, 'first', 'later')"),
            Dimension::Optimized => Self::Event("optimized"),
            Dimension::Transport => Self::Event("transport"),
            Dimension::Reason => Self::Event("reason"),
            Dimension::Code => Self::Event("code"),
            Dimension::CodeSubject => Self::Event(
                "if(code = '', '', concat(splitByChar('.', code)[1], '.', splitByChar('.', code)[2]))",
            ),
            Dimension::CodeClass => Self::Event("if(code = '', '', splitByChar('.', code)[1])"),
        }
    }
}

/// What a statement must read of each message and of each event, apart from types and instants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Columns of messages.
    pub(super) fields: BTreeSet<&'static str>,
    pub(super) tags: bool,
    /// Dimensions whose value belongs to the event.
    pub(super) own: BTreeSet<Dimension>,
}

impl Needs {
    /// Returns what dimensions need.
    pub(super) fn of(dimensions: impl IntoIterator<Item = Dimension>) -> Self {
        let mut needs = Self::default();
        for dimension in dimensions {
            match Place::of(dimension) {
                Place::Account => {}
                Place::Message(column) => drop(needs.fields.insert(column)),
                Place::Tags => needs.tags = true,
                Place::Event(_) => drop(needs.own.insert(dimension)),
                Place::EventOrMessage(_, column) => {
                    needs.fields.insert(column);
                    needs.own.insert(dimension);
                }
            }
        }
        needs
    }
}

/// Returns the expression of the value in a dimension, once events are rows; empty if absent. That of [`Dimension::Tag`] is
/// one of the tags.
pub(super) fn value(dimension: Dimension) -> String {
    match Place::of(dimension) {
        Place::Account => "account".to_owned(),
        Place::Message(column) => format!("f_{column}"),
        Place::Tags => "tag".to_owned(),
        Place::Event(_) => own(dimension),
        Place::EventOrMessage(_, column) => format!("if({0} != '', {0}, f_{column})", own(dimension)),
    }
}

/// Returns the name of the column with the event's own value in a dimension.
pub(super) fn own(dimension: Dimension) -> String {
    format!("o_{}", dimension.name())
}

/// Returns the condition of a filter on a message, or on an event that is a row.
pub(super) fn condition(filter: &Filter) -> String {
    let FilterParts { dimension, includes, .. } = filter.parts();
    let matches = match Place::of(dimension) {
        Place::Tags => matches_tags(&filter.parts()),
        Place::Account | Place::Message(_) | Place::Event(_) | Place::EventOrMessage(..) => {
            matches(&filter.parts(), &value(dimension))
        }
    };
    if includes { matches } else { format!("NOT {matches}") }
}

/// Returns the condition that a value matches.
pub(super) fn matches(filter: &FilterParts<'_>, value: &str) -> String {
    let FilterParts { dimension: _, includes: _, matching, absent, texts } = *filter;
    let any = (!texts.is_empty()).then(|| match matching {
        Matching::Exact => format!("{value} IN ({})", all(texts)),
        Matching::IgnoringCase => format!("lower({value}) IN ({})", all(texts)),
        Matching::Substring => has_substring(&format!("lower({value})"), texts),
    });
    let none = absent.then(|| format!("{value} = ''"));
    either([any, none])
}

fn matches_tags(filter: &FilterParts<'_>) -> String {
    let FilterParts { dimension: _, includes: _, matching, absent, texts } = *filter;
    let any = (!texts.is_empty()).then(|| match matching {
        Matching::Exact => format!("hasAny(f_tags, [{}])", all(texts)),
        Matching::IgnoringCase => format!("hasAny(arrayMap(t -> lower(t), f_tags), [{}])", all(texts)),
        Matching::Substring => format!("arrayExists(t -> {}, f_tags)", has_substring("lower(t)", texts)),
    });
    either([any, absent.then(|| "empty(f_tags)".to_owned())])
}

fn all(texts: &BTreeSet<std::sync::Arc<str>>) -> String {
    literals(texts.iter().map(|text| &**text))
}

fn has_substring(value: &str, texts: &BTreeSet<std::sync::Arc<str>>) -> String {
    let one = texts.iter().map(|text| format!("position({value}, {}) > 0", literal(text)));
    match texts.len() {
        1 => one.collect(),
        _ => format!("or({})", list(one).unwrap_or_default()),
    }
}

fn either(conditions: [Option<String>; 2]) -> String {
    match conditions {
        [None, None] => "0".to_owned(),
        [Some(one), None] | [None, Some(one)] => format!("({one})"),
        [Some(one), Some(other)] => format!("({one} OR {other})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_belongs_to_the_event_as_its_dimension_does() {
        for dimension in Dimension::ALL {
            let belongs = !Needs::of([dimension]).own.is_empty();
            assert_eq!(belongs, dimension.belongs_to_event(), "{dimension}");
        }
    }

    #[test]
    fn conditions_have_every_part_of_a_filter() {
        for (filter, expected) in [
            (
                Filter::is(Dimension::Domain, ["a.example", ""]),
                "(f_domain IN ('a.example') OR f_domain = '')",
            ),
            (Filter::is_not(Dimension::Country, ["DE"]), "NOT (o_country IN ('DE'))"),
            (
                Filter::is(Dimension::Tag, ["X"]).ignoring_case(),
                "(hasAny(arrayMap(t -> lower(t), f_tags), ['x']))",
            ),
            (
                Filter::contains(Dimension::Campaign, ["A", "'"]),
                "(or(position(lower(f_campaign), '\\x27') > 0, position(lower(f_campaign), 'a') > 0))",
            ),
            (Filter::is_absent(Dimension::Tag), "(empty(f_tags))"),
            (Filter::is(Dimension::Ip, ["::1"]), "(if(o_ip != '', o_ip, f_ip) IN ('\\x3A\\x3A1'))"),
            (Filter::is(Dimension::Domain, Vec::<&str>::new()), "0"),
            (Filter::is_not(Dimension::Domain, Vec::<&str>::new()), "NOT 0"),
        ] {
            assert_eq!(condition(&filter), expected);
        }
    }
}
