//! Numbers and texts as bytes.
//!
//! A *varint* has seven bits in each byte, the lowest first; all bytes but the last have the highest bit. A *zigzag* is the
//! place of a number in 0, −1, 1, −2, …, as a varint, so that numbers near 0 are short. Bytes and texts follow their length, a
//! varint. Each value has one form only.

use super::reader::Block;
use crate::store::snapshot_error::SnapshotError;

/// Appends values to bytes.
#[derive(Debug, Default)]
pub(in super::super) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// Returns what was appended.
    pub(in super::super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Removes all bytes, and keeps their memory.
    pub(in super::super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Appends a byte.
    pub(in super::super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Appends a number as a varint.
    #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are meant")]
    pub(in super::super) fn varint(&mut self, value: u64) {
        let mut rest = value;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    /// Appends a number as a zigzag.
    pub(in super::super) fn zigzag(&mut self, value: i64) {
        self.varint((value << 1 ^ value >> 63).cast_unsigned());
    }

    /// Appends bytes after their length.
    pub(in super::super) fn bytes(&mut self, value: &[u8]) {
        self.varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// Appends a text after its length.
    pub(in super::super) fn str(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }
}

/// Reads values from a block, in the order in which they were appended. Nothing is allocated.
#[derive(Clone, Debug)]
pub(in super::super) struct Decoder<'a> {
    block: &'a Block,
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Starts at a byte of a block.
    pub(in super::super) fn new(block: &'a Block, at: usize) -> Self {
        Self { block, at }
    }

    /// Returns the number of the next byte.
    pub(in super::super) fn position(&self) -> usize {
        self.at
    }

    /// Returns whether no byte is left.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// Checks that no byte is left.
    pub(in super::super) fn finish(self) -> Result<(), SnapshotError> {
        match self.rest().len() {
            0 => Ok(()),
            left => Err(self.damaged(format!("the end was expected, and {left} bytes are left"))),
        }
    }

    /// Reads a byte.
    pub(in super::super) fn u8(&mut self) -> Result<u8, SnapshotError> {
        let Some(byte) = self.rest().first() else { return Err(self.damaged("the end before a byte")) };
        self.at += 1;
        Ok(*byte)
    }

    /// Reads a varint.
    pub(in super::super) fn varint(&mut self) -> Result<u64, SnapshotError> {
        // Most numbers are small.
        if let Some(byte) = self.rest().first().filter(|byte| **byte < 0x80) {
            self.at += 1;
            return Ok((*byte).into());
        }
        let (mut value, mut shift) = (0, 0);
        for (index, byte) in self.rest().iter().enumerate() {
            let digit = u64::from(byte & 0x7f);
            if shift == 63 && *byte > 1 {
                return Err(self.damaged("a number of more than 64 bits"));
            }
            value |= digit << shift;
            if byte & 0x80 == 0 {
                if digit == 0 && index > 0 {
                    return Err(self.damaged("a number that is longer than it must be"));
                }
                self.at += index + 1;
                return Ok(value);
            }
            shift += 7;
        }
        Err(self.damaged("the end within a number"))
    }

    /// Reads a varint that is at most `max`.
    pub(in super::super) fn at_most(&mut self, max: u32) -> Result<u32, SnapshotError> {
        let start = self.at;
        let value = self.varint()?;
        match u32::try_from(value) {
            Ok(value) if value <= max => Ok(value),
            Ok(_) | Err(_) => {
                self.at = start;
                Err(self.damaged(format!("the number {value}, and at most {max} was expected")))
            }
        }
    }

    /// Reads a zigzag.
    pub(in super::super) fn zigzag(&mut self) -> Result<i64, SnapshotError> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// Reads a varint that is the number of values that follow, each of which has at least `least` bytes. So it is never much
    /// larger than the block, and room for the values can be allocated.
    pub(in super::super) fn count(&mut self, least: usize) -> Result<usize, SnapshotError> {
        let start = self.at;
        let count = self.varint()?;
        let most = self.rest().len() / least.max(1);
        match usize::try_from(count) {
            Ok(count) if count <= most => Ok(count),
            _ => {
                self.at = start;
                Err(self.damaged(format!("a count of {count}, and at most {most} can follow")))
            }
        }
    }

    /// Reads bytes and their length.
    pub(in super::super) fn bytes(&mut self) -> Result<&'a [u8], SnapshotError> {
        let len = self.count(1)?;
        let (bytes, _) = self.rest().split_at(len);
        self.at += len;
        Ok(bytes)
    }

    /// Reads a text and its length.
    pub(in super::super) fn str(&mut self) -> Result<&'a str, SnapshotError> {
        let start = self.at;
        let bytes = self.bytes()?;
        str::from_utf8(bytes).map_err(|error| {
            self.at = start;
            self.damaged(format!("a text that is not UTF-8: {error}"))
        })
    }

    /// Reads a text of 1 to `max` bytes, and its length.
    pub(in super::super) fn text(&mut self, max: usize) -> Result<&'a str, SnapshotError> {
        let start = self.at;
        let text = self.str()?;
        if (1..=max).contains(&text.len()) {
            return Ok(text);
        }
        self.at = start;
        Err(self.damaged(format!("a text of {} bytes, and 1 to {max} were expected", text.len())))
    }

    /// Makes the error of a value that is wrong at this place. `found` says what was found, and what was expected.
    pub(in super::super) fn damaged(&self, found: impl AsRef<str>) -> SnapshotError {
        let Block { path, at, number, .. } = self.block;
        let what = format!("block {number} has at its byte {}: {}", self.at, found.as_ref());
        SnapshotError::damaged(path, *at, what)
    }

    fn rest(&self) -> &'a [u8] {
        self.block.bytes.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Value {
        U8(u8),
        Varint(u64),
        Zigzag(i64),
        Bytes(Vec<u8>),
        Str(String),
    }

    /// Numbers of every length.
    fn numbers() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift)
    }

    fn values() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<u8>().prop_map(Value::U8),
            numbers().prop_map(Value::Varint),
            (numbers(), any::<bool>()).prop_map(|(number, is_negative)| {
                Value::Zigzag(if is_negative { !number.cast_signed() } else { number.cast_signed() })
            }),
            proptest::collection::vec(any::<u8>(), 0..200).prop_map(Value::Bytes),
            any::<String>().prop_map(Value::Str),
        ]
    }

    fn encode(encoder: &mut Encoder, value: &Value) {
        match value {
            Value::U8(value) => encoder.u8(*value),
            Value::Varint(value) => encoder.varint(*value),
            Value::Zigzag(value) => encoder.zigzag(*value),
            Value::Bytes(value) => encoder.bytes(value),
            Value::Str(value) => encoder.str(value),
        }
    }

    /// Reads a value of the same type as `like`.
    fn decode(decoder: &mut Decoder<'_>, like: &Value) -> Result<Value, SnapshotError> {
        Ok(match like {
            Value::U8(_) => Value::U8(decoder.u8()?),
            Value::Varint(_) => Value::Varint(decoder.varint()?),
            Value::Zigzag(_) => Value::Zigzag(decoder.zigzag()?),
            Value::Bytes(_) => Value::Bytes(decoder.bytes()?.to_owned()),
            Value::Str(_) => Value::Str(decoder.str()?.to_owned()),
        })
    }

    fn block(bytes: &[u8]) -> Block {
        Block::new("a.snapshot".as_ref(), 40, 1, bytes.to_owned())
    }

    proptest! {
        #[test]
        fn what_was_appended_is_read(values in proptest::collection::vec(values(), 0..20)) {
            let mut encoder = Encoder::default();
            values.iter().for_each(|value| encode(&mut encoder, value));
            let block = block(encoder.as_bytes());
            let mut decoder = Decoder::new(&block, 0);
            for value in &values {
                prop_assert_eq!(&decode(&mut decoder, value).unwrap(), value);
            }
            prop_assert!(decoder.is_empty());
            prop_assert!(decoder.finish().is_ok());
            encoder.clear();
            prop_assert!(encoder.as_bytes().is_empty());
        }

        #[test]
        fn no_shorter_bytes_are_a_value(value in values(), cut in any::<proptest::sample::Index>()) {
            let mut encoder = Encoder::default();
            encode(&mut encoder, &value);
            let bytes = encoder.as_bytes();
            let block = block(&bytes[..cut.index(bytes.len())]);
            let error = decode(&mut Decoder::new(&block, 0), &value).unwrap_err();
            let is_of_the_block = matches!(error, SnapshotError::Damaged { at: 40, .. });
            prop_assert!(is_of_the_block, "{}", error);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic_and_have_one_form(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            like in proptest::collection::vec(values(), 0..20),
        ) {
            let block = block(&bytes);
            let (mut decoder, mut encoder) = (Decoder::new(&block, 0), Encoder::default());
            for like in &like {
                let Ok(value) = decode(&mut decoder, like) else { break };
                encode(&mut encoder, &value);
            }
            prop_assert_eq!(encoder.as_bytes(), &bytes[..bytes.len() - decoder.rest().len()]);
        }
    }

    /// Returns the message of the error of reading `bytes`.
    fn refused(bytes: &[u8], read: fn(&mut Decoder<'_>) -> Result<(), SnapshotError>) -> String {
        let block = block(bytes);
        let mut decoder = Decoder::new(&block, 0);
        decoder.u8().unwrap();
        let message = read(&mut decoder).unwrap_err().to_string();
        let start = "the snapshot `a.snapshot` is damaged at byte 40: block 1 has at its byte 1: ";
        message.strip_prefix(start).unwrap_or_else(|| panic!("{message}")).to_owned()
    }

    #[test]
    fn an_error_says_what_was_found_and_what_was_expected() {
        assert_eq!(refused(&[0], |decoder| decoder.u8().map(drop)), "the end before a byte");
        assert_eq!(refused(&[0, 0x80], |decoder| decoder.varint().map(drop)), "the end within a number");
        assert_eq!(
            refused(&[0, 0x80, 0], |decoder| decoder.varint().map(drop)),
            "a number that is longer than it must be"
        );
        assert_eq!(
            refused(&[0, 5, b'a'], |decoder| decoder.bytes().map(drop)),
            "a count of 5, and at most 1 can follow"
        );
        assert!(
            refused(&[0, 1, 0xff], |decoder| decoder.str().map(drop))
                .starts_with("a text that is not UTF-8: ")
        );
        assert_eq!(
            refused(&[0, 1], |decoder| decoder.clone().finish()),
            "the end was expected, and 1 bytes are left"
        );
    }

    #[test]
    fn a_varint_has_at_most_64_bits() {
        let mut bytes = [0xff; 11];
        bytes[0] = 0;
        bytes[10] = 1;
        let largest = block(&bytes[1..]);
        assert_eq!(Decoder::new(&largest, 0).varint().unwrap(), u64::MAX);
        for last in [2, 0x81, 0xff] {
            bytes[10] = last;
            assert_eq!(
                refused(&bytes, |decoder| decoder.varint().map(drop)),
                "a number of more than 64 bits"
            );
        }
    }

    #[test]
    fn a_count_is_at_most_what_can_follow() {
        let bytes = [&[0, 3][..], &[7; 12]].concat();
        assert_eq!(
            refused(&bytes, |decoder| decoder.count(5).map(drop)),
            "a count of 3, and at most 2 can follow"
        );
        let block = block(&bytes[1..]);
        assert_eq!(Decoder::new(&block, 0).count(4).unwrap(), 3);
        let mut huge = Encoder::default();
        huge.u8(0);
        huge.varint(u64::MAX);
        assert!(
            refused(huge.as_bytes(), |decoder| decoder.bytes().map(drop))
                .starts_with("a count of 18446744073709551615, ")
        );
    }
}
