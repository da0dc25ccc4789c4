//! One use of a queue id, and the messages in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::MAX_QUEUE_ID_LEN;
use super::queue_key::QueueKey;
use crate::event::MessageId;
use crate::source::hash::{Spelled, hash, hash_number};
use crate::source::log::name_cache::{Destination, Sender};

/// One queue file: one use of a queue id, from the time of its first line to that of its removal. It is small, as each line is
/// about another of very many.
#[derive(Clone, Debug)]
pub(super) struct QueueFile {
    /// The second of its first line.
    pub(super) first_at: i64,
    /// The second of its latest line so far.
    pub(super) last_at: i64,
    /// The second of its removal, or [`QueueFile::NOT_REMOVED`].
    pub(super) removed_at: i64,
    /// The pass over the log in which it was last seen.
    pub(super) pass: u32,
    /// Whether the queue manager has taken it up. If so, another message id under its queue id belongs to a new file.
    pub(super) is_active: bool,
    /// The hash of the message id; 0 if it is not known.
    pub(super) message_id: u64,
    /// The hash of the address of the client that handed it in; 0 if it is not known or was a local program.
    pub(super) client: u64,
    /// The hashes of the recipient of the first attempt and of that one's original address; 0 if there is none.
    pub(super) first_attempted: [u64; 2],
    pub(super) sender: Option<Arc<Sender>>,
    /// The messages that were deferred and not yet delivered, by the hash of their recipient.
    #[expect(clippy::box_collection, reason = "most files have none, and are smaller by this")]
    pub(super) deferred: Option<Box<BTreeMap<u64, Message>>>,
    /// What only a file has that came back from a content filter, or may have.
    pub(super) filtered: Option<Box<Filtered>>,
}

/// What is known of a file that came back from a content filter, or may have.
#[derive(Clone, Debug, Default)]
pub(super) struct Filtered {
    pub(super) origin: Option<Origin>,
    /// The hashes of the recipients of further attempts.
    attempted: Vec<u64>,
    /// The file before with the same message id.
    pub(super) before: Option<QueueKey>,
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
    /// The second of a removal that has not come.
    const NOT_REMOVED: i64 = i64::MAX;

    pub(super) fn new(at: i64, pass: u32) -> Self {
        Self {
            first_at: at,
            last_at: at,
            removed_at: Self::NOT_REMOVED,
            pass,
            is_active: false,
            message_id: 0,
            client: 0,
            first_attempted: [0; 2],
            sender: None,
            deferred: None,
            filtered: None,
        }
    }

    /// Makes it a new file, which the client with the hash `client` handed in.
    pub(super) fn begin_again(&mut self, at: i64, pass: u32, client: u64) {
        // The same line may be written twice, and the lines of one second may be in another order.
        if self.first_at != at {
            *self = Self::new(at, pass);
        }
        (self.client, self.pass) = (client, pass);
    }

    /// Returns the queue file in which the message came in: that of `key`, which is this one, if no other is known.
    #[inline]
    pub(super) fn origin(&self, key: QueueKey) -> Origin {
        let of_filter = self.filtered.as_ref().and_then(|filtered| filtered.origin);
        of_filter.unwrap_or(Origin { key, first_at: self.first_at })
    }

    pub(super) fn is_removed(&self) -> bool {
        self.removed_at != Self::NOT_REMOVED
    }

    /// Returns whether an attempt is known.
    pub(super) fn is_attempted(&self) -> bool {
        self.first_attempted[0] != 0
    }

    /// Notes an attempt for the recipient with the hash `recipient`: the first one, and all if the file may have come back from a filter.
    #[inline]
    pub(super) fn note_attempt(&mut self, recipient: u64, original: Option<&[u8]>) {
        let hashes = [recipient, original.map_or(0, |original| hash(0, original))];
        if self.first_attempted[0] == 0 {
            self.first_attempted = hashes;
        } else if let Some(filtered) = &mut self.filtered
            && filtered.attempted.len() < MAX_NOTED
        {
            filtered.attempted.extend(hashes);
        }
    }

    /// Returns whether an attempt for the recipient with this hash is known: `Some(false)` if no attempt is known yet, `None`
    /// if only attempts for others are, or none will be.
    pub(super) fn is_for(&self, recipient: u64) -> Option<bool> {
        if !self.is_attempted() {
            return (!self.is_removed()).then_some(false);
        }
        let further = self.filtered.as_ref().map_or(&[][..], |filtered| &filtered.attempted);
        (self.first_attempted.contains(&recipient) || further.contains(&recipient)).then_some(true)
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
        let hash_of_recipient = hash(hash_number(self.key.host(), first_at), recipient);
        original.map_or(hash_of_recipient, |original| hash(hash_of_recipient, original))
    }

    /// Returns the id of a message: its queue id, `-`, and the hash of its recipient.
    pub(super) fn message_id(&self, recipient_hash: u64) -> MessageId {
        // Not `format!`, which took 8 % more time for a whole log. Whole blocks are copied and checked to be ASCII faster than
        // as many bytes as there are; those behind the end are zeros.
        let mut text = [0; (MAX_QUEUE_ID_LEN + 1 + Spelled::PADDED_LEN).next_multiple_of(16)];
        let dash = self.key.len();
        text[..MAX_QUEUE_ID_LEN].copy_from_slice(self.key.padded_id());
        text[dash] = b'-';
        text[dash + 1..][..Spelled::PADDED_LEN].copy_from_slice(Spelled::new(recipient_hash).padded());
        let text = str::from_utf8(&text).expect("queue ids and spelled hashes are ASCII");
        MessageId::from(&text[..dash + 1 + Spelled::LEN])
    }
}
