//! Exim's ids of messages.

use crate::source::hash::hash_lowercase;

/// The id of a message at a host: `1vmTmK-00016Q-0b`, since Exim 4.97 `1vmTnI-00000001mMc-132G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id {
    /// The hash of the host's name.
    host: u64,
    /// The characters, filled up with zeros.
    text: [u8; Self::MAX_LEN],
}

/// The positions of the two hyphens and the length, of the older and the newer form.
const FORMS: [(usize, usize, usize); 2] = [(6, 13, 16), (6, 18, 23)];

/// The digits of numbers in ids. Only the first 36 are used where file names do not tell capitals apart.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Id {
    pub(super) const MAX_LEN: usize = 23;

    /// How much earlier than a line about it a message may have come in, in seconds.
    const MAX_AGE: i64 = 60 * 86_400;

    /// How much later than a line about it a message may seem to have come in, in seconds: by the offset of local time from
    /// UTC.
    const MAX_OFFSET: i64 = 14 * 3600;

    /// Parses the id at the start of a text, of a message at the host whose name has the hash `host`; returns it with what
    /// follows the space after it.
    #[inline]
    pub(super) fn parse(host: u64, text: &[u8]) -> Option<(Self, &[u8])> {
        let is_form = |&&(first, second, len): &&(usize, usize, usize)| {
            text.get(first) == Some(&b'-')
                && text.get(second) == Some(&b'-')
                && matches!(text.get(len), None | Some(b' '))
                && text.len() >= len
        };
        let &(first, second, len) = FORMS.iter().find(is_form)?;
        let is_digit = |(at, byte): (usize, &u8)| at == first || at == second || byte.is_ascii_alphanumeric();
        text[..len].iter().enumerate().all(is_digit).then_some(())?;
        let mut id = [0; Self::MAX_LEN];
        id[..len].copy_from_slice(&text[..len]);
        Some((Self { host, text: id }, text.get(len + 1..).unwrap_or_default()))
    }

    /// Returns the characters of the id.
    pub(super) fn as_bytes(&self) -> &[u8] {
        let len = self.text.iter().position(|&byte| byte == 0).unwrap_or(Self::MAX_LEN);
        &self.text[..len]
    }

    /// Returns the second since 1970 at which the message began to come in, which is the start of the id; `None` if that is
    /// no time before that of a line about it, `at` seconds since 1970.
    pub(super) fn received_at(&self, at: i64) -> Option<i64> {
        let second = |base: usize| {
            let digit = |byte: &u8| DIGITS[..base].iter().position(|digit| digit == byte);
            let mut second = 0_i64;
            for byte in &self.text[..6] {
                second = second * i64::try_from(base).ok()? + i64::try_from(digit(byte)?).ok()?;
            }
            (-Self::MAX_OFFSET..=Self::MAX_AGE).contains(&(at - second)).then_some(second)
        };
        second(62).or_else(|| second(36))
    }

    /// Returns the hash that distinguishes the message to a recipient from the others of this id: `address`, in lower case,
    /// and the address that led to it if it is a pipe, a file or an automatic reply.
    pub(super) fn recipient_hash(&self, address: &[u8], original: &[u8]) -> u64 {
        let hash_of_address = hash_lowercase(self.host, address);
        if original.is_empty() { hash_of_address } else { hash_lowercase(hash_of_address, original) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_ids_are_parsed() {
        for (text, id, rest) in [
            ("1vmTmK-00016Q-0b <= x", "1vmTmK-00016Q-0b", "<= x"),
            ("1vmTnI-00000001mMc-132G => x", "1vmTnI-00000001mMc-132G", "=> x"),
            ("1vmTmK-00016Q-0b", "1vmTmK-00016Q-0b", ""),
            ("1VMTMK-00016Q-0B ", "1VMTMK-00016Q-0B", ""),
        ] {
            let (found, after) = Id::parse(1, text.as_bytes()).unwrap();
            assert_eq!((found.as_bytes(), after), (id.as_bytes(), rest.as_bytes()));
        }
        for text in [
            "",
            "1vmTmK",
            "1vmTmK-00016Q-0",
            "1vmTmK-00016Q-0bb x",
            "1vmTmK-00016Q-0_ x",
            "1vmTm--00016Q-0b x",
            "H=a-b.example-xx y",
            "1vmTnI-00000001mMc-132 x",
        ] {
            assert_eq!(Id::parse(1, text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_id_begins_with_the_second_of_its_reception() {
        for (id, at, expected) in [
            ("1vmTmK-00016Q-0b", 1_769_938_205, Some(1_769_938_200)),
            ("1vmTmK-00016Q-0b", 1_769_938_200 - 11 * 3600, Some(1_769_938_200)),
            ("1vmTmK-00016Q-0b", 1_769_938_200 + 61 * 86_400, None),
            ("1vmTmK-00016Q-0b", 1_669_938_200, None),
            // Of a system whose file names do not tell capitals apart.
            ("T9RX1M-00016Q-0B", 1_769_938_267, Some(1_769_938_186)),
        ] {
            assert_eq!(Id::parse(1, id.as_bytes()).unwrap().0.received_at(at), expected, "{id} {at}");
        }
    }

    #[test]
    fn recipients_differ_by_host_and_address_but_not_by_capitals() {
        let id = |host| Id::parse(host, b"1vmTmK-00016Q-0b").unwrap().0;
        let hash = |host, address: &str, original: &str| {
            id(host).recipient_hash(address.as_bytes(), original.as_bytes())
        };
        assert_eq!(hash(1, "Ann@x.example", ""), hash(1, "ann@X.example", ""));
        let all = [
            hash(1, "a@x", ""),
            hash(2, "a@x", ""),
            hash(1, "b@x", ""),
            hash(1, "|cmd", "a@x"),
            hash(1, "|cmd", "b@x"),
        ];
        let unique: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(unique.len(), all.len());
    }
}
