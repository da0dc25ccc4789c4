//! Cases about the history of a message: copies, late events, creation, status.

use super::super::mail::at;
use super::{Case, DAY, daily, event};
use crate::dimension::Dimension;
use crate::event::{Event, Stream};
use crate::event_type::EventType;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::query::{Query, Timing};
use crate::time::Period;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = copies_of_an_event_count_once();
    cases.extend(events_that_arrive_late_move_counts());
    cases.extend([
        uniques_are_first_events_of_messages(),
        statuses_count_where_the_message_was_created(),
        a_later_event_does_not_change_what_an_earlier_one_says(),
        messages_are_created_when_the_earliest_event_tells(),
        a_told_creation_alone_is_in_the_range(),
    ]);
    cases
}

/// Of copies that differ, the earliest one counts.
fn copies_of_an_event_count_once() -> Vec<Case> {
    let events = [
        event("m-1", "1", Kind::Delivered, 60).domain("a.example"),
        event("m-1", "1", Kind::Delivered, 60).domain("a.example"),
        event("m-1", "2", EventType::OpenedPerson, 2 * DAY).tags(["late"]).country("DE"),
        event("m-1", "2", EventType::OpenedMachine, DAY).country("US"),
        event("m-1", "3", Kind::Clicked, DAY + 1).client("a").created(at(-DAY)),
        event("m-1", "3", Kind::Clicked, DAY).client("b"),
    ];
    let dimensions = [Dimension::Domain, Dimension::Tag, Dimension::Country, Dimension::Client];
    let queries = [Timing::Event, Timing::Send]
        .into_iter()
        .flat_map(|timing| dimensions.map(|dimension| daily(3).by(dimension).timing(timing)));
    let queries: Vec<Query> = queries.collect();
    let reversed: Vec<Event> = events.iter().rev().cloned().collect();
    vec![
        Case::new("copies of an event count once, the earliest", events, queries.clone()),
        Case::new("copies of an event count once, the earliest, in reverse order", reversed, queries),
    ]
}

/// An event that arrives last but happened first changes what is unique, when the message was created, and the fields of the
/// message.
fn events_that_arrive_late_move_counts() -> Vec<Case> {
    let events = [
        event("m-1", "5", EventType::OpenedPerson, 2 * DAY).domain("late.example").stream(Stream::Bulk),
        event("m-1", "4", EventType::OpenedPerson, DAY + 1),
        event("m-1", "3", EventType::OpenedMachine, DAY),
        event("m-1", "2", Kind::Delivered, 120).domain("early.example"),
        event("m-1", "1", Kind::Sent, 60),
    ];
    let queries = [Timing::Event, Timing::Send]
        .into_iter()
        .flat_map(|timing| [Dimension::Domain, Dimension::Stream].map(|by| daily(3).by(by).timing(timing)));
    let queries: Vec<Query> = queries.collect();
    let known = |count: usize| {
        let name = format!("events that arrive late move counts ({count} of 5)");
        Case::new(name, events[..count].to_vec(), queries.clone())
    };
    (1..=events.len()).map(known).collect()
}

/// A message that is opened in two buckets, groups or filters is unique only where its first open is.
fn uniques_are_first_events_of_messages() -> Case {
    let events = [
        event("m-1", "1", EventType::OpenedPerson, 60).country("DE"),
        event("m-1", "2", EventType::OpenedPerson, DAY + 60).country("US"),
        event("m-1", "3", EventType::OpenedMachine, DAY + 70).country("US"),
        event("m-2", "1", EventType::OpenedMachine, DAY + 60).country("US"),
    ];
    let queries = [
        daily(2).by(Dimension::Country),
        daily(2).filter(Filter::is(Dimension::Country, ["US"])),
        Query::new("acme", Period::between(at(DAY), at(2 * DAY))),
    ];
    Case::new("a unique is the first event of its message, not each message with an event", events, queries)
}

/// With either timing. A status has no value of the dimensions of events.
fn statuses_count_where_the_message_was_created() -> Case {
    let mut events = Vec::new();
    for (index, last) in Kind::ALL.into_iter().enumerate() {
        let message = format!("m-{index}");
        events.push(event(&message, "1", Kind::Accepted, 60));
        events.push(event(&message, "2", last, DAY + 60).country("DE"));
        events.push(event(&format!("only-{index}"), "1", last, 60));
    }
    let queries = [
        daily(2),
        daily(2).timing(Timing::Send),
        daily(2).by(Dimension::Domain),
        daily(2).by(Dimension::Country),
        daily(2).filter(Filter::is(Dimension::Country, ["DE"])),
        daily(2).kinds([Kind::Opened]),
        daily(2).kinds([]),
        Query::new("acme", Period::between(at(DAY), at(2 * DAY))),
    ];
    Case::new("statuses count in the bucket of their message's creation", events, queries)
}

/// The value of a field is that of the first event that has one.
fn a_later_event_does_not_change_what_an_earlier_one_says() -> Case {
    let events = [
        event("m-1", "1", Kind::Sent, 1).domain("a.example"),
        event("m-1", "2", Kind::Delivered, 2).domain("b.example").category("second").tags(["x"]),
        event("m-1", "3", Kind::Opened, 3).category("third").recipient_domain("gmail.com").tags(["y"]),
        event("m-1", "4", Kind::Opened, 4).provider("Other"),
    ];
    let dimensions = [
        Dimension::Domain,
        Dimension::Category,
        Dimension::Tag,
        Dimension::RecipientDomain,
        Dimension::Provider,
    ];
    let queries = dimensions.map(|dimension| daily(1).by(dimension));
    Case::new("the first event with a field decides the field of its message", events, queries)
}

/// Creation is the minimum over all instants of events and all creations that events tell, also by an event without the
/// earliest instant.
fn messages_are_created_when_the_earliest_event_tells() -> Case {
    let events = [
        event("earlier", "1", Kind::Delivered, DAY + 60),
        event("earlier", "2", Kind::Opened, 2 * DAY).created(at(60)),
        event("later", "1", Kind::Delivered, DAY + 60).created(at(2 * DAY)),
        event("several", "1", Kind::Delivered, 2 * DAY).created(at(DAY)),
        event("several", "2", Kind::Opened, 2 * DAY + 1).created(at(60)),
    ];
    let queries = [Timing::Event, Timing::Send].map(|timing| daily(3).timing(timing));
    Case::new("a message is created at the earliest instant that its events tell", events, queries)
}

/// A message can count, by its status or with timing `send`, where it has no event.
fn a_told_creation_alone_is_in_the_range() -> Case {
    let events = [
        event("m-1", "1", Kind::Delivered, 3 * DAY).created(at(60)),
        event("m-1", "2", Kind::Opened, 4 * DAY),
        event("m-2", "1", Kind::Delivered, 3 * DAY).created(at(-60)),
    ];
    let queries = [Timing::Event, Timing::Send].map(|timing| daily(1).timing(timing));
    Case::new("a message counts where only its creation is in the range", events, queries)
}
