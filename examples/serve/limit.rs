//! How many requests are answered: fixed windows that begin with full multiples of their length.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use mailtally::ParseError;
use serde::{Deserialize, Deserializer, de};

/// The most seconds that a request is counted after it was asked: no answer takes longer.
const LATEST: i64 = 30;

/// So many requests in so many seconds.
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

/// A limit of the configuration: a text, or `off`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting(Option<Limit>);

impl Setting {
    pub(crate) const fn new(requests: u32, seconds: NonZeroU32) -> Self {
        Self(Some(Limit { requests, seconds }))
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

/// The requests of one kind, counted for each of those who make them.
#[derive(Debug)]
pub(crate) struct Counter {
    limit: Option<Limit>,
    /// By account or key, of which there are as many as are configured: the start of the window, and how many.
    windows: Mutex<HashMap<usize, (i64, u32)>>,
}

impl Counter {
    pub(crate) fn new(setting: Setting) -> Self {
        Self { limit: setting.0, windows: Mutex::default() }
    }

    /// Counts a request of `who`; `None` if there is no limit.
    pub(crate) fn count(&self, who: usize, now: DateTime<Utc>) -> Option<Usage> {
        let limit = self.limit?;
        let (seconds, now) = (i64::from(limit.seconds.get()), now.timestamp());
        let start = now.div_euclid(seconds) * seconds;
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(who).or_insert((start, 0));
        // A request that waited counts in the window that has begun meanwhile: else it would open that one anew. What
        // lies further ahead is not of this clock.
        if !(start..=now + LATEST).contains(&window.0) {
            *window = (start, 0);
        }
        window.1 = window.1.saturating_add(1);
        Some(Usage { limit, used: window.1, end: window.0 + seconds, now })
    }
}

/// How much of a window is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) limit: Limit,
    /// The requests of this window, this one included.
    pub(crate) used: u32,
    end: i64,
    now: i64,
}

impl Usage {
    /// Whether this request is one too many.
    pub(crate) fn is_over(&self) -> bool {
        self.used > self.limit.requests
    }

    /// When the window ends.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    pub(crate) fn remaining(&self) -> u32 {
        self.limit.requests.saturating_sub(self.used)
    }

    /// Seconds until the next window, 1 or more.
    pub(crate) fn retry_after(&self) -> u32 {
        u32::try_from(self.end - self.now).unwrap_or(u32::MAX)
    }
}
