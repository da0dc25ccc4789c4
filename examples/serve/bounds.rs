//! The bounds of memory and work, as they are in the configuration.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

/// The bounds that are not rate limits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bounds {
    /// The number of connections at a time. Further ones wait until one is closed.
    pub(crate) connections: NonZeroU32,
    /// The number of requests of an account at a time, from their headers to the last byte of their answer.
    pub(crate) requests: NonZeroU32,
    /// The number of bytes of all bodies of requests at a time.
    pub(crate) body_bytes: NonZeroU32,
    /// The number of bytes of all answers at a time.
    pub(crate) answer_bytes: NonZeroU32,
    /// The number of seconds that the server waits for a client, and a client for the server.
    pub(crate) timeout_seconds: NonZeroU32,
    /// The number of events of an account in the store.
    pub(crate) max_events: AtMost,
    /// The number of events of an account that are recorded in a day.
    pub(crate) events_per_day: AtMost,
}

impl Default for Bounds {
    fn default() -> Self {
        const fn some(number: u32) -> NonZeroU32 {
            NonZeroU32::new(number).expect("it is not zero")
        }
        Self {
            connections: const { some(1024) },
            requests: const { some(100) },
            body_bytes: const { some(64 << 20) },
            answer_bytes: const { some(256 << 20) },
            timeout_seconds: const { some(30) },
            max_events: AtMost(Some(10_000_000)),
            events_per_day: AtMost(None),
        }
    }
}

impl Bounds {
    /// Returns how long the server waits for a client, and a client for the server.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.get().into())
    }
}

/// A number, or no bound, which is `off` in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AtMost(pub(crate) Option<u64>);

impl<'de> Deserialize<'de> for AtMost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AtMostVisitor)
    }
}

/// Reads an [`AtMost`].
struct AtMostVisitor;

impl Visitor<'_> for AtMostVisitor {
    type Value = AtMost;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0, or `off`")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<AtMost, E> {
        let invalid = |_| E::invalid_value(de::Unexpected::Signed(number), &self);
        u64::try_from(number).map(|number| AtMost(Some(number))).map_err(invalid)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AtMost, E> {
        let off = (text == "off").then_some(AtMost(None));
        off.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
