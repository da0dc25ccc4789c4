//! Event types: each kind of event with each of its qualifiers.

use std::fmt;
use std::str::FromStr;

use crate::kind::Kind;
use crate::parse_error::ParseError;

/// Declares the event types, by kind: the one without a qualifier has the kind's name, the others follow with their
/// qualifiers as spelled in JSON.
macro_rules! event_types {
    (
        $(#[$meta:meta])*
        pub enum $enum:ident {
            $($kind:ident { $($event_type:ident = $qualifier:literal),* $(,)? })+
        }
    ) => {
        $(#[$meta])*
        pub enum $enum {
            $($kind, $($event_type,)*)+
        }

        impl $enum {
            /// Every event type, by kind; in each kind, the one without a qualifier comes first.
            pub const ALL: [Self; [$(stringify!($kind), $($qualifier,)*)+].len()] =
                [$(Self::$kind, $(Self::$event_type,)*)+];

            /// Returns the kind of event.
            pub const fn kind(self) -> Kind {
                match self {
                    $(Self::$kind $(| Self::$event_type)* => Kind::$kind,)+
                }
            }

            /// Returns the qualifier as spelled in JSON; `None` for the event type of events without one.
            pub const fn qualifier(self) -> Option<&'static str> {
                match self {
                    $(Self::$kind => None, $(Self::$event_type => Some($qualifier),)*)+
                }
            }
        }

        impl From<Kind> for $enum {
            /// Returns the event type of events of `kind` without a qualifier.
            fn from(kind: Kind) -> Self {
                match kind {
                    $(Kind::$kind => Self::$kind,)+
                }
            }
        }
    };
}

event_types! {
    /// A [`Kind`] of event with its qualifier, if it has one: the finest unit that is counted.
    ///
    /// # Which dialect shows it where
    ///
    /// | event type | Mailtrap | Krafter, status | Mailgun Stats | Mailgun Metrics, `…_count` | Emitlo, status | SendKit |
    /// |---|---|---|---|---|---|---|
    /// | `accepted`, `accepted.outgoing` | – | `queued` | `accepted`: `total`, `outgoing` | `accepted`, `accepted_outgoing` | `pending` | – |
    /// | `accepted.incoming` | – | `queued` | `accepted`: `total`, `incoming` | `accepted`, `accepted_incoming` | `pending` | – |
    /// | `queued` | – | `queued` | – | – | `queued` | – |
    /// | `sent` | – | `sent` | – | – | `queued` | `sent` |
    /// | `deferred`, `deferred.local`, `deferred.other` | – | `sent` | `temporary`: `total` | `temporary_failed` | `deferred` | – |
    /// | `deferred.provider_block` | – | `sent` | `temporary`: `total`, `espblock` | `temporary_failed`, `temporary_failed_esp_block` | `deferred` | – |
    /// | `soft_bounced` | – | `bounced` | `temporary`: `total` | `temporary_failed` | `soft_bounced` | – |
    /// | `delivered`, `delivered.smtp` | `delivery_count` | `delivered` | `delivered`: `total`, `smtp` | `delivered`, `delivered_smtp` | `delivered` | – |
    /// | `delivered.http` | `delivery_count` | `delivered` | `delivered`: `total`, `http` | `delivered`, `delivered_http` | `delivered` | – |
    /// | `hard_bounced`, `hard_bounced.immediate` | `bounce_count` | `bounced` | `permanent`: `total`, `bounce` | `permanent_failed`, `bounced`, `hard_bounces` | `hard_bounced` | `bounced` |
    /// | `hard_bounced.delayed` | `bounce_count` | `bounced` | `permanent`: `total`, `delayed-bounce` | `permanent_failed`, `bounced`, `delayed_bounce` | `hard_bounced` | `bounced` |
    /// | `hard_bounced.callback` | `bounce_count` | `bounced` | `permanent`: `total`, `webhook` | `permanent_failed`, `bounced`, `webhook` | `hard_bounced` | `bounced` |
    /// | `failed` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced` | `failed` | – |
    /// | `failed.suppressed_bounce` | – | `failed` | `permanent`: `total`, `suppress-bounce` | `permanent_failed`, `suppressed_bounces` | `failed` | – |
    /// | `failed.suppressed_unsubscribe` | – | `failed` | `permanent`: `total`, `suppress-unsubscribe` | `permanent_failed`, `suppressed_unsubscribed` | `failed` | – |
    /// | `failed.suppressed_complaint` | – | `failed` | `permanent`: `total`, `suppress-complaint` | `permanent_failed`, `suppressed_complaints` | `failed` | – |
    /// | `failed.suppressed_other` | – | `failed` | `permanent`: `total` | `permanent_failed` | `failed` | – |
    /// | `failed.expired` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced`, `permanent_failed_old` | `failed` | – |
    /// | `failed.rejected` | – | `failed` | – | – | `failed` | – |
    /// | `failed.provider_block` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced`, `permanent_failed_esp_block`, `soft_bounces` | `failed` | – |
    /// | `failed.other` | – | `failed` | `permanent`: `total` | `permanent_failed`, `bounced`, `soft_bounces` | `failed` | – |
    /// | `opened` (all) | `open_count`, daily unique | – | `opened`: `total`, `unique` by qualifier | `opened`, `unique_opened` by qualifier | – | `opened`, unique |
    /// | `clicked` (all) | `click_count`, daily unique | – | `clicked`: `total`, `unique` by qualifier | `clicked`, `unique_clicked` by qualifier | – | `clicked`, unique |
    /// | `unsubscribed` | – | – | `unsubscribed` | `unsubscribed` | – | – |
    /// | `complained` | `spam_count` | `complained` | `complained` | `complained` | `complained` | – |
    /// | `replied`, `replied.other` | – | – | – | – | – | `replied`, unique |
    /// | `replied.positive` | – | – | – | – | – | `replied`, `positiveReplied`, unique |
    /// | `stored` | – | – | `stored` | `stored` | – | – |
    ///
    /// Mailgun's `temporary` and `permanent` belong to its block `failed`. Its `optimized` counts, and those by attempt, are
    /// subsets that the dimensions [`Optimized`](crate::Dimension::Optimized) and [`Attempt`](crate::Dimension::Attempt)
    /// distinguish. Emitlo shows, in addition to its statuses, how many messages have an event of each kind.
    ///
    /// # Example
    ///
    /// ```
    /// use mailtally::{EventType, Kind};
    ///
    /// assert_eq!(EventType::new(Kind::Opened, Some("machine"))?, EventType::OpenedMachine);
    /// assert_eq!(EventType::OpenedMachine.kind(), Kind::Opened);
    /// assert_eq!(
    ///     EventType::new(Kind::Opened, Some("robot")).unwrap_err().to_string(),
    ///     "unknown qualifier of opened `robot`, expected `person`, `machine` or `unknown`",
    /// );
    /// # Ok::<(), mailtally::ParseError>(())
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    #[repr(u8)]
    #[expect(missing_docs, reason = "each name is a kind and its qualifier")]
    pub enum EventType {
        Accepted { AcceptedOutgoing = "outgoing", AcceptedIncoming = "incoming" }
        Queued {}
        Sent {}
        Deferred {
            DeferredProviderBlock = "provider_block",
            DeferredLocal = "local",
            DeferredOther = "other",
        }
        SoftBounced {}
        Delivered { DeliveredSmtp = "smtp", DeliveredHttp = "http" }
        HardBounced { HardBouncedImmediate = "immediate", HardBouncedDelayed = "delayed", HardBouncedCallback = "callback" }
        Failed {
            FailedSuppressedBounce = "suppressed_bounce",
            FailedSuppressedUnsubscribe = "suppressed_unsubscribe",
            FailedSuppressedComplaint = "suppressed_complaint",
            FailedSuppressedOther = "suppressed_other",
            FailedExpired = "expired",
            FailedRejected = "rejected",
            FailedProviderBlock = "provider_block",
            FailedOther = "other",
        }
        Opened { OpenedPerson = "person", OpenedMachine = "machine", OpenedUnknown = "unknown" }
        Clicked { ClickedPerson = "person", ClickedMachine = "machine", ClickedUnknown = "unknown" }
        Unsubscribed {}
        Complained {}
        Replied { RepliedPositive = "positive", RepliedOther = "other" }
        Stored {}
    }
}

impl EventType {
    /// The number of event types.
    pub const COUNT: usize = Self::ALL.len();

    /// Returns the bit of the event type in a set of event types.
    pub(crate) fn bit(self) -> u64 {
        const { assert!(Self::COUNT <= 64) };
        1 << self as u8
    }

    /// Returns the event type of `kind` with `qualifier`; without one, that of events of the kind without a qualifier.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if the kind has no such qualifier; it lists those that it has.
    pub fn new(kind: Kind, qualifier: Option<&str>) -> Result<Self, ParseError> {
        kind.event_types().find(|event_type| event_type.qualifier() == qualifier).ok_or_else(|| {
            let subject = format!("qualifier of {kind}");
            let known = kind.event_types().filter_map(Self::qualifier);
            ParseError::not_one_of(subject, qualifier.unwrap_or_default(), known)
        })
    }
}

impl fmt::Display for EventType {
    /// Writes `opened.person`, or `opened` for the event type of events without a qualifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.qualifier() {
            None => self.kind().fmt(f),
            Some(qualifier) => f.pad(&format!("{}.{qualifier}", self.kind())),
        }
    }
}

impl FromStr for EventType {
    type Err = ParseError;

    /// Parses what `Display` writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (kind, qualifier) = match text.split_once('.') {
            Some((kind, qualifier)) => (kind, Some(qualifier)),
            None => (text, None),
        };
        Self::new(kind.parse()?, qualifier)
    }
}

impl Kind {
    /// Returns the event types of this kind: first the one without a qualifier, then one for each qualifier.
    pub fn event_types(self) -> impl Iterator<Item = EventType> + Clone {
        EventType::ALL.into_iter().filter(move |event_type| event_type.kind() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_type_prints_and_parses_back() {
        for event_type in EventType::ALL {
            assert_eq!(event_type.to_string().parse(), Ok(event_type));
        }
        assert_eq!(format!("{:>15}|", EventType::OpenedPerson), "  opened.person|");
        for text in ["", ".", "opened.", "opened.robot", "opened.person.x", ".person"] {
            assert!(text.parse::<EventType>().is_err(), "{text}");
        }
    }
}
