//! Mailgun's statistics: Stats v3 with its tags and aggregates, and its successor, Metrics v1.

use std::sync::Arc;

use serde::Serialize;

use crate::dimension::Dimension;
use crate::filter::Filter;

pub mod aggregates;
mod basic;
mod countries;
mod counts;
mod date;
mod duration;
mod error;
mod key;
mod resolution;
mod route;
mod settings;
pub mod stats;

pub use basic::key;
pub use countries::COUNTRIES;
pub use duration::Duration;
pub use error::Error;
pub use key::{DEVICES, OTHER, PROVIDERS, UNKNOWN};
pub use resolution::Resolution;
pub use route::Route;
pub use settings::Settings;

/// The content type of every body that is JSON.
pub const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The content type of the bodies that are plain text, of which there are two: see [`Error::refusal`].
pub const TEXT: &str = "text/plain; charset=utf-8";

/// The headers of every success beside the content type.
pub const HEADERS: [(&str, &str); 1] = [("Cache-Control", "no-store")];

/// A body as it is sent: compact JSON, and a line end.
///
/// # Errors
///
/// [`serde_json::Error`] if the body is no JSON, which those of this dialect always are.
pub fn to_line(body: &impl Serialize) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(body)?;
    line.push('\n');
    Ok(line)
}

/// Keeps the mail of the subaccount that the header `X-Mailgun-On-Behalf-Of` names; all where it names none.
fn on_behalf_of(subaccount: Arc<str>) -> Option<Filter> {
    (!subaccount.is_empty()).then(|| Filter::is(Dimension::Subaccount, [subaccount]))
}

#[cfg(test)]
mod tests {
    use super::*;

    // G36
    #[test]
    fn a_body_is_compact_and_ends_in_one_line_end() {
        let body = serde_json::json!({ "stats": [1, 2], "tag": "a b" });
        assert_eq!(to_line(&body).unwrap(), "{\"stats\":[1,2],\"tag\":\"a b\"}\n");
    }
}
