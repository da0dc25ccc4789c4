//! The request of a client.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::Error;
use crate::dimension::By;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::metric::Metric;
use crate::query::Against;
use crate::query::{Limits, Query, Scope, Timing, metric_name, utc, yes, zone_name};
use crate::time::{Period, Resolution};

/// A [`Query`] as a client sends it: without the scope and the limits, which the server decides.
///
/// [`Request::query`] makes a query of it and takes the scope, so that a server cannot forget it. In the body, `scope` and
/// `limits` are unknown fields, and so errors.
///
/// ```
/// use mailtally::Limits;
/// use mailtally::native::Request;
///
/// let request = Request::parse(br#"{"period":"7d","by":["provider"]}"#)?;
/// let query = request.query("acme").limits(Limits { rows: 10_000, ..Limits::default() });
/// assert!(serde_json::to_string(&query)?.starts_with(r#"{"scope":{"account":"acme"},"period":"7d","#));
///
/// let error = Request::parse(br#"{"scope":"all","period":"7d"}"#).unwrap_err().to_string();
/// assert!(error.starts_with("unknown field `scope`, expected one of `period`, `zone`, "), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// In JSON, all fields but `period` are optional, and an unknown field is an error.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    period: Period,
    #[serde(default = "utc", with = "zone_name")]
    zone: Tz,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolution: Option<Resolution>,
    #[serde(default)]
    by: Vec<By>,
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    timing: Timing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kinds: Option<BTreeSet<Kind>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "metric_name")]
    rank: Option<Metric>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    top: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compare: Option<Against>,
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    fill_gaps: bool,
}

impl Request {
    /// The maximum length of a body in bytes: 16 KiB, which is enough for some hundred filters.
    pub const MAX_BYTES: usize = 16 << 10;

    /// Parses the body of a request: one JSON object in UTF-8.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] if it has more than [`Request::MAX_BYTES`] bytes, [`Error::Unreadable`] if it is not JSON or not
    /// a request.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        parse_object(body)
    }

    /// Makes the query for the mail of `scope`, with the default [`Limits`].
    #[must_use]
    pub fn query(self, scope: impl Into<Scope>) -> Query {
        let Self { period, zone, resolution, by, filters, timing, kinds, rank, top, compare, fill_gaps } =
            self;
        let (scope, limits) = (scope.into(), Limits::default());
        Query {
            scope,
            period,
            zone,
            resolution,
            by,
            filters,
            timing,
            kinds,
            rank,
            top,
            compare,
            fill_gaps,
            limits,
        }
    }
}

/// Parses a body: one JSON object in UTF-8 of at most [`Request::MAX_BYTES`] bytes.
pub(super) fn parse_object<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    if body.len() > Request::MAX_BYTES {
        return Err(Error::TooLong { found: body.len() });
    }
    let text = str::from_utf8(body).map_err(|error| Error::not_utf8(body, error))?;
    if !text.trim_start().starts_with('{') {
        // serde would accept an array of the fields in their order.
        return Err(Error::not_an_object(text));
    }
    serde_json::from_str(text).map_err(Error::unreadable)
}

impl From<Query> for Request {
    /// Drops the scope and the limits.
    fn from(query: Query) -> Self {
        let Query {
            scope: _,
            period,
            zone,
            resolution,
            by,
            filters,
            timing,
            kinds,
            rank,
            top,
            compare,
            fill_gaps,
            limits: _,
        } = query;
        Self { period, zone, resolution, by, filters, timing, kinds, rank, top, compare, fill_gaps }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dimension::Dimension;

    fn refused(body: &str) -> String {
        Request::parse(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_body_with_a_scope_or_limits_is_refused() {
        for field in ["scope", "limits"] {
            for value in [r#""all""#, r#"{"account":"globex"}"#, r#"{"rows":18446744073709551615}"#, "null"] {
                let error = refused(&format!(r#"{{"period":"7d","{field}":{value}}}"#));
                assert!(
                    error.starts_with(&format!("unknown field `{field}`, expected one of `period`")),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_query_has_the_scope_from_the_server_and_the_default_limits() {
        let asked = Query::new(Scope::All, Period::last_days(7)).by(Dimension::Tag).limits(Limits {
            buckets: 1,
            rows: 1,
            ..Limits::default()
        });
        for scope in [Scope::from("acme"), Scope::Accounts(["acme".into()].into()), Scope::All] {
            let query = Request::from(asked.clone()).query(scope.clone());
            assert_eq!(query, Query::new(scope, Period::last_days(7)).by(Dimension::Tag));
        }
    }

    #[test]
    fn the_error_for_an_invalid_body_has_the_problem_and_the_position() {
        for (body, message) in [
            ("", "invalid request ``: expected one JSON object at line 1 column 1"),
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("{}", "missing field `period` at line 1 column 2"),
            ("[\"7d\"]", "invalid request `[\"7d\"]`: expected one JSON object at line 1 column 1"),
            ("\n [", "invalid request `[`: expected one JSON object at line 2 column 2"),
            ("7", "invalid request `7`: expected one JSON object at line 1 column 1"),
            (
                r#"{"period":"7q"}"#,
                "unknown period unit `q` in `7q`, expected `h`, `d`, `w`, `mo` or `y` at line 1 column 15",
            ),
            (r#"{"period":"7d"} {}"#, "trailing characters at line 1 column 17"),
            ("{\"period\":\"7d\",\n\"period\":\"7d\"}", "duplicate field `period` at line 2 column 8"),
        ] {
            assert_eq!(refused(body), message);
        }
        assert_eq!(
            Request::parse(b"{\"period\":\n\"\xff\"}").unwrap_err().to_string(),
            "invalid UTF-8 at line 2 column 2"
        );
    }

    #[test]
    fn a_body_has_a_maximum_length() {
        let body = |length: usize| format!("{:length$}", r#"{"period":"7d"}"#);
        assert!(Request::parse(body(Request::MAX_BYTES).as_bytes()).is_ok());
        assert_eq!(
            refused(&body(Request::MAX_BYTES + 1)),
            "the body has 16385 bytes, expected at most 16384"
        );
    }

    proptest! {
        #[test]
        fn any_body_is_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), near in r#"[{\["][]{}\[":,a-z0-9 ]{0,60}"#) {
            for body in [&bytes[..], near.as_bytes()] {
                if let Err(error) = Request::parse(body) {
                    prop_assert_eq!(error.response().status(), 400);
                }
            }
        }
    }
}
