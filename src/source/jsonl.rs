//! The crate's own JSON Lines: one [`Event`] per line, in its serde form.
//!
//! A line is one flat JSON object in UTF-8. Lines end with `\n` or `\r\n`; blank lines are skipped. The fields may come in
//! any order; an unknown or repeated field is an error.
//!
//! | field | JSON | meaning | if absent |
//! |---|---|---|---|
//! | `account` | string, not empty | the tenant that sends the mail | an error |
//! | `message` | string, not empty | the message (one e-mail to one recipient) within the account | an error |
//! | `id` | string, not empty | the event within the message; events with equal `account`, `message` and `id` are the same event | an error |
//! | `kind` | string | what happened: a [`Kind`](crate::Kind), such as `delivered` | an error |
//! | `at` | string or integer | when: RFC 3339 with any offset, or a number of seconds (below 10^11), milliseconds (below 10^14) or microseconds since 1970 in UTC; from 2000 to 9999, truncated to milliseconds | an error |
//! | `qualifier` | string | how it happened: one of the kind's qualifiers, see [`EventType`](crate::EventType) | an event of the kind without a qualifier |
//! | `subaccount` | string | the customer of the account that sends the mail | unknown |
//! | `domain` | string | the sending domain; stored in lower case without a trailing dot | unknown |
//! | `category` | string | the category it was sent under; a message has one at most | unknown |
//! | `tags` | array of strings | its tags; order and duplicates have no meaning; at most 100 | none |
//! | `stream` | string | `transactional` or `bulk` | unknown |
//! | `mailbox` | string | the sending mailbox, an address | unknown |
//! | `campaign` | string | the campaign it belongs to | unknown |
//! | `ip` | string | the IP address it was sent from | unknown |
//! | `ip_pool` | string | the pool of addresses it was sent from | unknown |
//! | `recipient_domain` | string | the domain of its recipient; stored in lower case without a trailing dot | unknown |
//! | `provider` | string | the mailbox provider of the recipient | looked up for `recipient_domain` in the [table](crate::provider) |
//! | `open_tracking` | boolean | whether opens of the message are tracked | unknown |
//! | `click_tracking` | boolean | whether its clicks are tracked | unknown |
//! | `created` | as `at` | when the message was created; its creation is the earliest of these and of all `at` | unknown |
//! | `country` | string | the country in which this event happened | unknown |
//! | `device` | string | the kind of device | unknown |
//! | `client` | string | the e-mail program | unknown |
//! | `bot` | string | the machine that opened or clicked | `generic` for the qualifier `machine`, else unknown |
//! | `attempt` | integer from 1 | the number of the attempt to deliver the message | unknown |
//! | `optimized` | boolean | whether the platform chose the time or the route of that attempt | unknown |
//! | `transport` | string | how that attempt was made: `smtp`, `lmtp`, `local`, `pipe`, `http` | unknown |
//! | `attempt_ip` | string | the IP address that the attempt was made from | that of the message |
//! | `attempt_ip_pool` | string | the pool of that address | that of the message |
//! | `reason` | string | the class of a bounce, drop, deferral or complaint, as the source spells it | unknown |
//! | `code` | string | the enhanced status code of the answer, such as `5.1.1` | unknown |
//! | `attributes` | object | anything else; it is in no count, but shown in a message's timeline | none |
//!
//! The fields from `subaccount` to `created` describe the message, and are needed in one of its events only. An
//! optional field that is `null`, an empty string, an empty array or an empty object counts as absent. An empty tag is
//! dropped. No text but those in `attributes` may have more than 1000 bytes. [`schema::EVENT`](crate::schema::EVENT) is the
//! same description as a JSON Schema.
//!
//! ```
//! use mailtally::source::jsonl::Reader;
//! use mailtally::{Event, EventType};
//!
//! let line = r#"{"account":"globex","message":"2026-03/77","id":"open-1","kind":"opened","at":"2026-03-01T18:20:05.5+01:00",
//!     "qualifier":"machine","domain":"News.Globex.example","category":"digest","tags":["beta","weekly"],"stream":"bulk",
//!     "mailbox":"digest@news.globex.example","campaign":"march","ip":"198.51.100.7","ip_pool":"news","recipient_domain":"outlook.com",
//!     "provider":"Microsoft","open_tracking":true,"click_tracking":false,"country":"SE","device":"desktop",
//!     "client":"Thunderbird","bot":"apple","attributes":{"subject":"Your week"}}"#.replace('\n', "");
//! let event = Reader::new(line.as_bytes()).next().expect("one line is one event")?;
//! assert_eq!(event.event_type(), EventType::OpenedMachine);
//! assert_eq!(event.at().to_string(), "2026-03-01 17:20:05.500 UTC");
//! assert_eq!(event.message_fields().domain.as_deref(), Some("news.globex.example"));
//!
//! // Events are written by serde_json; one call returns one line without its end.
//! let written = serde_json::to_string(&event)?;
//! assert!(written.starts_with(r#"{"account":"globex","message":"2026-03/77","id":"open-1","kind":"opened","at":"2026-03-01T17:20:05.500Z""#));
//! assert_eq!(serde_json::from_str::<Event>(&written)?, event);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::VecDeque;
use std::io::BufRead;

use serde::Deserialize;

use super::reader::{LineReader, ParseLine};
use super::{LineKind, Reason, SourceError, Summary};
use crate::event::Event;
use crate::parse_error::{ParseError, json_reason};

mod load;

pub use load::load;

/// The maximum length of a line in bytes: 1 MiB. A longer line is an error.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// Parses one line; returns `None` if it is blank.
///
/// # Errors
///
/// The line is not UTF-8, not JSON, or not the JSON of an event. A line longer than [`MAX_LINE_BYTES`] is parsed as well:
/// only a [`Reader`] and a [`LineSplitter`](super::LineSplitter) apply the maximum.
pub fn parse(line: &[u8]) -> Result<Option<Event>, Reason> {
    parse_as(line)
}

/// Parses one line as an event in another form.
fn parse_as<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<Option<T>, Reason> {
    let text = str::from_utf8(line).map_err(|error| Reason::NotUtf8 { column: error.valid_up_to() + 1 })?;
    let object = text.trim_start();
    if object.is_empty() {
        return Ok(None);
    }
    if !object.starts_with('{') {
        // serde would also accept an array of the fields.
        let error = ParseError::invalid("line", object, "one JSON object");
        return Err(Reason::Invalid { column: text.len() - object.len() + 1, error });
    }
    serde_json::from_str(text).map(Some).map_err(|error| Reason::Json {
        column: Some(error.column()).filter(|&column| column > 0),
        message: json_reason(&error),
    })
}

/// Iterates over the events of JSON Lines, in the order of the lines.
///
/// A line that cannot be parsed is a [`SourceError::Line`]; the next call continues with the next line. If the input
/// cannot be read, the last item is a [`SourceError::Input`].
#[derive(Debug)]
pub struct Reader<R> {
    lines: LineReader<R, Parser>,
}

impl<R: BufRead> Reader<R> {
    /// Returns a reader of `input`.
    pub fn new(input: R) -> Self {
        Self { lines: LineReader::new(input, Parser) }
    }

    /// Returns the number of lines read and of events returned so far.
    pub fn summary(&self) -> Summary {
        self.lines.summary()
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Event, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.next()
    }
}

/// Parses each line by itself.
#[derive(Debug)]
struct Parser;

impl ParseLine for Parser {
    const MAX_LINE_BYTES: usize = MAX_LINE_BYTES;

    fn parse_line(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<LineKind, Reason> {
        let event = parse(line)?;
        let kind = if event.is_some() { LineKind::WithEvents } else { LineKind::Blank };
        out.extend(event);
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use std::num::NonZeroU32;

    use chrono::DateTime;
    use proptest::collection::{btree_map, vec};
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::Value;

    use super::*;
    use crate::event::Stream;
    use crate::event_type::EventType;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map(any::<String>(), inner, 0..4).prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    prop_compose! {
        fn bare_event()(
            ids in ["\\PC{1,12}", "\\PC{1,12}", "\\PC{1,12}"],
            event_type in select(EventType::ALL.to_vec()),
            millis in prop_oneof![946_684_800_000_i64..253_402_300_800_000, 1_700_000_000_000_i64..1_900_000_000_000],
            attributes in btree_map(any::<String>(), value(), 0..3),
        ) -> Event {
            let [account, message, id] = ids;
            let at = DateTime::from_timestamp_millis(millis).unwrap();
            let event = Event::new(account, message, id, event_type, at);
            attributes.into_iter().fold(event, |event, (name, value)| event.attribute(name, value))
        }
    }

    prop_compose! {
        fn event()(
            event in bare_event(),
            texts in vec(any::<String>(), 17),
            codes in option::of(select(vec!["5.1.1", "4.2.0", "2.999.10"])),
            created in option::of(946_684_800_000_i64..253_402_300_800_000),
            attempt in option::of(any::<NonZeroU32>()),
            tags in vec(any::<String>(), 0..4),
            stream in option::of(select(vec![Stream::Bulk, Stream::Transactional])),
            flags in [option::of(any::<bool>()), option::of(any::<bool>()), option::of(any::<bool>())],
        ) -> Event {
            let mut texts = texts.into_iter();
            // A domain loses one dot whenever it is set.
            let mut text = || texts.next().unwrap_or_default().trim_end_matches('.').to_owned();
            let mut event = event.tags(tags).domain(text()).category(text()).mailbox(text()).campaign(text()).ip(text());
            event = event.provider(text()).recipient_domain(text()).country(text()).device(text()).client(text());
            event = event.subaccount(text()).ip_pool(text()).bot(text());
            event = event.transport(text()).attempt_ip(text()).attempt_ip_pool(text()).reason(text());
            if let Some(code) = codes {
                event = event.code(code.parse().unwrap());
            }
            if let Some(created) = created {
                event = event.created(DateTime::from_timestamp_millis(created).unwrap());
            }
            if let Some(stream) = stream {
                event = event.stream(stream);
            }
            if let Some(attempt) = attempt {
                event = event.attempt(attempt);
            }
            if let Some(tracked) = flags[0] {
                event = event.open_tracking(tracked);
            }
            if let Some(tracked) = flags[1] {
                event = event.click_tracking(tracked);
            }
            if let Some(optimized) = flags[2] {
                event = event.optimized(optimized);
            }
            event
        }
    }

    const LINE: &str = r#"{"account":"a","message":"m","id":"e","kind":"sent","at":1770000000}"#;

    #[test]
    fn an_error_gives_the_column_and_the_problem() {
        let cases = [
            (LINE.replace(r#""a""#, "7"), ", column 12: invalid type: integer `7`, expected a string"),
            (LINE.replace(r#""a""#, r#""""#), ": field `account` is empty, expected a name"),
            (
                LINE.replace("1770000000", "17"),
                ": field `at` is 1970-01-01 00:00:17 UTC, expected an instant from 2000 to 9999; is its unit right?",
            ),
            (
                LINE.replace('}', r#","created":"1999-12-31T23:59:59Z"}"#),
                ": field `created` is 1999-12-31 23:59:59 UTC, expected an instant from 2000 to 9999",
            ),
            (
                LINE.replace('}', r#","code":"550"}"#),
                ", column 81: invalid enhanced status code `550`: expected `CLASS.SUBJECT.DETAIL`",
            ),
            (LINE.replace("at", "to"), ", column 56: unknown field `to`, expected one of `account`, "),
            (
                LINE.replace("1770000000", "0.5"),
                ", column 60: invalid type: floating point `0.5`, expected an instant as RFC 3339",
            ),
            (
                LINE.replace("1770000000", r#""noon""#),
                ", column 63: invalid value: string \"noon\", expected an instant as RFC 3339",
            ),
            (
                LINE.replace("sent", "lost"),
                ", column 51: unknown variant `lost`, expected one of `accepted`, ",
            ),
            (LINE.replace('}', r#","qualifier":"x"}"#), ": unknown qualifier of sent `x`, expected nothing"),
            (LINE.replace('}', r#","id":"f"}"#), ", column 72: duplicate field `id`"),
            (LINE.replace('}', ""), ", column 67: EOF while parsing an object"),
            (format!("{LINE} x"), ", column 70: trailing characters"),
            (
                r#" ["a","m","e","sent",0]"#.to_owned(),
                ", column 2: invalid line `[\"a\",\"m\",\"e\",\"sent\",0]`: expected one JSON object",
            ),
            ("nonsense".to_owned(), ", column 1: invalid line `nonsense`: expected one JSON object"),
            (r#"{"account" "a"}"#.to_owned(), ", column 12: expected `:`"),
        ];
        for (line, expected) in cases {
            let error = super::super::LineError::new(9, parse(line.as_bytes()).unwrap_err()).to_string();
            assert!(error.starts_with(&format!("line 9{expected}")), "{error} is not {expected}");
            assert!(!error.contains("at line"), "{error}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_an_error() {
        assert_eq!(parse(b"{\"account\":\"\xff\"}"), Err(Reason::NotUtf8 { column: 13 }));
    }

    #[test]
    fn the_reader_continues_after_an_error_and_counts_every_line() {
        let input = format!("{LINE}\r\n\n  \nbad\n{LINE}");
        let mut reader = Reader::new(input.as_bytes());
        let good = reader.by_ref().filter(Result::is_ok).count();
        let expected =
            Summary { lines: 5, blank: 2, with_events: 2, errors: 1, events: 2, ..Summary::default() };
        assert_eq!((good, reader.summary()), (2, expected));
    }

    #[test]
    fn an_empty_value_is_an_absent_value() {
        let spelled = LINE.replace(
            '}',
            r#","domain":"","tags":["",""],"stream":"","created":"","code":"","reason":null,"attributes":{},"qualifier":""}"#,
        );
        assert_eq!(parse(spelled.as_bytes()), parse(LINE.as_bytes()));
    }

    #[test]
    fn the_size_of_a_number_tells_its_unit() {
        let event = |at: &str| parse(LINE.replace("1770000000", at).as_bytes());
        let expected = event(r#""2026-02-02T02:40:00Z""#);
        assert!(expected.is_ok());
        for at in ["1770000000", "1770000000000", "1770000000000000", r#""2026-02-02T03:40:00+01:00""#] {
            assert_eq!(event(at), expected, "{at}");
        }
        assert!(event("1770000000000000000").is_err(), "nanoseconds");
        assert!(event("-1770000000").is_err());
    }

    #[test]
    fn a_line_longer_than_the_maximum_is_an_error() {
        let long = LINE.replace('}', &format!(r#","domain":"{}"}}"#, "x".repeat(MAX_LINE_BYTES)));
        let error = Reader::new(long.as_bytes()).next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "line 1: longer than the 1048576 bytes that a line may have");
    }

    #[test]
    fn the_reason_for_a_long_line_is_truncated() {
        let line = format!(r#"{{"account":"a","message":"m","id":"1","kind":"{}"}}"#, "ü".repeat(70_000));
        let Err(Reason::Json { message, .. }) = parse(line.as_bytes()) else { panic!("the kind is unknown") };
        assert_eq!(message.chars().count(), 401);
        assert!(message.starts_with("unknown variant `üü") && message.ends_with('…'), "{message}");
    }

    proptest! {
        #[test]
        fn a_written_event_reads_back(event in event()) {
            let line = serde_json::to_string(&event).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(parse(line.as_bytes()), Ok(Some(event)));
        }

        #[test]
        fn any_bytes_parse_or_fail(line in vec(any::<u8>(), 0..300)) {
            let _ = parse(&line);
        }

        #[test]
        fn a_truncated_line_is_an_error(event in event(), part in 0.01_f64..0.99) {
            let line = serde_json::to_string(&event).unwrap();
            let fields: BTreeMap<String, Value> = serde_json::from_str(&line).unwrap();
            prop_assert!(fields.len() >= 5);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any position will do")]
            let cut = (line.len() as f64 * part) as usize;
            prop_assert!(cut == 0 || parse(&line.as_bytes()[..cut]).is_err());
        }
    }
}
