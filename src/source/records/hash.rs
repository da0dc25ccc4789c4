//! The hashes that ids are made of.
//!
//! Ids are stored in databases, so they must not change between releases: a change would count each record that was read
//! before a second time. The documentation of [`records`](super) and of each reader gives the input of each hash.

use chrono::{DateTime, Utc};

use crate::source::hash::{Spelled, hash, hash_number};

/// A hash of several parts: each part is hashed with the hash of the parts before it as the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::source) struct Hash(u64);

impl Hash {
    /// Returns the hash of no parts.
    pub(in crate::source) fn new() -> Self {
        Self(0)
    }

    /// Adds the bytes of a text; an absent text is hashed as an empty one.
    #[must_use]
    pub(in crate::source) fn text<'a>(self, text: impl Into<Option<&'a str>>) -> Self {
        Self(hash(self.0, text.into().unwrap_or_default().as_bytes()))
    }

    /// Adds an address, with its ASCII letters in lower case.
    #[must_use]
    pub(in crate::source) fn address<'a>(self, address: impl Into<Option<&'a str>>) -> Self {
        let address = address.into().unwrap_or_default();
        if address.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.text(&*address.to_ascii_lowercase())
        } else {
            self.text(address)
        }
    }

    /// Adds a number: its eight bytes, the lowest first.
    #[must_use]
    pub(in crate::source) fn number(self, number: u64) -> Self {
        Self(hash_number(self.0, number))
    }

    /// Adds an instant as two numbers: the seconds since 1970 and the nanoseconds of the second.
    #[must_use]
    pub(in crate::source) fn instant(self, at: DateTime<Utc>) -> Self {
        self.number(at.timestamp().cast_unsigned()).number(at.timestamp_subsec_nanos().into())
    }

    /// Returns `PREFIX-HASH`, or the hash alone if the prefix is empty. The hash is 13 digits in base 32
    /// (`0123456789abcdefghjkmnpqrstvwxyz`), the most significant first.
    pub(in crate::source) fn id(self, prefix: &str) -> String {
        let mut id = String::with_capacity(prefix.len() + 1 + Spelled::LEN);
        id.push_str(prefix);
        if !prefix.is_empty() {
            id.push('-');
        }
        id.push_str(Spelled::new(self.0).as_str());
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_earlier_releases() {
        let at = DateTime::from_timestamp(1_770_000_000, 250_000_000).unwrap();
        let hash = Hash::new().text("open").instant(at).text(None);
        assert_eq!(hash.id("opened"), "opened-c396pny1t4457");
        assert_eq!(Hash::new().text("").id(""), "2t1m00mwd7562");
        assert_eq!(Hash(u64::MAX).id(""), "fzzzzzzzzzzzz");
    }

    #[test]
    fn addresses_are_hashed_in_lower_case_and_absent_texts_as_empty_ones() {
        let hash = Hash::new();
        assert_eq!(hash.address("Ann@Mailbox.example"), hash.text("ann@mailbox.example"));
        assert_eq!(hash.text(None), hash.text(""));
        assert_ne!(hash.text("a").text("bc"), hash.text("ab").text("c"));
    }
}
