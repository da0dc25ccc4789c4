//! Queue ids.

use std::hash::{Hash, Hasher};

use super::entry::MAX_QUEUE_ID_LEN;

/// A queue id at a host.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueKey {
    /// The hash of the host's name.
    host: u64,
    /// The bytes of the id, filled up with zeros.
    id: [u8; MAX_QUEUE_ID_LEN],
}

impl QueueKey {
    /// Returns the key of `word` at `host` if it is a queue id: five or more upper-case hexadecimal digits, or five or more
    /// letters and digits with at least one digit. No other word at this position of a line has this form.
    #[inline]
    pub(super) fn new(host: u64, word: &[u8]) -> Option<Self> {
        let mut id = [0; MAX_QUEUE_ID_LEN];
        id.get_mut(..word.len()).filter(|start| start.len() >= 5)?.copy_from_slice(word);
        let is_hex = || count(&id, |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')) == word.len();
        let is_mixed = || {
            let letters = count(&id, |byte| byte.is_ascii_alphabetic());
            letters < word.len() && letters + count(&id, |byte| byte.is_ascii_digit()) == word.len()
        };
        (is_hex() || is_mixed()).then_some(Self { host, id })
    }

    /// Returns the key of the same queue id at another host.
    pub(super) fn at_host(self, host: u64) -> Self {
        Self { host, ..self }
    }

    /// Returns the hash of the host's name.
    pub(super) fn host(&self) -> u64 {
        self.host
    }

    /// Returns whether the id is of the long form, which Postfix never uses again: six letters or digits for the second,
    /// four for the microsecond, and a `z`, which occurs in no other part, before the rest.
    #[inline]
    pub(super) fn is_long(&self) -> bool {
        self.id[10] == b'z'
    }

    /// Returns the bytes of the id.
    pub(super) fn id(&self) -> &[u8] {
        &self.id[..self.len()]
    }

    /// Returns the bytes of the id, filled up with zeros.
    pub(super) fn padded_id(&self) -> &[u8; MAX_QUEUE_ID_LEN] {
        &self.id
    }

    /// Returns the number of bytes of the id.
    #[inline]
    pub(super) fn len(&self) -> usize {
        // Faster than to search for the first zero, as there is no branch for each byte.
        count(&self.id, |byte| byte != 0)
    }
}

/// The words of a key are compared and hashed faster than its bytes.
impl QueueKey {
    #[inline]
    fn words(&self) -> [u64; 3] {
        let (words, _) = self.id.as_chunks::<8>();
        [words[0], words[1], words[2]].map(u64::from_le_bytes)
    }
}

impl PartialEq for QueueKey {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let (own, other_words) = (self.words(), other.words());
        let differences = own.into_iter().zip(other_words).fold(0, |all, (one, other)| all | (one ^ other));
        (differences | (self.host ^ other.host)) == 0
    }
}

impl Eq for QueueKey {}

impl Hash for QueueKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Few hosts have a queue id in common.
        self.words().into_iter().for_each(|word| state.write_u64(word));
    }
}

/// Returns the number of bytes of a kind. It looks at all of them, which the compiler turns into a few instructions.
#[inline]
fn count(id: &[u8; MAX_QUEUE_ID_LEN], is_of_kind: impl Fn(u8) -> bool) -> usize {
    usize::from(id.iter().map(|&byte| u8::from(is_of_kind(byte))).sum::<u8>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_id_is_distinguished_from_other_words() {
        for word in [
            "4225AF60B5",
            "12345",
            "2F6FAF60BD0063",
            "4XyZ123abcz0Dkf",
            "3NkGqF3SFxzLJ4z",
            "4225af60",
            "Q1W2E",
        ] {
            assert_eq!(QueueKey::new(1, word.as_bytes()).unwrap().id(), word.as_bytes());
        }
        for word in
            ["", "1234", "NOQUEUE", "warning", "statistics", "fatal", "4225.5AF", "0123456789ABCDEF012345678"]
        {
            assert_eq!(QueueKey::new(1, word.as_bytes()), None, "{word}");
        }
    }
}
