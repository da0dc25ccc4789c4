//! The queue files that are open at some point of a log, and those removed last.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use super::queue_file::{Origin, QueueFile};
use super::queue_key::QueueKey;
use crate::source::log::sweep::Sweep;

/// All open queue files, and those removed last. Times are in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    files: FxHashMap<QueueKey, QueueFile>,
    /// The files that were removed last, the oldest first.
    removed: VecDeque<QueueKey>,
    /// The files with a message id, by its hash: the latest of each.
    by_message_id: Recent,
    /// The number of the current pass over the log; see [`Queue::begin_pass`].
    pass: u32,
    sweep: Sweep,
}

impl Queue {
    /// The number of removed files that are remembered, for lines of the time before their removal.
    const MAX_REMOVED: usize = 512;

    /// How many files with one message id are looked at.
    const MAX_SAME: usize = 16;

    /// Begins a pass: the lines that follow are of another file, or earlier than those before.
    pub(super) fn begin_pass(&mut self) {
        self.pass = self.pass.wrapping_add(1);
    }

    /// Returns the queue file of `key`; creates it if none is open.
    pub(super) fn file(&mut self, key: QueueKey, at: i64) -> &mut QueueFile {
        self.sweep(at);
        open(&mut self.files, key, at, self.pass)
    }

    /// Returns the queue file of `key`, if it is open or was removed a short while ago.
    pub(super) fn get(&self, key: QueueKey) -> Option<&QueueFile> {
        self.files.get(&key)
    }

    /// Replaces the queue file of `key` by a new one, which the client with the hash `client` handed in.
    pub(super) fn create(&mut self, key: QueueKey, at: i64, client: u64) {
        self.sweep(at);
        let file = self.files.entry(key).or_insert_with(|| QueueFile::new(at, self.pass));
        file.begin_again(at, self.pass, client);
    }

    /// Handles a message id, of which `hash` is the hash, that is logged for `key`: creates a new queue file unless it is the
    /// id of the open one.
    pub(super) fn see_message_id(&mut self, key: QueueKey, at: i64, hash: u64) {
        self.sweep(at);
        let file = open(&mut self.files, key, at, self.pass);
        if file.message_id == hash {
            return;
        }
        let is_first = file.message_id == 0 && file.first_at == at;
        if file.is_active && !is_first {
            file.begin_again(at, self.pass, 0);
        }
        file.message_id = hash;
        let Some(before) = self.by_message_id.replace(hash, key, at).filter(|before| *before != key) else {
            return;
        };
        if self.files.contains_key(&before)
            && let Some(file) = self.files.get_mut(&key)
        {
            file.filtered.get_or_insert_default().before = Some(before);
        }
    }

    /// Removes the queue file of `key`. It is remembered for a while.
    pub(super) fn remove(&mut self, key: QueueKey, at: i64) {
        let Some(file) = self.files.get_mut(&key).filter(|file| !file.is_removed()) else { return };
        file.removed_at = at.max(file.first_at);
        self.removed.push_back(key);
        if self.removed.len() > Self::MAX_REMOVED
            && let Some(oldest) = self.removed.pop_front()
            && let Entry::Occupied(file) = self.files.entry(oldest)
            && file.get().is_removed()
        {
            file.remove();
        }
    }

    /// Makes `origin` the file in which the message of `key` came in, unless that is known already or events of the message
    /// are.
    pub(super) fn adopt(&mut self, key: QueueKey, origin: Origin) {
        let Some(file) = self.files.get_mut(&key).filter(|_| key != origin.key) else { return };
        if !file.is_attempted() {
            file.filtered.get_or_insert_default().origin.get_or_insert(origin);
        }
    }

    /// Returns whether the file of `key` is the latest of those with the message id of which `hash` is the hash.
    pub(super) fn is_latest(&self, key: QueueKey, hash: u64) -> bool {
        self.by_message_id.get(hash) == Some(key)
    }

    /// Returns the files that were created with the message id of which `hash` is the hash, the latest first.
    pub(super) fn with_message_id(&self, hash: u64) -> impl Iterator<Item = (QueueKey, &QueueFile)> {
        let found = |key: QueueKey| Some((key, self.files.get(&key)?));
        let before = move |(_, file): &(QueueKey, &QueueFile)| found(file.filtered.as_ref()?.before?);
        std::iter::successors(self.by_message_id.get(hash).and_then(found), before).take(Self::MAX_SAME)
    }

    /// Forgets files without a line for long.
    fn sweep(&mut self, at: i64) {
        self.sweep.run(&mut self.files, |file| at - file.last_at <= Sweep::MAX_SILENCE);
    }
}

/// Returns the queue file of `key` in the pass `pass`; creates it if none is open.
fn open(files: &mut FxHashMap<QueueKey, QueueFile>, key: QueueKey, at: i64, pass: u32) -> &mut QueueFile {
    let file = files.entry(key).or_insert_with(|| QueueFile::new(at, pass));
    if at > file.removed_at {
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

/// Queue files by a hash, for five to ten minutes.
#[derive(Clone, Debug, Default)]
struct Recent {
    recent_since: i64,
    recent: KeysByHash,
    older: KeysByHash,
}

impl Recent {
    const WINDOW: i64 = 300;

    fn get(&self, hash: u64) -> Option<QueueKey> {
        self.recent.get(hash).or_else(|| self.older.get(hash))
    }

    /// Sets the file of a hash; returns the one before.
    fn replace(&mut self, hash: u64, key: QueueKey, at: i64) -> Option<QueueKey> {
        if (at - self.recent_since).abs() >= Self::WINDOW {
            std::mem::swap(&mut self.recent, &mut self.older);
            self.recent.clear();
            self.recent_since = at;
        }
        self.recent.replace(hash, key).or_else(|| self.older.get(hash))
    }
}

/// Keys by a hash. They lie in the order in which they came, so that the table of their positions, which is accessed at
/// random, is a small one.
#[derive(Clone, Debug, Default)]
struct KeysByHash {
    keys: Vec<(u64, QueueKey)>,
    positions: HashTable<u32>,
}

impl KeysByHash {
    fn get(&self, hash: u64) -> Option<QueueKey> {
        let position = self.positions.find(hash, |position| self.keys[*position as usize].0 == hash)?;
        Some(self.keys[*position as usize].1)
    }

    /// Sets the key of a hash; returns the one before.
    fn replace(&mut self, hash: u64, key: QueueKey) -> Option<QueueKey> {
        let Self { keys, positions } = self;
        if let Some(position) = positions.find(hash, |position| keys[*position as usize].0 == hash) {
            return Some(std::mem::replace(&mut keys[*position as usize].1, key));
        }
        // More keys than this do not come within ten minutes.
        if let Ok(position) = u32::try_from(keys.len()) {
            keys.push((hash, key));
            positions.insert_unique(hash, position, |position| keys[*position as usize].0);
        }
        None
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.positions.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(word: &str) -> QueueKey {
        QueueKey::new(1, word.as_bytes()).unwrap()
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
            assert!(queue.by_message_id.recent.keys.len() + queue.by_message_id.older.keys.len() <= 600);
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
        let other_host = key("4225AF60B5").at_host(2);
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
            assert!(queue.files.len() <= 2 * Sweep::MIN);
        }
        for number in 0..300_000_i64 {
            queue.file(key(&format!("F{number:010X}")), 100_000_000 + number * 100);
            assert!(queue.files.len() <= 2 * Sweep::MIN);
        }
    }
}
