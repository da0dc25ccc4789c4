//! Which sums each figure of an answer is made of.

use super::cell::{WHATS, status_place};
use super::sums::NOT_COUNTED;
use crate::counts::Counts;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::{Metric, MetricSet};
use crate::status::Status;

/// The figures of a row, ascending by metric, each with the sums that it is made of.
#[derive(Debug)]
pub(super) struct Layout {
    /// The metric, and the end of its sources in `sources`.
    figures: Vec<(Metric, usize)>,
    /// The place in a row, and which of the four figures there.
    sources: Vec<(usize, usize)>,
}

/// The index among four figures of the total, and of the uniques of the event type, of the kind and of the kind on its day.
const TOTAL: usize = 0;
const UNIQUE_OF_TYPE: usize = 1;
const UNIQUE_OF_KIND: usize = 2;
const UNIQUE_OF_DAY: usize = 3;

impl Layout {
    /// Makes the layout of rows in which each event type and status is at this place.
    pub(super) fn new(places: &[u8; WHATS]) -> Self {
        let mut layout = Self { figures: Vec::new(), sources: Vec::new() };
        let place = |what: usize| Some(usize::from(places[what])).filter(|_| places[what] != NOT_COUNTED);
        type Form = (fn(Kind) -> Metric, usize);
        let forms: [Form; 3] =
            [(Metric::Total, TOTAL), (Metric::Unique, UNIQUE_OF_KIND), (Metric::DailyUnique, UNIQUE_OF_DAY)];
        for (metric, figure) in forms {
            for kind in Kind::ALL {
                let of_kind = kind.event_types().filter_map(|event_type| place(event_type as usize));
                layout.push(metric(kind), of_kind.map(|place| (place, figure)));
            }
        }
        for event_type in EventType::ALL {
            layout.push(Metric::TotalOf(event_type), place(event_type as usize).map(|place| (place, TOTAL)));
        }
        for event_type in EventType::ALL {
            layout.push(
                Metric::UniqueOf(event_type),
                place(event_type as usize).map(|place| (place, UNIQUE_OF_TYPE)),
            );
        }
        for status in Status::ALL {
            layout.push(Metric::Status(status), place(status_place(status)).map(|place| (place, TOTAL)));
        }
        layout
    }

    fn push(&mut self, metric: Metric, sources: impl IntoIterator<Item = (usize, usize)>) {
        let start = self.sources.len();
        self.sources.extend(sources);
        if self.sources.len() > start {
            self.figures.push((metric, self.sources.len()));
        }
    }

    /// Returns the counts of a row. `buffer` is reused for the next one.
    pub(super) fn counts(&self, row: &[[i64; 4]], buffer: &mut Vec<u64>) -> Counts {
        buffer.clear();
        let (mut start, mut metrics) = (0, MetricSet::EMPTY);
        for (metric, end) in &self.figures {
            let sources = &self.sources[start..*end];
            start = *end;
            // Sums of whole messages are neither negative nor very large; those of a wrong snapshot may be.
            let figure = |(place, figure): &(usize, usize)| u64::try_from(row[*place][*figure]).unwrap_or(0);
            let sum = sources.iter().map(figure).fold(0, u64::saturating_add);
            if sum > 0 {
                metrics.insert(*metric);
                buffer.push(sum);
            }
        }
        Counts::of_figures(metrics, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::FirstOf;

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
            row[status_place(status)][TOTAL] = status as i64;
            expected.add_to(Metric::Status(status), status as u64).unwrap();
        }
        assert_eq!(Layout::new(&places).counts(&row, &mut Vec::new()), expected);
    }
}
