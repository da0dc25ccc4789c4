//! Sums of all time, by mailbox provider, device or country.

/// What sums are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API has three breakdowns")]
pub enum Breakdown {
    /// The domain of the recipient, among those of large mailbox providers.
    Provider,
    /// The device on which the message was read.
    Device,
    /// The country in which the message was read.
    Country,
}

impl Breakdown {
    /// Every breakdown.
    pub const ALL: [Self; 3] = [Self::Provider, Self::Device, Self::Country];

    /// The name of one, which is the key of a tag's sums.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Device => "device",
            Self::Country => "country",
        }
    }

    /// The name of several, which stands in paths, and is the key of a domain's sums.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Provider => "providers",
            Self::Device => "devices",
            Self::Country => "countries",
        }
    }

    pub(super) fn of_plural(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breakdown| breakdown.plural() == name)
    }
}

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /v3/{domain}/aggregates/{providers|devices|countries}`: of a domain.
    Domain {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// By what.
        breakdown: Breakdown,
    },
    /// `GET /v3/{domain}/tags/{tag}/stats/aggregates/{providers|devices|countries}`: of a tag.
    Tag {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// The tag, as it stands in the path, decoded; not empty.
        tag: String,
        /// By what.
        breakdown: Breakdown,
    },
    /// `GET /v3/{domain}/tag/stats/aggregates?tag=…&type=…`: of a tag, which is a parameter.
    TagByParameters {
        /// The domain, as it stands in the path, decoded.
        domain: String,
    },
    /// `GET /v3/domains/{domain}/tag/{providers|devices|countries}`: what a domain's tags are told apart by.
    Supported {
        /// The domain, as it stands in the path, decoded.
        domain: String,
        /// By what.
        breakdown: Breakdown,
    },
}
