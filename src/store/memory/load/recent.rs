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
    key: Vec<u8>,
    facts: Facts,
}

/// The number of messages that are remembered. Their keys fit into the cache of a processor.
const MESSAGES: usize = 1 << 10;

impl Default for Recent {
    fn default() -> Self {
        // The key of a message is not empty.
        let none = Message { account: 0, key: Vec::new(), facts: Facts::NONE };
        Self { messages: vec![none; MESSAGES].into() }
    }
}

impl Recent {
    /// Returns the fields with these texts, which were remembered for a message with this hash.
    #[inline]
    pub(super) fn get(&self, hash: u32, account: usize, key: &MessageKey<'_>) -> Option<Facts> {
        let known = &self.messages[hash as usize % MESSAGES];
        (known.account == account && *known.key == *key.bytes()).then_some(known.facts)
    }

    /// Remembers the fields of a message.
    #[inline]
    pub(super) fn insert(&mut self, hash: u32, account: usize, key: &MessageKey<'_>, facts: Facts) {
        let message = &mut self.messages[hash as usize % MESSAGES];
        message.key.clear();
        message.key.extend_from_slice(key.bytes());
        (message.account, message.facts) = (account, facts);
    }
}
