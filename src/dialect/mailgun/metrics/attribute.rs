//! The dimensions of rows, and how their values are shown.

use std::borrow::Cow;

use crate::dimension::Dimension;
use crate::names::named_enum;

named_enum! {
    /// A property of mail that rows are grouped by and filters compare, in the published order.
    pub(super) enum Attribute("attribute") {
        Bot = "bot",
        Country = "country",
        IpPool = "ip_pool",
        RecipientDomain = "recipient_domain",
        RecipientProvider = "recipient_provider",
        Ip = "ip",
        Domain = "domain",
        Tag = "tag",
        Device = "device",
        Subaccount = "subaccount",
    }
}

/// What rows are grouped by: the API calls it a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupBy {
    Attribute(Attribute),
    Time,
}

/// The names of bots, as Mailgun spells them.
const BOTS: [&str; 3] = ["Apple", "Gmail", "Generic"];

impl Attribute {
    /// Returns the crate's dimension with the same values.
    pub(super) const fn dimension(self) -> Dimension {
        match self {
            Self::Bot => Dimension::Bot,
            Self::Country => Dimension::Country,
            Self::IpPool => Dimension::IpPool,
            Self::RecipientDomain => Dimension::RecipientDomain,
            Self::RecipientProvider => Dimension::Provider,
            Self::Ip => Dimension::Ip,
            Self::Domain => Dimension::Domain,
            Self::Tag => Dimension::Tag,
            Self::Device => Dimension::Device,
            Self::Subaccount => Dimension::Subaccount,
        }
    }

    /// Returns whether a filter on it must be made to ignore case. A filter on domains does so anyway.
    pub(super) const fn needs_ignoring_case(self) -> bool {
        match self {
            Self::Bot | Self::Country | Self::RecipientProvider | Self::Tag | Self::Device => true,
            Self::IpPool | Self::RecipientDomain | Self::Ip | Self::Domain | Self::Subaccount => false,
        }
    }

    /// Returns the value that is shown for mail without one; it may be empty.
    const fn absent(self) -> &'static str {
        match self {
            Self::Bot => "None",
            Self::Country => "Unknown",
            Self::RecipientDomain | Self::RecipientProvider => "Other",
            Self::Tag => "Untagged",
            Self::Device => "unknown",
            Self::IpPool | Self::Ip | Self::Domain | Self::Subaccount => "",
        }
    }

    /// Returns whether `value` is empty or, ignoring case, the value that is shown for mail without one.
    pub(super) fn is_absent(self, value: &str) -> bool {
        value.is_empty() || value.eq_ignore_ascii_case(self.absent())
    }

    /// Returns a value as Mailgun spells it.
    pub(super) fn display<'a>(self, value: Option<&'a str>) -> Cow<'a, str> {
        let Some(value) = value.filter(|value| !self.is_absent(value)) else { return self.absent().into() };
        match self {
            Self::Bot => BOTS.into_iter().find(|bot| bot.eq_ignore_ascii_case(value)).unwrap_or(value).into(),
            Self::Country => value.to_ascii_uppercase().into(),
            Self::Device => value.to_ascii_lowercase().into(),
            Self::IpPool
            | Self::RecipientDomain
            | Self::RecipientProvider
            | Self::Ip
            | Self::Domain
            | Self::Tag
            | Self::Subaccount => value.into(),
        }
    }
}

impl GroupBy {
    /// Returns the published name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Attribute(attribute) => attribute.name(),
            Self::Time => "time",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelled_as_mailgun_spells_them() {
        for (attribute, value, expected) in [
            (Attribute::Bot, Some("apple"), "Apple"),
            (Attribute::Bot, Some("GMAIL"), "Gmail"),
            (Attribute::Bot, Some("generic"), "Generic"),
            (Attribute::Bot, Some("barracuda"), "barracuda"),
            (Attribute::Bot, None, "None"),
            (Attribute::Country, Some("de"), "DE"),
            (Attribute::Country, Some("unknown"), "Unknown"),
            (Attribute::Country, None, "Unknown"),
            (Attribute::RecipientDomain, Some("gmail.com"), "gmail.com"),
            (Attribute::RecipientDomain, None, "Other"),
            (Attribute::RecipientProvider, Some("Google"), "Google"),
            (Attribute::RecipientProvider, None, "Other"),
            (Attribute::Tag, Some("Spring sale"), "Spring sale"),
            (Attribute::Tag, None, "Untagged"),
            (Attribute::Device, Some("Mobile"), "mobile"),
            (Attribute::Device, None, "unknown"),
            (Attribute::Ip, Some("192.0.2.7"), "192.0.2.7"),
            (Attribute::Ip, None, ""),
            (Attribute::IpPool, Some("Pool"), "Pool"),
            (Attribute::IpPool, None, ""),
            (Attribute::Domain, None, ""),
            (Attribute::Subaccount, None, ""),
        ] {
            assert_eq!(attribute.display(value), expected, "{attribute:?} {value:?}");
        }
    }

    #[test]
    fn the_names_of_absent_values_are_known_in_any_case() {
        for (attribute, value, is_absent) in [
            (Attribute::Tag, "untagged", true),
            (Attribute::Tag, "", true),
            (Attribute::Tag, "None", false),
            (Attribute::Bot, "NONE", true),
            (Attribute::Country, "Unknown", true),
            (Attribute::Subaccount, "", true),
            (Attribute::Subaccount, "None", false),
        ] {
            assert_eq!(attribute.is_absent(value), is_absent, "{attribute:?} {value}");
        }
    }
}
