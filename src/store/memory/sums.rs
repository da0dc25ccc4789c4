//! The sums of an answer while it is counted.

use std::collections::HashMap;

use super::cell::{Cell, WHATS};
use super::layout::{Layout, NOT_COUNTED};
use crate::counts::Counts;
use crate::status::Status;
use crate::tally::TallyError;

/// Sums by bucket and group, of what a question counts.
#[derive(Debug)]
pub(super) struct Sums {
    /// The place in a row of each event type and status; [`NOT_COUNTED`] if it is not counted.
    places: [u8; WHATS],
    /// The number of places.
    width: usize,
    /// The number of each bucket and group's row.
    numbers: Numbers,
    /// The bucket and group of each row.
    keys: Vec<(u32, u32)>,
    /// The four figures of each place, row by row.
    sums: Vec<[i64; 4]>,
    /// The bucket and group that was used last, with its row.
    last: ((u32, u32), usize),
    max_rows: usize,
    is_full: bool,
}

/// Where the row of a bucket and group is.
#[derive(Debug)]
enum Numbers {
    /// There are few possible rows: the number of a row, plus one, by bucket and group.
    Few {
        groups: usize,
        numbers: Vec<u32>,
    },
    Many(HashMap<(u32, u32), u32, rustc_hash::FxBuildHasher>),
}

/// The number of possible rows up to which they are numbered in an array.
const FEW: usize = 1 << 16;

/// The number of rows for which there is room from the start.
const LIKELY_ROWS: usize = 1 << 10;

const NO_ROW: (u32, u32) = (u32::MAX, u32::MAX);

impl Sums {
    /// Makes empty sums of the event types and statuses whose bits are in `places`, for buckets and groups whose numbers are
    /// below these. `None` stands for any number of groups.
    pub(super) fn new(places: u64, buckets: usize, groups: Option<usize>, max_rows: usize) -> Self {
        Self::reusing(None, places, buckets, groups, max_rows)
    }

    /// As [`Sums::new`], with the allocations of others that are not needed any more.
    pub(super) fn reusing(
        other: Option<Self>,
        places: u64,
        buckets: usize,
        groups: Option<usize>,
        max_rows: usize,
    ) -> Self {
        let (mut known, mut keys, mut sums) = match other {
            Some(Self { numbers: Numbers::Few { numbers, .. }, keys, sums, .. }) => (numbers, keys, sums),
            Some(Self { keys, sums, .. }) => (Vec::new(), keys, sums),
            None => Default::default(),
        };
        let mut width = 0;
        let places = std::array::from_fn(|place| {
            if places >> place & 1 == 0 {
                return NOT_COUNTED;
            }
            width += 1;
            width - 1
        });
        let few = groups.filter(|groups| groups.saturating_mul(buckets) <= FEW);
        let numbers = match few {
            Some(groups) => {
                known.clear();
                known.resize(groups * buckets, 0);
                Numbers::Few { groups, numbers: known }
            }
            None => Numbers::Many(HashMap::default()),
        };
        let likely = few.map_or(0, |groups| groups * buckets).min(LIKELY_ROWS);
        keys.clear();
        keys.reserve(likely);
        sums.clear();
        sums.reserve(likely * usize::from(width));
        Self { places, width: width.into(), numbers, keys, sums, last: (NO_ROW, 0), max_rows, is_full: false }
    }

    /// Adds to the four figures of an event type or status, if it is counted.
    #[inline]
    pub(super) fn add<T: Into<i64> + Copy>(&mut self, bucket: u32, group: u32, what: usize, figures: [T; 4]) {
        let place = self.places[what];
        if place == NOT_COUNTED {
            return;
        }
        let key = (bucket, group);
        if self.last.0 != key {
            match self.row(key) {
                Some(row) => self.last = (key, row),
                None => return,
            }
        }
        self.add_at(self.last.1, what, figures);
    }

    /// As [`Sums::add`], to a row of which it is known where it starts. The event type or status is counted.
    #[inline]
    pub(super) fn add_at<T: Into<i64> + Copy>(&mut self, row: usize, what: usize, figures: [T; 4]) {
        let sums = &mut self.sums[row + usize::from(self.places[what])];
        for (sum, figure) in sums.iter_mut().zip(figures) {
            *sum += figure.into();
        }
    }

    /// Adds cells to a row of which it is known where it starts.
    pub(super) fn add_cells(&mut self, row: usize, cells: &[Cell]) {
        let row = &mut self.sums[row..row + self.width];
        for cell in cells {
            // The place of what is not counted is beyond the row.
            if let Some(sums) = row.get_mut(usize::from(self.places[cell.key.what()])) {
                sums.iter_mut().zip(cell.sums).for_each(|(sum, more)| *sum += i64::from(more));
            }
        }
    }

    /// Returns whether an event type or status is counted.
    #[inline]
    pub(super) fn counts(&self, what: usize) -> bool {
        self.places[what] != NOT_COUNTED
    }

    /// Returns the place in a row of an event type or status; `None` if it is not counted.
    pub(super) fn place(&self, what: usize) -> Option<usize> {
        Some(self.places[what]).filter(|place| *place != NOT_COUNTED).map(usize::from)
    }

    /// Returns the number of places in a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns where the row of a bucket and group starts; `None` if there are too many rows.
    pub(super) fn row(&mut self, key: (u32, u32)) -> Option<usize> {
        let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        let number = match &mut self.numbers {
            Numbers::Few { groups, numbers } => {
                let slot = numbers.get_mut(key.0 as usize * *groups + key.1 as usize)?;
                if *slot == 0 {
                    *slot = next + 1;
                }
                *slot - 1
            }
            Numbers::Many(numbers) => *numbers.entry(key).or_insert(next),
        };
        if number == next {
            // More than allowed, because some can add up to nothing.
            if self.keys.len() > self.max_rows.saturating_mul(2).saturating_add(FEW) {
                self.is_full = true;
                return None;
            }
            self.keys.push(key);
            self.sums.resize(self.sums.len() + self.width, [0; 4]);
        }
        Some(number as usize * self.width)
    }

    /// Adds a row of other sums of the same event types and statuses, or subtracts it.
    pub(super) fn add_row(&mut self, bucket: u32, group: u32, figures: &[[i64; 4]], is_minus: bool) {
        let Some(row) = self.row((bucket, group)) else { return };
        let sign = if is_minus { -1 } else { 1 };
        for (sums, figures) in self.sums[row..].iter_mut().zip(figures) {
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += sign * figure);
        }
    }

    /// Returns the bucket, the group and the sums of each row.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (u32, u32, &[[i64; 4]])> {
        let rows = self.keys.iter().zip(self.sums.chunks(self.width.max(1)));
        rows.map(|((bucket, group), sums)| (*bucket, *group, sums))
    }

    /// Returns whether there were too many rows, so that some are missing.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns the bucket, the group and the counts of each row that is not zero.
    ///
    /// # Errors
    ///
    /// [`TallyError::TooManyRows`] if some rows are missing because there were too many.
    pub(super) fn rows(&self) -> Result<impl Iterator<Item = (u32, u32, Counts)>, TallyError> {
        if self.is_full {
            return Err(TallyError::TooManyRows { limit: self.max_rows });
        }
        let counts = Layout::new(&self.places).counts(self.iter().map(|(.., sums)| sums));
        let rows = self.keys.iter().zip(counts).filter(|(_, counts)| !counts.is_zero());
        Ok(rows.map(|((bucket, group), counts)| (*bucket, *group, counts)))
    }
}

/// Returns a bit for each event type of the kinds that are counted and, if statuses are, for each status.
pub(super) fn places(kinds: &[crate::kind::Kind], has_statuses: bool) -> u64 {
    let event_types = kinds.iter().flat_map(|kind| kind.event_types());
    let statuses = Status::ALL.into_iter().filter(|_| has_statuses).map(super::cell::status_place);
    event_types.map(|event_type| event_type as usize).chain(statuses).fold(0, |bits, place| bits | 1 << place)
}
