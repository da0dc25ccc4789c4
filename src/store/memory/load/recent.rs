//! The messages of which events were pushed lately.

use crate::store::memory::dictionary::Facts;
use crate::store::memory::key::MessageKey;

/// Remembers the fields of recent messages: the next event of a message mostly has the same texts and comes soon, and then one
/// comparison finds their codes.
#[derive(Debug)]
pub(super) struct Recent {
    /// The message whose hash ends with the index.
    messages: Box<[Message]>,
}

#[derive(Clone, Debug)]
struct Message {
    /// The index of the account.
    account: usize,
    facts: Facts,
    /// The length of the key; 0 if there is no message.
    len: usize,
    key: [u8; MAX_KEY],
}

/// The number of messages that are remembered. They fit into the cache of a processor.
const MESSAGES: usize = 1 << 10;

/// The maximum length of a key that is remembered.
const MAX_KEY: usize = 104;

impl Default for Recent {
    fn default() -> Self {
        let none = Message { account: 0, facts: Facts::NONE, len: 0, key: [0; MAX_KEY] };
        Self { messages: vec![none; MESSAGES].into() }
    }
}

impl Recent {
    /// Returns the fields with these texts, which were remembered for a message with this hash.
    #[inline]
    pub(super) fn get(&self, hash: u32, account: usize, key: &MessageKey<'_>) -> Option<Facts> {
        let known = &self.messages[hash as usize % MESSAGES];
        let known_key = known.key.get(..known.len)?;
        (known.account == account && *known_key == *key.bytes()).then_some(known.facts)
    }

    /// Remembers the fields of a message.
    #[inline]
    pub(super) fn insert(&mut self, hash: u32, account: usize, key: &MessageKey<'_>, facts: Facts) {
        let key = key.bytes();
        let message = &mut self.messages[hash as usize % MESSAGES];
        if let Some(known) = message.key.get_mut(..key.len()) {
            known.copy_from_slice(key);
            (message.account, message.facts, message.len) = (account, facts, key.len());
        }
    }
}
