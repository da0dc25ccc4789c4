//! What rows are told apart by, and how its values are shown.

use std::borrow::Cow;

use crate::dimension::{self, By};

/// A property of mail that rows are told apart by and that filters look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Bot,
    Country,
    IpPool,
    RecipientDomain,
    RecipientProvider,
    Ip,
    Domain,
    Tag,
    Device,
    Subaccount,
}

/// What rows are told apart by: a property of mail, or the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Of(Attribute),
    Time,
}

/// The machines that Mailgun names, as it shows them.
const BOTS: [&str; 3] = ["Apple", "Gmail", "Generic"];

impl Attribute {
    /// Every attribute, in the published order.
    pub(super) const ALL: [Self; 10] = [
        Self::Bot,
        Self::Country,
        Self::IpPool,
        Self::RecipientDomain,
        Self::RecipientProvider,
        Self::Ip,
        Self::Domain,
        Self::Tag,
        Self::Device,
        Self::Subaccount,
    ];

    /// The published name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Country => "country",
            Self::IpPool => "ip_pool",
            Self::RecipientDomain => "recipient_domain",
            Self::RecipientProvider => "recipient_provider",
            Self::Ip => "ip",
            Self::Domain => "domain",
            Self::Tag => "tag",
            Self::Device => "device",
            Self::Subaccount => "subaccount",
        }
    }

    /// What it is in this crate.
    pub(super) const fn dimension(self) -> dimension::Dimension {
        match self {
            Self::Bot => dimension::Dimension::Bot,
            Self::Country => dimension::Dimension::Country,
            Self::IpPool => dimension::Dimension::IpPool,
            Self::RecipientDomain => dimension::Dimension::RecipientDomain,
            Self::RecipientProvider => dimension::Dimension::Provider,
            Self::Ip => dimension::Dimension::Ip,
            Self::Domain => dimension::Dimension::Domain,
            Self::Tag => dimension::Dimension::Tag,
            Self::Device => dimension::Dimension::Device,
            Self::Subaccount => dimension::Dimension::Subaccount,
        }
    }

    /// Whether values that differ in case only are the same to a filter. Domains always are.
    pub(super) const fn ignores_case(self) -> bool {
        match self {
            Self::Bot | Self::Country | Self::RecipientProvider | Self::Tag | Self::Device => true,
            Self::IpPool | Self::RecipientDomain | Self::Ip | Self::Domain | Self::Subaccount => false,
        }
    }

    /// What mail without a value has; empty where there is no word for it.
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

    /// Whether mail without a value is meant.
    pub(super) fn is_absent(self, value: &str) -> bool {
        value.is_empty() || value.eq_ignore_ascii_case(self.absent())
    }

    /// The value as it is shown.
    pub(super) fn shown<'a>(self, value: Option<&'a str>) -> Cow<'a, str> {
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

impl Dimension {
    /// Those of mail.
    pub(super) fn of_mail() -> impl Iterator<Item = Self> + Clone {
        Attribute::ALL.into_iter().map(Self::Of).chain([Self::Time])
    }

    /// Those of usage.
    pub(super) fn of_usage() -> impl Iterator<Item = Self> + Clone {
        [Self::Of(Attribute::Subaccount), Self::Time].into_iter()
    }

    /// The published name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Of(attribute) => attribute.name(),
            Self::Time => "time",
        }
    }

    /// What it is in this crate.
    pub(super) const fn by(self) -> By {
        match self {
            Self::Of(attribute) => By::Dimension(attribute.dimension()),
            Self::Time => By::Date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_mailgun_spells_them() {
        for (attribute, value, shown) in [
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
            assert_eq!(attribute.shown(value), shown, "{attribute:?} {value:?}");
        }
    }

    #[test]
    fn the_words_for_absent_values_are_known_in_any_case() {
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

    #[test]
    fn a_dimension_is_known_by_one_name() {
        let names: Vec<&str> = Dimension::of_mail().map(Dimension::name).collect();
        let published =
            "bot country ip_pool recipient_domain recipient_provider ip domain tag device subaccount time";
        assert_eq!(names.join(" "), published);
        assert_eq!(Dimension::of_usage().map(Dimension::name).collect::<Vec<_>>(), ["subaccount", "time"]);
    }
}
