//! Which sums each figure of an answer is made of.

use std::sync::Arc;

use super::cell::{WHATS, status_place};
use crate::counts::Counts;
use crate::event_type::EventType;
use crate::metric::{Metric, MetricSet};
use crate::status::Status;

/// The place of what is not counted.
pub(super) const NOT_COUNTED: u8 = u8::MAX;

/// What the sums of a row are counted in.
#[derive(Debug)]
pub(super) struct Layout {
    /// The metrics that are counted.
    metrics: MetricSet,
    /// For each event type in a row, where its four figures are counted: the total of the kind and of the event type, and the
    /// uniques of the event type, of the kind and of the kind on its day.
    targets: Vec<[usize; 5]>,
    /// The number of statuses, which follow the event types. They have only a total.
    statuses: usize,
}

impl Layout {
    /// Makes the layout of rows in which each event type and status is at this place.
    pub(super) fn new(places: &[u8; WHATS]) -> Self {
        let is_counted = |what: &usize| places[*what] != NOT_COUNTED;
        let event_types: Vec<EventType> =
            EventType::ALL.into_iter().filter(|event_type| is_counted(&(*event_type as usize))).collect();
        let statuses: Vec<Status> =
            Status::ALL.into_iter().filter(|status| is_counted(&status_place(*status))).collect();
        let of_events = event_types.iter().copied().flat_map(metrics_of);
        let metrics: MetricSet = of_events.chain(statuses.iter().copied().map(Metric::Status)).collect();
        let target = |metric| metrics.position(metric).unwrap_or_else(|place| place);
        let targets = event_types.into_iter().map(|event_type| metrics_of(event_type).map(target)).collect();
        Self { metrics, targets, statuses: statuses.len() }
    }

    /// Returns the counts of rows. They share one list of figures.
    pub(super) fn counts<'r, I>(&self, rows: I) -> impl Iterator<Item = Counts> + use<'r, I>
    where
        I: ExactSizeIterator<Item = &'r [[i64; 4]]>,
    {
        let (metrics, width, count) = (self.metrics, self.metrics.len(), rows.len());
        let mut all = vec![0; width * count];
        for (index, row) in rows.enumerate() {
            self.add(row, &mut all[width * index..width * (index + 1)]);
        }
        let all = Arc::new(all);
        (0..count).map(move |index| Counts::sharing(metrics, &all, width * index..width * (index + 1)))
    }

    /// Adds up what a row tells of each metric.
    fn add(&self, row: &[[i64; 4]], figures: &mut [u64]) {
        // Sums of whole messages are not negative. Those of a wrong snapshot may be, and may be too large.
        for (sums, targets) in row.iter().zip(&self.targets) {
            let [total, of_type, of_kind, of_day] = sums.map(i64::cast_unsigned);
            for (target, sum) in targets.iter().zip([total, total, of_type, of_kind, of_day]) {
                figures[*target] = figures[*target].wrapping_add(sum);
            }
        }
        let of_statuses = figures.iter_mut().skip(self.metrics.len() - self.statuses);
        let statuses = row.iter().skip(self.targets.len());
        of_statuses.zip(statuses).for_each(|(figure, [total, ..])| *figure = total.cast_unsigned());
    }
}

/// Returns the metrics of an event type: see [`Layout`].
fn metrics_of(of: EventType) -> [Metric; 5] {
    let kind = of.kind();
    [
        Metric::Total(kind),
        Metric::TotalOf(of),
        Metric::UniqueOf(of),
        Metric::Unique(kind),
        Metric::DailyUnique(kind),
    ]
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
            row[status_place(status)][0] = status as i64;
            expected.add_to(Metric::Status(status), status as u64).unwrap();
        }
        let layout = Layout::new(&places);
        let empty = vec![[0; 4]; WHATS];
        let counts = layout.counts([&row[..], &empty, &row].into_iter());
        assert_eq!(counts.collect::<Vec<_>>(), [expected.clone(), Counts::ZERO, expected]);
    }
}
