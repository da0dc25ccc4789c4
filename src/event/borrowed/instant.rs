//! The JSON form of an instant.

use std::fmt;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::Serializer;
use serde::de::{self, Deserializer, Visitor};

/// Writes RFC 3339 in UTC with milliseconds or, for a year that RFC 3339 cannot express, epoch milliseconds.
pub(super) fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    if (0..=9999).contains(&at.year()) {
        return serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    serializer.serialize_i64(at.timestamp_millis())
}

/// Reads RFC 3339 with any offset, or epoch milliseconds.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    deserializer.deserialize_any(InstantVisitor)
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = DateTime<Utc>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instant as RFC 3339 text or epoch milliseconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let invalid = |_| E::invalid_value(de::Unexpected::Str(text), &self);
        DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(invalid)
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Self::Value, E> {
        let out_of_range = || E::invalid_value(de::Unexpected::Signed(millis), &self);
        DateTime::from_timestamp_millis(millis).ok_or_else(out_of_range)
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Self::Value, E> {
        let out_of_range = || E::invalid_value(de::Unexpected::Unsigned(millis), &self);
        i64::try_from(millis).map_err(|_| out_of_range()).and_then(|millis| self.visit_i64(millis))
    }
}
