//! A request that has come in whole.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use chrono::{DateTime, Utc};
use mailtally::dialect::{Params, krafter, mailgun};

/// What a dialect is asked with.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it is asked: one instant for limits, windows and answers.
    pub(crate) now: DateTime<Utc>,
}

impl Asked {
    /// The path as it came, not decoded.
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(crate) fn params(&self) -> Params {
        Params::parse(self.uri.query().unwrap_or_default())
    }

    /// The value of a header; `None` if it is absent. Bytes that are no UTF-8 are replaced: whoever names something that
    /// cannot be there has named something all the same.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The keys that it shows, in the header of whichever API.
    pub(crate) fn keys(&self) -> impl Iterator<Item = String> {
        let authorization = self.header("authorization");
        let bearer = krafter::token(authorization.as_deref()).map(str::to_owned);
        let basic = mailgun::key(authorization.as_deref());
        let own = ["api-token", "x-api-key"].map(|name| Some(self.header(name)?.trim().to_owned()));
        [bearer, basic].into_iter().chain(own).flatten()
    }

    /// The method, where HEAD is as good as GET.
    pub(crate) fn is(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::HEAD && *method == Method::GET)
    }
}

/// A segment of a path, decoded as a parameter is, but for `+`, which is itself there.
pub(crate) fn decoded(segment: &str) -> String {
    let params = Params::parse(&format!("id={}", segment.replace('+', "%2B").replace('&', "%26")));
    params.first("id").unwrap_or_default().to_owned()
}
