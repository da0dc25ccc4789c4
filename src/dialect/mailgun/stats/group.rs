//! What the rows of `stats/filter` are told apart by.

use super::super::key::Key;
use super::super::{Error, Resolution};
use super::window::present;
use crate::dialect::Params;

/// The value of `group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// By nothing: one row.
    Total,
    /// By buckets of the resolution that is asked otherwise.
    Time,
    /// By buckets of this one, which is a day or a month.
    Every(Resolution),
    /// By buckets, and in each by the values of a key.
    By(Key),
}

impl Group {
    /// The group that is asked for; by time unless one is.
    pub(super) fn parse(params: &Params) -> Result<Self, Error> {
        Ok(match present(params, "group") {
            None | Some("time") => Self::Time,
            Some("total") => Self::Total,
            Some("day") => Self::Every(Resolution::Day),
            Some("month") => Self::Every(Resolution::Month),
            Some(name) => {
                Self::By(Key::named(name).ok_or_else(|| Error::invalid("group", name, expected()))?)
            }
        })
    }

    /// The length of the buckets, where the group says it.
    pub(super) const fn resolution(self) -> Option<Resolution> {
        match self {
            Self::Every(resolution) => Some(resolution),
            Self::Total | Self::Time | Self::By(_) => None,
        }
    }

    /// The key, if there is one.
    pub(super) const fn key(self) -> Option<Key> {
        match self {
            Self::By(key) => Some(key),
            Self::Total | Self::Time | Self::Every(_) => None,
        }
    }
}

/// The key and the value of `filter=key:value`, if there is one.
pub(super) fn part(params: &Params) -> Result<Option<(Key, &str)>, Error> {
    let mut filters = params.all("filter").filter(|filter| !filter.is_empty());
    let Some(filter) = filters.next() else { return Ok(None) };
    if let Some(second) = filters.next() {
        return Err(Error::invalid("filter", second, "one filter"));
    }
    let found = filter.split_once(':').and_then(|(key, value)| Some((Key::named(key)?, value)));
    found.map(Some).ok_or_else(|| {
        let keys = Key::ALL.map(Key::name).join(", ");
        Error::invalid("filter", filter, format!("`key:value`, the key one of {keys}"))
    })
}

fn expected() -> String {
    format!("one of total, time, day, month, {}", Key::ALL.map(Key::name).join(", "))
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
        ] {
            assert_eq!(group(query), Ok(expected), "{query}");
        }
        for name in ["hour", "Domain", "domains", "domain,tag"] {
            let error = group(&format!("group={name}")).unwrap_err().to_string();
            assert_eq!(error, format!("Invalid format for parameter group: {name}"));
        }
    }

    #[test]
    fn a_filter_is_a_key_and_a_value_and_there_is_one() {
        let found = |query: &str| {
            part(&Params::parse(query)).map(|found| found.map(|(key, value)| (key, value.to_owned())))
        };
        for (query, key, value) in [
            ("filter=domain%3Amail.acme.example", Key::Domain, "mail.acme.example"),
            ("filter=tag:a:b", Key::Tag, "a:b"),
            ("filter=&filter=ip_pool:", Key::IpPool, ""),
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
        ] {
            let error = found(query).unwrap_err().to_string();
            assert_eq!(error, format!("Invalid format for parameter filter: {shown}"), "{query}");
        }
    }
}
