//! The quota of an account: how many events it may have, and how many may be recorded in a day.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use mailtally::store::Recorded;

use super::bounds::AtMost;

/// The length of a day in seconds.
const DAY: i64 = 86_400;

/// The bounds of an account's events, and what it has used of them.
///
/// They are checked before a block of events is recorded, so they are exceeded by less than a block for each request.
#[derive(Debug)]
pub(crate) struct Quota {
    max_events: AtMost,
    events_per_day: AtMost,
    used: Mutex<Used>,
}

/// What an account has used.
#[derive(Debug, Default)]
struct Used {
    /// The number of events in the store.
    events: u64,
    /// The number of the day, from 1970 in UTC.
    day: i64,
    /// The number of events that were recorded in that day.
    today: u64,
}

/// Why no more events are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The account has as many events as it may have.
    Full {
        /// How many these are.
        max_events: u64,
    },
    /// As many events were recorded today as may be.
    Today {
        /// The seconds until the next day.
        retry_after: u32,
    },
}

impl Quota {
    /// Makes the quota of an account without events.
    pub(crate) fn new(max_events: AtMost, events_per_day: AtMost) -> Self {
        Self { max_events, events_per_day, used: Mutex::default() }
    }

    /// Checks that more events may be recorded.
    ///
    /// # Errors
    ///
    /// [`Over`] if the account has used its quota.
    pub(crate) fn check(&self, now: DateTime<Utc>) -> Result<(), Over> {
        let used = self.used();
        if let Some(max_events) = self.max_events.0.filter(|&max| used.events >= max) {
            return Err(Over::Full { max_events });
        }
        let today = if used.day == day(now) { used.today } else { 0 };
        if self.events_per_day.0.is_some_and(|max| today >= max) {
            let rest = DAY - now.timestamp().rem_euclid(DAY);
            return Err(Over::Today { retry_after: u32::try_from(rest).unwrap_or(u32::MAX) });
        }
        Ok(())
    }

    /// Counts what a request has recorded. Repeats are free, so that a client can send a body again.
    pub(crate) fn count(&self, recorded: Recorded, now: DateTime<Utc>) {
        let mut used = self.used();
        used.events += recorded.new;
        if used.day != day(now) {
            (used.day, used.today) = (day(now), 0);
        }
        used.today += recorded.new + recorded.conflicts;
    }

    /// Counts events that were recorded before the server listens. They are not events of this day.
    pub(crate) fn count_read(&self, recorded: Recorded) {
        self.used().events += recorded.new;
    }

    /// Counts events that were in the store from the start.
    pub(crate) fn count_opened(&self, events: usize) {
        self.used().events += events as u64;
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the number of the day, from 1970.
fn day(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(DAY)
}
