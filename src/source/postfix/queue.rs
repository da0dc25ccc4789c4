//! The queue files that are open at some point of a log, and their messages that wait for another attempt.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::entry::MAX_QUEUE_ID_LEN;
use super::hash::{Spelled, hash, hash_number};
use super::name_cache::{Destination, Sender};
use crate::event::MessageId;

/// A queue id at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct QueueKey {
    /// The hash of the host's name.
    host: u64,
    /// The bytes of the id, filled up with zeros.
    id: [u8; MAX_QUEUE_ID_LEN],
}

impl QueueKey {
    /// Returns the key of `word` at `host` if it is a queue id: five or more upper-case hexadecimal digits, or five or more
    /// letters and digits with at least one digit. No other word at this position of a line has this form.
    #[inline]
    pub(super) fn new(host: u64, word: &[u8]) -> Option<Self> {
        let is_id = (5..=MAX_QUEUE_ID_LEN).contains(&word.len()) && (is_hex(word) || is_mixed(word));
        is_id.then(|| {
            let mut id = [0; MAX_QUEUE_ID_LEN];
            id[..word.len()].copy_from_slice(word);
            Self { host, id }
        })
    }

    /// Returns whether the id is of the long form, which Postfix never uses again: six letters or digits for the second,
    /// four for the microsecond, and a `z`, which occurs in no other part, before the rest.
    #[inline]
    fn is_long(&self) -> bool {
        self.id[10] == b'z'
    }

    /// Returns the bytes of the id.
    fn id(&self) -> &[u8] {
        let len = self.id.iter().position(|&byte| byte == 0).unwrap_or(MAX_QUEUE_ID_LEN);
        &self.id[..len]
    }
}

fn is_hex(word: &[u8]) -> bool {
    word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

fn is_mixed(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_alphanumeric) && word.iter().any(u8::is_ascii_digit)
}

/// One queue file: one use of a queue id.
#[derive(Clone, Debug)]
pub(super) struct QueueFile {
    /// The second of its first line.
    first_at: i64,
    /// The second of its latest line so far.
    last_at: i64,
    /// The pass over the log in which it was last seen.
    pass: u64,
    /// Whether the queue manager has taken it up. If so, a message id under its queue id belongs to a new file.
    pub(super) is_active: bool,
    pub(super) sender: Option<Arc<Sender>>,
    /// The messages that were deferred and not yet delivered, by the hash of their recipient.
    pub(super) deferred: BTreeMap<u64, Message>,
}

/// A message: a queue file for one recipient, or mail that was rejected.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) destination: Option<Arc<Destination>>,
}

impl QueueFile {
    fn new(at: i64, pass: u64) -> Self {
        Self { first_at: at, last_at: at, pass, is_active: false, sender: None, deferred: BTreeMap::new() }
    }

    /// Returns the hash that distinguishes the message to `recipient` from all others of the same queue id. A short queue
    /// id is used again, so the time of the file's first line is part of the hash; a long one is not, so its hash does not
    /// depend on where a log begins. Two addresses that lead to the same `recipient` are two recipients, which differ in
    /// their `original` address.
    pub(super) fn recipient_hash(&self, key: &QueueKey, recipient: &[u8], original: Option<&[u8]>) -> u64 {
        let first_at = if key.is_long() { 0 } else { self.first_at.cast_unsigned() };
        let hash_of_recipient = hash(hash_number(key.host, first_at), recipient);
        original.map_or(hash_of_recipient, |original| hash(hash_of_recipient, original))
    }
}

/// Returns the id of a message: its queue id, `-`, and the hash of its recipient.
pub(super) fn message_id(key: &QueueKey, recipient_hash: u64) -> MessageId {
    // Not `format!`, which took 8 % more time for a whole log.
    let id = key.id();
    let mut text = [b'-'; MAX_QUEUE_ID_LEN + 1 + Spelled::LEN];
    let end = id.len() + 1 + Spelled::LEN;
    text[..id.len()].copy_from_slice(id);
    text[id.len() + 1..end].copy_from_slice(Spelled::new(recipient_hash).as_str().as_bytes());
    MessageId::from(str::from_utf8(&text[..end]).expect("queue ids and spelled hashes are ASCII"))
}

/// All open queue files. Times are in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    files: FxHashMap<QueueKey, QueueFile>,
    /// The number of the current pass over the log; see [`Queue::begin_pass`].
    pass: u64,
    /// The number of files at which the next search for forgotten files is due.
    sweep_at: usize,
}

impl Queue {
    /// Below this number of files, none is forgotten.
    const MIN_SWEEP: usize = 1 << 16;

    /// A file without a line for more than this number of seconds (30 days) is forgotten. Postfix gives up after five days
    /// by default.
    const MAX_SILENCE: i64 = 30 * 86_400;

    /// Begins a pass: the lines that follow are of another file, or earlier than those before.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
    }

    /// Returns the queue file of `key`; creates it if none is open.
    pub(super) fn file(&mut self, key: QueueKey, at: i64) -> &mut QueueFile {
        self.sweep(at);
        let pass = self.pass;
        let file = self.files.entry(key).or_insert_with(|| QueueFile::new(at, pass));
        if file.pass != pass {
            if at < file.first_at {
                // An earlier pass left it open, after its id had been used again.
                *file = QueueFile::new(at, pass);
            }
            // Within one pass, an earlier time means only that the lines are out of order.
            file.pass = pass;
        }
        file.last_at = file.last_at.max(at);
        file
    }

    /// Replaces the queue file of `key` by a new one.
    pub(super) fn create(&mut self, key: QueueKey, at: i64) {
        self.sweep(at);
        self.files.insert(key, QueueFile::new(at, self.pass));
    }

    /// Handles a message id that is logged for `key`: creates a new queue file unless the open one is not yet active, as
    /// then the id is the id of its message.
    pub(super) fn see_message_id(&mut self, key: QueueKey, at: i64) {
        if self.file(key, at).is_active {
            self.create(key, at);
        }
    }

    /// Removes the queue file of `key`.
    pub(super) fn remove(&mut self, key: QueueKey) {
        self.files.remove(&key);
    }

    /// Forgets files without a line for long, each time that the number of files has doubled.
    fn sweep(&mut self, at: i64) {
        if self.files.len() >= self.sweep_at.max(Self::MIN_SWEEP) {
            self.files.retain(|_, file| at - file.last_at <= Self::MAX_SILENCE);
            self.sweep_at = self.files.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(word: &str) -> QueueKey {
        QueueKey::new(1, word.as_bytes()).unwrap()
    }

    #[test]
    fn a_queue_id_is_distinguished_from_other_words() {
        for word in [
            "4225AF60B5",
            "12345",
            "2F6FAF60BD0063",
            "4XyZ123abcz0Dkf",
            "3NkGqF3SFxzLJ4z",
            "4225af60",
            "Q1W2E",
        ] {
            assert_eq!(key(word).id(), word.as_bytes());
        }
        for word in
            ["", "1234", "NOQUEUE", "warning", "statistics", "fatal", "4225.5AF", "0123456789ABCDEF012345678"]
        {
            assert_eq!(QueueKey::new(1, word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn one_use_of_an_id_lasts_from_its_creation_to_its_removal() {
        let mut queue = Queue::default();
        let key = key("4225AF60B5");
        let hash = |queue: &mut Queue, at| queue.file(key, at).recipient_hash(&key, b"u@x", None);
        let first = hash(&mut queue, 10);
        assert_eq!(hash(&mut queue, 20), first);
        assert_eq!(hash(&mut queue, 5), first, "lines may be a little out of order");
        queue.remove(key);
        let second = hash(&mut queue, 30);
        assert_ne!(second, first);
        queue.create(key, 40);
        let third = hash(&mut queue, 41);
        assert_ne!(third, second);
        queue.see_message_id(key, 50);
        assert_eq!(hash(&mut queue, 51), third);
        queue.file(key, 52).is_active = true;
        queue.see_message_id(key, 60);
        assert_ne!(hash(&mut queue, 61), third);
        queue.begin_pass();
        assert_eq!(hash(&mut queue, 10), first, "in another pass it is the first again");
    }

    #[test]
    fn a_file_read_again_has_the_same_first_line_though_its_lines_are_out_of_order() {
        let mut queue = Queue::default();
        let key = key("4225AF60B5");
        let mut read = || {
            queue.begin_pass();
            [10, 9, 11].map(|at| queue.file(key, at).recipient_hash(&key, b"u@x", None))
        };
        assert_eq!(read(), read());
    }

    #[test]
    fn a_short_id_that_is_used_again_is_another_file() {
        for (word, is_again) in [("4225AF60B5", true), ("4225af60b5a1", true), ("4XyZ123bcdz0Dkf", false)] {
            let key = key(word);
            let hash = |at| Queue::default().file(key, at).recipient_hash(&key, b"u@x", None);
            assert_eq!(hash(10) != hash(20), is_again, "{word}");
        }
    }

    #[test]
    fn messages_differ_by_host_recipient_and_id() {
        let mut queue = Queue::default();
        let other_host = QueueKey { host: 2, ..key("4225AF60B5") };
        let mut ids = Vec::new();
        for (key, recipient) in [
            (key("4225AF60B5"), "u@x"),
            (key("4225AF60B5"), "v@x"),
            (key("4225AF60B6"), "u@x"),
            (other_host, "u@x"),
        ] {
            let hash = queue.file(key, 10).recipient_hash(&key, recipient.as_bytes(), None);
            ids.push(message_id(&key, hash).to_string());
        }
        assert_eq!(ids[0].len(), 24);
        assert!(ids[0].starts_with("4225AF60B5-"));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }

    #[test]
    fn a_long_id_is_the_same_message_wherever_the_log_begins() {
        let long = key("4XyZ123bcdz0Dkf");
        let hash = |at| Queue::default().file(long, at).recipient_hash(&long, b"u@x", None);
        assert_eq!(hash(10), hash(20));
    }

    #[test]
    fn files_that_are_never_removed_are_forgotten() {
        let mut queue = Queue::default();
        for number in 0..300_000_i64 {
            queue.create(key(&format!("{number:010X}")), number * 100);
            assert!(queue.files.len() <= 2 * Queue::MIN_SWEEP);
        }
        for number in 0..300_000_i64 {
            queue.file(key(&format!("F{number:010X}")), 100_000_000 + number * 100);
            assert!(queue.files.len() <= 2 * Queue::MIN_SWEEP);
        }
    }
}
