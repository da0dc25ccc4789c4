//! Reading and writing numbers and texts as bytes.

use std::sync::Arc;

/// Writes numbers and texts.
#[derive(Debug, Default)]
pub(in crate::store) struct Writer(pub(in crate::store) Vec<u8>);

/// Reads what a [`Writer`] wrote. Each function returns `None` if the bytes are not what is expected.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Reader<'a>(&'a [u8]);

impl Writer {
    pub(in crate::store) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Writes a number, seven bits a byte, the lowest first.
    #[expect(clippy::cast_possible_truncation, reason = "seven bits are cut out, or left")]
    pub(in crate::store) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Writes a number with a sign, so that small ones of both signs are short.
    pub(in crate::store) fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    pub(in crate::store) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(in crate::store) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
}

impl<'a> Reader<'a> {
    pub(in crate::store) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(in crate::store) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    #[inline]
    pub(in crate::store) fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    #[inline]
    pub(in crate::store) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Reads four numbers with signs. Most have one byte each.
    #[inline]
    pub(in crate::store) fn four_signed(&mut self) -> Option<[i64; 4]> {
        if let Some((four, rest)) = self.0.split_first_chunk::<4>()
            && four.iter().all(|byte| *byte < 0x80)
        {
            self.0 = rest;
            return Some(four.map(|byte| i64::from(byte >> 1) ^ -i64::from(byte & 1)));
        }
        Some([self.signed()?, self.signed()?, self.signed()?, self.signed()?])
    }

    /// Reads a number that is an index or a length.
    pub(in crate::store) fn size(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    pub(in crate::store) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.size()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(in crate::store) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(in crate::store) fn shared_text(&mut self) -> Option<Arc<str>> {
        self.text().map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(number in any::<u64>(), small in 0..300_u64, signed in any::<i64>(), text in ".{0,200}") {
            let mut writer = Writer::default();
            writer.number(number);
            writer.number(small);
            writer.signed(signed);
            writer.text(&text);
            writer.byte(7);
            let mut reader = Reader::new(&writer.0);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.number(), Some(small));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.text(), Some(&*text));
            prop_assert_eq!(reader.byte(), Some(7));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn four_numbers_are_read_as_one_after_another(numbers in prop::array::uniform4(prop_oneof![-70..70_i64, any::<i64>()])) {
            let mut writer = Writer::default();
            numbers.iter().for_each(|number| writer.signed(*number));
            let mut reader = Reader::new(&writer.0);
            prop_assert_eq!(reader.four_signed(), Some(numbers));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&bytes);
            while !reader.is_empty() {
                let read = [reader.number().is_some(), reader.signed().is_some(), reader.text().is_some()];
                if read == [false; 3] && reader.byte().is_none() {
                    break;
                }
            }
        }
    }
}
