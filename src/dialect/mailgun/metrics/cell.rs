//! What was counted for one row, as far as the metrics tell it apart.

use crate::counts::{CountOverflow, Counts};
use crate::dimension::Dimension;
use crate::rate::Sum;

/// A part of the events of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slice {
    /// All of them.
    All,
    /// Those of attempts that the platform chose the time of.
    Optimized,
    /// Those at the first attempt to deliver.
    FirstAttempt,
    /// Those at a later attempt.
    LaterAttempt,
}

impl Slice {
    /// What rows must be told apart by to tell the slice from others.
    pub(super) fn dimension(self) -> Option<Dimension> {
        match self {
            Self::All => None,
            Self::Optimized => Some(Dimension::Optimized),
            Self::FirstAttempt | Self::LaterAttempt => Some(Dimension::Attempt),
        }
    }

    /// The value of that dimension.
    fn value(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Optimized => Some("true"),
            Self::FirstAttempt => Some("first"),
            Self::LaterAttempt => Some("later"),
        }
    }
}

/// The counts of a row, whole and by slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    all: Counts,
    optimized: Counts,
    first_attempt: Counts,
    later_attempt: Counts,
}

impl Cell {
    const SLICES: [Slice; 4] = [Slice::All, Slice::Optimized, Slice::FirstAttempt, Slice::LaterAttempt];

    /// Adds the counts of events that have these values of the dimensions by which slices are told apart.
    pub(super) fn add(
        &mut self,
        values: &[(Dimension, Option<&str>)],
        counts: &Counts,
    ) -> Result<(), CountOverflow> {
        for slice in Self::SLICES {
            let is_of_slice = match slice.dimension() {
                None => true,
                Some(dimension) => values.contains(&(dimension, slice.value())),
            };
            if is_of_slice {
                self.slice_mut(slice).add(counts)?;
            }
        }
        Ok(())
    }

    /// Adds another cell, slice by slice.
    pub(super) fn add_all(&mut self, other: &Self) -> Result<(), CountOverflow> {
        for slice in Self::SLICES {
            self.slice_mut(slice).add(other.slice(slice))?;
        }
        Ok(())
    }

    /// The sum over one slice.
    pub(super) fn sum(&self, slice: Slice, sum: Sum) -> i128 {
        sum.value(self.slice(slice))
    }

    fn slice(&self, slice: Slice) -> &Counts {
        match slice {
            Slice::All => &self.all,
            Slice::Optimized => &self.optimized,
            Slice::FirstAttempt => &self.first_attempt,
            Slice::LaterAttempt => &self.later_attempt,
        }
    }

    fn slice_mut(&mut self, slice: Slice) -> &mut Counts {
        match slice {
            Slice::All => &mut self.all,
            Slice::Optimized => &mut self.optimized,
            Slice::FirstAttempt => &mut self.first_attempt,
            Slice::LaterAttempt => &mut self.later_attempt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_type::EventType;
    use crate::kind::Kind;
    use crate::metric::Metric;

    #[test]
    fn an_event_is_in_all_and_in_the_slices_of_its_values() {
        use Slice::{All, FirstAttempt, LaterAttempt, Optimized};

        let (attempt, optimized) = (Dimension::Attempt, Dimension::Optimized);
        for (values, slices) in [
            (vec![], vec![All]),
            (vec![(attempt, None), (optimized, None)], vec![All]),
            (vec![(attempt, Some("first")), (optimized, Some("false"))], vec![All, FirstAttempt]),
            (vec![(attempt, Some("later")), (optimized, Some("true"))], vec![All, Optimized, LaterAttempt]),
            (vec![(optimized, Some("true"))], vec![All, Optimized]),
        ] {
            let (mut cell, mut counts) = (Cell::default(), Counts::ZERO);
            counts.add_to(Metric::TotalOf(EventType::DeliveredSmtp), 1).unwrap();
            cell.add(&values, &counts).unwrap();
            const DELIVERED: Sum = Sum::new(&[Metric::Total(Kind::Delivered)]);
            let found: Vec<_> =
                Cell::SLICES.into_iter().filter(|slice| cell.sum(*slice, DELIVERED) == 1).collect();
            assert_eq!(found, slices, "{values:?}");
        }
    }
}
