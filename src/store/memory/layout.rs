//! Which sums each figure of an answer is made of.

use super::cell::WHATS;
use crate::counts::Counts;
use crate::event_type::EventType;
use crate::metric::Metric;
use crate::status::Status;

/// The place of what is not counted.
pub(super) const NOT_COUNTED: u8 = u8::MAX;

/// What the sums of a row are counted in.
#[derive(Debug)]
pub(super) struct Layout {
    /// For each place in a row, the [indices](Metric::index) of what its four figures are counted in: the total of the kind and
    /// of the event type, and the uniques of the event type, of the kind and of the kind on its day. Statuses have only a total.
    indices: Vec<[usize; 5]>,
}

/// Stands for a figure that is not counted: it is an index after all metrics.
const NONE: usize = Metric::COUNT;

impl Layout {
    /// Makes the layout of rows in which each event type and status is at this place.
    pub(super) fn new(places: &[u8; WHATS]) -> Self {
        let counted = (0..WHATS).filter(|what| places[*what] != NOT_COUNTED);
        let index = |metric: Option<Metric>| metric.map_or(NONE, Metric::index);
        Self { indices: counted.map(|what| metrics_of(what).map(index)).collect() }
    }

    /// Returns the counts of a row.
    pub(super) fn counts(&self, row: &[[i64; 4]]) -> Counts {
        let mut figures = [0_u64; Metric::COUNT + 1];
        for ([total, of_type, of_kind, of_day], indices) in row.iter().zip(&self.indices) {
            // Sums of whole messages are not negative. Those of a wrong snapshot may be, and may be too large.
            let sums = [total, total, of_type, of_kind, of_day].map(|sum| sum.cast_unsigned());
            for (index, sum) in indices.iter().zip(sums) {
                figures[*index] = figures[*index].wrapping_add(sum);
            }
        }
        let [all @ .., _] = figures;
        Counts::of_all(&all)
    }
}

/// Returns the metrics of an event type or status: see [`Layout`].
fn metrics_of(what: usize) -> [Option<Metric>; 5] {
    match (EventType::ALL.get(what), what.checked_sub(EventType::COUNT)) {
        (Some(of), _) => [
            Some(Metric::Total(of.kind())),
            Some(Metric::TotalOf(*of)),
            Some(Metric::UniqueOf(*of)),
            Some(Metric::Unique(of.kind())),
            Some(Metric::DailyUnique(of.kind())),
        ],
        (None, Some(status)) => {
            let status = Status::ALL.get(status).map(|status| Metric::Status(*status));
            [status, None, None, None, None]
        }
        (None, None) => [None; 5],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::FirstOf;
    use crate::store::memory::cell::status_place;

    #[test]
    fn the_counts_of_a_row_are_those_of_its_events() {
        let places = std::array::from_fn(|what| u8::try_from(what).unwrap());
        let (mut row, mut expected) = (vec![[0_i64; 4]; WHATS], Counts::ZERO);
        for event_type in EventType::ALL {
            for (count, first_of) in [(1, FirstOf::NOTHING), (event_type as usize, FirstOf::EVERYTHING)] {
                for _ in 0..count {
                    expected.record(event_type, first_of).unwrap();
                    let is_first = i64::from(first_of.kind);
                    let sums = &mut row[event_type as usize];
                    sums.iter_mut()
                        .zip([1, is_first, is_first, is_first])
                        .for_each(|(sum, more)| *sum += more);
                }
            }
        }
        for status in Status::ALL {
            row[status_place(status)][0] = status as i64;
            expected.add_to(Metric::Status(status), status as u64).unwrap();
        }
        assert_eq!(Layout::new(&places).counts(&row), expected);
    }
}
