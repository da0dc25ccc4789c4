//! The JSON form of an instant.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;
use serde::de::{self, Deserializer, Visitor};

use crate::time::instant_from_number;

/// Writes RFC 3339 in UTC with milliseconds.
pub(super) fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Reads RFC 3339 with any offset, or an epoch number whose size tells its unit.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    deserializer.deserialize_any(InstantVisitor)
}

/// The form of an instant that can be absent.
pub(super) mod optional {
    use super::{DateTime, Deserializer, InstantVisitor, Serializer, Utc, Visitor, de, fmt};

    pub(in super::super) fn serialize<S: Serializer>(
        at: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// `null` and the empty text are no instant.
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        deserializer.deserialize_any(OptionalVisitor)
    }

    struct OptionalVisitor;

    impl Visitor<'_> for OptionalVisitor {
        type Value = Option<DateTime<Utc>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            InstantVisitor.expecting(f)
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            if text.is_empty() { Ok(None) } else { InstantVisitor.visit_str(text).map(Some) }
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
            InstantVisitor.visit_i64(number).map(Some)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
            InstantVisitor.visit_u64(number).map(Some)
        }
    }
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = DateTime<Utc>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instant as RFC 3339 text or epoch seconds, milliseconds or microseconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let invalid = |_| E::invalid_value(de::Unexpected::Str(text), &self);
        DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(invalid)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        instant_from_number(number.into())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        instant_from_number(number.into())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}
