//! How many requests are answered.

use chrono::{DateTime, Utc};

use super::Error;

/// How many requests the host still answers. The original sends such headers with every answer, but publishes neither
/// their names nor its numbers: these are ours.
///
/// ```
/// use mailtally::dialect::sendkit::{Error, Quota};
///
/// let quota = Quota { limit: 100, remaining: 99, reset: "2026-02-15T12:01:00Z".parse()? };
/// assert_eq!(quota.headers()[1], ("X-RateLimit-Remaining", "99".to_owned()));
/// assert_eq!(quota.too_many("2026-02-15T12:00:37Z".parse()?), Error::TooManyRequests { retry_after: 23 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "hosts make them")]
pub struct Quota {
    /// The most requests.
    pub limit: u32,
    /// How many of them are left.
    pub remaining: u32,
    /// When there are as many as at first again.
    pub reset: DateTime<Utc>,
}

impl Quota {
    /// The headers of every answer: the limit, what remains, and the reset in seconds since 1970.
    pub fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("X-RateLimit-Limit", self.limit.to_string()),
            ("X-RateLimit-Remaining", self.remaining.to_string()),
            ("X-RateLimit-Reset", self.reset.timestamp().to_string()),
        ]
    }

    /// The refusal, at `now`, of a request that is one too many: to be tried again in a second or more.
    pub fn too_many(&self, now: DateTime<Utc>) -> Error {
        let left = self.reset.timestamp().saturating_sub(now.timestamp());
        Error::TooManyRequests { retry_after: u64::try_from(left).unwrap_or(0).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_try_is_at_the_reset_and_never_at_once() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let quota = Quota { limit: 10, remaining: 0, reset: at(60) };
        for (now, retry_after) in [(0, 60), (59, 1), (60, 1), (1000, 1)] {
            assert_eq!(quota.too_many(at(now)), Error::TooManyRequests { retry_after });
        }
        let expected =
            [("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "60")];
        assert_eq!(quota.headers(), expected.map(|(name, value)| (name, value.to_owned())));
    }
}
