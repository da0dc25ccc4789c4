//! The order of copies as bytes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Event, EventFields, MessageFields};

impl Event {
    /// Returns a key whose order, byte by byte, is that of [`Event::cmp_copies`]: of two copies of an event, the one with the
    /// lesser key counts, and only identical copies have equal keys.
    ///
    /// It is for stores in SQL: a column of bytes (`BYTEA`, `BLOB`) beside the event makes `WHERE EXCLUDED.copy_key <
    /// events.copy_key` the whole rule. Replacing a copy replaces all of its columns, and its tags. A known event with an
    /// equal key is a repeat, one with another key a conflict (see [`Recorded`](crate::store::Recorded)).
    ///
    /// A minor version of this crate can add fields or kinds, and so change keys; the changelog then says that the column must
    /// be computed anew.
    ///
    /// ```
    /// use mailtally::{Event, Kind};
    ///
    /// let event = Event::new("acme", "m-1", "e-1", Kind::Opened, "2026-02-01T09:30:00Z".parse()?);
    /// assert!(event.copy_key() < event.clone().country("DE").copy_key());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn copy_key(&self) -> Vec<u8> {
        let mut key = Key(Vec::new());
        key.instant(self.at());
        key.0.push(self.event_type().kind() as u8);
        key.text(self.event_type().qualifier());
        key.message_fields(self.message_fields());
        key.event_fields(self.event_fields());
        key.object(self.attributes());
        key.0
    }
}

/// A key that is being written. Each part ends itself, so that the parts after it decide only between equal ones.
struct Key(Vec<u8>);

/// The start of a value that is absent, or the end of a list.
const NONE: u8 = 0;
/// The start of a value.
const SOME: u8 = 1;

impl Key {
    fn message_fields(&mut self, fields: &MessageFields) {
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
        [subaccount, domain, category].into_iter().for_each(|text| self.text(text.as_deref()));
        tags.iter().for_each(|tag| self.text(Some(tag)));
        self.0.push(NONE);
        self.0.push(stream.map_or(NONE, |stream| SOME + stream as u8));
        let texts = [mailbox, campaign, ip, ip_pool, recipient_domain, provider];
        texts.into_iter().for_each(|text| self.text(text.as_deref()));
        self.flag(*open_tracking);
        self.flag(*click_tracking);
        self.optional(*created, Self::instant);
    }

    fn event_fields(&mut self, fields: &EventFields) {
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
        [country, device, client, bot].into_iter().for_each(|text| self.text(text.as_deref()));
        self.optional(*attempt, |key, attempt| key.0.extend(attempt.get().to_be_bytes()));
        self.flag(*optimized);
        let texts = [transport, attempt_ip, attempt_ip_pool, reason];
        texts.into_iter().for_each(|text| self.text(text.as_deref()));
        self.text(code.as_ref().map(|code| code.as_str()));
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.0.push(NONE),
            Some(value) => {
                self.0.push(SOME);
                write(self, value);
            }
        }
    }

    /// Writes a text so that one that is the start of another is less: its end is less than any byte that can follow.
    fn text(&mut self, text: Option<&str>) {
        self.optional(text, |key, text| {
            for byte in text.bytes() {
                match byte {
                    0 => key.0.extend([0, 1]),
                    byte => key.0.push(byte),
                }
            }
            key.0.extend([0, 0]);
        });
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.0.push(flag.map_or(NONE, |flag| SOME + u8::from(flag)));
    }

    /// Writes milliseconds since 1970; the sign is turned round, so that negative numbers are less.
    fn instant(&mut self, at: DateTime<Utc>) {
        self.0.extend((at.timestamp_millis() ^ i64::MIN).to_be_bytes());
    }

    fn object<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a String, &'a Value)>) {
        for (name, value) in pairs {
            self.text(Some(name));
            self.value(value);
        }
        self.0.push(NONE);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.0.push(1);
                self.text(Some(&value.to_string()));
            }
            Value::Array(items) => {
                self.0.push(2);
                items.iter().for_each(|item| self.value(item));
                self.0.push(NONE);
            }
            Value::Object(pairs) => {
                self.0.push(3);
                self.object(pairs.iter().collect::<BTreeMap<_, _>>());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::json;

    use super::*;
    use crate::event::Stream;
    use crate::event_type::EventType;

    fn text() -> impl Strategy<Value = String> {
        select(vec!["", "a", "b", "ab", "a\0", "a\0b", "a\u{1}", "ä", "A"]).prop_map(str::to_owned)
    }

    prop_compose! {
        fn copy()(
            texts in proptest::collection::vec(text(), 17),
            (event_type, millis) in (select(EventType::ALL.to_vec()), select(vec![-1_i64, 0, 1, 300])),
            tags in proptest::collection::vec(text(), 0..3),
            stream in proptest::option::of(select(vec![Stream::Bulk, Stream::Transactional])),
            (tracked, attempt) in (proptest::option::of(any::<bool>()), proptest::option::of(1..300_u32)),
            (created, code) in (proptest::option::of(0..2_i64), proptest::option::of(select(vec!["5.1.1", "5.10.0"]))),
            value in select(vec![json!(null), json!(1), json!("x"), json!([1]), json!([1, 2]), json!({"a": [1]}), json!({"a": 2})]),
            name in text(),
            is_plain in any::<bool>(),
        ) -> Event {
            let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
            let mut event = Event::new("a", "m", "1", event_type, at(millis));
            if is_plain {
                return event;
            }
            let mut texts = texts.into_iter();
            let mut text = || texts.next().unwrap();
            event = event.subaccount(text()).domain(text()).category(text()).tags(tags).mailbox(text()).campaign(text());
            event = event.ip(text()).ip_pool(text()).recipient_domain(text()).provider(text()).country(text());
            event = event.device(text()).client(text()).bot(text()).transport(text()).attempt_ip(text());
            event = event.attempt_ip_pool(text()).reason(text()).attribute(name, value);
            event = stream.into_iter().fold(event, Event::stream);
            event = tracked.into_iter().fold(event, |event, tracked| event.open_tracking(tracked).optimized(!tracked));
            event = attempt.and_then(NonZeroU32::new).into_iter().fold(event, Event::attempt);
            event = created.into_iter().fold(event, |event, created| event.created(at(created)));
            code.into_iter().fold(event, |event, code| event.code(code.parse().unwrap()))
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_order_of_keys_is_that_of_copies(one in copy(), other in copy()) {
            prop_assert_eq!(one.copy_key().cmp(&other.copy_key()), one.cmp_copies(&other));
            // Copies that differ little.
            let near = one.clone().attribute("n", 1).country("DE");
            prop_assert_eq!(one.copy_key().cmp(&near.copy_key()), one.cmp_copies(&near));
        }
    }
}
