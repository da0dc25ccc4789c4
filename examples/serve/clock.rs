//! The current time. The library reads no clock.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// The system's clock, or a clock that is stopped at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    stopped_at: Option<DateTime<Utc>>,
}

impl Clock {
    pub(crate) fn new(stopped_at: Option<DateTime<Utc>>) -> Self {
        Self { stopped_at }
    }

    pub(crate) fn now(self) -> DateTime<Utc> {
        self.stopped_at.unwrap_or_else(|| SystemTime::now().into())
    }
}
