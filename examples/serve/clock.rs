//! What time it is: the library never asks.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// The system's clock, or one that stands still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pinned: Option<DateTime<Utc>>,
}

impl Clock {
    pub(crate) fn new(pinned: Option<DateTime<Utc>>) -> Self {
        Self { pinned }
    }

    pub(crate) fn now(self) -> DateTime<Utc> {
        self.pinned.unwrap_or_else(|| SystemTime::now().into())
    }
}
