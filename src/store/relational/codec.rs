//! Histories as bytes: the column `history` of the table of messages.
//!
//! The texts of a message come first, each once, because its events mostly repeat them.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::bytes::{Reader, Writer};
use super::history::{Dropped, History, event_types};
use super::numbers;
use crate::event::{AccountId, EnhancedCode, Event, EventFields, MessageFields, MessageId, Stream};
use crate::event_type::EventType;

/// The first byte of a history. Another form of the bytes gets another number.
const VERSION: u8 = 1;

/// The fields of a message as far as an event has them: those of the event before, none, or others.
const SAME: u8 = 0;
const NONE: u8 = 1;
const OTHER: u8 = 2;

impl History {
    /// Returns the history as bytes.
    pub(in crate::store) fn to_bytes(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.history(self);
        let mut head = Writer(Vec::with_capacity(encoder.out.0.len() + 128));
        head.byte(VERSION);
        head.number(encoder.texts.len() as u64);
        encoder.texts.iter().for_each(|text| head.text(text));
        head.0.extend_from_slice(&encoder.out.0);
        head.0
    }

    /// Reads a history of a message; `None` if the bytes are none.
    pub(in crate::store) fn from_bytes(
        account: &AccountId,
        message: &MessageId,
        bytes: &[u8],
    ) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return None;
        }
        let count = reader.size()?;
        let texts: Option<Vec<Arc<str>>> = (0..count).map(|_| reader.shared_text()).collect();
        let mut decoder = Decoder { reader, texts: texts?, account, message };
        let history = decoder.history()?;
        decoder.reader.is_empty().then_some(history)
    }
}

#[derive(Default)]
struct Encoder<'a> {
    out: Writer,
    texts: Vec<&'a str>,
    indices: FxHashMap<&'a str, usize>,
}

impl<'a> Encoder<'a> {
    fn history(&mut self, history: &'a History) {
        match &history.dropped {
            None => self.out.byte(0),
            Some(dropped) => {
                self.out.byte(1);
                self.dropped(dropped);
            }
        }
        self.out.number(history.events.len() as u64);
        let mut before: Option<&Event> = None;
        for event in &history.events {
            self.event(event, before);
            before = Some(event);
        }
    }

    fn dropped(&mut self, dropped: &'a Dropped) {
        let Dropped { event_types: bits, status, fields, created } = dropped;
        let known: Vec<EventType> = event_types(*bits).collect();
        self.out.number(known.len() as u64);
        known.into_iter().for_each(|event_type| self.out.byte(numbers::of_event_type(event_type)));
        self.out.byte(status.map_or(0, numbers::of_status));
        self.out.signed(created.timestamp_millis());
        self.fields(fields);
    }

    fn event(&mut self, event: &'a Event, before: Option<&'a Event>) {
        self.out.text(event.id().as_str());
        let since = before.map_or(0, |before| before.at().timestamp_millis());
        self.out.signed(event.at().timestamp_millis() - since);
        self.out.byte(numbers::of_event_type(event.event_type()));
        let fields = event.message_fields();
        if before.is_some_and(|before| before.message_fields() == fields) {
            self.out.byte(SAME);
        } else if *fields == MessageFields::NONE {
            self.out.byte(NONE);
        } else {
            self.out.byte(OTHER);
            self.fields(fields);
        }
        self.own(event.event_fields());
        match event.attributes() {
            none if none.is_empty() => self.out.number(0),
            // Attributes are JSON, which can be written.
            some => self.out.bytes(&serde_json::to_vec(some).unwrap_or_default()),
        }
    }

    fn fields(&mut self, fields: &'a MessageFields) {
        let MessageFields {
            subaccount,
            domain,
            category,
            tags,
            stream,
            mailbox,
            campaign,
            ip,
            ip_pool,
            recipient_domain,
            provider,
            open_tracking,
            click_tracking,
            created,
        } = fields;
        let texts =
            [subaccount, domain, category, mailbox, campaign, ip, ip_pool, recipient_domain, provider];
        let others = [
            !tags.is_empty(),
            stream.is_some(),
            open_tracking.is_some(),
            click_tracking.is_some(),
            created.is_some(),
        ];
        self.bits(texts.iter().map(|text| text.is_some()).chain(others));
        texts.into_iter().for_each(|text| self.text(text.as_deref()));
        if !tags.is_empty() {
            self.out.number(tags.len() as u64);
            tags.iter().for_each(|tag| self.text(Some(tag)));
        }
        if let Some(stream) = stream {
            self.out.byte(match stream {
                Stream::Transactional => 0,
                Stream::Bulk => 1,
            });
        }
        [open_tracking, click_tracking]
            .into_iter()
            .flatten()
            .for_each(|tracked| self.out.byte(u8::from(*tracked)));
        created.iter().for_each(|created| self.out.signed(created.timestamp_millis()));
    }

    fn own(&mut self, fields: &'a EventFields) {
        let EventFields {
            country,
            device,
            client,
            bot,
            attempt,
            optimized,
            transport,
            attempt_ip,
            attempt_ip_pool,
            reason,
            code,
        } = fields;
        let texts = [country, device, client, bot, transport, attempt_ip, attempt_ip_pool, reason];
        let others = [attempt.is_some(), optimized.is_some(), code.is_some()];
        self.bits(texts.iter().map(|text| text.is_some()).chain(others));
        texts.into_iter().for_each(|text| self.text(text.as_deref()));
        attempt.iter().for_each(|attempt| self.out.number(attempt.get().into()));
        optimized.iter().for_each(|optimized| self.out.byte(u8::from(*optimized)));
        self.text(code.as_ref().map(EnhancedCode::as_str));
    }

    /// Writes which values are present, the first in the lowest bit.
    fn bits(&mut self, present: impl Iterator<Item = bool>) {
        let bits = present.enumerate().fold(0, |bits, (index, is)| bits | u64::from(is) << index);
        self.out.number(bits);
    }

    /// Writes the index of a text that is present.
    fn text(&mut self, text: Option<&'a str>) {
        let Some(text) = text else { return };
        let next = self.texts.len();
        let index = *self.indices.entry(text).or_insert(next);
        if index == next {
            self.texts.push(text);
        }
        self.out.number(index as u64);
    }
}

struct Decoder<'a> {
    reader: Reader<'a>,
    texts: Vec<Arc<str>>,
    account: &'a AccountId,
    message: &'a MessageId,
}

impl Decoder<'_> {
    fn history(&mut self) -> Option<History> {
        let dropped = match self.reader.byte()? {
            0 => None,
            _ => Some(self.dropped()?),
        };
        let count = self.reader.size()?;
        let mut events: Vec<Event> = Vec::with_capacity(count.min(1024));
        let (mut at, mut fields) = (0, None);
        for _ in 0..count {
            events.push(self.event(&mut at, &mut fields)?);
        }
        Some(History { events, dropped })
    }

    fn dropped(&mut self) -> Option<Dropped> {
        let mut event_types = 0;
        for _ in 0..self.reader.size()? {
            event_types |= numbers::event_type(self.reader.byte()?)?.bit();
        }
        let status = match self.reader.byte()? {
            0 => None,
            number => Some(numbers::status(number)?),
        };
        let created = instant(self.reader.signed()?)?;
        Some(Dropped { event_types, status, fields: self.fields()?, created })
    }

    /// Reads an event. `at` and `fields` are those of the event before.
    fn event(&mut self, at: &mut i64, fields: &mut Option<Arc<MessageFields>>) -> Option<Event> {
        let id = self.reader.shared_text()?;
        *at = at.checked_add(self.reader.signed()?)?;
        let event_type = numbers::event_type(self.reader.byte()?)?;
        match self.reader.byte()? {
            SAME => {}
            NONE => *fields = None,
            _ => *fields = Some(Arc::new(self.fields()?)),
        }
        let own = self.own()?;
        let attributes: BTreeMap<String, Value> = match self.reader.bytes()? {
            [] => BTreeMap::new(),
            json => serde_json::from_slice(json).ok()?,
        };
        let event = Event::new(self.account.clone(), self.message.clone(), id, event_type, instant(*at)?);
        let event = event.with_event_fields(own, attributes);
        Some(match fields {
            Some(fields) => event.with_message_fields(Arc::clone(fields)),
            None => event,
        })
    }

    fn fields(&mut self) -> Option<MessageFields> {
        let bits = self.reader.number()?;
        let mut fields = MessageFields::NONE;
        let MessageFields {
            subaccount,
            domain,
            category,
            tags,
            stream,
            mailbox,
            campaign,
            ip,
            ip_pool,
            recipient_domain,
            provider,
            open_tracking,
            click_tracking,
            created,
        } = &mut fields;
        let texts =
            [subaccount, domain, category, mailbox, campaign, ip, ip_pool, recipient_domain, provider];
        for (index, text) in texts.into_iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1) {
            let _ = index;
            *text = Some(self.text()?);
        }
        if bits >> 9 & 1 == 1 {
            for _ in 0..self.reader.size()? {
                tags.insert(self.text()?);
            }
        }
        if bits >> 10 & 1 == 1 {
            *stream = Some(if self.reader.byte()? == 0 { Stream::Transactional } else { Stream::Bulk });
        }
        if bits >> 11 & 1 == 1 {
            *open_tracking = Some(self.reader.byte()? == 1);
        }
        if bits >> 12 & 1 == 1 {
            *click_tracking = Some(self.reader.byte()? == 1);
        }
        if bits >> 13 & 1 == 1 {
            *created = Some(instant(self.reader.signed()?)?);
        }
        Some(fields)
    }

    fn own(&mut self) -> Option<EventFields> {
        let bits = self.reader.number()?;
        let mut fields = EventFields::NONE;
        let EventFields {
            country,
            device,
            client,
            bot,
            attempt,
            optimized,
            transport,
            attempt_ip,
            attempt_ip_pool,
            reason,
            code,
        } = &mut fields;
        let texts = [country, device, client, bot, transport, attempt_ip, attempt_ip_pool, reason];
        for (_, text) in texts.into_iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1) {
            *text = Some(self.text()?);
        }
        if bits >> 8 & 1 == 1 {
            *attempt = Some(NonZeroU32::new(self.reader.number()?.try_into().ok()?)?);
        }
        if bits >> 9 & 1 == 1 {
            *optimized = Some(self.reader.byte()? == 1);
        }
        if bits >> 10 & 1 == 1 {
            *code = Some(self.text()?.parse().ok()?);
        }
        Some(fields)
    }

    fn text(&mut self) -> Option<Arc<str>> {
        let index = self.reader.size()?;
        self.texts.get(index).cloned()
    }
}

fn instant(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}
