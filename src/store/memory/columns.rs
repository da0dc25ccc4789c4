//! Which field is stored where.

use crate::dimension::Dimension;

/// A group of fields whose values are stored together, as one code for each combination that occurs.
///
/// Fields that depend on each other are in one group, so that there are few combinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Part {
    /// What a message has from its sender.
    Sender,
    /// Whom a message is for.
    Recipient,
    /// What a message is about.
    Content,
    /// The fields of an event itself.
    Own,
}

impl Part {
    pub(super) const COUNT: usize = 4;

    pub(super) const ALL: [Self; Self::COUNT] = [Self::Sender, Self::Recipient, Self::Content, Self::Own];

    /// Returns the dimensions whose values the columns of a combination are, in their order. [`Part::Content`] has any number
    /// of tags after them, and [`Part::Own`] the number of the attempt.
    pub(super) const fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Sender => &[
                Dimension::Subaccount,
                Dimension::Domain,
                Dimension::Stream,
                Dimension::Mailbox,
                Dimension::Ip,
                Dimension::IpPool,
                Dimension::OpenTracking,
                Dimension::ClickTracking,
            ],
            Self::Recipient => &[Dimension::RecipientDomain, Dimension::Provider],
            Self::Content => &[Dimension::Category, Dimension::Campaign],
            Self::Own => &[
                Dimension::Country,
                Dimension::Device,
                Dimension::Client,
                Dimension::Bot,
                Dimension::Attempt,
                Dimension::Optimized,
                Dimension::Transport,
                Dimension::Ip,
                Dimension::IpPool,
                Dimension::Reason,
                Dimension::Code,
                Dimension::CodeSubject,
                Dimension::CodeClass,
            ],
        }
    }

    /// Returns the number of columns that every combination has.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Sender | Self::Recipient | Self::Content => self.dimensions().len(),
            Self::Own => self.dimensions().len() + 1,
        }
    }
}

/// Where the value of a dimension is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the account's id.
    Account,
    /// In a column of the message.
    Message(Part, usize),
    /// In the tags of the message.
    Tags,
    /// In a column of the event.
    Event(usize),
    /// In a column of the event or, if that is absent, of the message's sender.
    EventOrSender {
        /// The column of the event.
        event: usize,
        /// The column of the sender.
        sender: usize,
    },
}

impl Place {
    /// Returns where the value of a dimension is found.
    pub(super) const fn of(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Account => Self::Account,
            Dimension::Subaccount => Self::Message(Part::Sender, 0),
            Dimension::Domain => Self::Message(Part::Sender, 1),
            Dimension::Stream => Self::Message(Part::Sender, 2),
            Dimension::Mailbox => Self::Message(Part::Sender, 3),
            Dimension::OpenTracking => Self::Message(Part::Sender, 6),
            Dimension::ClickTracking => Self::Message(Part::Sender, 7),
            Dimension::RecipientDomain => Self::Message(Part::Recipient, 0),
            Dimension::Provider => Self::Message(Part::Recipient, 1),
            Dimension::Category => Self::Message(Part::Content, 0),
            Dimension::Campaign => Self::Message(Part::Content, 1),
            Dimension::Tag => Self::Tags,
            Dimension::Country => Self::Event(0),
            Dimension::Device => Self::Event(1),
            Dimension::Client => Self::Event(2),
            Dimension::Bot => Self::Event(3),
            Dimension::Attempt => Self::Event(4),
            Dimension::Optimized => Self::Event(5),
            Dimension::Transport => Self::Event(6),
            Dimension::Ip => Self::EventOrSender { event: 7, sender: 4 },
            Dimension::IpPool => Self::EventOrSender { event: 8, sender: 5 },
            Dimension::Reason => Self::Event(9),
            Dimension::Code => Self::Event(10),
            Dimension::CodeSubject => Self::Event(11),
            Dimension::CodeClass => Self::Event(12),
        }
    }
}

/// The column of the number of the attempt, in the combinations of [`Part::Own`].
pub(super) const ATTEMPT_NUMBER: usize = Part::Own.dimensions().len();

/// The column of the first tag, in the combinations of [`Part::Content`].
pub(super) const TAGS: usize = Part::Content.width();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_in_the_column_where_it_is_looked_for() {
        for dimension in Dimension::ALL {
            match Place::of(dimension) {
                Place::Account => assert_eq!(dimension, Dimension::Account),
                Place::Tags => assert_eq!(dimension, Dimension::Tag),
                Place::Message(part, index) => assert_eq!(part.dimensions()[index], dimension),
                Place::Event(index) => assert_eq!(Part::Own.dimensions()[index], dimension),
                Place::EventOrSender { event, sender } => {
                    assert_eq!(Part::Own.dimensions()[event], dimension);
                    assert_eq!(Part::Sender.dimensions()[sender], dimension);
                }
            }
            let is_of_event = matches!(Place::of(dimension), Place::Event(_) | Place::EventOrSender { .. });
            assert_eq!(is_of_event, dimension.belongs_to_event(), "{dimension}");
        }
    }
}
