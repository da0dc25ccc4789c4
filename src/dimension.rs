//! What mail can be told apart by.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;
use std::slice;
use std::str::FromStr;
use std::sync::Arc;

use crate::event::{EventFields, MessageFields, Stream};
use crate::parse_error::ParseError;

/// A property by which mail is grouped and filtered.
///
/// Most are properties of the **message**: an open counts under its message's domain, also where the event itself
/// carries none. Country, device, client, bot, attempt and optimized are the **event's** own.
///
/// Exhaustive on purpose: a store that has never heard of a new dimension shall not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new dimension must be decided on by every store")]
pub enum Dimension {
    /// The customer of the account whose mail it is.
    Subaccount,
    /// The sending domain.
    Domain,
    /// The category.
    Category,
    /// Each of the tags: a message with several counts under each, and once in a total.
    Tag,
    /// `transactional` or `bulk`.
    Stream,
    /// The sending mailbox.
    Mailbox,
    /// The campaign.
    Campaign,
    /// The sending address.
    Ip,
    /// The pool of sending addresses.
    IpPool,
    /// The recipient's domain.
    RecipientDomain,
    /// The recipient's mailbox provider (ESP).
    Provider,
    /// Whether opens are tracked: `true` or `false`.
    OpenTracking,
    /// Whether clicks are tracked: `true` or `false`.
    ClickTracking,
    /// Where the event happened.
    Country,
    /// On what kind of device the event happened.
    Device,
    /// With which program the event was made.
    Client,
    /// Which machine made the event: `generic` where a `machine` opened or clicked and nobody named it.
    Bot,
    /// At which attempt the message was delivered, or refused: `first` or `later`.
    Attempt,
    /// Whether the platform chose the time or the way of the attempt: `true` or `false`.
    Optimized,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 19] = [
        Self::Subaccount,
        Self::Domain,
        Self::Category,
        Self::Tag,
        Self::Stream,
        Self::Mailbox,
        Self::Campaign,
        Self::Ip,
        Self::IpPool,
        Self::RecipientDomain,
        Self::Provider,
        Self::OpenTracking,
        Self::ClickTracking,
        Self::Country,
        Self::Device,
        Self::Client,
        Self::Bot,
        Self::Attempt,
        Self::Optimized,
    ];

    /// The name in JSON, in queries and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subaccount => "subaccount",
            Self::Domain => "domain",
            Self::Category => "category",
            Self::Tag => "tag",
            Self::Stream => "stream",
            Self::Mailbox => "mailbox",
            Self::Campaign => "campaign",
            Self::Ip => "ip",
            Self::IpPool => "ip_pool",
            Self::RecipientDomain => "recipient_domain",
            Self::Provider => "provider",
            Self::OpenTracking => "open_tracking",
            Self::ClickTracking => "click_tracking",
            Self::Country => "country",
            Self::Device => "device",
            Self::Client => "client",
            Self::Bot => "bot",
            Self::Attempt => "attempt",
            Self::Optimized => "optimized",
        }
    }

    /// Whether it is a property of an event rather than of its message. A question that groups or filters by such a
    /// one has no statuses, because a status is the message's.
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

    /// The values that it can have, where these are known beforehand.
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

    /// Whether its values are domain names, which are compared in lower case and without a trailing dot.
    pub const fn is_domain(self) -> bool {
        matches!(self, Self::Domain | Self::RecipientDomain)
    }

    /// The values that an event has on a message of which `facts` are known: one, `None` where it is absent, or, for
    /// [`Dimension::Tag`], as many as there are tags.
    pub fn values(self, facts: &MessageFields, origin: &EventFields) -> Vec<Option<Arc<str>>> {
        if self == Self::Tag && !facts.tags.is_empty() {
            return facts.tags.iter().cloned().map(Some).collect();
        }
        let value = if self.belongs_to_event() { self.own(origin) } else { self.fact(facts) };
        vec![value.map(Arc::from)]
    }

    /// The one value that a message has; `None` for [`Dimension::Tag`], and for an event's own dimension.
    pub(crate) fn fact(self, facts: &MessageFields) -> Option<&str> {
        match self {
            Self::Subaccount => facts.subaccount.as_deref(),
            Self::Domain => facts.domain.as_deref(),
            Self::Category => facts.category.as_deref(),
            Self::Stream => facts.stream.map(Stream::name),
            Self::Mailbox => facts.mailbox.as_deref(),
            Self::Campaign => facts.campaign.as_deref(),
            Self::Ip => facts.ip.as_deref(),
            Self::IpPool => facts.ip_pool.as_deref(),
            Self::RecipientDomain => facts.recipient_domain.as_deref(),
            Self::Provider => facts.provider.as_deref(),
            Self::OpenTracking => flag(facts.open_tracking),
            Self::ClickTracking => flag(facts.click_tracking),
            Self::Tag
            | Self::Country
            | Self::Device
            | Self::Client
            | Self::Bot
            | Self::Attempt
            | Self::Optimized => None,
        }
    }

    /// The value that an event has of its own; `None` for a dimension of its message.
    pub(crate) fn own(self, origin: &EventFields) -> Option<&str> {
        match self {
            Self::Country => origin.country.as_deref(),
            Self::Device => origin.device.as_deref(),
            Self::Client => origin.client.as_deref(),
            Self::Bot => origin.bot.as_deref(),
            Self::Attempt => {
                origin.attempt.map(|attempt| if attempt.get() == 1 { FIRST_ATTEMPT } else { LATER_ATTEMPT })
            }
            Self::Optimized => flag(origin.optimized),
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
            | Self::ClickTracking => None,
        }
    }
}

const FIRST_ATTEMPT: &str = "first";
const LATER_ATTEMPT: &str = "later";

fn flag(value: Option<bool>) -> Option<&'static str> {
    value.map(|is| if is { "true" } else { "false" })
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Dimension {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|dimension| dimension.name() == text)
            .ok_or_else(|| ParseError::not_one_of("dimension", text, Self::ALL.map(Self::name)))
    }
}

/// What the rows of an answer are told apart by: a dimension, or the date.
///
/// ```
/// use mailtally::{By, Dimension};
///
/// assert_eq!("date".parse(), Ok(By::Date));
/// assert_eq!("provider".parse(), Ok(By::Dimension(Dimension::Provider)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "rows differ in time or in a property, and in nothing else")]
pub enum By {
    /// A row for every bucket of the query's resolution, also where nothing happened.
    Date,
    /// A row for every value.
    Dimension(Dimension),
}

impl By {
    /// The name in JSON, in queries and in tables.
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

/// The values that the mail of one row has in common: one for each dimension asked, in their order; `None` is the
/// group of the mail that has no value there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Group(Box<[Option<Arc<str>>]>);

impl Group {
    /// Every group that mail with `facts`, through an event from `origin`, belongs to: one, or, where
    /// [`Dimension::Tag`] is among the dimensions, one for each tag.
    pub fn all(dimensions: &[Dimension], facts: &MessageFields, origin: &EventFields) -> Vec<Self> {
        let mut groups: Vec<Vec<Option<Arc<str>>>> = vec![Vec::with_capacity(dimensions.len())];
        for dimension in dimensions {
            let values = dimension.values(facts, origin);
            let longer =
                |group: Vec<_>| values.iter().map(move |value| [&group[..], slice::from_ref(value)].concat());
            groups = groups.into_iter().flat_map(longer).collect();
        }
        let distinct: BTreeSet<Self> = groups.into_iter().map(Self::from_iter).collect();
        distinct.into_iter().collect()
    }
}

impl FromIterator<Option<Arc<str>>> for Group {
    fn from_iter<I: IntoIterator<Item = Option<Arc<str>>>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Deref for Group {
    type Target = [Option<Arc<str>>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Group {
    /// By value, in the order of the dimensions; the absent value comes last.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fn key(value: &Option<Arc<str>>) -> (bool, Option<&str>) {
            (value.is_none(), value.as_deref())
        }
        self.iter().map(key).cmp(other.iter().map(key))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::event::Event;

    fn of(event: &Event, dimensions: &[Dimension]) -> Vec<Vec<Option<String>>> {
        let groups = Group::all(dimensions, event.message_fields(), event.event_fields());
        groups
            .iter()
            .map(|group| group.iter().map(|value| value.as_deref().map(str::to_owned)).collect())
            .collect()
    }

    fn event() -> Event {
        Event::new("a", "m", "1", crate::Kind::Opened, chrono::DateTime::UNIX_EPOCH)
    }

    #[test]
    fn mail_without_dimensions_is_one_group() {
        assert_eq!(of(&event(), &[]), [Vec::<Option<String>>::new()]);
    }

    #[test]
    fn an_absent_value_is_a_group_of_its_own() {
        assert_eq!(
            of(&event().category("c"), &[Dimension::Domain, Dimension::Category]),
            [[None, Some("c".into())]]
        );
        assert_eq!(of(&event(), &[Dimension::Tag]), [[None]]);
    }

    #[test]
    fn each_tag_is_a_group_once_however_often_it_is_asked() {
        let tagged = event().tags(["x", "y", "x"]).country("DE");
        assert_eq!(of(&tagged, &[Dimension::Tag]), [[Some("x".into())], [Some("y".into())]]);
        assert_eq!(of(&tagged, &[Dimension::Tag, Dimension::Country]).len(), 2);
    }

    #[test]
    fn every_dimension_is_told_by_the_field_of_its_name_alone() {
        let set = |dimension| match dimension {
            Dimension::Subaccount => event().subaccount("v"),
            Dimension::Domain => event().domain("v"),
            Dimension::Category => event().category("v"),
            Dimension::Tag => event().tags(["v"]),
            Dimension::Stream => event().stream(Stream::Bulk),
            Dimension::Mailbox => event().mailbox("v"),
            Dimension::Campaign => event().campaign("v"),
            Dimension::Ip => event().ip("v"),
            Dimension::IpPool => event().ip_pool("v"),
            Dimension::RecipientDomain => event().recipient_domain("v"),
            Dimension::Provider => event().provider("v"),
            Dimension::OpenTracking => event().open_tracking(true),
            Dimension::ClickTracking => event().click_tracking(false),
            Dimension::Country => event().country("v"),
            Dimension::Device => event().device("v"),
            Dimension::Client => event().client("v"),
            Dimension::Bot => event().bot("v"),
            Dimension::Attempt => event().attempt(NonZeroU32::MIN),
            Dimension::Optimized => event().optimized(false),
        };
        for dimension in Dimension::ALL {
            let value = match dimension {
                Dimension::Stream => "bulk",
                Dimension::OpenTracking => "true",
                Dimension::ClickTracking | Dimension::Optimized => "false",
                Dimension::Attempt => "first",
                _ => "v",
            };
            assert_eq!(of(&set(dimension), &[dimension]), [[Some(value.to_owned())]]);
            for other in Dimension::ALL.into_iter().filter(|other| *other != dimension) {
                assert_eq!(of(&set(other), &[dimension]), [[None]], "{dimension} of what has {other}");
            }
        }
    }

    #[test]
    fn every_attempt_but_the_first_is_a_later_one() {
        for (number, name) in [(1, "first"), (2, "later"), (u32::MAX, "later")] {
            let tried = event().attempt(NonZeroU32::new(number).unwrap());
            assert_eq!(of(&tried, &[Dimension::Attempt]), [[Some(name.to_owned())]]);
        }
    }

    #[test]
    fn every_dimension_is_found_under_its_name() {
        for dimension in Dimension::ALL {
            assert_eq!(dimension.name().parse(), Ok(dimension));
            assert_eq!(dimension.name().parse(), Ok(By::Dimension(dimension)));
        }
    }

    #[test]
    fn an_unknown_dimension_names_all_that_there_are() {
        let error = "esp".parse::<By>().unwrap_err().to_string();
        assert!(
            error.starts_with("unknown dimension `esp`, expected `subaccount`, `domain`, `category`, "),
            "{error}"
        );
        assert!(error.ends_with("`optimized` or `date`"), "{error}");
    }
}
