//! How many requests are answered.

use chrono::{DateTime, Utc};

use super::Error;

/// The fixed window of a minute in which a team has 100 requests: from a full minute on, to the next one.
///
/// ```
/// use mailtally::dialect::krafter::{Error, Window};
///
/// let window = Window::of("2026-02-15T12:00:37Z".parse()?);
/// assert_eq!(window.headers(101)[1], ("x-ratelimit-remaining", "0".to_owned()));
/// assert_eq!(window.too_many(), Error::TooManyRequests { retry_after: 23 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Seconds since 1970, as `now`.
    start: i64,
    now: i64,
}

impl Window {
    /// The most requests in a window.
    pub const LIMIT: u32 = 100;

    const SECONDS: i64 = 60;

    /// The window that holds `now`.
    pub fn of(now: DateTime<Utc>) -> Self {
        let now = now.timestamp();
        Self { start: now.div_euclid(Self::SECONDS) * Self::SECONDS, now }
    }

    /// The headers of every response, when `used` requests were made in this window, this one included.
    pub fn headers(&self, used: u32) -> [(&'static str, String); 3] {
        [
            ("x-ratelimit-limit", Self::LIMIT.to_string()),
            ("x-ratelimit-remaining", Self::LIMIT.saturating_sub(used).to_string()),
            ("x-ratelimit-reset", self.end().to_string()),
        ]
    }

    /// The refusal of a request that is one too many: to be tried again in 1 to 60 seconds.
    pub fn too_many(&self) -> Error {
        Error::TooManyRequests { retry_after: self.end() - self.now }
    }

    /// The start of the next window.
    fn end(&self) -> i64 {
        self.start + Self::SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_the_minute_and_is_over_after_60_seconds() {
        for (now, reset, retry_after) in [(0, 60, 60), (1, 60, 59), (59, 60, 1), (60, 120, 60), (-1, 0, 1)] {
            let window = Window::of(DateTime::from_timestamp(now, 999_999_999).unwrap());
            assert_eq!(window.headers(1)[2], ("x-ratelimit-reset", reset.to_string()));
            assert_eq!(window.too_many(), Error::TooManyRequests { retry_after });
        }
    }

    #[test]
    fn what_remains_does_not_go_below_zero() {
        let window = Window::of(DateTime::UNIX_EPOCH);
        for (used, remaining) in [(0, "100"), (1, "99"), (100, "0"), (101, "0"), (u32::MAX, "0")] {
            let expected = [
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset", "60"),
            ];
            assert_eq!(window.headers(used), expected.map(|(name, value)| (name, value.to_owned())));
        }
    }
}
