//! What the crate's own JSON looks like, as JSON Schemas (draft 2020-12).
//!
//! | file | describes | whose JSON it is |
//! |---|---|---|
//! | `request.json` | [`REQUEST`] | what a client asks: [`native::Request`](crate::native::Request) |
//! | `query.json` | [`QUERY`] | the same, with whose mail is counted and how much: [`Query`](crate::Query) |
//! | `report.json` | [`REPORT`] | the answer: [`Report`](crate::report::Report) |
//! | `event.json` | [`EVENT`] | one line of [JSON Lines](crate::source::jsonl): [`Event`](crate::Event) |
//!
//! A host serves each under its name, all in one folder, as `application/schema+json`: they refer to each other by these
//! names. They have no `$id`, because only the host knows their address.
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
//! # How far they go
//!
//! What is written is described to the last field. What is read is described as it should be written; what a schema cannot
//! say is checked on reading ([`native::Error`](crate::native::Error)): whether a period, a zone or an instant means
//! something, whether a value is one that its dimension can have, whether there would be too many buckets or rows. Some
//! spellings are read although a schema does not allow them, such as a list of an object's fields in place of the object.

/// The schema of what a client asks: [`native::Request`](crate::native::Request).
pub const REQUEST: &str = include_str!("schema/request.json");

/// The schema of a [`Query`](crate::Query): a request with a scope and limits, which only a server says.
pub const QUERY: &str = include_str!("schema/query.json");

/// The schema of a [`Report`](crate::report::Report).
pub const REPORT: &str = include_str!("schema/report.json");

/// The schema of an [`Event`](crate::Event).
pub const EVENT: &str = include_str!("schema/event.json");

/// Every schema with the name that the others know it by.
pub const ALL: [(&str, &str); 4] =
    [("request.json", REQUEST), ("query.json", QUERY), ("report.json", REPORT), ("event.json", EVENT)];

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
    fn every_figure_is_in_the_schema() {
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
    fn every_warning_is_in_the_schema_and_in_its_words() {
        let rate = || "open_rate".to_owned();
        let warnings = [
            Warning::RateAboveOne { rate: rate(), rows: 1, in_total: false, timing: Timing::Event },
            Warning::GroupsCut { shown: 1, cut: 1 },
            Warning::TagsOverlap,
            Warning::NotOver { asked: chrono::DateTime::UNIX_EPOCH },
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
