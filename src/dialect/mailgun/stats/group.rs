//! The groups and the filter of `stats/filter`.

use super::super::key::Key;
use super::super::{Error, Resolution, params};
use crate::dialect::Params;

/// The value of `group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// One row.
    Total,
    /// A row for each bucket of the requested resolution.
    Time,
    /// A row for each bucket of this resolution, a day or a month.
    Every(Resolution),
    /// A row for each bucket and value of the key.
    By(Key),
}

impl Group {
    /// Parses `group`; the default is by time.
    pub(super) fn parse(params: &Params) -> Result<Self, Error> {
        Ok(match params::value(params, "group")? {
            None | Some("time") => Self::Time,
            Some("total") => Self::Total,
            Some("day") => Self::Every(Resolution::Day),
            Some("month") => Self::Every(Resolution::Month),
            Some(name) => Self::By(name.parse().map_err(|_| Error::invalid("group", name))?),
        })
    }

    /// Returns the length of the buckets if the group determines it.
    pub(super) const fn resolution(self) -> Option<Resolution> {
        match self {
            Self::Every(resolution) => Some(resolution),
            Self::Total | Self::Time | Self::By(_) => None,
        }
    }

    pub(super) const fn key(self) -> Option<Key> {
        match self {
            Self::By(key) => Some(key),
            Self::Total | Self::Time | Self::Every(_) => None,
        }
    }
}

/// Parses the key and the value of `filter=key:value`, of which there is at most one.
pub(super) fn parse_filter(params: &Params) -> Result<Option<(Key, &str)>, Error> {
    let mut filters = params::values(params, "filter")?;
    let Some(filter) = filters.next() else { return Ok(None) };
    if let Some(second) = filters.next() {
        return Err(Error::invalid("filter", second));
    }
    let parts = filter.split_once(':').and_then(|(key, value)| Some((key.parse().ok()?, value)));
    parts.map(Some).ok_or_else(|| Error::invalid("filter", filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_group_is_known() {
        let group = |query: &str| Group::parse(&Params::parse(query));
        for (query, expected) in [
            ("", Group::Time),
            ("group=", Group::Time),
            ("group=time", Group::Time),
            ("group=total", Group::Total),
            ("group=day", Group::Every(Resolution::Day)),
            ("group=month", Group::Every(Resolution::Month)),
            ("group=domain", Group::By(Key::Domain)),
            ("group=ip", Group::By(Key::Ip)),
            ("group=provider", Group::By(Key::Provider)),
            ("group=tag", Group::By(Key::Tag)),
            ("group=country", Group::By(Key::Country)),
            ("group=subaccount", Group::By(Key::Subaccount)),
            ("group=ip_pool", Group::By(Key::IpPool)),
            ("group=device", Group::By(Key::Device)),
            ("group[]=device", Group::By(Key::Device)),
            ("group[0]=device&group[1]=tag", Group::By(Key::Device)),
        ] {
            assert_eq!(group(query).unwrap(), expected, "{query}");
        }
        for name in ["hour", "Domain", "domains", "domain,tag"] {
            let error = group(&format!("group={name}")).unwrap_err().to_string();
            assert_eq!(error, format!("Invalid format for parameter group: {name}"));
        }
    }

    #[test]
    fn a_request_has_at_most_one_filter_of_a_key_and_a_value() {
        let found = |query: &str| {
            let params = Params::parse(query);
            let filter = parse_filter(&params).map_err(|error| error.to_string())?;
            Ok::<_, String>(filter.map(|(key, value)| (key, value.to_owned())))
        };
        for (query, key, value) in [
            ("filter=domain%3Amail.acme.example", Key::Domain, "mail.acme.example"),
            ("filter=tag:a:b", Key::Tag, "a:b"),
            ("filter=&filter=ip_pool:", Key::IpPool, ""),
            ("filter[]=tag:a", Key::Tag, "a"),
            ("filter[0]=tag:a", Key::Tag, "a"),
            ("filter[][]=tag:a", Key::Tag, "a"),
        ] {
            assert_eq!(found(query), Ok(Some((key, value.to_owned()))), "{query}");
        }
        assert_eq!(found("filter="), Ok(None));
        for (query, shown) in [
            ("filter=x", "x"),
            ("filter=:x", ":x"),
            ("filter=time:x", "time:x"),
            ("filter=Domain:x", "Domain:x"),
            ("filter=tag:a&filter=tag:b", "tag:b"),
            ("filter=tag:a&filter=tag:a", "tag:a"),
            ("filter[0]=tag:a&filter[1]=tag:b", "tag:b"),
        ] {
            let error = found(query).unwrap_err();
            assert_eq!(error, format!("Invalid format for parameter filter: {shown}"), "{query}");
        }
    }
}
