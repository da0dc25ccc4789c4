//! The texts of an event as bytes, by which a known combination is found at once.

use std::borrow::Cow;

use super::columns::Part;
use crate::event::EventRef;
use crate::event_type::EventType;

/// A buffer for the bytes of a part. Equal bytes are equal texts.
#[derive(Debug, Default)]
pub(super) struct Key(Vec<u8>);

/// The bytes of all parts that a message has.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageKey<'a> {
    bytes: &'a [u8],
    /// Where the parts end.
    ends: [usize; 3],
}

/// Stand before what has no number: the other fields of a sender or of an event, and the tags of a content.
const OTHERS: u8 = 0;
const TAGS: u8 = 10;

impl Key {
    /// Returns the bytes of a part; empty if it has no values.
    #[inline]
    pub(super) fn of(&mut self, part: Part, row: &EventRef<'_>) -> &[u8] {
        self.0.clear();
        self.push(part, row);
        &self.0
    }

    /// Returns the bytes of all parts that a message has.
    #[inline]
    pub(super) fn of_message(&mut self, row: &EventRef<'_>) -> MessageKey<'_> {
        self.0.clear();
        self.push(Part::Sender, row);
        let sender = self.0.len();
        self.push(Part::Recipient, row);
        let recipient = self.0.len();
        self.push(Part::Content, row);
        let content = self.0.len();
        MessageKey { bytes: &self.0, ends: [sender, recipient, content] }
    }

    #[inline]
    fn push(&mut self, part: Part, row: &EventRef<'_>) {
        match part {
            Part::Sender => self.push_sender(row),
            Part::Recipient => self.push_texts(6, [&row.recipient_domain, &row.provider]),
            Part::Content => self.push_content(row),
            Part::Own => self.push_own(row),
        }
    }

    fn push_sender(&mut self, row: &EventRef<'_>) {
        let flag = |value: Option<bool>| value.map_or(0, |value| 1 + u8::from(value));
        let stream = row.stream.map_or(0, |stream| 1 + stream as u8);
        let small = [stream, flag(row.open_tracking), flag(row.click_tracking)];
        if small != [0; 3] {
            self.0.push(OTHERS);
            self.0.extend(small);
        }
        self.push_texts(1, [&row.subaccount, &row.domain, &row.mailbox, &row.ip, &row.ip_pool]);
    }

    fn push_content(&mut self, row: &EventRef<'_>) {
        self.push_texts(8, [&row.category, &row.campaign]);
        if !row.tags.is_empty() {
            self.0.push(TAGS);
            row.tags.iter().for_each(|tag| self.push_text(tag));
        }
    }

    fn push_own(&mut self, row: &EventRef<'_>) {
        self.push_texts(1, [&row.country, &row.device, &row.client, &row.bot]);
        self.push_texts(5, [&row.transport, &row.attempt_ip, &row.attempt_ip_pool, &row.reason]);
        let has_bot = matches!(row.event_type(), EventType::OpenedMachine | EventType::ClickedMachine);
        if has_bot || row.code.is_some() || row.attempt.is_some() || row.optimized.is_some() {
            self.0.push(OTHERS);
            self.push_text(row.code.as_ref().map_or("", |code| code.as_str()));
            self.0.extend(row.attempt.map_or(0, std::num::NonZeroU32::get).to_le_bytes());
            self.0.push(row.optimized.map_or(0, |value| 1 + u8::from(value)));
            self.0.push(u8::from(has_bot));
        }
    }

    /// Appends the texts that are not empty, each after its number, counted from `first`.
    #[inline]
    fn push_texts<const N: usize>(&mut self, first: u8, texts: [&Option<Cow<'_, str>>; N]) {
        for (number, text) in (first..).zip(texts) {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                self.0.push(number);
                self.push_text(text);
            }
        }
    }

    /// Appends a text and its length, so that no two lists of texts have the same bytes.
    fn push_text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        match u8::try_from(bytes.len()) {
            Ok(length) if length < u8::MAX => self.0.push(length),
            Ok(_) | Err(_) => {
                self.0.push(u8::MAX);
                self.0.extend((bytes.len() as u64).to_le_bytes());
            }
        }
        self.0.extend_from_slice(bytes);
    }
}

impl<'a> MessageKey<'a> {
    /// Returns the bytes of all parts. They are equal only if those of each part are: no two parts number texts alike.
    #[inline]
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the bytes of the sender, of the recipient and of the content.
    #[inline]
    pub(super) fn parts(&self) -> [&'a [u8]; 3] {
        let [sender, recipient, content] = self.ends;
        [&self.bytes[..sender], &self.bytes[sender..recipient], &self.bytes[recipient..content]]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::event::Stream;
    use crate::kind::Kind;

    #[test]
    fn the_same_texts_in_other_fields_are_other_bytes() {
        let fill = |fields: u32| {
            let at = chrono::DateTime::from_timestamp(1_770_000_000, 0).unwrap();
            let mut row = EventRef::new("a", "m", "e", Kind::Sent, at);
            let texts = [
                &mut row.subaccount,
                &mut row.domain,
                &mut row.mailbox,
                &mut row.ip,
                &mut row.ip_pool,
                &mut row.recipient_domain,
                &mut row.provider,
                &mut row.category,
                &mut row.campaign,
            ];
            let count = texts.len();
            let is_set = |index: usize| fields >> index & 1 > 0;
            for (index, text) in texts.into_iter().enumerate().filter(|(index, _)| is_set(*index)) {
                // One text is the bytes of another field.
                *text = Some(if index % 2 == 0 { "x" } else { "\u{6}\u{1}x" }.into());
            }
            row.stream = is_set(count).then_some(Stream::Bulk);
            row.open_tracking = is_set(count + 1).then_some(true);
            row.tags = (0..2).filter(|tag| is_set(count + 2 + tag)).map(|_| "x".into()).collect();
            row
        };
        // One tag or the other are the same tags.
        let combinations = (0..1 << 13).filter(|fields| fields >> 11 != 2);
        let keys = combinations.map(|fields| Key::default().of_message(&fill(fields)).bytes().to_vec());
        let keys: Vec<Vec<u8>> = keys.collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    }
}
