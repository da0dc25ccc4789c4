//! How many recent sums an account has, so that they are merged when they are many.

/// The number of recent sums of an account from which on they are merged into those by day.
const MAX_COUNT: i64 = 256;

/// The bytes of the recent sums of an account from which on they are merged into those by day.
const MAX_BYTES: i64 = 256 << 10;

/// The recent sums of an account that are not merged into those by day yet.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store) struct Unmerged {
    pub(in crate::store) count: i64,
    pub(in crate::store) bytes: i64,
}

impl Unmerged {
    /// Adds recent sums of so many bytes.
    pub(in crate::store) fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += i64::try_from(bytes).unwrap_or(MAX_BYTES);
    }

    /// Returns whether they are many, and then starts anew.
    pub(in crate::store) fn take_if_many(&mut self) -> bool {
        let are_many = self.count >= MAX_COUNT || self.bytes >= MAX_BYTES;
        if are_many {
            *self = Self::default();
        }
        are_many
    }
}
