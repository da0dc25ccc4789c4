//! One account, as readers see it.

use std::sync::Arc;

use super::builder::SegmentBuilder;
use super::cube::Cubes;
use super::day::{Day, Location};
use super::dictionary::Dictionary;
use super::index::Index;
use super::segment::Segment;
use crate::event::AccountId;
use crate::store::levels::Levels;

/// The mail of an account at one instant. It never changes: a writer makes another one, which shares most of it.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) dictionary: Arc<Dictionary>,
    /// The messages by the day of their creation, ascending.
    pub(super) days: Vec<Arc<Day>>,
    pub(super) cubes: Cubes,
    pub(super) index: Index,
    pub(super) messages: usize,
    pub(super) events: usize,
    /// No event happened later, in milliseconds since 1970.
    pub(super) last: i64,
    /// A bit for each place of an event type or status that cells have.
    pub(super) places: u64,
    /// The time of which only sums are kept.
    pub(super) thinned: Levels,
}

impl Account {
    /// Makes an account without mail.
    pub(super) fn new(id: AccountId) -> Self {
        Self {
            id,
            dictionary: Arc::default(),
            days: Vec::new(),
            cubes: Cubes::default(),
            index: Index::default(),
            messages: 0,
            events: 0,
            last: 0,
            places: 0,
            thinned: Levels::default(),
        }
    }

    /// Adds a segment to its day.
    pub(super) fn add(&mut self, segment: Segment, builder: &mut SegmentBuilder) {
        self.last = self.last.max(segment.last);
        self.day_mut(segment.day).add(segment, builder);
    }

    /// Returns the messages of a day.
    pub(super) fn day(&self, day: u32) -> Option<&Day> {
        let index = self.days.binary_search_by_key(&day, |known| known.day).ok()?;
        Some(&self.days[index])
    }

    /// Returns the messages of a day to change.
    pub(super) fn day_mut(&mut self, day: u32) -> &mut Day {
        let index = match self.days.binary_search_by_key(&day, |known| known.day) {
            Ok(index) => index,
            Err(index) => {
                self.days.insert(index, Arc::new(Day { day, parts: Vec::new() }));
                index
            }
        };
        Arc::make_mut(&mut self.days[index])
    }

    /// Finds a message by the hash of its id and its id.
    pub(super) fn find(&self, hash: u32, id: &str) -> Option<Location> {
        self.index.days(hash).find_map(|day| {
            let (part, row) = self.day(day)?.find(hash, id)?;
            Some(Location { day, part, row })
        })
    }

    /// Returns the instants of the first and of the last event; `None` if there are no events.
    pub(super) fn first_and_last(&self) -> Option<(i64, i64)> {
        let parts = self.days.iter().flat_map(|day| &day.parts);
        let spans = parts.flat_map(|part| part.rows().filter_map(|row| part.segment.first_and_last(row)));
        spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// Returns the segment in which a message was found.
    pub(super) fn segment(&self, location: Location) -> Option<&Segment> {
        Some(&self.day(location.day)?.parts.get(location.part)?.segment)
    }
}
