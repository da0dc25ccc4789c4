//! The JSON forms of a query's zone and rank.

/// The JSON form of a zone: its IANA name.
pub(crate) mod zone_name {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        crate::time::parse_zone(&name).map_err(de::Error::custom)
    }
}

/// The JSON form of an optional metric: its name.
pub(crate) mod metric_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::metric::Metric;

    pub(crate) fn serialize<S: Serializer>(
        metric: &Option<Metric>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match metric {
            None => serializer.serialize_none(),
            Some(metric) => serializer.collect_str(metric),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Metric>, D::Error> {
        let name = Option::<std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(de::Error::custom)).transpose()
    }
}
