//! Cases about ties: which of several copies, events or kinds counts if they have the same instant.

use std::num::NonZeroU32;

use super::super::mail::at;
use super::{Case, DAY, daily, event};
use crate::dimension::Dimension;
use crate::event::{EnhancedCode, Event, Stream};
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::query::Timing;
use crate::status::Status;

/// Texts in the order of their bytes.
const TEXTS: [&str; 8] = ["10", "9", "Z", "a", "a b", "ab", "b", "ä"];

/// Domains in the order of their bytes; they are in lower case.
const DOMAINS: [&str; 6] = ["10.example", "9.example", "a.example", "ab.example", "b.example", "ä.example"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        the_lesser_event_type_counts(),
        fields_are_compared_in_their_order(),
        the_instant_outweighs_the_event_type_and_that_the_fields(),
        the_lesser_id_is_the_first_event(),
        the_lesser_id_decides_fields(),
        the_later_kind_decides_the_status(),
        the_phase_outweighs_the_instant(),
    ];
    cases.extend(fields().into_iter().map(the_lesser_field_counts));
    cases
}

/// A field by which copies of an event are compared.
struct Field {
    name: &'static str,
    dimension: Dimension,
    /// Functions that set ascending values; the first one sets none.
    ascending: Vec<Set>,
}

type Set = Box<dyn Fn(Event) -> Event + Send>;

impl Field {
    fn new<T: Copy + Send + 'static>(
        name: &'static str,
        dimension: Dimension,
        ascending: impl IntoIterator<Item = T>,
        set: fn(Event, T) -> Event,
    ) -> Self {
        let none: Set = Box::new(|event| event);
        let set = |value: T| -> Set { Box::new(move |event| set(event, value)) };
        Self {
            name,
            dimension,
            ascending: [none].into_iter().chain(ascending.into_iter().map(set)).collect(),
        }
    }

    /// Returns an event with the value at `index`.
    fn set(&self, index: usize, event: Event) -> Event {
        self.ascending[index](event)
    }
}

/// Returns the fields in the order in which copies are compared by them.
fn fields() -> Vec<Field> {
    let text = |name, dimension, set| Field::new(name, dimension, TEXTS, set);
    let domain = |name, dimension, set| Field::new(name, dimension, DOMAINS, set);
    let flag = |name, dimension, set| Field::new(name, dimension, [false, true], set);
    let tags: [&[&str]; 4] = [&["a"], &["a", "b"], &["a", "c"], &["b"]];
    let streams = [Stream::Transactional, Stream::Bulk];
    let created = [-2 * DAY, -DAY, DAY];
    let attempts = [1, 2, 9, 10].into_iter().filter_map(NonZeroU32::new);
    let codes = ["2.0.0", "4.2.2", "5.1.1", "5.10.0", "5.2.0"].into_iter().filter_map(code);
    vec![
        text("subaccount", Dimension::Subaccount, |event, text| event.subaccount(text)),
        domain("domain", Dimension::Domain, |event, text| event.domain(text)),
        text("category", Dimension::Category, |event, text| event.category(text)),
        Field::new("tags", Dimension::Tag, tags, |event, tags| event.tags(tags.iter().copied())),
        Field::new("stream", Dimension::Stream, streams, Event::stream),
        text("mailbox", Dimension::Mailbox, |event, text| event.mailbox(text)),
        text("campaign", Dimension::Campaign, |event, text| event.campaign(text)),
        text("ip", Dimension::Ip, |event, text| event.ip(text)),
        text("ip_pool", Dimension::IpPool, |event, text| event.ip_pool(text)),
        domain("recipient_domain", Dimension::RecipientDomain, |event, text| event.recipient_domain(text)),
        text("provider", Dimension::Provider, |event, text| event.provider(text)),
        flag("open_tracking", Dimension::OpenTracking, Event::open_tracking),
        flag("click_tracking", Dimension::ClickTracking, Event::click_tracking),
        Field::new("created", Dimension::Code, created, |event, seconds| event.created(at(seconds))),
        text("country", Dimension::Country, |event, text| event.country(text)),
        text("device", Dimension::Device, |event, text| event.device(text)),
        text("client", Dimension::Client, |event, text| event.client(text)),
        text("bot", Dimension::Bot, |event, text| event.bot(text)),
        Field::new("attempt", Dimension::Attempt, attempts, Event::attempt),
        flag("optimized", Dimension::Optimized, Event::optimized),
        text("transport", Dimension::Transport, |event, text| event.transport(text)),
        text("attempt_ip", Dimension::Ip, |event, text| event.attempt_ip(text)),
        text("attempt_ip_pool", Dimension::IpPool, |event, text| event.attempt_ip_pool(text)),
        text("reason", Dimension::Reason, |event, text| event.reason(text)),
        Field::new("code", Dimension::Code, codes, Event::code),
    ]
}

/// Each copy with a lesser value has a greater code, which is compared last: it shows which copy counts, also if the field
/// itself does not.
fn the_lesser_field_counts(field: Field) -> Case {
    let pairs = (1..field.ascending.len()).map(|greater| {
        let copy = |index| field.set(index, delivered());
        match field.name {
            "code" => [copy(greater - 1), copy(greater)],
            _ => marked(copy(greater - 1), copy(greater)),
        }
    });
    let queries = [Dimension::Code, field.dimension].map(|dimension| daily(1).by(dimension));
    let by_creation = daily(2).timing(Timing::Send);
    let shown = if field.name == "code" { "" } else { "; the right copies have code 5.9.9" };
    let name = format!(
        "of copies at one instant, the one with the lesser `{}` counts (absent is least, texts byte by byte{shown})",
        field.name
    );
    Case::new(name, both_orders(pairs), queries.into_iter().chain([by_creation]))
}

/// Of two neighbours in the order of fields, the first one decides.
fn fields_are_compared_in_their_order() -> Case {
    let fields = fields();
    let pairs = fields.iter().zip(&fields[1..]).map(|(one, next)| {
        let copies = [(1, 2), (2, 1)].map(|(index, of_next)| next.set(of_next, one.set(index, delivered())));
        let [lesser, greater] = copies;
        if next.name == "code" { [lesser, greater] } else { marked(lesser, greater) }
    });
    let by = fields.iter().map(|field| daily(1).by(field.dimension));
    let name = "copies at one instant are compared field by field, in the documented order";
    Case::new(name, both_orders(pairs), by)
}

fn the_lesser_event_type_counts() -> Case {
    let copy = |event_type: EventType| event("m", "1", event_type, 60);
    let mut ascending = EventType::ALL;
    ascending.sort_by_key(|event_type| (event_type.kind(), event_type.qualifier()));
    let pairs: Vec<_> = ascending.windows(2).map(|pair| marked(copy(pair[0]), copy(pair[1]))).collect();
    let name =
        "of copies at one instant, the one whose kind is earlier, and then whose qualifier is less, counts";
    Case::new(name, both_orders(pairs), [daily(1), daily(1).by(Dimension::Code)])
}

fn the_instant_outweighs_the_event_type_and_that_the_fields() -> Case {
    let copy = |event_type: EventType, seconds| event("m", "1", event_type, seconds);
    let last = EventType::ALL[EventType::COUNT - 1];
    let pairs = [
        marked(copy(last, 60), copy(EventType::Accepted, 61)),
        marked(copy(EventType::Opened, 60).subaccount("z"), copy(EventType::Clicked, 60)),
    ];
    let queries = [Dimension::Subaccount, Dimension::Code].map(|dimension| daily(1).by(dimension));
    let name = "copies are compared by instant, then by event type, then by fields";
    Case::new(name, both_orders(pairs), queries)
}

/// Events of one message at one instant are ordered by id.
fn the_lesser_id_is_the_first_event() -> Case {
    let opened = |(index, ids): (usize, &[&'static str])| {
        let opened = |id, country: &'static str| {
            event(&format!("m-{index}"), id, EventType::OpenedPerson, 60).country(country)
        };
        let machine = event(&format!("m-{index}"), ids[1], EventType::OpenedMachine, DAY).country("DE");
        let person = event(&format!("m-{index}"), ids[0], EventType::OpenedPerson, DAY).country("US");
        [opened(ids[1], "second"), opened(ids[0], "first"), machine, person]
    };
    let events: Vec<Event> = TEXTS.windows(2).enumerate().flat_map(opened).collect();
    let name =
        "of events of a message at one instant, the one with the lesser id, byte by byte, is the first";
    Case::new(name, events, [daily(2).by(Dimension::Country), daily(2)])
}

/// Whose value of a field counts, for every field of a message.
fn the_lesser_id_decides_fields() -> Case {
    let mut events = Vec::new();
    let of_message = |field: &Field| !field.dimension.belongs_to_event() || field.name.starts_with("ip");
    let fields: Vec<Field> = fields().into_iter().filter(of_message).collect();
    for field in &fields {
        for (index, ids) in TEXTS.windows(2).enumerate() {
            let message = format!("{}-{index}", field.name);
            for (id, value) in [(ids[1], 1), (ids[0], 2)] {
                events.push(field.set(value, event(&message, id, Kind::Delivered, 60)));
            }
        }
    }
    let queries = fields.iter().map(|field| daily(1).by(field.dimension));
    let name = "of events of a message at one instant, the one with the lesser id, byte by byte, decides the message's fields";
    Case::new(name, events, queries.collect::<Vec<_>>())
}

/// Of two kinds of one phase at one instant, in either order of their ids.
fn the_later_kind_decides_the_status() -> Case {
    let mut events = Vec::new();
    let phase = |kind: Kind| Status::from_kind(kind).map(Status::phase);
    for one in Kind::ALL {
        for other in Kind::ALL.into_iter().filter(|other| *other > one && phase(*other) == phase(one)) {
            for ids in [["1", "2"], ["2", "1"]] {
                let message = format!("{one}-{other}-{}", ids[0]);
                events.push(event(&message, ids[0], one, 60));
                events.push(event(&message, ids[1], other, 60));
            }
        }
    }
    let name = "of two kinds of one phase at one instant, the later in the list of kinds decides the status";
    Case::new(name, events, [daily(1)])
}

fn the_phase_outweighs_the_instant() -> Case {
    let mut events = Vec::new();
    for one in Kind::ALL {
        for other in Kind::ALL.into_iter().filter(|other| *other != one) {
            for (name, instants) in [("before", [60, 61]), ("after", [61, 60])] {
                let message = format!("{one}-{name}-{other}");
                events.push(event(&message, "1", one, instants[0]));
                events.push(event(&message, "2", other, instants[1]));
            }
        }
    }
    let name = "the status is decided by the phase, then by the instant";
    Case::new(name, events, [daily(1).timing(Timing::Send)])
}

fn delivered() -> Event {
    event("m", "1", Kind::Delivered, 60)
}

/// Marks copies of an event, of which the first one is less: by a code that is greater.
fn marked(lesser: Event, greater: Event) -> [Event; 2] {
    let mark = |event: Event, text| match code(text) {
        Some(code) => event.code(code),
        None => event,
    };
    [mark(lesser, "5.9.9"), mark(greater, "2.0.0")]
}

/// Makes two messages of each pair of copies, so that either copy comes first.
fn both_orders(pairs: impl IntoIterator<Item = [Event; 2]>) -> Vec<Event> {
    let events = pairs.into_iter().enumerate().flat_map(|(index, [one, other])| {
        let message = move |order: &str| format!("m-{index}-{order}");
        let of = |event: &Event, message: String| event.clone().of_message(message);
        [
            of(&one, message("forward")),
            of(&other, message("forward")),
            of(&other, message("backward")),
            of(&one, message("backward")),
        ]
    });
    events.collect()
}

fn code(text: &str) -> Option<EnhancedCode> {
    text.parse().ok()
}
