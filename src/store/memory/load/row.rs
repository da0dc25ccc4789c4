//! A row of a load as bytes.

use super::super::dictionary::Facts;
use super::super::known::EventCodes;
use super::super::segment::{Texts, push_text};

/// One event on its way from a lane to its message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// The upper half of the hash of the message's id.
    pub(super) hash: u32,
    /// The number of the account.
    pub(super) account: u32,
    /// In milliseconds since 1970.
    pub(super) at: i64,
    /// The place of the event type in [`EventType::ALL`](crate::EventType::ALL).
    pub(super) event_type: u8,
    pub(super) codes: EventCodes,
    /// The index of the attributes in the lane; `None` if there are none.
    pub(super) attributes: Option<u32>,
    pub(super) message: &'a str,
    pub(super) id: &'a str,
}

const HAS_TOLD: u8 = 1 << 6;
const HAS_ATTRIBUTES: u8 = 1 << 7;

impl<'a> Row<'a> {
    /// Appends the row.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let EventCodes { facts: Facts { sender, recipient, content, told }, own } = self.codes;
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.at.to_le_bytes()[..6]);
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        out.push(
            self.event_type
                | flag(told.is_some(), HAS_TOLD)
                | flag(self.attributes.is_some(), HAS_ATTRIBUTES),
        );
        [self.account, sender, recipient, content, own]
            .into_iter()
            .for_each(|number| push_number(out, number));
        told.iter().for_each(|told| out.extend_from_slice(&told.to_le_bytes()[..6]));
        self.attributes.iter().for_each(|index| push_number(out, *index));
        push_text(out, self.message);
        push_text(out, self.id);
    }

    /// Takes a row from the start of `bytes`; `None` at their end.
    #[inline]
    pub(super) fn read(bytes: &mut &'a [u8]) -> Option<Self> {
        let hash = u32::from_le_bytes(take(bytes)?);
        let at = instant(bytes)?;
        let [flags] = take(bytes)?;
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = take_number(bytes)?;
        }
        let [account, sender, recipient, content, own] = numbers;
        let told = if flags & HAS_TOLD == 0 { None } else { Some(instant(bytes)?) };
        let attributes = if flags & HAS_ATTRIBUTES == 0 { None } else { Some(take_number(bytes)?) };
        let mut texts = Texts(bytes);
        let (message, id) = (texts.next()?, texts.next()?);
        *bytes = texts.0;
        let codes = EventCodes { facts: Facts { sender, recipient, content, told }, own };
        Some(Self { hash, account, at, event_type: flags & (HAS_TOLD - 1), codes, attributes, message, id })
    }
}

/// Takes an instant, which has six bytes.
fn instant(bytes: &mut &[u8]) -> Option<i64> {
    let [a, b, c, d, e, f] = take(bytes)?;
    Some(i64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

/// Appends a number, seven bits in each byte.
fn push_number(out: &mut Vec<u8>, mut number: u32) {
    while let rest @ 1.. = number >> 7 {
        let [low, ..] = number.to_le_bytes();
        out.push(low | 0x80);
        number = rest;
    }
    let [low, ..] = number.to_le_bytes();
    out.push(low);
}

#[inline]
fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let [byte] = take(bytes)?;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_were_written() {
        let long = "x".repeat(1000);
        let row = |number: u32, told, attributes, text| Row {
            hash: u32::MAX - number,
            account: number,
            at: 1_770_000_000_123 + i64::from(number),
            event_type: 63,
            codes: EventCodes {
                facts: Facts { sender: number, recipient: 127, content: 128, told },
                own: u32::MAX,
            },
            attributes,
            message: text,
            id: "1",
        };
        let rows = [row(0, None, None, "é"), row(300, Some(253_402_300_799_999), Some(70_000), &long)];
        let mut bytes = Vec::new();
        rows.iter().for_each(|row| row.write(&mut bytes));
        let mut rest = &bytes[..];
        for row in rows {
            assert_eq!(format!("{:?}", Row::read(&mut rest).unwrap()), format!("{row:?}"));
        }
        assert!(Row::read(&mut rest).is_none());
    }
}
