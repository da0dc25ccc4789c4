//! The properties by which mail is grouped and filtered.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::event::{EventFields, MessageFields, Stream};
use crate::names::named_enum;
use crate::parse_error::ParseError;

named_enum! {
    /// A property by which mail is grouped and filtered.
    ///
    /// Most are properties of the **message**: an open counts under its message's domain, even if the open itself has none.
    /// Country, device, client, bot, attempt and optimized are properties of the **event**.
    ///
    /// The enum is exhaustive on purpose: a store that does not handle a new dimension fails to compile.
    #[expect(clippy::exhaustive_enums, reason = "every store must handle a new dimension")]
    pub enum Dimension("dimension") {
        /// The customer of the account that the mail belongs to.
        Subaccount = "subaccount",
        /// The sending domain.
        Domain = "domain",
        /// The category.
        Category = "category",
        /// The tags: a message with several counts under each of them, and once in totals.
        Tag = "tag",
        /// The stream: `transactional` or `bulk`.
        Stream = "stream",
        /// The sending mailbox.
        Mailbox = "mailbox",
        /// The campaign.
        Campaign = "campaign",
        /// The sending IP address.
        Ip = "ip",
        /// The pool of sending IP addresses.
        IpPool = "ip_pool",
        /// The recipient's domain.
        RecipientDomain = "recipient_domain",
        /// The recipient's mailbox provider (ESP).
        Provider = "provider",
        /// Whether opens are tracked: `true` or `false`.
        OpenTracking = "open_tracking",
        /// Whether clicks are tracked: `true` or `false`.
        ClickTracking = "click_tracking",
        /// The country where the event happened.
        Country = "country",
        /// The kind of device on which the event happened.
        Device = "device",
        /// The program with which the event was made.
        Client = "client",
        /// The machine that opened or clicked: `generic` if it has no name.
        Bot = "bot",
        /// The delivery attempt at which the event happened: `first` or `later`.
        Attempt = "attempt",
        /// Whether the platform optimized the time or the route of the attempt: `true` or `false`.
        Optimized = "optimized",
    }
}

const FIRST_ATTEMPT: &str = "first";
const LATER_ATTEMPT: &str = "later";

impl Dimension {
    /// Returns whether it is a property of events, not of messages. A query that groups or filters by such a dimension
    /// has no statuses, because a status belongs to a message.
    pub const fn belongs_to_event(self) -> bool {
        match self {
            Self::Country | Self::Device | Self::Client | Self::Bot | Self::Attempt | Self::Optimized => true,
            Self::Subaccount
            | Self::Domain
            | Self::Category
            | Self::Tag
            | Self::Stream
            | Self::Mailbox
            | Self::Campaign
            | Self::Ip
            | Self::IpPool
            | Self::RecipientDomain
            | Self::Provider
            | Self::OpenTracking
            | Self::ClickTracking => false,
        }
    }

    /// Returns all possible values of a dimension with a fixed set of values; `None` for a dimension with free texts.
    pub const fn possible_values(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Stream => Some(const { &[Stream::Transactional.name(), Stream::Bulk.name()] }),
            Self::OpenTracking | Self::ClickTracking | Self::Optimized => Some(&["true", "false"]),
            Self::Attempt => Some(&[FIRST_ATTEMPT, LATER_ATTEMPT]),
            Self::Subaccount
            | Self::Domain
            | Self::Category
            | Self::Tag
            | Self::Mailbox
            | Self::Campaign
            | Self::Ip
            | Self::IpPool
            | Self::RecipientDomain
            | Self::Provider
            | Self::Country
            | Self::Device
            | Self::Client
            | Self::Bot => None,
        }
    }

    /// Returns whether its values are domain names, which are compared in lower case and without a trailing dot.
    pub const fn is_domain(self) -> bool {
        matches!(self, Self::Domain | Self::RecipientDomain)
    }

    /// Returns the values that an event of a message has in this dimension: one, which is `None` if absent, or several
    /// for [`Dimension::Tag`].
    pub fn values<'a>(self, message: &'a MessageFields, event: &'a EventFields) -> Vec<Option<&'a str>> {
        if self == Self::Tag && !message.tags.is_empty() {
            return message.tags.iter().map(|tag| Some(&**tag)).collect();
        }
        vec![self.value(message, event)]
    }

    /// Returns the value that an event of a message has in this dimension; `None` for [`Dimension::Tag`], which can
    /// have several.
    pub(crate) fn value<'a>(self, message: &'a MessageFields, event: &'a EventFields) -> Option<&'a str> {
        match self {
            Self::Subaccount => message.subaccount.as_deref(),
            Self::Domain => message.domain.as_deref(),
            Self::Category => message.category.as_deref(),
            Self::Tag => None,
            Self::Stream => message.stream.map(Stream::name),
            Self::Mailbox => message.mailbox.as_deref(),
            Self::Campaign => message.campaign.as_deref(),
            Self::Ip => message.ip.as_deref(),
            Self::IpPool => message.ip_pool.as_deref(),
            Self::RecipientDomain => message.recipient_domain.as_deref(),
            Self::Provider => message.provider.as_deref(),
            Self::OpenTracking => message.open_tracking.map(flag),
            Self::ClickTracking => message.click_tracking.map(flag),
            Self::Country => event.country.as_deref(),
            Self::Device => event.device.as_deref(),
            Self::Client => event.client.as_deref(),
            Self::Bot => event.bot.as_deref(),
            Self::Attempt => event.attempt.map(attempt),
            Self::Optimized => event.optimized.map(flag),
        }
    }
}

fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn attempt(number: NonZeroU32) -> &'static str {
    if number == NonZeroU32::MIN { FIRST_ATTEMPT } else { LATER_ATTEMPT }
}

/// What a report has separate rows for: the values of a dimension, or the dates.
///
/// ```
/// use mailtally::{By, Dimension};
///
/// assert_eq!("date".parse(), Ok(By::Date));
/// assert_eq!("provider".parse(), Ok(By::Dimension(Dimension::Provider)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "rows differ by date or by a dimension")]
pub enum By {
    /// A row for each bucket of the query's resolution, also for buckets without events.
    Date,
    /// A row for each value of a dimension.
    Dimension(Dimension),
}

impl By {
    /// Returns the name in JSON, in queries and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Dimension(dimension) => dimension.name(),
        }
    }
}

impl From<Dimension> for By {
    fn from(dimension: Dimension) -> Self {
        Self::Dimension(dimension)
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for By {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text == Self::Date.name() {
            return Ok(Self::Date);
        }
        let names = Dimension::ALL.map(Dimension::name).into_iter().chain([Self::Date.name()]);
        text.parse()
            .map(Self::Dimension)
            .map_err(|_: ParseError| ParseError::not_one_of("dimension", text, names))
    }
}

impl serde::Serialize for By {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for By {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
