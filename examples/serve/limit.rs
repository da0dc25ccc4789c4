//! Rate limits: fixed windows that start at multiples of their length.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use mailtally::ParseError;
use mailtally::dialect::{RateLimit, RequestLimit};
use serde::{Deserialize, Deserializer, de};

/// The maximum number of seconds between a request and its count: no answer takes longer.
const MAX_DELAY: i64 = 30;

/// A number of requests in a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) requests: u32,
    pub(crate) seconds: NonZeroU32,
}

impl FromStr for Limit {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let read = || {
            let (requests, seconds) = text.strip_suffix('s')?.split_once('/')?;
            Some(Self { requests: requests.parse().ok()?, seconds: seconds.parse().ok()? })
        };
        read()
            .ok_or_else(|| ParseError::invalid("limit", text, "requests/seconds such as `100/60s`, or `off`"))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}s", self.requests, self.seconds)
    }
}

/// A limit in the configuration: a text such as `100/60s`, or `off`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting(Option<Limit>);

impl From<RequestLimit> for Setting {
    fn from(limit: RequestLimit) -> Self {
        let RequestLimit { requests, seconds } = limit;
        Self(NonZeroU32::new(seconds).map(|seconds| Limit { requests, seconds }))
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self(None));
        }
        text.parse().map(|limit| Self(Some(limit))).map_err(de::Error::custom)
    }
}

/// Counts the requests of one kind by account or key.
#[derive(Debug)]
pub(crate) struct Counter {
    limit: Option<Limit>,
    /// By the index of the account or key: the start of the window, and the number of requests in it.
    windows: Mutex<HashMap<usize, (i64, u32)>>,
}

impl Counter {
    pub(crate) fn new(setting: Setting) -> Self {
        Self { limit: setting.0, windows: Mutex::default() }
    }

    /// Counts a request of the account or key with this index; `None` if there is no limit.
    pub(crate) fn count(&self, index: usize, now: DateTime<Utc>) -> Option<Usage> {
        let limit = self.limit?;
        let (seconds, second) = (i64::from(limit.seconds.get()), now.timestamp());
        let start = second.div_euclid(seconds) * seconds;
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(index).or_insert((start, 0));
        // If another request has started a newer window while this one waited, this one counts there. A window that
        // starts more than `MAX_DELAY` in the future was started before the clock was set back, and is replaced.
        if !(start..=second + MAX_DELAY).contains(&window.0) {
            *window = (start, 0);
        }
        window.1 = window.1.saturating_add(1);
        Some(Usage { limit, used: window.1, end: window.0 + seconds, now })
    }
}

/// The state of a window after a request was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) limit: Limit,
    /// The number of requests in the window, including this one.
    pub(crate) used: u32,
    end: i64,
    now: DateTime<Utc>,
}

impl Usage {
    /// Returns whether the request exceeds the limit.
    pub(crate) fn is_over(&self) -> bool {
        self.used > self.limit.requests
    }

    /// Returns the state for the headers of a response.
    pub(crate) fn rate_limit(&self) -> RateLimit {
        let Limit { requests: limit, seconds: _ } = self.limit;
        let reset = DateTime::from_timestamp(self.end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        RateLimit { limit, remaining: limit.saturating_sub(self.used), reset }
    }

    /// Returns the seconds until the next window, at least 1.
    pub(crate) fn retry_after(&self) -> u32 {
        self.rate_limit().retry_after(self.now)
    }
}
