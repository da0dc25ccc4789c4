//! JSON Schemas (draft 2020-12) of the crate's own JSON.
//!
//! | file | schema | of |
//! |---|---|---|
//! | `request.json` | [`REQUEST`] | what a client sends: [`native::Request`](crate::native::Request) |
//! | `query.json` | [`QUERY`] | a request with a scope and limits: [`Query`](crate::Query) |
//! | `report.json` | [`REPORT`] | the answer: [`Report`](crate::report::Report) |
//! | `messages-request.json` | [`MESSAGES_REQUEST`] | what a client sends to see the messages behind a figure: [`native::MessagesRequest`](crate::native::MessagesRequest) |
//! | `messages.json` | [`MESSAGES`] | the answer: a page of messages |
//! | `event.json` | [`EVENT`] | one line of [JSON Lines](crate::source::jsonl): [`Event`](crate::Event) |
//!
//! They refer to each other by these file names, so a host serves all of them in one folder, as `application/schema+json`.
//! They have no `$id`, because only the host knows their address.
//!
//! ```
//! use mailtally::schema;
//!
//! // The answer to `GET /schemas/{name}`; `None` is a 404.
//! let serve = |name: &str| schema::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text);
//! assert_eq!(serve("request.json"), Some(schema::REQUEST));
//! assert_eq!(serve("reply.json"), None);
//!
//! let request: serde_json::Value = serde_json::from_str(schema::REQUEST)?;
//! assert_eq!(request["required"], serde_json::json!(["period"]));
//! assert_eq!(request["properties"]["zone"]["default"], "UTC");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What they check
//!
//! The schemas of the answers, which are reports and pages of messages, describe every field. The schemas of requests, queries
//! and events describe the form in which they should be written. What a schema cannot check is an error of the crate
//! ([`native::Error`](crate::native::Error)): an invalid period or zone, an instant before the year 2000, a text of too many
//! bytes, a value that its dimension cannot have, a group that the report does not have, too many buckets or rows. The crate
//! also accepts a few spellings that the schemas do not, such as an array of the fields of an object in their order, or a long
//! list of tags of which most are repeats.

/// The schema of a request: [`native::Request`](crate::native::Request).
pub const REQUEST: &str = include_str!("schema/request.json");

/// The schema of a [`Query`](crate::Query): a request with a scope and limits, which a server decides.
pub const QUERY: &str = include_str!("schema/query.json");

/// The schema of a [`Report`](crate::report::Report).
pub const REPORT: &str = include_str!("schema/report.json");

/// The schema of a request for the messages that a figure is made of:
/// [`native::MessagesRequest`](crate::native::MessagesRequest).
pub const MESSAGES_REQUEST: &str = include_str!("schema/messages-request.json");

/// The schema of the answer to [such a request](MESSAGES_REQUEST): a page of messages.
pub const MESSAGES: &str = include_str!("schema/messages.json");

/// The schema of an [`Event`](crate::Event).
pub const EVENT: &str = include_str!("schema/event.json");

/// Every schema, with the file name by which the others refer to it.
pub const ALL: [(&str, &str); 6] = [
    ("request.json", REQUEST),
    ("query.json", QUERY),
    ("report.json", REPORT),
    ("messages-request.json", MESSAGES_REQUEST),
    ("messages.json", MESSAGES),
    ("event.json", EVENT),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::dimension::Dimension;
    use crate::event_type::EventType;
    use crate::kind::Kind;
    use crate::metric::Metric;
    use crate::query::Against;
    use crate::query::Timing;
    use crate::report::Warning;
    use crate::status::Status;

    #[test]
    fn every_metric_is_in_the_schema() {
        let of_kind = |kind| [Metric::Total(kind), Metric::Unique(kind), Metric::DailyUnique(kind)];
        let of_counter = |event_type| [Metric::TotalOf(event_type), Metric::UniqueOf(event_type)];
        let figures: BTreeSet<Metric> = (Kind::ALL.into_iter().flat_map(of_kind))
            .chain(EventType::ALL.into_iter().flat_map(of_counter))
            .chain(Status::ALL.map(Metric::Status))
            .collect();
        for figure in &figures {
            match figure {
                // A new one must be added above as well.
                Metric::Total(_)
                | Metric::Unique(_)
                | Metric::DailyUnique(_)
                | Metric::TotalOf(_)
                | Metric::UniqueOf(_)
                | Metric::Status(_) => {}
            }
        }
        let request: serde_json::Value = serde_json::from_str(super::REQUEST).unwrap();
        let known = request["$defs"]["metric"]["enum"].as_array().unwrap();
        let known: Vec<Metric> = known.iter().map(|name| name.as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(known.len(), figures.len());
        assert_eq!(known.into_iter().collect::<BTreeSet<_>>(), figures);
    }

    #[test]
    fn every_warning_is_in_the_schema_and_described_there() {
        let rate = || "open_rate".to_owned();
        let warnings = [
            Warning::RateAboveOne { rate: rate(), rows: 1, in_total: false, timing: Timing::Event },
            Warning::GroupsCut { shown: 1, cut: 1 },
            Warning::TagsOverlap,
            Warning::NotOver { asked: chrono::DateTime::UNIX_EPOCH },
            Warning::Incomplete { until: chrono::DateTime::UNIX_EPOCH },
            Warning::NoStatuses { dimension: Dimension::Country },
            Warning::NothingBefore { against: Against::Year },
        ];
        for warning in &warnings {
            match warning {
                // A new one must be added above as well.
                Warning::RateAboveOne { .. }
                | Warning::GroupsCut { .. }
                | Warning::TagsOverlap
                | Warning::NotOver { .. }
                | Warning::Incomplete { .. }
                | Warning::NoStatuses { .. }
                | Warning::NothingBefore { .. } => {}
            }
        }
        let report: serde_json::Value = serde_json::from_str(super::REPORT).unwrap();
        let code = &report["$defs"]["warning"]["properties"]["code"];
        assert_eq!(code["enum"], serde_json::json!(warnings.each_ref().map(Warning::code)));
        for warning in &warnings {
            let words = code["description"].as_str().unwrap();
            assert!(words.contains(&format!("`{}`: ", warning.code())), "{words}");
        }
    }
}
