//! Which sums are kept: of each account by quarter of an hour and by day, and of each value of a dimension by day.

use super::numbers;
use crate::dimension::Dimension;
use crate::query::Timing;

/// A cube: the sums of one timing along one axis. Both timings have statuses, by the creation of their messages.
///
/// Of the cubes by send, only the difference to those by event is stored: most events happen on the day on which their message was
/// created, and many in the same quarter of an hour, so that there is half as much to add and to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::store) struct Cube {
    pub(in crate::store) timing: Timing,
    pub(in crate::store) axis: Axis,
}

/// What the sums of a cube are by, apart from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::store) enum Axis {
    /// Quarters of an hour.
    Quarter,
    /// Days in UTC.
    Day,
    /// Days in UTC and the values of a dimension. Mail without a value is what is missing to [`Axis::Day`], except that of
    /// tags, of which a message can have several.
    Value(Dimension),
}

/// The number of the first cube by send.
pub(in crate::store) const BY_SEND: u8 = 100;

/// The number of the first cube by a dimension.
const FIRST_DIMENSION: u8 = 2;

impl Cube {
    /// Returns the number by which the cube is stored.
    pub(in crate::store) fn number(self) -> u8 {
        let timing = match self.timing {
            Timing::Event => 0,
            Timing::Send => BY_SEND,
        };
        timing
            + match self.axis {
                Axis::Quarter => 0,
                Axis::Day => 1,
                Axis::Value(dimension) => FIRST_DIMENSION + numbers::of_dimension(dimension),
            }
    }

    /// Returns the cubes that are stored whose sums add up to those of this one.
    pub(in crate::store) fn stored(self) -> impl Iterator<Item = Self> {
        let timings = Timing::ALL.into_iter();
        let timings = timings.filter(move |timing| *timing == Timing::Event || *timing == self.timing);
        timings.map(move |timing| Self { timing, ..self })
    }

    /// Returns whether a number is that of a cube along the same axis.
    pub(in crate::store) fn has_axis_of(self, number: u8) -> bool {
        self.number() % BY_SEND == number % BY_SEND
    }

    /// Returns the cube that tells the sums by a dimension, with none of the account; `None` for the account itself.
    pub(in crate::store) fn of(timing: Timing, dimension: Option<Dimension>) -> Self {
        let axis = match dimension {
            None | Some(Dimension::Account) => Axis::Day,
            // They are parts of the code.
            Some(Dimension::CodeSubject | Dimension::CodeClass) => Axis::Value(Dimension::Code),
            Some(dimension) => Axis::Value(dimension),
        };
        Self { timing, axis }
    }
}

/// Returns the dimensions that have cubes.
pub(in crate::store) fn dimensions() -> impl Iterator<Item = Dimension> {
    Dimension::ALL.into_iter().filter(|dimension| match dimension {
        Dimension::Account | Dimension::CodeSubject | Dimension::CodeClass => false,
        Dimension::Subaccount
        | Dimension::Domain
        | Dimension::Category
        | Dimension::Tag
        | Dimension::Stream
        | Dimension::Mailbox
        | Dimension::Campaign
        | Dimension::Ip
        | Dimension::IpPool
        | Dimension::RecipientDomain
        | Dimension::Provider
        | Dimension::OpenTracking
        | Dimension::ClickTracking
        | Dimension::Country
        | Dimension::Device
        | Dimension::Client
        | Dimension::Bot
        | Dimension::Attempt
        | Dimension::Optimized
        | Dimension::Transport
        | Dimension::Reason
        | Dimension::Code => true,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cube_has_a_number_of_its_own() {
        let axes = || [Axis::Quarter, Axis::Day].into_iter().chain(dimensions().map(Axis::Value));
        let cubes = Timing::ALL.into_iter().flat_map(|timing| axes().map(move |axis| Cube { timing, axis }));
        let numbers: Vec<u8> = cubes.map(Cube::number).collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    }
}
