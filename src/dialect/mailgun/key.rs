//! The dimensions of Stats and aggregates, and the spelling of their values.

use super::countries::COUNTRIES;
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::names::named_enum;

named_enum! {
    /// A dimension of Stats and aggregates, in the published order; the device is ours.
    pub(super) enum Key("key") {
        Domain = "domain",
        Ip = "ip",
        /// The recipient's domain if it is one of [`PROVIDERS`].
        Provider = "provider",
        Tag = "tag",
        Country = "country",
        Subaccount = "subaccount",
        IpPool = "ip_pool",
        Device = "device",
    }
}

/// The recipient domains of mailbox providers that have a value of their own, in their published order. All others are
/// `other`.
pub const PROVIDERS: [&str; 26] = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "aol.com",
    "icloud.com",
    "mail.ru",
    "comcast.net",
    "outlook.com",
    "msn.com",
    "live.com",
    "orange.fr",
    "sbcglobal.net",
    "att.net",
    "ymail.com",
    "hotmail.co.uk",
    "verizon.net",
    "bellsouth.net",
    "me.com",
    "yandex.ru",
    "seznam.cz",
    "yahoo.co.uk",
    "hotmail.fr",
    "yahoo.com.tw",
    "rocketmail.com",
    "mailinator.com",
    "qq.com",
];

/// The value of recipient domains that are not in [`PROVIDERS`], and of mail without one (ours).
const OTHER: &str = "other";

/// The devices that have a value of their own. All others, and none, are `unknown`.
pub const DEVICES: [&str; 4] = ["desktop", "mobile", "tablet", UNKNOWN];

/// The value of events without a country, and of those without a device or with one that is not in [`DEVICES`].
const UNKNOWN: &str = "unknown";

impl Key {
    /// Returns the dimension of its values.
    pub(super) const fn dimension(self) -> Dimension {
        match self {
            Self::Domain => Dimension::Domain,
            Self::Ip => Dimension::Ip,
            Self::Provider => Dimension::RecipientDomain,
            Self::Tag => Dimension::Tag,
            Self::Country => Dimension::Country,
            Self::Device => Dimension::Device,
            Self::Subaccount => Dimension::Subaccount,
            Self::IpPool => Dimension::IpPool,
        }
    }

    /// Returns the closed list of its values, in the published order; empty if any text is a value.
    pub(super) fn values(self) -> &'static [&'static str] {
        match self {
            Self::Provider => &PROVIDERS,
            Self::Device => &DEVICES,
            Self::Country => &COUNTRIES,
            Self::Domain | Self::Ip | Self::Tag | Self::Subaccount | Self::IpPool => &[],
        }
    }

    /// Returns the API's spelling of a value of the dimension. The absent value is empty if the API has no name for it.
    pub(super) fn shown(self, value: Option<&str>) -> String {
        let lower = |value: &str| value.to_ascii_lowercase();
        match self {
            Self::Domain | Self::Ip | Self::Subaccount | Self::IpPool => value.unwrap_or_default().to_owned(),
            Self::Tag => lower(value.unwrap_or_default()),
            Self::Provider => value.filter(|value| PROVIDERS.contains(value)).unwrap_or(OTHER).to_owned(),
            Self::Country => lower(value.unwrap_or(UNKNOWN)),
            Self::Device => value
                .map(lower)
                .filter(|value| DEVICES.contains(&&**value))
                .unwrap_or_else(|| UNKNOWN.to_owned()),
        }
    }

    /// Makes the filter that keeps the mail whose value is shown as `value`: tags, countries and devices
    /// case-insensitively, and for providers also any other domain. `None` if the key cannot have the value.
    pub(super) fn filter(self, value: &str) -> Option<Filter> {
        if value.is_empty() && !self.values().is_empty() {
            return None;
        }
        let dimension = self.dimension();
        let is = || Filter::is(dimension, [value]);
        let is_unknown = value.eq_ignore_ascii_case(UNKNOWN);
        Some(match self {
            Self::Domain | Self::Ip | Self::Subaccount | Self::IpPool => is(),
            Self::Tag => is().ignoring_case(),
            Self::Provider if value.eq_ignore_ascii_case(OTHER) => Filter::is_not(dimension, PROVIDERS),
            Self::Provider => is(),
            Self::Country if is_unknown => Filter::is(dimension, ["", UNKNOWN]).ignoring_case(),
            Self::Country => is().ignoring_case(),
            Self::Device if is_unknown => {
                let known = DEVICES.into_iter().filter(|device| *device != UNKNOWN);
                Filter::is_not(dimension, known).ignoring_case()
            }
            Self::Device if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(value)) => {
                is().ignoring_case()
            }
            Self::Device => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{Event, Kind};

    fn event() -> Event {
        Event::new("a", "m", "1", Kind::Clicked, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn values_are_spelled_as_the_api_spells_them() {
        for (key, value, shown) in [
            (Key::Domain, Some("a.example"), "a.example"),
            (Key::Domain, None, ""),
            (Key::Ip, Some("192.0.2.1"), "192.0.2.1"),
            (Key::Tag, Some("New Year"), "new year"),
            (Key::Tag, None, ""),
            (Key::Provider, Some("gmail.com"), "gmail.com"),
            (Key::Provider, Some("corp.example"), "other"),
            (Key::Provider, Some("Google"), "other"),
            (Key::Provider, None, "other"),
            (Key::Country, Some("DE"), "de"),
            (Key::Country, Some("Unknown"), "unknown"),
            (Key::Country, None, "unknown"),
            (Key::Device, Some("Mobile"), "mobile"),
            (Key::Device, Some("other"), "unknown"),
            (Key::Device, None, "unknown"),
            (Key::Subaccount, Some("North"), "North"),
            (Key::IpPool, None, ""),
        ] {
            assert_eq!(key.shown(value), shown, "{key:?} {value:?}");
        }
    }

    #[test]
    fn a_filter_keeps_exactly_the_mail_that_is_shown_with_its_value() {
        let domains = [None, Some("gmail.com"), Some("qq.com"), Some("corp.example")];
        let texts =
            [None, Some("x"), Some("X"), Some("mobile"), Some("Tablet"), Some("Unknown"), Some("other")];
        for key in Key::ALL {
            for value in if key == Key::Provider { &domains[..] } else { &texts[..] } {
                let text = value.unwrap_or_default();
                let event = match key {
                    Key::Domain => event().domain(text),
                    Key::Ip => event().ip(text),
                    Key::Provider => event().recipient_domain(text),
                    Key::Tag => event().tags([text]),
                    Key::Country => event().country(text),
                    Key::Device => event().device(text),
                    Key::Subaccount => event().subaccount(text),
                    Key::IpPool => event().ip_pool(text),
                };
                let held = key.dimension().values(event.fields());
                let own = key.shown(held[0]);
                for shown in ["gmail.com", "qq.com", "other", "x", "mobile", "tablet", "unknown", ""] {
                    if let Some(filter) = key.filter(shown) {
                        let keeps = filter.keeps(event.fields());
                        assert_eq!(keeps, own == shown, "{key:?} {value:?} {shown}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_devices_are_a_closed_list_for_filters() {
        for key in Key::ALL {
            assert_eq!(key.name().parse(), Ok(key));
            assert_eq!(key.filter("phone").is_some(), key != Key::Device);
        }
        for name in ["", "Domain", "domains", "time", "total"] {
            assert!(name.parse::<Key>().is_err(), "{name}");
        }
    }
}
