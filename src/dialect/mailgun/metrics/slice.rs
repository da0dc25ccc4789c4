//! Parts of the mail of a row that metrics count separately.

use crate::dimension::Dimension;

/// A part of the events of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slice {
    /// All events.
    All,
    /// The events at attempts that the platform optimized.
    Optimized,
    /// The events at the first delivery attempt.
    FirstAttempt,
    /// The events at a later delivery attempt.
    LaterAttempt,
}

impl Slice {
    /// Returns the dimension and the value that the events of the slice have; `None` for all events.
    const fn condition(self) -> Option<(Dimension, &'static str)> {
        match self {
            Self::All => None,
            Self::Optimized => Some((Dimension::Optimized, "true")),
            Self::FirstAttempt => Some((Dimension::Attempt, "first")),
            Self::LaterAttempt => Some((Dimension::Attempt, "later")),
        }
    }

    /// Returns the dimension that a query must group by to separate the slice; `None` for all events.
    pub(super) fn dimension(self) -> Option<Dimension> {
        self.condition().map(|(dimension, _)| dimension)
    }

    /// Returns whether events with these values of the slices' dimensions are in the slice.
    pub(super) fn contains(self, values: &[(Dimension, Option<&str>)]) -> bool {
        self.condition().is_none_or(|(dimension, value)| values.contains(&(dimension, Some(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut found = vec![All, Optimized, FirstAttempt, LaterAttempt];
            found.retain(|slice| slice.contains(&values));
            assert_eq!(found, slices, "{values:?}");
        }
    }

    #[test]
    fn every_value_of_a_slice_is_one_that_its_dimension_has() {
        for slice in [Slice::All, Slice::Optimized, Slice::FirstAttempt, Slice::LaterAttempt] {
            let is_possible = |(dimension, value): (Dimension, &'static str)| {
                dimension.possible_values().is_some_and(|values| values.contains(&value))
            };
            assert!(slice.condition().is_none_or(is_possible), "{slice:?}");
        }
    }
}
