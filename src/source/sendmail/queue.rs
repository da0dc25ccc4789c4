//! The queue files of which a log has told, and what is still open in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::line::MAX_QUEUE_ID_LEN;
use crate::event::MessageId;
use crate::source::hash::{Spelled, hash_lowercase};
use crate::source::log::name_cache::{Destination, Sender};
use crate::source::log::sweep::Sweep;

/// A queue id at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The hash of the host's name.
    host: u64,
    /// The bytes of the id, filled up with zeros.
    id: [u8; MAX_QUEUE_ID_LEN],
}

/// A message: a queue file for one recipient.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) destination: Option<Arc<Destination>>,
}

/// What is known of a queue file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) sender: Option<Arc<Sender>>,
    /// The messages that were deferred and not finished since, by the hash of their recipient.
    pub(super) deferred: BTreeMap<u64, Message>,
    /// Whether an attempt is known.
    pub(super) is_attempted: bool,
    /// The queue file of the program that handed the mail in, if that one was told of first.
    pub(super) origin: Option<Key>,
    /// The second of its latest line.
    last_at: i64,
}

/// All queue files that are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    files: FxHashMap<Key, File>,
    sweep: Sweep,
}

impl Key {
    /// Returns the key of a queue id; what is longer than ids can be is cut off.
    pub(super) fn new(host: u64, id: &str) -> Self {
        let mut bytes = [0; MAX_QUEUE_ID_LEN];
        let len = id.len().min(MAX_QUEUE_ID_LEN);
        bytes[..len].copy_from_slice(&id.as_bytes()[..len]);
        Self { host, id: bytes }
    }

    /// Returns the hash that tells the messages of the queue file from each other.
    pub(super) fn recipient_hash(&self, recipient: &[u8]) -> u64 {
        hash_lowercase(self.host, recipient)
    }

    /// Returns the id of a message: its queue id, `-`, and the hash of its recipient.
    pub(super) fn message_id(&self, recipient_hash: u64) -> MessageId {
        let len = self.id.iter().position(|&byte| byte == 0).unwrap_or(MAX_QUEUE_ID_LEN);
        let id = String::from_utf8_lossy(&self.id[..len]);
        MessageId::from([&*id, "-", Spelled::new(recipient_hash).as_str()].concat())
    }
}

impl Queue {
    /// A file without deferred recipients and without a line for more than this number of seconds is forgotten: a day, as
    /// sendmail does not say that it removed one.
    const MAX_REST: i64 = 86_400;

    /// Returns the queue file of `key`; it is new if none is known.
    pub(super) fn file(&mut self, key: Key, second: i64) -> &mut File {
        self.sweep.run(&mut self.files, |file| {
            let limit = if file.deferred.is_empty() { Self::MAX_REST } else { Sweep::MAX_SILENCE };
            second - file.last_at <= limit
        });
        let file = self.files.entry(key).or_default();
        file.last_at = if file.last_at == 0 { second } else { file.last_at.max(second) };
        file
    }

    /// Forgets the queue file of `key`.
    pub(super) fn remove(&mut self, key: Key) {
        self.files.remove(&key);
    }

    /// Makes the mail of `from` that of `to` as well, which the server of the same host took, if events of `from` are known and
    /// none of `to`.
    pub(super) fn hand_over(&mut self, from: Key, to: Key, second: i64) {
        let file = self.file(from, second);
        let origin = file.origin.unwrap_or(from);
        if file.deferred.is_empty() || from == to {
            return;
        }
        let target = self.file(to, second);
        if !target.is_attempted {
            target.origin.get_or_insert(origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_differ_by_host_queue_id_and_recipient_but_not_by_case() {
        let id = |host, id, recipient: &str| {
            let key = Key::new(host, id);
            key.message_id(key.recipient_hash(recipient.as_bytes()))
        };
        let first = id(1, "6119U0Zx004242", "ann@x");
        assert!(first.as_str().starts_with("6119U0Zx004242-"));
        assert_eq!(first, id(1, "6119U0Zx004242", "Ann@X"));
        for other in [
            id(2, "6119U0Zx004242", "ann@x"),
            id(1, "6119U0Zx004243", "ann@x"),
            id(1, "6119U0Zx004242", "bob@x"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn only_files_of_a_day_and_those_with_deferred_recipients_are_remembered() {
        let mut queue = Queue::default();
        let message = Message { id: "m".into(), destination: None };
        for number in 0..400_000_i64 {
            let file = queue.file(Key::new(1, &format!("6119U0Zx{number:06}")), number * 6);
            if number == 0 {
                file.deferred.insert(1, message.clone());
            }
            assert!(queue.files.len() <= 2 * Sweep::MIN);
        }
        assert!(
            !queue.file(Key::new(1, "6119U0Zx000000"), 1).deferred.is_empty(),
            "its 30 days are not over"
        );
    }
}
