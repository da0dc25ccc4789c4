//! The request for the messages behind a figure, and its answer.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use serde_json::json;

use super::{Error, Request, request};
use crate::dialect::MessagesQuestion;
use crate::dimension::By;
use crate::event::{AccountId, MessageId};
use crate::figure::CountedMessage;
use crate::metric::Metric;
use crate::query::Limits;

/// Which messages a figure of a report is made of, as a client asks for them, page by page.
///
/// ```
/// use mailtally::native::MessagesRequest;
///
/// let body = br#"{"query":{"period":"7d","by":["provider"]},"group":{"provider":"Yahoo"},"metric":"deferred.total"}"#;
/// let request = MessagesRequest::parse(body)?;
/// assert_eq!(request.limit(), 100);
///
/// let error = MessagesRequest::parse(br#"{"query":{"period":"7d"},"metric":"deferred"}"#).unwrap_err().to_string();
/// assert!(error.starts_with("invalid metric `deferred`: expected `KIND.total`"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesRequest {
    query: Request,
    #[serde(default)]
    group: BTreeMap<By, Option<Arc<str>>>,
    #[serde(with = "metric_name")]
    metric: Metric,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<MessageId>,
    #[serde(default = "default_limit")]
    limit: NonZeroUsize,
}

impl MessagesRequest {
    /// The maximum number of messages of a page. A request for more gets as many.
    pub const MAX_LIMIT: usize = 1000;

    /// Parses the body of a request: one JSON object in UTF-8.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] if it has more than [`Request::MAX_BYTES`] bytes, [`Error::Unreadable`] if it is not JSON or not
    /// a request.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        request::parse_object(body)
    }

    /// Returns the maximum number of messages of the page.
    pub fn limit(&self) -> usize {
        self.limit.get().min(Self::MAX_LIMIT)
    }

    /// Makes the question about the mail of `account`. It asks for one message more than the page has, to know whether there
    /// is another page.
    pub(super) fn question(&self, account: &AccountId, limits: Limits) -> MessagesQuestion {
        let Self { query, group, metric, after, limit: _ } = self.clone();
        MessagesQuestion {
            query: query.query(account.clone()).limits(limits),
            group,
            metric,
            after: after.map(|message| (account.clone(), message)),
            limit: self.limit() + 1,
        }
    }

    /// Makes the body of the page from the answer to the question.
    pub(super) fn page(&self, mut messages: Vec<CountedMessage>) -> serde_json::Value {
        let has_more = messages.len() > self.limit();
        messages.truncate(self.limit());
        let next = messages.last().filter(|_| has_more).map(|last| last.message.clone());
        let shown = |counted: &CountedMessage| json!({ "message": counted.message, "count": counted.count });
        json!({ "messages": messages.iter().map(shown).collect::<Vec<_>>(), "next": next })
    }
}

fn default_limit() -> NonZeroUsize {
    const { NonZeroUsize::new(100).unwrap() }
}

/// The JSON form of a metric: its name.
mod metric_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::metric::Metric;

    pub(super) fn serialize<S: Serializer>(metric: &Metric, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(metric)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Metric, D::Error> {
        let name = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: &str) -> MessagesRequest {
        MessagesRequest::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_page_has_the_next_only_if_there_are_more_messages() {
        let counted =
            |message: &str| CountedMessage { account: "a".into(), message: message.into(), count: 2 };
        let page = |messages: &[&str]| {
            let request = request(r#"{"query":{"period":"7d"},"metric":"sent.total","limit":2}"#);
            request.page(messages.iter().map(|message| counted(message)).collect()).to_string()
        };
        assert_eq!(page(&[]), r#"{"messages":[],"next":null}"#);
        let two = r#"{"messages":[{"count":2,"message":"x"},{"count":2,"message":"y"}],"next":null}"#;
        assert_eq!(page(&["x", "y"]), two);
        assert_eq!(page(&["x", "y", "z"]), two.replace("null", r#""y""#));
    }

    #[test]
    fn a_page_has_at_most_a_thousand_messages_and_at_least_one() {
        let limit = |limit: &str| {
            let body = format!(r#"{{"query":{{"period":"7d"}},"metric":"sent.total","limit":{limit}}}"#);
            MessagesRequest::parse(body.as_bytes()).map(|request| request.limit()).ok()
        };
        assert_eq!([limit("1"), limit("1000"), limit("9999999")], [Some(1), Some(1000), Some(1000)]);
        assert_eq!([limit("0"), limit("-1"), limit("1.5"), limit("null")], [None; 4]);
    }

    #[test]
    fn a_client_cannot_ask_about_another_account() {
        let request = request(r#"{"query":{"period":"7d"},"metric":"sent.total","after":"m-9"}"#);
        let question = request.question(&"acme".into(), Limits::default());
        assert_eq!(question.query, request.query.query("acme"));
        assert_eq!(question.after, Some(("acme".into(), "m-9".into())));
        assert!(
            MessagesRequest::parse(br#"{"query":{"period":"7d","scope":"all"},"metric":"sent.total"}"#)
                .is_err()
        );
    }
}
