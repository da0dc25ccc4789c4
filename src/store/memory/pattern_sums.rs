//! Sums of messages that are added by their patterns.

use super::mark::FIRSTS;
use super::patterns::{Pattern, Patterns};
use super::sums::Sums;

/// Sums by group of messages that are all counted in one bucket.
///
/// The four figures of an event type or status have 16 bits each and are added as one number. Before one of them can be too
/// large, they are moved to the sums of the answer.
#[derive(Debug)]
pub(super) struct PatternSums {
    /// The number of places in a row.
    width: usize,
    bucket: u32,
    /// What a message of each pattern adds, row by row.
    of_patterns: Vec<u64>,
    /// The sums of each group, row by row.
    of_groups: Vec<u64>,
    /// The number of messages in the sums of each group.
    messages: Vec<u32>,
    /// The groups with messages.
    groups: Vec<u32>,
}

/// The number of bits of a figure.
const BITS: u32 = 16;

/// The maximum number of messages in the sums of a group, each of which has some events and a status.
const MAX_MESSAGES: u32 = 1 << 12;

const _: () = assert!(MAX_MESSAGES as usize * (Pattern::MAX_EVENTS + 1) < 1 << BITS);

impl PatternSums {
    /// Makes empty sums for rows with this number of places.
    pub(super) fn new(width: usize) -> Self {
        let (of_patterns, of_groups) = (Vec::new(), Vec::new());
        Self { width, bucket: 0, of_patterns, of_groups, messages: Vec::new(), groups: Vec::new() }
    }

    /// Starts to add the messages of a segment, which are all counted in this bucket.
    pub(super) fn start(&mut self, patterns: &Patterns, bucket: u32, sums: &mut Sums) {
        if bucket != self.bucket {
            self.finish(sums);
            self.bucket = bucket;
        }
        self.of_patterns.clear();
        // No message of the number 0 is added.
        self.of_patterns.resize(self.width * (patterns.all().len() + 1), 0);
        for (pattern, row) in
            patterns.all().iter().zip(self.of_patterns.chunks_mut(self.width.max(1)).skip(1))
        {
            for mark in pattern.marks() {
                if let Some(place) = sums.place(mark.type_index()) {
                    row[place] += PACKED_FIRSTS[mark.firsts_index()];
                }
            }
        }
    }

    /// Adds a message with the pattern of this number and, if it counts, the place of its status.
    #[inline]
    pub(super) fn add(&mut self, group: u32, pattern: u32, status: Option<usize>, sums: &mut Sums) {
        let (group_index, pattern) = (group as usize, pattern as usize);
        if self.messages.len() <= group_index {
            self.messages.resize(group_index + 1, 0);
            self.of_groups.resize(self.width * (group_index + 1), 0);
        }
        match &mut self.messages[group_index] {
            messages @ 0 => {
                *messages = 1;
                self.groups.push(group);
            }
            messages @ 1..MAX_MESSAGES => *messages += 1,
            _ => {
                self.move_group(group, sums);
                self.messages[group_index] = 1;
            }
        }
        let row = &mut self.of_groups[self.width * group_index..self.width * (group_index + 1)];
        let added = &self.of_patterns[self.width * pattern..self.width * (pattern + 1)];
        row.iter_mut().zip(added).for_each(|(sum, more)| *sum += more);
        status.into_iter().for_each(|place| row[place] += 1);
    }

    /// Moves all sums to those of the answer.
    pub(super) fn finish(&mut self, sums: &mut Sums) {
        for group in std::mem::take(&mut self.groups) {
            self.move_group(group, sums);
            self.messages[group as usize] = 0;
        }
    }

    fn move_group(&mut self, group: u32, sums: &mut Sums) {
        let row = &mut self.of_groups[self.width * group as usize..self.width * (group as usize + 1)];
        let figures: Vec<[i64; 4]> = row.iter().map(|packed| unpack(*packed)).collect();
        sums.add_row(self.bucket, group, &figures, false);
        row.fill(0);
    }
}

/// [`FIRSTS`], packed.
const PACKED_FIRSTS: [u64; FIRSTS.len()] = {
    let mut packed = [0; FIRSTS.len()];
    let mut index = 0;
    while index < packed.len() {
        let [total, of_type, of_kind, of_day] = FIRSTS[index];
        let [total, of_type, of_kind, of_day] = [total as u64, of_type as u64, of_kind as u64, of_day as u64];
        packed[index] = total | of_type << BITS | of_kind << (2 * BITS) | of_day << (3 * BITS);
        index += 1;
    }
    packed
};

fn unpack(packed: u64) -> [i64; 4] {
    [0, 1, 2, 3].map(|index| (packed >> (BITS * index) & ((1 << BITS) - 1)).cast_signed())
}
