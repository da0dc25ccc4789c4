//! The properties by which mail is grouped and filtered.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::event::{EnhancedCode, Fields, Stream};
use crate::names::named_enum;
use crate::parse_error::ParseError;

named_enum! {
    /// A property by which mail is grouped and filtered.
    ///
    /// Most are properties of the **message**: an open counts under its message's domain, even if the open itself has none.
    /// Those that [belong to events](Dimension::belongs_to_event), such as the country, are properties of the **event**.
    ///
    /// An event counts under the IP address and the pool of its own attempt, if it has them, and otherwise under those of its
    /// message: a message that was deferred from one address and delivered from another counts under both, each event under
    /// its own.
    ///
    /// The enum is exhaustive on purpose: a store that does not handle a new dimension fails to compile.
    #[expect(clippy::exhaustive_enums, reason = "every store must handle a new dimension")]
    pub enum Dimension("dimension") {
        /// The account: for queries about several.
        Account = "account",
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
        /// The sending IP address of the attempt or else of the message.
        Ip = "ip",
        /// The pool of sending IP addresses of the attempt or else of the message.
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
        /// How the attempt was made: `smtp`, `lmtp`, `local`, `pipe`, `http`.
        Transport = "transport",
        /// The reason of a bounce, drop, deferral or complaint, as its source spells it.
        Reason = "reason",
        /// The enhanced status code of the answer, such as `5.1.1`.
        Code = "code",
        /// The class and the subject of the enhanced status code, such as `5.1`.
        CodeSubject = "code_subject",
        /// The class of the enhanced status code: `2`, `4` or `5`.
        CodeClass = "code_class",
    }
}

const FIRST_ATTEMPT: &str = "first";
const LATER_ATTEMPT: &str = "later";

impl Dimension {
    /// Returns whether its values differ between the events of a message. A query that groups or filters by such a dimension
    /// has no statuses, because a status belongs to a message.
    pub const fn belongs_to_event(self) -> bool {
        match self {
            Self::Ip
            | Self::IpPool
            | Self::Country
            | Self::Device
            | Self::Client
            | Self::Bot
            | Self::Attempt
            | Self::Optimized
            | Self::Transport
            | Self::Reason
            | Self::Code
            | Self::CodeSubject
            | Self::CodeClass => true,
            Self::Account
            | Self::Subaccount
            | Self::Domain
            | Self::Category
            | Self::Tag
            | Self::Stream
            | Self::Mailbox
            | Self::Campaign
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
            Self::CodeClass => Some(&["2", "4", "5"]),
            Self::Account
            | Self::Subaccount
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
            | Self::Bot
            | Self::Transport
            | Self::Reason
            | Self::Code
            | Self::CodeSubject => None,
        }
    }

    /// Returns whether its values are domain names, which are compared in lower case and without a trailing dot.
    pub const fn is_domain(self) -> bool {
        matches!(self, Self::Domain | Self::RecipientDomain)
    }

    /// Returns the values in this dimension: one, which is `None` if absent, or several for [`Dimension::Tag`].
    pub fn values(self, fields: Fields<'_>) -> Vec<Option<&str>> {
        if self == Self::Tag && !fields.message.tags.is_empty() {
            return fields.message.tags.iter().map(|tag| Some(&**tag)).collect();
        }
        vec![self.value(fields)]
    }

    /// Returns the value in this dimension; `None` for [`Dimension::Tag`], which can have several.
    pub(crate) fn value(self, fields: Fields<'_>) -> Option<&str> {
        let Fields { account, message, event } = fields;
        match self {
            Self::Account => account.value().map(|id| &**id),
            Self::Subaccount => message.subaccount.as_deref(),
            Self::Domain => message.domain.as_deref(),
            Self::Category => message.category.as_deref(),
            Self::Tag => None,
            Self::Stream => message.stream.map(Stream::name),
            Self::Mailbox => message.mailbox.as_deref(),
            Self::Campaign => message.campaign.as_deref(),
            Self::Ip => event.attempt_ip.as_deref().or(message.ip.as_deref()),
            Self::IpPool => event.attempt_ip_pool.as_deref().or(message.ip_pool.as_deref()),
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
            Self::Transport => event.transport.as_deref(),
            Self::Reason => event.reason.as_deref(),
            Self::Code => event.code.as_ref().map(EnhancedCode::as_str),
            Self::CodeSubject => event.code.as_ref().map(EnhancedCode::subject),
            Self::CodeClass => event.code.as_ref().map(EnhancedCode::class),
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
