//! What mail is told apart by, and how its values are spelled.

use super::countries::COUNTRIES;
use crate::dimension::Dimension;
use crate::filter::Filter;

/// What mail can be grouped and filtered by in Stats and aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Domain,
    Ip,
    /// The recipient's domain, where it is one of [`PROVIDERS`].
    Provider,
    Tag,
    Country,
    Device,
    Subaccount,
    IpPool,
}

/// The domains of mailbox providers that are told apart, in their published order.
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

/// All recipients' domains but [`PROVIDERS`], and none (ours).
pub const OTHER: &str = "other";

/// The devices that are told apart.
pub const DEVICES: [&str; 4] = ["desktop", "mobile", "tablet", UNKNOWN];

/// No country; no device, or one that is not told apart.
pub const UNKNOWN: &str = "unknown";

impl Key {
    /// Every key, in the published order; the device is ours.
    pub(super) const ALL: [Self; 8] = [
        Self::Domain,
        Self::Ip,
        Self::Provider,
        Self::Tag,
        Self::Country,
        Self::Subaccount,
        Self::IpPool,
        Self::Device,
    ];

    /// The name in requests and answers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Ip => "ip",
            Self::Provider => "provider",
            Self::Tag => "tag",
            Self::Country => "country",
            Self::Device => "device",
            Self::Subaccount => "subaccount",
            Self::IpPool => "ip_pool",
        }
    }

    /// The key of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// The dimension whose values it shows.
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

    /// The values that are told apart, where these are known beforehand: in the published order, countries by name.
    pub(super) fn values(self) -> &'static [&'static str] {
        match self {
            Self::Provider => &PROVIDERS,
            Self::Device => &DEVICES,
            Self::Country => &COUNTRIES,
            Self::Domain | Self::Ip | Self::Tag | Self::Subaccount | Self::IpPool => &[],
        }
    }

    /// How a value of the dimension is shown; the absent one is empty where it has no name.
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

    /// Keeps the mail whose value is shown as `value`; tags, countries and devices in any case, and of providers also
    /// any other domain.
    ///
    /// # Errors
    ///
    /// What the value can be.
    pub(super) fn filter(self, value: &str) -> Result<Filter, String> {
        if value.is_empty() && !self.values().is_empty() {
            return Err(format!("a {}", self.name()));
        }
        let dimension = self.dimension();
        let is = || Filter::is(dimension, [value]);
        let is_unknown = value.eq_ignore_ascii_case(UNKNOWN);
        Ok(match self {
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
            Self::Device => return Err(format!("one of {}", DEVICES.join(", "))),
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
    fn a_filter_keeps_just_what_is_shown_under_its_value() {
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
                let held = key.dimension().values(event.message_fields(), event.event_fields());
                let own = key.shown(held[0].as_deref());
                for shown in ["gmail.com", "qq.com", "other", "x", "mobile", "tablet", "unknown", ""] {
                    if let Ok(filter) = key.filter(shown) {
                        let keeps = filter.keeps(event.message_fields(), event.event_fields());
                        assert_eq!(keeps, own == shown, "{key:?} {value:?} {shown}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_device_is_one_of_four_and_all_else_is_any_text() {
        for key in Key::ALL {
            assert_eq!(Key::named(key.name()), Some(key));
            assert_eq!(key.filter("phone").is_ok(), key != Key::Device);
        }
        for name in ["", "Domain", "domains", "time", "total"] {
            assert_eq!(Key::named(name), None);
        }
    }
}
