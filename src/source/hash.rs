//! The hash and the spelling of the ids of messages and events.
//!
//! Ids are stored in databases, so they must not change between releases: a change would count each log that was read
//! before a second time. Each reader documents the input of each hash.

use twox_hash::XxHash3_64;

/// Returns the 64-bit XXH3 hash of `bytes` with the seed `seed`.
#[inline]
pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(seed, bytes)
}

/// Returns the same of `bytes` with ASCII letters in lower case.
#[inline]
pub(super) fn hash_lowercase(seed: u64, bytes: &[u8]) -> u64 {
    // Mostly, they are in lower case.
    match bytes.iter().any(u8::is_ascii_uppercase) {
        true => hash(seed, &bytes.to_ascii_lowercase()),
        false => hash(seed, bytes),
    }
}

/// Returns the hash of a number: of its eight bytes, the lowest first.
#[inline]
pub(super) fn hash_number(seed: u64, number: u64) -> u64 {
    hash(seed, &number.to_le_bytes())
}

/// A hash as text: 13 letters and digits in base 32, the most significant first. The digits are those of Crockford's base
/// 32, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelled([u8; Self::PADDED_LEN]);

impl Spelled {
    /// The number of characters.
    pub(super) const LEN: usize = 13;

    /// The length with the zeros after the text: whole blocks are checked to be ASCII faster than single bytes.
    pub(super) const PADDED_LEN: usize = 16;

    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    #[inline]
    pub(super) fn new(hash: u64) -> Self {
        let mut text = [0; Self::PADDED_LEN];
        let mut rest = hash;
        for digit in text[..Self::LEN].iter_mut().rev() {
            *digit = Self::DIGITS[usize::from(rest.to_le_bytes()[0] & 31)];
            rest >>= 5;
        }
        Self(text)
    }

    /// Returns the text, filled up with zeros.
    #[inline]
    pub(super) fn padded(&self) -> &[u8; Self::PADDED_LEN] {
        &self.0
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        &str::from_utf8(&self.0).expect("the digits are ASCII")[..Self::LEN]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_published_algorithm() {
        // As XXH3 is published: the hash of no bytes.
        assert_eq!(hash(0, b""), 0x2d06_8005_38d3_94c2);
        let spelled = |text: &[u8]| Spelled::new(hash(7, text)).as_str().to_owned();
        assert_eq!(spelled(b""), "92eq0gwz9pznr");
        assert_eq!(spelled(b"Nov 21 00:09:39 mx1 postfix/qmgr[2456]"), "9z1xmgmmd7amm");
    }

    #[test]
    fn numbers_are_spelled_in_base_32() {
        for (number, text) in [(0, "0000000000000"), (33, "0000000000011"), (u64::MAX, "fzzzzzzzzzzzz")] {
            assert_eq!(Spelled::new(number).as_str(), text);
        }
    }
}
