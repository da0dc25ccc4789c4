//! A hash that is the same on every machine and in every release, for ids that are kept.
//!
//! Words of the text are mixed in by 128-bit multiplication, as wyhash does. Ids are made of it: to change it is to
//! count every log that was read before a second time.

use std::hash::{BuildHasherDefault, Hasher};

/// Odd numbers without a pattern: the fractional parts of the square roots of 2, 3 and 5.
const SALT: [u64; 3] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b];

/// The hash of `bytes` under `seed`.
#[inline]
pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<16>();
    // Not the seed itself, which the text could cancel out.
    let mut state = mix(seed, SALT[2]);
    for chunk in chunks {
        state = absorb(state, SALT[1], chunk);
    }
    if !rest.is_empty() {
        // Where there is enough, the last 16 bytes once more: quicker than to copy what is left.
        let mut last = [0; 16];
        match bytes.last_chunk() {
            Some(chunk) => last = *chunk,
            None => last[..rest.len()].copy_from_slice(rest),
        }
        state = absorb(state, SALT[2], &last);
    }
    mix(state, bytes.len() as u64)
}

/// The hash of a few numbers, one by one.
#[inline]
pub(super) fn mix(state: u64, number: u64) -> u64 {
    fold(state ^ SALT[0], number ^ SALT[1])
}

#[inline]
fn absorb(state: u64, salt: u64, chunk: &[u8; 16]) -> u64 {
    let (low, high) = halves(u128::from_le_bytes(*chunk));
    fold(state ^ low, salt ^ high)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let (low, high) = halves(u128::from(a) * u128::from(b));
    low ^ high
}

#[expect(clippy::cast_possible_truncation, reason = "each half is 64 bits")]
#[inline]
const fn halves(wide: u128) -> (u64, u64) {
    (wide as u64, (wide >> 64) as u64)
}

/// `number` in 13 letters and digits: base 32, the most significant first.
#[inline]
pub(super) fn spell(number: u64) -> [u8; 13] {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut text = [0; 13];
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[usize::from(rest.to_le_bytes()[0] & 31)];
        rest >>= 5;
    }
    text
}

/// [`hash`] for the maps of this module.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(self.0, bytes);
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = mix(self.0, number);
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.0 = mix(self.0, number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Makes [`Mixer`]s.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixing(BuildHasherDefault<Mixer>);

impl std::hash::BuildHasher for Mixing {
    type Hasher = Mixer;

    #[inline]
    fn build_hasher(&self) -> Mixer {
        self.0.build_hasher()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn hashes_never_change_between_releases() {
        let spelled = |text: &[u8]| String::from_utf8(spell(hash(7, text)).to_vec()).unwrap();
        assert_eq!(spelled(b""), "8yct163q74gkp");
        assert_eq!(spelled(b"Nov 21 00:09:39 mx1 postfix/qmgr[2456]"), "9k8d7we3yp3m6");
    }

    #[test]
    fn small_differences_give_other_hashes() {
        let text = [b'x'; 70];
        let mut seen = HashSet::new();
        for length in 0..=text.len() {
            assert!(seen.insert(hash(0, &text[..length])));
            assert!(seen.insert(hash(1, &text[..length])));
            for place in 0..length {
                let mut other = text;
                other[place] = b'y';
                assert!(seen.insert(hash(0, &other[..length])));
            }
        }
        assert!(!seen.contains(&hash(0, &[0; 70])) && hash(0, &[0; 3]) != hash(0, &[0; 4]));
    }

    #[test]
    fn a_spelled_number_is_unlike_any_other() {
        assert_eq!(&spell(0), b"0000000000000");
        assert_eq!(&spell(u64::MAX), b"fzzzzzzzzzzzz");
        assert_eq!(&spell(33), b"0000000000011");
    }
}
