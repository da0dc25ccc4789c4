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

/// Is set in the byte of the event type if an instant of creation follows.
const HAS_TOLD: u8 = 1 << 7;

/// The number of bytes of a number of each class. A zero has none.
const LENGTHS: [usize; 4] = [0, 1, 2, 4];
const MASKS: [u32; 4] = [0, 0xff, 0xffff, u32::MAX];

/// The number of bytes before the numbers: the hash, the instant, the event type, and the class of each number in two bits.
const FIXED: usize = 4 + 6 + 1 + 2;
const NUMBERS: usize = 6;

impl<'a> Row<'a> {
    /// Appends the row.
    #[inline]
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let EventCodes { facts: Facts { sender, recipient, content, told }, own } = self.codes;
        let attributes = self.attributes.map_or(0, |index| index.saturating_add(1));
        let mut head = [0; FIXED + 4 * NUMBERS + 6];
        let (mut end, mut classes) = (FIXED, 0_u16);
        for (number, place) in [self.account, sender, recipient, content, own, attributes].into_iter().zip(0..) {
            let class = class(number);
            head[end..end + 4].copy_from_slice(&number.to_le_bytes());
            classes |= class << (2 * place);
            end += LENGTHS[usize::from(class)];
        }
        let [classes, more_classes] = classes.to_le_bytes();
        let mut event_type = self.event_type;
        if let Some(told) = told {
            event_type |= HAS_TOLD;
            head[end..end + 6].copy_from_slice(&told.to_le_bytes()[..6]);
            end += 6;
        }
        head[..4].copy_from_slice(&self.hash.to_le_bytes());
        head[4..10].copy_from_slice(&self.at.to_le_bytes()[..6]);
        head[10..FIXED].copy_from_slice(&[event_type, classes, more_classes]);
        out.extend_from_slice(&head[..end]);
        push_text(out, self.message);
        push_text(out, self.id);
    }

    /// Takes a row from the start of `bytes`; `None` at their end.
    #[inline]
    pub(super) fn read(bytes: &mut &'a [u8]) -> Option<Self> {
        let hash = u32::from_le_bytes(take(bytes)?);
        let at = instant(bytes)?;
        let [event_type, classes, more_classes] = take(bytes)?;
        let classes = u16::from_le_bytes([classes, more_classes]);
        let mut numbers = [0; NUMBERS];
        for (number, place) in numbers.iter_mut().zip(0..) {
            let class = usize::from(classes >> (2 * place) & 3);
            // Texts follow, so there are four bytes.
            *number = u32::from_le_bytes(*bytes.first_chunk()?) & MASKS[class];
            *bytes = bytes.get(LENGTHS[class]..)?;
        }
        let [account, sender, recipient, content, own, attributes] = numbers;
        let told = if event_type & HAS_TOLD == 0 { None } else { Some(instant(bytes)?) };
        let mut texts = Texts(bytes);
        let (message, id) = (texts.next()?, texts.next()?);
        *bytes = texts.0;
        let codes = EventCodes { facts: Facts { sender, recipient, content, told }, own };
        let (event_type, attributes) = (event_type & !HAS_TOLD, attributes.checked_sub(1));
        Some(Self { hash, account, at, event_type, codes, attributes, message, id })
    }
}

/// Returns the class of a number: see [`LENGTHS`].
fn class(number: u32) -> u16 {
    u16::from(number > 0) + u16::from(number > 0xff) + u16::from(number > 0xffff)
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
