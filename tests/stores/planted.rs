//! Stores with one wrong rule each fail the checks, with words that say what is wrong.

use std::cmp::Ordering;
use std::panic::catch_unwind;

use chrono::TimeDelta;
use mailtally::conformance::{self, Harness};
use mailtally::message::Stream;
use mailtally::{Dimension, Event};

use super::quarter;
use super::rules::{RuleStore, Rules, earlier_kind, rank};
use crate::common::ready;

struct ByRules {
    rules: Rules,
    rounds: fn(usize) -> usize,
}

impl Harness for ByRules {
    type Store = RuleStore;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (RuleStore, ()) {
        (RuleStore { events: events.to_vec(), rules: self.rules }, ())
    }

    fn rounds(&self, usual: usize) -> usize {
        (self.rounds)(usual)
    }
}

/// Returns what the checks say of a store with these rules; `None` if it passes.
fn verdict(rules: Rules, rounds: fn(usize) -> usize) -> Option<String> {
    let run = std::panic::AssertUnwindSafe(|| ready(conformance::run(&ByRules { rules, rounds })));
    let panic = catch_unwind(run).err()?;
    Some(*panic.downcast::<String>().expect("a text"))
}

/// Compares copies by instant, then as `order` says, then rightly.
macro_rules! copies {
    (|$one:ident, $other:ident| $order:expr) => {
        Rules {
            copies: &|$one: &Event, $other: &Event| {
                $one.at().cmp(&$other.at()).then_with(|| $order).then_with(|| $one.cmp_copies($other))
            },
            ..Rules::RIGHT
        }
    };
}

/// Changes the fields of an event before its values are read.
macro_rules! own {
    (|$event:ident| $change:expr) => {
        Rules {
            own: |message, event| {
                let mut $event = event.clone();
                $change;
                (message.clone(), $event)
            },
            ..Rules::RIGHT
        }
    };
}

/// The fields in the order in which copies are compared by them.
macro_rules! fields {
    ($fields:ident: $($name:ident),+) => {
        [$((stringify!($name), |one: &Event, other: &Event| one.$fields().$name.cmp(&other.$fields().$name))),+]
    };
}

type Compare = fn(&Event, &Event) -> Ordering;

/// Compares one text of a message as if the absent value were the greatest.
fn absent_last<T: Ord>(one: &Option<T>, other: &Option<T>) -> Ordering {
    one.is_none().cmp(&other.is_none()).then_with(|| one.cmp(other))
}

#[test]
fn a_store_with_the_documented_rules_conforms() {
    assert_eq!(verdict(Rules::RIGHT, |usual| usual), None);
}

#[test]
fn every_wrong_rule_is_found_and_named() {
    let right = Rules::RIGHT;
    let wrong: Vec<(&str, Rules, &str)> = vec![
        (
            "the earlier kind wins a status tie",
            Rules { status: earlier_kind, ..right },
            "the later in the list of kinds decides the status",
        ),
        (
            "of copies at one instant, the greater type counts",
            copies!(|one, other| other.event_type().kind().cmp(&one.event_type().kind())),
            "the one whose kind is earlier, and then whose qualifier is less",
        ),
        (
            "of copies at one instant, the absent value comes last",
            copies!(|one, other| one
                .event_type()
                .cmp(&other.event_type())
                .then_with(|| absent_last(&one.message_fields().category, &other.message_fields().category))),
            "the one with the lesser `category` counts",
        ),
        (
            "of copies at one instant, bulk comes before transactional",
            copies!(|one, other| {
                let is_bulk = |event: &Event| event.message_fields().stream == Some(Stream::Bulk);
                let before = (one.event_type(), !is_bulk(one)).cmp(&(other.event_type(), !is_bulk(other)));
                match (one.message_fields().stream, other.message_fields().stream) {
                    (Some(_), Some(_)) => before,
                    _ => Ordering::Equal,
                }
            }),
            "the one with the lesser `stream` counts",
        ),
        (
            "of events at one instant, the greater id decides the fields",
            Rules {
                fields: |one, other| one.at().cmp(&other.at()).then_with(|| other.id().cmp(one.id())),
                ..right
            },
            "byte by byte, decides the message's fields",
        ),
        (
            "of events at one instant, the greater id is the first",
            Rules {
                firsts: |one, other| one.at().cmp(&other.at()).then_with(|| other.id().cmp(one.id())),
                ..right
            },
            "byte by byte, is the first",
        ),
        (
            "ids are compared without regard to case",
            Rules {
                firsts: |one, other| {
                    let id = |event: &Event| event.id().as_str().to_lowercase();
                    one.at().cmp(&other.at()).then_with(|| id(one).cmp(&id(other)))
                },
                ..right
            },
            "byte by byte, is the first",
        ),
        (
            "numbers of attempts are compared as texts",
            copies!(|one, other| {
                let attempt = |event: &Event| event.event_fields().attempt.map(|number| number.to_string());
                let same = one.message_fields() == other.message_fields()
                    && (one.event_type(), &one.event_fields().bot)
                        == (other.event_type(), &other.event_fields().bot);
                if same { attempt(one).cmp(&attempt(other)) } else { Ordering::Equal }
            }),
            "the one with the lesser `attempt` counts",
        ),
        (
            "the latest copy counts",
            Rules {
                copies: &|one: &Event, other: &Event| {
                    other.at().cmp(&one.at()).then_with(|| one.cmp_copies(other))
                },
                ..right
            },
            "copies of an event count once, the earliest",
        ),
        (
            "copies are compared by fields before the event type",
            copies!(|one, other| one.message_fields().cmp(other.message_fields())),
            "copies are compared by instant, then by event type, then by fields",
        ),
        (
            "copies are compared by their own fields before those of the message",
            copies!(|one, other| one
                .event_type()
                .cmp(&other.event_type())
                .then_with(|| one.event_fields().cmp(other.event_fields()))),
            "field by field, in the documented order",
        ),
        (
            "the latest event decides the status",
            Rules {
                status: |one, other| {
                    let key = |event: &Event| rank(event).map(|(phase, at, status)| (at, phase, status));
                    key(one).cmp(&key(other))
                },
                ..right
            },
            "the status is decided by the phase, then by the instant",
        ),
        (
            "told creations are ignored",
            Rules { created: |events| events.iter().map(Event::at).min(), ..right },
            "a message is created at the earliest instant that its events tell",
        ),
        (
            "a told creation replaces the instants of events",
            Rules {
                created: |events| {
                    let told = events.iter().filter_map(|event| event.message_fields().created).min();
                    told.or_else(|| events.iter().map(Event::at).min())
                },
                ..right
            },
            "a message is created at the earliest instant that its events tell",
        ),
        (
            "the address of an attempt is ignored",
            Rules {
                own: |message, event| {
                    let mut own = event.clone();
                    own.attempt_ip = None;
                    (message.clone(), own)
                },
                ..right
            },
            "attempts have IP addresses and pools of their own",
        ),
        (
            "the address of the message wins over that of the attempt",
            Rules {
                own: |message, event| {
                    let mut own = event.clone();
                    own.attempt_ip = message.ip.clone().or(own.attempt_ip);
                    (message.clone(), own)
                },
                ..right
            },
            "attempts have IP addresses and pools of their own",
        ),
        (
            "codes are dropped",
            own!(|event| event.code = None),
            "enhanced status codes have a class and a subject",
        ),
        (
            "the subject of a code has one digit",
            own!(|event| event.code =
                event.code.and_then(|code| code.as_str().replace(".10", ".1").parse().ok())),
            "enhanced status codes have a class and a subject",
        ),
        ("reasons are dropped", own!(|event| event.reason = None), "values are neither changed nor merged"),
        (
            "transports are dropped",
            own!(|event| event.transport = None),
            "every dimension groups and filters",
        ),
        (
            "the pool of an attempt is ignored",
            own!(|event| event.attempt_ip_pool = None),
            "attempts have IP addresses and pools of their own",
        ),
        (
            "all accounts are one group",
            Rules { account: |_| "acme".into(), ..right },
            "accounts are groups within the scope",
        ),
        (
            "days are those of another zone",
            Rules { day: |at| (at + TimeDelta::minutes(330)).date_naive(), ..right },
            "the first event of a kind on a day is that of a day in UTC",
        ),
        (
            "of copies at one instant, the greater qualifier counts",
            copies!(|one, other| {
                let key = |event: &Event| (event.event_type().kind(), event.event_type().qualifier());
                let ((kind, qualifier), (other_kind, other_qualifier)) = (key(one), key(other));
                kind.cmp(&other_kind).then_with(|| other_qualifier.cmp(&qualifier))
            }),
            "and then whose qualifier is less",
        ),
        (
            "statuses are counted by address",
            Rules {
                has_statuses: |plan| {
                    plan.parts().statuses
                        || plan.dimensions() == [Dimension::Ip] && plan.parts().filters.is_empty()
                },
                ..right
            },
            "attempts have IP addresses and pools of their own",
        ),
        (
            "the end of a bucket is included",
            Rules {
                bucket: |buckets, at| {
                    let index = buckets.partition_point(|bucket| bucket.end < at);
                    buckets.get(index).filter(|bucket| bucket.start <= at).map(|_| index)
                },
                ..right
            },
            "buckets include their start and not their end",
        ),
        (
            "the edges of buckets are truncated to milliseconds",
            Rules {
                bucket: |buckets, at| {
                    let at = at.timestamp_millis();
                    let index = buckets.partition_point(|bucket| bucket.end.timestamp_millis() <= at);
                    buckets.get(index).filter(|bucket| bucket.start.timestamp_millis() <= at).map(|_| index)
                },
                ..right
            },
            "the edges of buckets are exact, to the nanosecond",
        ),
        (
            "the ids of messages are compared without regard to case",
            Rules { message: str::to_lowercase, ..right },
            "ids of messages and events are compared byte by byte",
        ),
        (
            "spaces at the end of a message's id are ignored",
            Rules { message: |id| id.trim_end().to_owned(), ..right },
            "ids of messages and events are compared byte by byte",
        ),
        (
            "events outside of the buckets are ignored",
            Rules { drops_events_outside: true, ..right },
            "a message counts where only its creation is in the range",
        ),
    ];
    check_all(&wrong);
}

/// The order of each field alone is reversed.
#[test]
fn every_field_of_copies_that_is_compared_wrongly_is_found_and_named() {
    let of_message: [(&str, Compare); 14] = fields!(
        message_fields: subaccount, domain, category, tags, stream, mailbox, campaign, ip, ip_pool, recipient_domain, provider,
        open_tracking, click_tracking, created
    );
    let own: [(&str, Compare); 11] = fields!(
        event_fields: country, device, client, bot, attempt, optimized, transport, attempt_ip, attempt_ip_pool, reason, code
    );
    let fields: &'static [(&str, Compare)] = Vec::leak(of_message.into_iter().chain(own).collect());
    let reversed = |index: usize| {
        let copies = move |one: &Event, other: &Event| {
            let key = |event: &Event| (event.at(), event.event_type().kind(), event.event_type().qualifier());
            let by_field = |(number, (_, compare)): (usize, &(&str, Compare))| {
                let order = compare(one, other);
                if number == index { order.reverse() } else { order }
            };
            let fields = fields.iter().enumerate().map(by_field);
            fields.fold(key(one).cmp(&key(other)), Ordering::then)
        };
        let rule: &'static str =
            String::leak(format!("the one with the lesser `{}` counts", fields[index].0));
        (fields[index].0, Rules { copies: Box::leak(Box::new(copies)), ..Rules::RIGHT }, rule)
    };
    let wrong: Vec<_> = (0..fields.len()).map(reversed).collect();
    check_all(&wrong);
}

/// Checks that each wrong store fails, with words that name the rule.
fn check_all(wrong: &[(&str, Rules, &str)]) {
    let check = |(bug, rules, rule): &(&str, Rules, &str)| {
        let verdict = verdict(*rules, quarter).unwrap_or_else(|| panic!("passes all checks: {bug}"));
        assert!(verdict.contains(rule), "{bug}: {verdict}");
        let lines = verdict.lines().count();
        assert!(lines <= 11 * verdict.matches("\n* ").count() + 1, "a few lines each: {lines} in {verdict}");
    };
    // Each takes a second or more.
    std::thread::scope(|scope| {
        let halves = wrong.chunks(wrong.len().div_ceil(2));
        halves.for_each(|half| drop(scope.spawn(|| half.iter().for_each(check))));
    });
}
