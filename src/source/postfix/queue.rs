//! The queue files that are open at some place of a log, and the messages in them.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::entry::LONGEST_WORD;
use super::hash::{Mixing, hash, mix, spell};
use super::names::{Destination, Sender};
use crate::event::MessageId;

/// A queue id at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The hash of the host's name.
    pub(super) host: u64,
    /// The bytes of the id, the first lowest, filled up with zeros.
    id: [u64; LONGEST_WORD / 8],
}

impl Key {
    /// The queue file that `word` names at `host`, if it is a queue id: five or more upper-case hexadecimal digits, or
    /// letters and digits with a digit among them, which no other word that stands there has.
    #[inline]
    pub(super) fn new(host: u64, word: &[u8]) -> Option<Self> {
        if !(5..=LONGEST_WORD).contains(&word.len()) {
            return None;
        }
        let key = Self { host, id: packed(word) };
        (key.id.into_iter().all(is_hex) || is_mixed(word)).then_some(key)
    }

    /// Whether the id is of the long form, which Postfix never uses again: six letters or digits for the second, four
    /// for the microsecond, and a `z`, which no other part has, before the rest.
    #[inline]
    fn is_long(&self) -> bool {
        self.id[1].to_le_bytes()[2] == b'z'
    }

    /// The id, and how many of its bytes count.
    fn spelled(&self) -> ([u8; LONGEST_WORD], usize) {
        let mut text = [0; LONGEST_WORD];
        let (words, _) = text.as_chunks_mut();
        words.iter_mut().zip(self.id).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        let length = text.iter().position(|&byte| byte == 0).unwrap_or(LONGEST_WORD);
        (text, length)
    }
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.host);
        self.id.iter().for_each(|word| state.write_u64(*word));
    }
}

/// Up to [`LONGEST_WORD`] bytes as numbers, which are compared and hashed faster.
#[inline]
fn packed(word: &[u8]) -> [u64; LONGEST_WORD / 8] {
    if let (Some(first), Some(last), 8..=16) = (word.first_chunk(), word.last_chunk(), word.len()) {
        // Two words that overlap. This is most ids, and quicker than a copy of any length.
        let overlap = if word.len() == 8 { 0 } else { u64::from_le_bytes(*last) >> (8 * (16 - word.len())) };
        return [u64::from_le_bytes(*first), overlap, 0];
    }
    let mut text = [0; LONGEST_WORD];
    text[..word.len()].copy_from_slice(word);
    let (words, _) = text.as_chunks();
    [0, 1, 2].map(|place: usize| u64::from_le_bytes(words[place]))
}

/// Whether each byte is an upper-case hexadecimal digit or zero: all eight at once.
fn is_hex(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte says whether the byte is as large. The sums stay within their bytes.
    let at_least = |least: u8| (word & !HIGH) + ONES * u64::from(0x80 - least);
    let within = |first: u8, last: u8| at_least(first) & !at_least(last + 1);
    let fits = within(b'0', b'9') | within(b'A', b'F') | !at_least(1);
    fits & !word & HIGH == HIGH
}

fn is_mixed(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_alphanumeric) && word.iter().any(u8::is_ascii_digit)
}

/// One queue file: one use of a queue id.
#[derive(Clone, Debug)]
pub(super) struct QueueFile {
    /// The second of its first line.
    began: i64,
    /// The second of its last line so far.
    touched: i64,
    /// The reading in which it began.
    reading: u64,
    /// The queue manager has it: whoever writes a message id now writes another file.
    pub(super) is_active: bool,
    pub(super) sender: Option<Arc<Sender>>,
    /// The messages that were deferred and are still to be delivered, by token.
    pub(super) waiting: Deferred,
}

/// The messages that wait in a queue file, by token. There may be very many files, and most have one at most.
#[derive(Clone, Debug, Default)]
pub(super) enum Deferred {
    #[default]
    None,
    One(u64, Waiting),
    Many(BTreeMap<u64, Waiting>),
}

impl Deferred {
    /// Adds a message, or takes the place of the one with its token.
    pub(super) fn insert(&mut self, token: u64, waiting: Waiting) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(token, waiting),
            Self::One(first, _) if first == token => Self::One(token, waiting),
            Self::One(first, one) => Self::Many(BTreeMap::from([(first, one), (token, waiting)])),
            Self::Many(mut many) => {
                many.insert(token, waiting);
                Self::Many(many)
            }
        };
    }

    /// Takes the message of `token` out.
    pub(super) fn remove(&mut self, token: u64) -> Option<Waiting> {
        match self {
            Self::None => None,
            Self::One(first, _) if *first != token => None,
            Self::One(..) => self.take().pop(),
            Self::Many(many) => many.remove(&token),
        }
    }

    /// Takes all of them out, in the order of their tokens.
    pub(super) fn take(&mut self) -> Vec<Waiting> {
        match std::mem::take(self) {
            Self::None => Vec::new(),
            Self::One(_, one) => vec![one],
            Self::Many(many) => many.into_values().collect(),
        }
    }
}

/// A message that will be tried again.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) message: MessageId,
    pub(super) destination: Option<Arc<Destination>>,
}

impl QueueFile {
    fn new(at: i64, reading: u64) -> Self {
        Self { began: at, touched: at, reading, is_active: false, sender: None, waiting: Deferred::None }
    }

    /// What tells a recipient's message from all others of the same queue id. A long id is never used again, so the
    /// place where a log begins does not matter for it. Two addresses that both lead to `recipient` are two recipients,
    /// told apart by the one that was first written to, the `original`.
    pub(super) fn token(&self, key: &Key, recipient: &[u8], original: Option<&[u8]>) -> u64 {
        let began = if key.is_long() { 0 } else { self.began.cast_unsigned() };
        let token = hash(mix(key.host, began), recipient);
        original.map_or(token, |original| hash(token, original))
    }
}

/// The id of the message that `token` stands for.
pub(super) fn message_id(key: &Key, token: u64) -> MessageId {
    let (word, length) = key.spelled();
    let token = spell(token);
    let mut text = [b'-'; LONGEST_WORD + 1 + 13];
    text[..LONGEST_WORD].copy_from_slice(&word);
    text[length] = b'-';
    let end = length + 1 + token.len();
    text[length + 1..end].copy_from_slice(&token);
    MessageId::from(str::from_utf8(&text[..end]).expect("queue ids and tokens are ASCII"))
}

/// All open queue files.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    files: HashMap<Key, QueueFile, Mixing>,
    /// Counts the files read, and the places where one begins anew.
    reading: u64,
    /// How many files there may be before the oldest are looked for.
    sweep_at: usize,
}

impl Queue {
    /// Below this many files none is forgotten.
    const SMALL: usize = 1 << 16;

    /// A file of which nothing was heard for this many seconds is forgotten: 30 days. Postfix gives up after five.
    const FORGOTTEN_AFTER: i64 = 30 * 86_400;

    /// What follows was written before what was read, or is another file.
    pub(super) fn begin_reading(&mut self) {
        self.reading += 1;
    }

    /// The queue file of `key`, open or new. `at` is in seconds.
    pub(super) fn file(&mut self, key: Key, at: i64) -> &mut QueueFile {
        self.sweep(at);
        let reading = self.reading;
        let file = self.files.entry(key).or_insert_with(|| QueueFile::new(at, reading));
        if file.reading != reading {
            if at < file.began {
                // Left open by an earlier reading, in which the id had been used again.
                *file = QueueFile::new(at, reading);
            }
            // Lines that follow may be a little out of order.
            file.reading = reading;
        }
        file.touched = file.touched.max(at);
        file
    }

    /// Begins a new queue file of `key`, whatever became of the one before.
    pub(super) fn begin(&mut self, key: Key, at: i64) {
        self.sweep(at);
        self.files.insert(key, QueueFile::new(at, self.reading));
    }

    /// The message in the file of `key` is being written, by which a new one begins unless it is the one just begun.
    pub(super) fn write(&mut self, key: Key, at: i64) {
        if self.file(key, at).is_active {
            self.begin(key, at);
        }
    }

    /// The file of `key` is gone.
    pub(super) fn end(&mut self, key: Key) {
        self.files.remove(&key);
    }

    /// Forgets what was not heard of for long, each time that the files have doubled.
    fn sweep(&mut self, at: i64) {
        if self.files.len() >= self.sweep_at.max(Self::SMALL) {
            self.files.retain(|_, file| at - file.touched <= Self::FORGOTTEN_AFTER);
            self.sweep_at = self.files.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(word: &str) -> Key {
        Key::new(1, word.as_bytes()).unwrap()
    }

    #[test]
    fn a_queue_id_is_told_from_other_words() {
        for word in [
            "4225AF60B5",
            "12345",
            "2F6FAF60BD0063",
            "4XyZ123abcz0Dkf",
            "3NkGqF3SFxzLJ4z",
            "4225af60",
            "Q1W2E",
        ] {
            let (text, length) = key(word).spelled();
            assert_eq!(&text[..length], word.as_bytes());
        }
        for word in
            ["", "1234", "NOQUEUE", "warning", "statistics", "fatal", "4225.5AF", "0123456789ABCDEF012345678"]
        {
            assert_eq!(Key::new(1, word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn eight_bytes_are_judged_as_one_by_one() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                let mut bytes = *b"0\09A5FC8";
                bytes[place] = byte;
                let expected = byte == 0 || byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
                assert_eq!(is_hex(u64::from_le_bytes(bytes)), expected, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn one_use_of_an_id_lasts_from_its_beginning_to_its_removal() {
        let mut queue = Queue::default();
        let key = key("4225AF60B5");
        let token = |queue: &mut Queue, at| queue.file(key, at).token(&key, b"u@x", None);
        let first = token(&mut queue, 10);
        assert_eq!(token(&mut queue, 20), first);
        assert_eq!(token(&mut queue, 5), first, "lines may be a little out of order");
        queue.end(key);
        let second = token(&mut queue, 30);
        assert_ne!(second, first);
        queue.begin(key, 40);
        let third = token(&mut queue, 41);
        assert_ne!(third, second);
        queue.write(key, 50);
        assert_eq!(token(&mut queue, 51), third);
        queue.file(key, 52).is_active = true;
        queue.write(key, 60);
        assert_ne!(token(&mut queue, 61), third);
        queue.begin_reading();
        assert_eq!(token(&mut queue, 10), first, "read again, it is the first again");
    }

    #[test]
    fn a_file_read_again_begins_when_it_did_though_its_lines_are_out_of_order() {
        let mut queue = Queue::default();
        let key = key("4225AF60B5");
        let mut read = || {
            queue.begin_reading();
            [10, 9, 11].map(|at| queue.file(key, at).token(&key, b"u@x", None))
        };
        assert_eq!(read(), read());
    }

    #[test]
    fn every_id_but_the_long_ones_is_another_file_when_it_is_used_again() {
        for (word, is_again) in [("4225AF60B5", true), ("4225af60b5a1", true), ("4XyZ123bcdz0Dkf", false)] {
            let key = key(word);
            let token = |at| Queue::default().file(key, at).token(&key, b"u@x", None);
            assert_eq!(token(10) != token(20), is_again, "{word}");
        }
    }

    #[test]
    fn what_waits_is_kept_by_token() {
        let waiting = |name: &str| Waiting { message: MessageId::from(name), destination: None };
        let names = |found: Vec<Waiting>| -> Vec<String> {
            found.into_iter().map(|waiting| waiting.message.to_string()).collect()
        };
        let mut deferred = Deferred::default();
        assert!(deferred.remove(1).is_none());
        deferred.insert(2, waiting("a"));
        deferred.insert(2, waiting("b"));
        assert!(deferred.remove(1).is_none());
        assert_eq!(names(deferred.remove(2).into_iter().collect()), ["b"]);
        assert!(deferred.remove(2).is_none());
        for (token, name) in [(2, "b"), (1, "a"), (3, "c"), (3, "d")] {
            deferred.insert(token, waiting(name));
        }
        assert_eq!(names(deferred.remove(2).into_iter().collect()), ["b"]);
        assert_eq!(names(deferred.take()), ["a", "d"]);
        assert!(deferred.take().is_empty());
    }

    #[test]
    fn messages_differ_by_host_recipient_and_id() {
        let mut queue = Queue::default();
        let other_host = Key { host: 2, ..key("4225AF60B5") };
        let mut ids = Vec::new();
        for (key, recipient) in [
            (key("4225AF60B5"), "u@x"),
            (key("4225AF60B5"), "v@x"),
            (key("4225AF60B6"), "u@x"),
            (other_host, "u@x"),
        ] {
            let token = queue.file(key, 10).token(&key, recipient.as_bytes(), None);
            ids.push(message_id(&key, token).to_string());
        }
        assert_eq!(ids[0].len(), 24);
        assert!(ids[0].starts_with("4225AF60B5-"));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }

    #[test]
    fn a_long_id_names_the_same_message_wherever_the_log_begins() {
        let long = key("4XyZ123bcdz0Dkf");
        let token = |at| Queue::default().file(long, at).token(&long, b"u@x", None);
        assert_eq!(token(10), token(20));
    }

    #[test]
    fn files_that_are_never_removed_are_forgotten_in_the_end() {
        let mut queue = Queue::default();
        for number in 0..300_000_i64 {
            queue.begin(key(&format!("{number:010X}")), number * 100);
            assert!(queue.files.len() <= 2 * Queue::SMALL);
        }
        for number in 0..300_000_i64 {
            queue.file(key(&format!("F{number:010X}")), 100_000_000 + number * 100);
            assert!(queue.files.len() <= 2 * Queue::SMALL);
        }
    }
}
