//! The texts of an event as bytes, by which a known combination is found at once.

use std::borrow::Cow;

use super::columns::Part;
use crate::event::EventRef;
use crate::event_type::EventType;

/// A buffer for the bytes of a part. Equal bytes are equal texts.
#[derive(Debug, Default)]
pub(super) struct Key(Vec<u8>);

impl Key {
    /// Returns the bytes of a part; empty if it has no values.
    pub(super) fn of(&mut self, part: Part, row: &EventRef<'_>) -> &[u8] {
        self.0.clear();
        let has_values = match part {
            Part::Sender => self.push_sender(row),
            Part::Recipient => self.push_texts([&row.recipient_domain, &row.provider]),
            Part::Content => self.push_content(row),
            Part::Own => self.push_own(row),
        };
        if has_values { &self.0 } else { &[] }
    }

    fn push_sender(&mut self, row: &EventRef<'_>) -> bool {
        let texts = [&row.subaccount, &row.domain, &row.mailbox, &row.ip, &row.ip_pool];
        let has_text = self.push_texts(texts);
        let flag = |value: Option<bool>| value.map_or(0, |value| 1 + u8::from(value));
        let stream = row.stream.map_or(0, |stream| 1 + stream as u8);
        let small = [stream, flag(row.open_tracking), flag(row.click_tracking)];
        self.0.extend(small);
        has_text || small != [0; 3]
    }

    fn push_content(&mut self, row: &EventRef<'_>) -> bool {
        let has_text = self.push_texts([&row.category, &row.campaign]);
        row.tags.iter().for_each(|tag| self.push_text(tag));
        has_text || !row.tags.is_empty()
    }

    fn push_own(&mut self, row: &EventRef<'_>) -> bool {
        let has_bot = matches!(row.event_type(), EventType::OpenedMachine | EventType::ClickedMachine);
        let has_code = row.code.is_some() || row.attempt.is_some() || row.optimized.is_some();
        let (one, two) = (
            [&row.country, &row.device, &row.client, &row.bot],
            [&row.transport, &row.attempt_ip, &row.attempt_ip_pool, &row.reason],
        );
        if !has_bot && !has_code && one.iter().chain(&two).all(|text| text.is_none()) {
            return false;
        }
        self.push_texts(one);
        self.push_texts(two);
        self.push_text(row.code.as_ref().map_or("", |code| code.as_str()));
        self.0.extend(row.attempt.map_or(0, std::num::NonZeroU32::get).to_le_bytes());
        self.0.push(row.optimized.map_or(0, |value| 1 + u8::from(value)));
        self.0.push(u8::from(has_bot));
        true
    }

    /// Appends texts. Returns whether one of them is not empty.
    fn push_texts<const N: usize>(&mut self, texts: [&Option<Cow<'_, str>>; N]) -> bool {
        for text in texts {
            self.push_text(text.as_deref().unwrap_or_default());
        }
        self.0.len() > N
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
