//! Cases about values: groups, filters, accounts.

use super::super::mail::at;
use super::super::{RandomMail, values};
use super::{Case, DAY, daily, event};
use crate::dimension::Dimension;
use crate::event::Event;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Scope, Timing};
use crate::time::Period;

pub(super) fn cases() -> Vec<Case> {
    vec![
        absent_and_empty_values_are_one_group(),
        values_are_stored_unchanged(),
        filters_match_text_literally(),
        every_dimension_groups_and_filters(),
        several_dimensions_group_together(),
        filters_include_and_exclude(),
        ids_are_compared_byte_by_byte(),
        accounts_never_mix(),
        accounts_are_groups_within_the_scope(),
        attempts_have_addresses_of_their_own(),
        codes_have_a_class_and_a_subject(),
    ]
}

fn absent_and_empty_values_are_one_group() -> Case {
    let events = [
        event("m-1", "1", Kind::Delivered, 1),
        event("m-2", "1", Kind::Delivered, 2).category("").tags([""]).domain(".").country("").reason(""),
        event("m-3", "1", Kind::Delivered, 3)
            .category("c")
            .tags(["t"])
            .domain("d.example")
            .country("DE")
            .reason("r"),
    ];
    let dimensions =
        [Dimension::Category, Dimension::Tag, Dimension::Domain, Dimension::Country, Dimension::Reason];
    let queries = dimensions.into_iter().flat_map(|dimension| {
        let filters = [Filter::is_absent(dimension), Filter::is_present(dimension)];
        filters.map(|filter| daily(1).filter(filter)).into_iter().chain([daily(1).by(dimension)])
    });
    Case::new("absent and empty values are one group", events, queries)
}

/// Quotes, case, scripts, white space at the ends, control characters, 1000 characters, words with a meaning in SQL or JSON.
fn values_are_stored_unchanged() -> Case {
    let long = "x".repeat(1000);
    let odd = [
        "plain",
        "plain ",
        "Plain",
        "it's",
        "say \"hi\"",
        "50% _off_",
        "a\\b",
        "line\nbreak",
        "tab\t",
        " blank ",
        "blank",
        "ünïcödé",
        "u\u{308}",
        "ü",
        "日本語",
        "😀",
        "null",
        "NULL",
        "0",
        "false",
        "'; DROP TABLE events; --",
        "{a,b}",
        "[1]",
        &long,
    ];
    let message = |(index, value): (usize, &&str)| {
        let event = event(&format!("m-{index}"), "1", Kind::Opened, 60);
        event.category(*value).tags([*value]).client(*value).reason(*value)
    };
    let events: Vec<Event> = odd.iter().enumerate().map(message).collect();
    let dimensions = [Dimension::Category, Dimension::Tag, Dimension::Client, Dimension::Reason];
    let by = dimensions.into_iter().map(|dimension| daily(1).by(dimension));
    let filtered = odd.iter().map(|value| daily(1).filter(Filter::is(Dimension::Category, [*value])));
    Case::new("values are neither changed nor merged", events, by.chain(filtered))
}

/// No character is a wildcard, only `contains` matches a part of a value, and ignoring case ignores that of ASCII letters only.
fn filters_match_text_literally() -> Case {
    let values = [
        "plain",
        "PLAIN",
        "plainly",
        "50% _off_",
        "50 XoffX",
        "a\\b",
        "ab",
        "it's",
        "[a]",
        "a*b",
        "a.b",
        "axb",
        "über",
        "ÜBER",
        "Über",
        "日本語",
    ];
    let message = |(index, value): (usize, &&str)| {
        event(&format!("m-{index}"), "1", Kind::Opened, 60).category(*value).tags([*value]).client(*value)
    };
    let mut events: Vec<Event> = values.iter().enumerate().map(message).collect();
    events.push(event("m-none", "1", Kind::Opened, 60));
    let texts =
        values.into_iter().chain(["%", "_", "\\", "*", ".", "?", "[", "^a", "b$", "'", "Ü", "ü", "IN", " "]);
    let queries = texts.flat_map(|text| {
        let filters = [
            Filter::is(Dimension::Category, [text]).ignoring_case(),
            Filter::is_not(Dimension::Client, [text]).ignoring_case(),
            Filter::contains(Dimension::Tag, [text]),
            Filter::contains_none(Dimension::Category, [text]),
        ];
        filters.map(|filter| daily(1).by(Dimension::Category).filter(filter))
    });
    Case::new("filters match text literally", events, queries)
}

/// Groups with either timing, and filters that include and exclude, by value and by part of a value, with and without case.
fn every_dimension_groups_and_filters() -> Case {
    let queries = Dimension::ALL.into_iter().flat_map(|dimension| {
        let values = values::values(dimension);
        let upper = values[0].to_ascii_uppercase();
        let part = upper.get(1..).unwrap_or_default();
        [
            daily(9).by(dimension),
            daily(9).by(dimension).timing(Timing::Send),
            daily(9).filter(Filter::is(dimension, values.iter().take(2).copied())),
            daily(9).filter(Filter::is_not(dimension, values.iter().take(1).copied())),
            daily(9).filter(Filter::is(dimension, ["", values[0]]).ignoring_case()),
            daily(9).filter(Filter::is_not(dimension, [values[0]]).ignoring_case()),
            daily(9).filter(Filter::contains(dimension, [part])),
            daily(9).filter(Filter::contains_none(dimension, ["", part])),
        ]
    });
    let events = RandomMail::new(11).events(120);
    Case::new("every dimension groups and filters", events, queries)
}

fn several_dimensions_group_together() -> Case {
    let queries = [
        daily(9).by(Dimension::Domain).by(Dimension::Provider),
        daily(9).by(Dimension::Tag).by(Dimension::Stream).by(Dimension::Country),
        Query::new(Scope::All, Period::all()).by(Dimension::Tag).by(Dimension::Device),
        Query::new(Scope::All, Period::all()).by(Dimension::Account).by(Dimension::Ip).by(Dimension::Code),
    ];
    Case::new("several dimensions group together", RandomMail::new(12).events(120), queries)
}

/// Filters with one, several, no and unknown values, and several filters at once, also on one dimension.
fn filters_include_and_exclude() -> Case {
    let none: [&str; 0] = [];
    let filters = [
        vec![Filter::is(Dimension::Domain, none)],
        vec![Filter::is_not(Dimension::Domain, none)],
        vec![Filter::is(Dimension::Domain, ["nowhere.example"])],
        vec![Filter::is_not(Dimension::Domain, ["nowhere.example", ""])],
        vec![Filter::is(Dimension::Tag, ["new", "eu"]), Filter::is_not(Dimension::Tag, ["vip"])],
        vec![Filter::is(Dimension::Provider, ["Google", ""]), Filter::is(Dimension::Stream, ["bulk"])],
        vec![
            Filter::is(Dimension::Country, ["DE"]),
            Filter::is(Dimension::Domain, ["a.example", "b.example"]),
        ],
    ];
    let queries = filters.map(|filters| filters.into_iter().fold(daily(9), Query::filter));
    Case::new("filters include and exclude", RandomMail::new(13).events(120), queries)
}

/// Neither case nor spaces at the end are ignored.
fn ids_are_compared_byte_by_byte() -> Case {
    let mut events = Vec::new();
    for message in ["m", "M", "m ", " m", "ü", "u\u{308}"] {
        events.push(event(message, "1", Kind::Sent, 60).category("sent"));
        for (index, id) in ["e", "E", "e ", " e", "ë"].into_iter().enumerate() {
            let opened = event(message, id, Kind::Opened, 70).country(["DE", "US"][index % 2]);
            events.push(opened.tags([format!("{message}{id}")]));
        }
    }
    let queries = [daily(1), daily(1).by(Dimension::Tag), daily(1).by(Dimension::Country)];
    Case::new("ids of messages and events are compared byte by byte", events, queries)
}

/// Equal message ids in different accounts are different messages. Every kind of scope.
fn accounts_never_mix() -> Case {
    let mut events = RandomMail::new(14).events(60);
    events.extend(["acme", "Acme", "acme ", "globex"].map(|account| {
        Event::new(account, "m-shared", "1", Kind::Delivered, at(60))
            .domain(format!("{}.example", account.trim()))
    }));
    let queries = scopes().map(|scope| Query::new(scope, nine_days()).by(Dimension::Domain));
    Case::new("accounts never mix", events, queries)
}

/// A question about one account has that account as its only group, and filters on another account find nothing.
fn accounts_are_groups_within_the_scope() -> Case {
    let events = RandomMail::new(16).events(60);
    let queries = scopes().into_iter().flat_map(|scope| {
        let query = Query::new(scope, nine_days());
        [
            query.clone().by(Dimension::Account),
            query.clone().by(Dimension::Account).filter(Filter::is(Dimension::Account, ["globex"])),
            query.by(Dimension::Account).filter(Filter::is_not(Dimension::Account, ["acme"])),
        ]
    });
    Case::new("accounts are groups within the scope", events, queries)
}

/// An event counts under the address and the pool of its attempt, or else under those of its message.
fn attempts_have_addresses_of_their_own() -> Case {
    let events = [
        event("m-1", "1", Kind::Accepted, 1).ip("192.0.2.1").ip_pool("shared"),
        event("m-1", "2", Kind::Deferred, 2).attempt_ip("192.0.2.2").attempt_ip_pool("own"),
        event("m-1", "3", Kind::Delivered, 3).attempt_ip("192.0.2.3"),
        event("m-2", "1", Kind::Deferred, 2).attempt_ip("192.0.2.2"),
        event("m-2", "2", Kind::Opened, 4),
        event("m-3", "1", Kind::Delivered, 5).ip("192.0.2.1").attempt_ip("192.0.2.3"),
    ];
    let queries = [Dimension::Ip, Dimension::IpPool].into_iter().flat_map(|dimension| {
        let values = ["192.0.2.2", "192.0.2.1", "own"];
        [
            daily(1).by(dimension),
            daily(1).by(dimension).timing(Timing::Send),
            daily(1).filter(Filter::is(dimension, values)),
            daily(1).filter(Filter::is_not(dimension, values)),
            daily(1).filter(Filter::is_absent(dimension)),
            daily(1).filter(Filter::contains(dimension, ["2.3", "ow"])),
        ]
    });
    Case::new("attempts have IP addresses and pools of their own", events, queries)
}

fn codes_have_a_class_and_a_subject() -> Case {
    let codes = ["5.1.1", "5.1.10", "5.10.1", "5.2.2", "4.2.2", "2.0.0"];
    let bounced = |(index, code): (usize, &str)| {
        let event = event(&format!("m-{index}"), "1", Kind::HardBounced, 60);
        match code.parse() {
            Ok(code) => event.code(code),
            Err(_) => event,
        }
    };
    let events = codes.into_iter().chain([""]).enumerate().map(bounced);
    let queries = [
        daily(1).by(Dimension::Code),
        daily(1).by(Dimension::CodeSubject),
        daily(1).by(Dimension::CodeClass),
        daily(1).filter(Filter::is(Dimension::Code, ["5.1.1"])),
        daily(1).filter(Filter::is(Dimension::CodeSubject, ["5.1"])),
        daily(1).filter(Filter::is(Dimension::CodeClass, ["5", ""])),
        daily(1).filter(Filter::is_not(Dimension::CodeClass, ["5"])),
        daily(1).filter(Filter::contains(Dimension::CodeSubject, [".1"])),
    ];
    Case::new("enhanced status codes have a class and a subject", events, queries)
}

fn scopes() -> [Scope; 6] {
    [
        Scope::from("acme"),
        Scope::from("Acme"),
        Scope::from("nobody"),
        Scope::Accounts(["acme", "globex", "nobody"].into_iter().map(Into::into).collect()),
        Scope::Accounts([].into()),
        Scope::All,
    ]
}

fn nine_days() -> Period {
    Period::between(at(0), at(9 * DAY))
}
