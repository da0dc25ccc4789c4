//! The fields that columns can have.

use crate::dimension::Dimension;
use crate::names::named_enum;

named_enum! {
    /// A field of a message or of an event, for which a host's tables can have a column.
    ///
    /// Tags and the instant of creation have columns of their own: see [`Names`](super::Names).
    #[non_exhaustive]
    pub enum Field("field") {
        /// The customer of the account that the mail belongs to.
        Subaccount = "subaccount",
        /// The sending domain, with or without a trailing dot. ASCII letters can be in either case, others are in lower case.
        Domain = "domain",
        /// The category.
        Category = "category",
        /// The stream: `transactional` or `bulk`.
        Stream = "stream",
        /// The sending mailbox.
        Mailbox = "mailbox",
        /// The campaign.
        Campaign = "campaign",
        /// The sending IP address of the message, a text.
        Ip = "ip",
        /// The pool of sending IP addresses of the message.
        IpPool = "ip_pool",
        /// The recipient's domain, spelled as [`Field::Domain`].
        RecipientDomain = "recipient_domain",
        /// The recipient's mailbox provider. A statement does not look it up by domain: a host stores what
        /// [`for_recipient_domain`](crate::provider::for_recipient_domain) returns.
        Provider = "provider",
        /// Whether opens are tracked: a boolean, or 1 and 0, or `true` and `false`.
        OpenTracking = "open_tracking",
        /// Whether clicks are tracked: as [`Field::OpenTracking`].
        ClickTracking = "click_tracking",
        /// The country where the event happened.
        Country = "country",
        /// The kind of device on which the event happened.
        Device = "device",
        /// The program with which the event was made.
        Client = "client",
        /// The machine that opened or clicked. One without a name is `generic`, as in events.
        Bot = "bot",
        /// The number of the delivery attempt, an integer from 1.
        Attempt = "attempt",
        /// Whether the platform optimized the attempt: as [`Field::OpenTracking`].
        Optimized = "optimized",
        /// How the attempt was made.
        Transport = "transport",
        /// The sending IP address of the attempt.
        AttemptIp = "attempt_ip",
        /// The pool of sending IP addresses of the attempt.
        AttemptIpPool = "attempt_ip_pool",
        /// The reason of a bounce, drop, deferral or complaint.
        Reason = "reason",
        /// The enhanced status code, as [`EnhancedCode`](crate::message::EnhancedCode) prints it.
        Code = "code",
    }
}

/// How the text of a field follows from its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Domain,
    Stream,
    Flag,
    Number,
}

impl Field {
    /// Returns whether it is a field of the message: its value is that of the earliest event that has one.
    pub(super) fn is_of_message(self) -> bool {
        match self {
            Self::Subaccount
            | Self::Domain
            | Self::Category
            | Self::Stream
            | Self::Mailbox
            | Self::Campaign
            | Self::Ip
            | Self::IpPool
            | Self::RecipientDomain
            | Self::Provider
            | Self::OpenTracking
            | Self::ClickTracking => true,
            Self::Country
            | Self::Device
            | Self::Client
            | Self::Bot
            | Self::Attempt
            | Self::Optimized
            | Self::Transport
            | Self::AttemptIp
            | Self::AttemptIpPool
            | Self::Reason
            | Self::Code => false,
        }
    }

    pub(super) fn form(self) -> Form {
        match self {
            Self::Domain | Self::RecipientDomain => Form::Domain,
            Self::Stream => Form::Stream,
            Self::OpenTracking | Self::ClickTracking | Self::Optimized => Form::Flag,
            Self::Attempt => Form::Number,
            Self::Subaccount
            | Self::Category
            | Self::Mailbox
            | Self::Campaign
            | Self::Ip
            | Self::IpPool
            | Self::Provider
            | Self::Country
            | Self::Device
            | Self::Client
            | Self::Bot
            | Self::Transport
            | Self::AttemptIp
            | Self::AttemptIpPool
            | Self::Reason
            | Self::Code => Form::Text,
        }
    }

    /// Returns the fields that the value of a dimension is read from; none for accounts and tags.
    pub(super) fn of(dimension: Dimension) -> &'static [Self] {
        match dimension {
            Dimension::Account | Dimension::Tag => &[],
            Dimension::Subaccount => &[Self::Subaccount],
            Dimension::Domain => &[Self::Domain],
            Dimension::Category => &[Self::Category],
            Dimension::Stream => &[Self::Stream],
            Dimension::Mailbox => &[Self::Mailbox],
            Dimension::Campaign => &[Self::Campaign],
            Dimension::Ip => &[Self::AttemptIp, Self::Ip],
            Dimension::IpPool => &[Self::AttemptIpPool, Self::IpPool],
            Dimension::RecipientDomain => &[Self::RecipientDomain],
            Dimension::Provider => &[Self::Provider],
            Dimension::OpenTracking => &[Self::OpenTracking],
            Dimension::ClickTracking => &[Self::ClickTracking],
            Dimension::Country => &[Self::Country],
            Dimension::Device => &[Self::Device],
            Dimension::Client => &[Self::Client],
            Dimension::Bot => &[Self::Bot],
            Dimension::Attempt => &[Self::Attempt],
            Dimension::Optimized => &[Self::Optimized],
            Dimension::Transport => &[Self::Transport],
            Dimension::Reason => &[Self::Reason],
            Dimension::Code | Dimension::CodeSubject | Dimension::CodeClass => &[Self::Code],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_value_of_a_dimension_of_the_same_owner() {
        for field in Field::ALL {
            let of: Vec<Dimension> = Dimension::ALL
                .into_iter()
                .filter(|dimension| Field::of(*dimension).contains(&field))
                .collect();
            assert!(!of.is_empty(), "{field}");
            // The address and the pool of a message are values of events too.
            let is_of_event = of.iter().any(|dimension| dimension.belongs_to_event());
            assert_eq!(is_of_event, !field.is_of_message() || field.name().starts_with("ip"), "{field}");
        }
    }
}
