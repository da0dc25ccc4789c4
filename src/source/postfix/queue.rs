//! The queue files that are open at some point of a log, and their messages that wait for another attempt.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::entry::MAX_QUEUE_ID_LEN;
use super::name_cache::{Destination, Sender};
use crate::event::MessageId;
use crate::source::hash::{Spelled, hash, hash_number};

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

    /// Returns the key of the same queue id at another host.
    pub(super) fn at_host(self, host: u64) -> Self {
        Self { host, ..self }
    }

    /// Returns the hash of the host's name.
    pub(super) fn host(&self) -> u64 {
        self.host
    }

    /// Returns whether the id is of the long form, which Postfix never uses again: six letters or digits for the second,
    /// four for the microsecond, and a `z`, which occurs in no other part, before the rest.
    #[inline]
    fn is_long(&self) -> bool {
        self.id[10] == b'z'
    }

    /// Returns the bytes of the id.
    pub(super) fn id(&self) -> &[u8] {
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

/// One queue file: one use of a queue id, from the time of its first line to that of its removal.
#[derive(Clone, Debug)]
pub(super) struct QueueFile {
    /// The second of its first line.
    first_at: i64,
    /// The second of its latest line so far.
    last_at: i64,
    /// The second of its removal.
    removed_at: Option<i64>,
    /// The pass over the log in which it was last seen.
    pass: u64,
    /// Whether the queue manager has taken it up. If so, another message id under its queue id belongs to a new file.
    pub(super) is_active: bool,
    /// Whether a line of it said that it was created.
    is_created: bool,
    /// The hash of the message id; 0 if it is not known.
    message_id: u64,
    /// The hash of the address of the client that handed it in; 0 if it is not known or was a local program.
    client: u64,
    /// The hashes of the recipient of the first attempt and of that one's original address; 0 if there is none.
    first_attempted: [u64; 2],
    pub(super) sender: Option<Arc<Sender>>,
    /// The messages that were deferred and not yet delivered, by the hash of their recipient.
    pub(super) deferred: BTreeMap<u64, Message>,
    /// What only a file has that came back from a content filter, or may have.
    filtered: Option<Box<Filtered>>,
}

/// What is known of a file that came back from a content filter, or may have.
#[derive(Clone, Debug, Default)]
struct Filtered {
    origin: Option<Origin>,
    /// The hashes of the recipients of further attempts.
    attempted: Vec<u64>,
    /// The file before with the same message id.
    before: Option<QueueKey>,
}

/// The queue file in which a message came in: it stands for those that a content filter made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) key: QueueKey,
    pub(super) first_at: i64,
}

/// A message: a queue file for one recipient, or mail that was rejected.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) destination: Option<Arc<Destination>>,
}

impl QueueFile {
    fn new(at: i64, pass: u64) -> Self {
        Self {
            first_at: at,
            last_at: at,
            removed_at: None,
            pass,
            is_active: false,
            is_created: false,
            message_id: 0,
            client: 0,
            first_attempted: [0; 2],
            sender: None,
            deferred: BTreeMap::new(),
            filtered: None,
        }
    }

    /// Returns the queue file in which the message came in: that of `key`, which is this one, if no other is known.
    #[inline]
    pub(super) fn origin(&self, key: QueueKey) -> Origin {
        let of_filter = self.filtered.as_ref().and_then(|filtered| filtered.origin);
        of_filter.unwrap_or(Origin { key, first_at: self.first_at })
    }

    /// Returns the second of the first line.
    pub(super) fn first_at(&self) -> i64 {
        self.first_at
    }

    /// Returns the hash of the message id; 0 if it is not known.
    pub(super) fn message_id(&self) -> u64 {
        self.message_id
    }

    /// Notes an attempt for a recipient: the first one, and all if the file may have come back from a filter.
    #[inline]
    pub(super) fn note_attempt(&mut self, recipient: &[u8], original: Option<&[u8]>) {
        let hashes = [hash(0, recipient), original.map_or(0, |original| hash(0, original))];
        if self.first_attempted[0] == 0 {
            self.first_attempted = hashes;
        } else if let Some(filtered) = &mut self.filtered
            && filtered.attempted.len() < MAX_NOTED
        {
            filtered.attempted.extend(hashes);
        }
    }

    /// Returns whether an attempt for the recipient with this hash is known, or there may yet be one as none is known.
    fn may_be_for(&self, recipient: u64) -> bool {
        if self.first_attempted[0] == 0 {
            return self.removed_at.is_none();
        }
        let further = self.filtered.as_ref().map_or(&[][..], |filtered| &filtered.attempted);
        self.first_attempted.contains(&recipient) || further.contains(&recipient)
    }
}

/// More recipients than this are not noted for one file.
const MAX_NOTED: usize = 1000;

impl Origin {
    /// Returns the hash that distinguishes the message to `recipient` from all others of the same queue id. A short queue
    /// id is used again, so the time of the file's first line is part of the hash; a long one is not, so its hash does not
    /// depend on where a log begins. Two addresses that lead to the same `recipient` are two recipients, which differ in
    /// their `original` address.
    #[inline]
    pub(super) fn recipient_hash(&self, recipient: &[u8], original: Option<&[u8]>) -> u64 {
        let first_at = if self.key.is_long() { 0 } else { self.first_at.cast_unsigned() };
        let hash_of_recipient = hash(hash_number(self.key.host, first_at), recipient);
        original.map_or(hash_of_recipient, |original| hash(hash_of_recipient, original))
    }

    /// Returns the id of a message: its queue id, `-`, and the hash of its recipient.
    pub(super) fn message_id(&self, recipient_hash: u64) -> MessageId {
        // Not `format!`, which took 8 % more time for a whole log.
        let id = self.key.id();
        let mut text = [b'-'; MAX_QUEUE_ID_LEN + 1 + Spelled::LEN];
        let end = id.len() + 1 + Spelled::LEN;
        text[..id.len()].copy_from_slice(id);
        text[id.len() + 1..end].copy_from_slice(Spelled::new(recipient_hash).as_str().as_bytes());
        MessageId::from(str::from_utf8(&text[..end]).expect("queue ids and spelled hashes are ASCII"))
    }
}

/// All open queue files, and those removed last. Times are in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    files: FxHashMap<QueueKey, QueueFile>,
    /// The files that were removed last, the oldest first.
    removed: VecDeque<QueueKey>,
    /// The files with a message id, by its hash: the latest of each.
    by_message_id: Recent,
    /// The number of the current pass over the log; see [`Queue::begin_pass`].
    pass: u64,
    /// The number of files at which the next search for forgotten files is due.
    sweep_at: usize,
}

impl Queue {
    /// Below this number of files, none is forgotten.
    const MIN_SWEEP: usize = 1 << 16;

    /// The number of removed files that are remembered, for lines of the time before their removal.
    const MAX_REMOVED: usize = 4096;

    /// A file without a line for more than this number of seconds (30 days) is forgotten. Postfix gives up after five days
    /// by default.
    const MAX_SILENCE: i64 = 30 * 86_400;

    /// How many files with one message id are looked at.
    const MAX_SAME: usize = 16;

    /// Begins a pass: the lines that follow are of another file, or earlier than those before.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
    }

    /// Returns the queue file of `key`; creates it if none is open.
    pub(super) fn file(&mut self, key: QueueKey, at: i64) -> &mut QueueFile {
        self.sweep(at);
        let pass = self.pass;
        let file = self.files.entry(key).or_insert_with(|| QueueFile::new(at, pass));
        if file.removed_at.is_some_and(|removed| at > removed) {
            *file = QueueFile::new(at, pass);
        }
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

    /// Returns the queue file of `key`, if it is open or was removed a short while ago.
    pub(super) fn get(&self, key: QueueKey) -> Option<&QueueFile> {
        self.files.get(&key)
    }

    /// Replaces the queue file of `key` by a new one, which the client with the hash `client` handed in.
    pub(super) fn create(&mut self, key: QueueKey, at: i64, client: u64) {
        self.sweep(at);
        let new = QueueFile { is_created: true, client, ..QueueFile::new(at, self.pass) };
        match self.files.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert_entry(new)),
            Entry::Occupied(mut entry) => {
                let file = entry.get_mut();
                // The same line may be written twice, and the lines of one second may be in another order.
                if file.first_at == at {
                    (file.is_created, file.client, file.pass) = (true, client, self.pass);
                } else {
                    *file = new;
                }
            }
        }
    }

    /// Handles a message id, of which `hash` is the hash, that is logged for `key`: creates a new queue file unless it is the
    /// id of the open one.
    pub(super) fn see_message_id(&mut self, key: QueueKey, at: i64, hash: u64) {
        let file = self.file(key, at);
        if file.message_id == hash {
            return;
        }
        let is_first = file.message_id == 0 && file.first_at == at;
        if file.is_active && !is_first {
            self.create(key, at, 0);
        }
        let before = self.by_message_id.replace(hash, key, at).filter(|before| *before != key);
        let file = self.file(key, at);
        file.message_id = hash;
        if before.is_some() {
            file.filtered.get_or_insert_default().before = before;
        }
    }

    /// Removes the queue file of `key`. It is remembered for a while.
    pub(super) fn remove(&mut self, key: QueueKey, at: i64) {
        let Some(file) = self.files.get_mut(&key).filter(|file| file.removed_at.is_none()) else { return };
        file.removed_at = Some(at.max(file.first_at));
        self.removed.push_back(key);
        if self.removed.len() > Self::MAX_REMOVED
            && let Some(oldest) = self.removed.pop_front()
            && let Entry::Occupied(file) = self.files.entry(oldest)
            && file.get().removed_at.is_some()
        {
            file.remove();
        }
    }

    /// Makes `origin` the file in which the message of `key` came in, unless that is known already or events of the message
    /// are.
    pub(super) fn adopt(&mut self, key: QueueKey, origin: Origin) {
        let Some(file) = self.files.get_mut(&key).filter(|_| key != origin.key) else { return };
        if file.first_attempted[0] == 0 {
            file.filtered.get_or_insert_default().origin.get_or_insert(origin);
        }
    }

    /// Returns the files that were created with the message id of which `hash` is the hash, the latest first.
    pub(super) fn with_message_id(&self, hash: u64) -> impl Iterator<Item = QueueKey> {
        let before = |key: &QueueKey| self.files.get(key)?.filtered.as_ref()?.before;
        std::iter::successors(self.by_message_id.get(hash), before).take(Self::MAX_SAME)
    }

    /// Returns whether the client with the hash `client` handed the file of `key` in at `since` or later, and whether it may
    /// be for the recipient with the hash `recipient`.
    pub(super) fn may_be_from(&self, key: QueueKey, client: u64, since: i64, recipient: u64) -> bool {
        self.files
            .get(&key)
            .is_some_and(|file| file.client == client && file.first_at >= since && file.may_be_for(recipient))
    }

    /// Forgets files without a line for long, each time that the number of files has doubled.
    fn sweep(&mut self, at: i64) {
        if self.files.len() >= self.sweep_at.max(Self::MIN_SWEEP) {
            self.files.retain(|_, file| at - file.last_at <= Self::MAX_SILENCE);
            self.sweep_at = self.files.len() * 2;
        }
    }
}

/// Queue files by a hash, for five to ten minutes.
#[derive(Clone, Debug, Default)]
struct Recent {
    recent_since: i64,
    recent: FxHashMap<u64, QueueKey>,
    older: FxHashMap<u64, QueueKey>,
}

impl Recent {
    const WINDOW: i64 = 300;

    fn get(&self, hash: u64) -> Option<QueueKey> {
        self.recent.get(&hash).or_else(|| self.older.get(&hash)).copied()
    }

    /// Sets the file of a hash; returns the one before.
    fn replace(&mut self, hash: u64, key: QueueKey, at: i64) -> Option<QueueKey> {
        if (at - self.recent_since).abs() >= Self::WINDOW {
            std::mem::swap(&mut self.recent, &mut self.older);
            self.recent.clear();
            self.recent_since = at;
        }
        let newest = self.recent.insert(hash, key);
        newest.or_else(|| self.older.get(&hash).copied())
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
        let hash = |queue: &mut Queue, at| queue.file(key, at).origin(key).recipient_hash(b"u@x", None);
        let first = hash(&mut queue, 10);
        assert_eq!(hash(&mut queue, 20), first);
        assert_eq!(hash(&mut queue, 5), first, "lines may be a little out of order");
        queue.remove(key, 25);
        let second = hash(&mut queue, 30);
        assert_ne!(second, first);
        queue.create(key, 40, 0);
        let third = hash(&mut queue, 41);
        assert_ne!(third, second);
        queue.see_message_id(key, 50, 1);
        assert_eq!(hash(&mut queue, 51), third);
        queue.file(key, 52).is_active = true;
        queue.see_message_id(key, 60, 2);
        assert_ne!(hash(&mut queue, 61), third);
        queue.begin_pass();
        assert_eq!(hash(&mut queue, 10), first, "in another pass it is the first again");
    }

    #[test]
    fn a_line_of_the_time_before_the_removal_is_of_the_removed_file() {
        let mut queue = Queue::default();
        let key = key("4225AF60B5");
        let hash = |queue: &mut Queue, at| queue.file(key, at).origin(key).recipient_hash(b"u@x", None);
        let first = hash(&mut queue, 10);
        queue.remove(key, 20);
        assert_eq!([hash(&mut queue, 20), hash(&mut queue, 15)], [first, first]);
        assert_ne!(hash(&mut queue, 21), first);
    }

    #[test]
    fn only_some_removed_files_are_remembered() {
        let mut queue = Queue::default();
        for number in 0..20_000_i64 {
            let key = key(&format!("{number:010X}"));
            queue.create(key, number, 0);
            queue.see_message_id(key, number, number.cast_unsigned());
            queue.remove(key, number);
            assert!(queue.files.len() <= Queue::MAX_REMOVED + 1 && queue.removed.len() <= Queue::MAX_REMOVED);
            assert!(queue.by_message_id.recent.len() + queue.by_message_id.older.len() <= 600);
        }
    }

    #[test]
    fn a_file_read_again_has_the_same_first_line_though_its_lines_are_out_of_order() {
        let mut queue = Queue::default();
        let key = key("4225AF60B5");
        let mut read = || {
            queue.begin_pass();
            [10, 9, 11].map(|at| queue.file(key, at).origin(key).recipient_hash(b"u@x", None))
        };
        assert_eq!(read(), read());
    }

    #[test]
    fn a_short_id_that_is_used_again_is_another_file() {
        for (word, is_again) in [("4225AF60B5", true), ("4225af60b5a1", true), ("4XyZ123bcdz0Dkf", false)] {
            let key = key(word);
            let hash = |at| Queue::default().file(key, at).origin(key).recipient_hash(b"u@x", None);
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
            let hash = queue.file(key, 10).origin(key).recipient_hash(recipient.as_bytes(), None);
            ids.push(Origin { key, first_at: 10 }.message_id(hash).to_string());
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
        let hash = |at| Queue::default().file(long, at).origin(long).recipient_hash(b"u@x", None);
        assert_eq!(hash(10), hash(20));
    }

    #[test]
    fn files_that_are_never_removed_are_forgotten() {
        let mut queue = Queue::default();
        for number in 0..300_000_i64 {
            queue.create(key(&format!("{number:010X}")), number * 100, 0);
            assert!(queue.files.len() <= 2 * Queue::MIN_SWEEP);
        }
        for number in 0..300_000_i64 {
            queue.file(key(&format!("F{number:010X}")), 100_000_000 + number * 100);
            assert!(queue.files.len() <= 2 * Queue::MIN_SWEEP);
        }
    }
}
