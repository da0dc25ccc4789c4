//! A row of a load as bytes.

use super::super::dictionary::Facts;
use super::super::known::EventCodes;

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
    /// The index of the attributes, in the lane or among those of all lanes; `None` if there are none.
    pub(super) attributes: Option<u32>,
    pub(super) message: &'a str,
    pub(super) id: &'a str,
}

/// A row as it is kept while its partition is grouped, in as few bytes as a line of the cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compact<'a> {
    pub(super) hash: u32,
    pub(super) account: u32,
    pub(super) at: i64,
    /// [`NEVER`] if the creation is not told.
    told: i64,
    /// The codes of sender, recipient and content, and the event's own.
    codes: [u32; 4],
    /// 0 if there are no attributes.
    attributes: u32,
    event_type: u8,
    message_len: u16,
    /// The id of the message, then that of the event.
    ids: &'a str,
}

const NEVER: i64 = i64::MAX;

/// Is set in the byte of the event type if an instant of creation follows.
const HAS_TOLD: u8 = 1 << 7;

/// The number of bytes of a number of each class. A zero has none.
const LENGTHS: [usize; 4] = [0, 1, 2, 4];
const MASKS: [u32; 4] = [0, 0xff, 0xffff, u32::MAX];

/// A row starts with the class of each of these numbers, in two bits, and the numbers.
const NUMBERS: usize = 8;

/// The maximum size of a row without its ids: the classes, the numbers, the hash, the instant, the event type and the creation.
pub(super) const FIXED_SIZE: usize = 2 + 4 * NUMBERS + 4 + 6 + 1 + 6;

impl Row<'_> {
    /// Appends the row.
    #[inline]
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let EventCodes { facts: Facts { sender, recipient, content, told }, own } = self.codes;
        let attributes = self.attributes.map_or(0, |index| index.saturating_add(1));
        // No id is longer than `Event::MAX_TEXT_BYTES`.
        let [message_len, id_len] =
            [self.message, self.id].map(|id| u32::try_from(id.len()).unwrap_or(u32::MAX));
        let numbers = [message_len, id_len, self.account, sender, recipient, content, own, attributes];
        let mut head = [0; FIXED_SIZE];
        let (mut end, mut classes) = (2, 0_u16);
        for (number, place) in numbers.into_iter().zip(0..) {
            let class = class(number);
            head[end..end + 4].copy_from_slice(&number.to_le_bytes());
            classes |= class << (2 * place);
            end += LENGTHS[usize::from(class)];
        }
        head[..2].copy_from_slice(&classes.to_le_bytes());
        head[end..end + 4].copy_from_slice(&self.hash.to_le_bytes());
        head[end + 4..end + 10].copy_from_slice(&self.at.to_le_bytes()[..6]);
        head[end + 10] = self.event_type;
        if let Some(told) = told {
            head[end + 10] |= HAS_TOLD;
            head[end + 11..end + 17].copy_from_slice(&told.to_le_bytes()[..6]);
            end += 6;
        }
        out.extend_from_slice(&head[..end + 11]);
        out.extend_from_slice(self.message.as_bytes());
        out.extend_from_slice(self.id.as_bytes());
    }
}

impl<'a> Compact<'a> {
    /// Takes a row from the start of `bytes`; `None` at their end. `lane` is the index of the first attributes of its lane among
    /// those of all lanes.
    #[inline]
    pub(super) fn read(bytes: &mut &'a [u8], lane: u32) -> Option<Self> {
        let classes = u16::from_le_bytes(take(bytes)?);
        let mut numbers = [0; NUMBERS];
        for (number, place) in numbers.iter_mut().zip(0..) {
            let class = usize::from(classes >> (2 * place) & 3);
            // More than four bytes follow.
            *number = u32::from_le_bytes(*bytes.first_chunk()?) & MASKS[class];
            *bytes = bytes.get(LENGTHS[class]..)?;
        }
        let [message_len, id_len, account, sender, recipient, content, own, attributes] = numbers;
        let hash = u32::from_le_bytes(take(bytes)?);
        let at = instant(bytes)?;
        let [event_type] = take(bytes)?;
        let told = if event_type & HAS_TOLD == 0 { NEVER } else { instant(bytes)? };
        let (ids, rest) = bytes.split_at_checked(message_len as usize + id_len as usize)?;
        *bytes = rest;
        Some(Self {
            hash,
            account,
            at,
            told,
            codes: [sender, recipient, content, own],
            attributes: if attributes == 0 { 0 } else { attributes.saturating_add(lane) },
            event_type: event_type & !HAS_TOLD,
            message_len: u16::try_from(message_len).unwrap_or(u16::MAX),
            // Only whole texts are written.
            ids: str::from_utf8(ids).unwrap_or_default(),
        })
    }

    /// Returns the earlier of its instant and of the creation that it tells.
    pub(super) fn earliest(&self) -> i64 {
        self.at.min(self.told)
    }

    /// Returns the id of the message.
    #[inline]
    pub(super) fn message(&self) -> &'a str {
        self.ids.get(..self.message_len.into()).unwrap_or_default()
    }

    /// Returns the row.
    #[inline]
    pub(super) fn row(&self) -> Row<'a> {
        let [sender, recipient, content, own] = self.codes;
        let told = Some(self.told).filter(|told| *told != NEVER);
        Row {
            hash: self.hash,
            account: self.account,
            at: self.at,
            event_type: self.event_type,
            codes: EventCodes { facts: Facts { sender, recipient, content, told }, own },
            attributes: self.attributes.checked_sub(1),
            message: self.message(),
            id: self.ids.get(self.message_len.into()..).unwrap_or_default(),
        }
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
    fn a_compact_row_is_not_larger_than_a_line_of_the_cache() {
        assert!(size_of::<Compact<'_>>() <= 64);
    }

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
        let numbers = [1, 0xff, 0x100, 0xffff, 0x1_0000, 1 << 31];
        let mut rows =
            vec![row(0, None, None, "é"), row(300, Some(253_402_300_799_999), Some(70_000), &long)];
        rows.extend(numbers.map(|number| row(number, None, Some(number), "m")));
        let mut bytes = Vec::new();
        rows.iter().for_each(|row| row.write(&mut bytes));
        let mut rest = &bytes[..];
        for row in rows {
            assert_eq!(format!("{:?}", Compact::read(&mut rest, 0).unwrap().row()), format!("{row:?}"));
        }
        assert!(Compact::read(&mut rest, 0).is_none());
    }
}
