//! The id of a message, hashed once.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::event::MessageId;

/// The id of a message with its hash, which is expensive because ids come from outside: it must be one that nobody can
/// foresee, and the text of an id that was read long ago is far away in memory. Kept beside the id, it is computed once,
/// however often a map grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    hash: u64,
    id: MessageId,
}

impl Key {
    /// The key of `id` in the maps that share `hasher`.
    pub(super) fn new(id: &MessageId, hasher: &RandomState) -> Self {
        Self { hash: hasher.hash_one(id), id: id.clone() }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Hands on the hash that a [`Key`] has.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(u64);

impl Hasher for Known {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        // No key comes here. Were one to, its map would be slow, not wrong.
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_hash_are_told_apart_by_their_ids() {
        let mut keys = std::collections::HashMap::<Key, u8, std::hash::BuildHasherDefault<Known>>::default();
        for (place, id) in (0..).zip(["a", "b", "a"]) {
            keys.insert(Key { hash: 7, id: MessageId::from(id) }, place);
        }
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[&Key { hash: 7, id: MessageId::from("a") }], 2);
    }

    #[test]
    fn a_key_is_the_same_each_time_and_another_in_another_store() {
        let (here, there) = (RandomState::new(), RandomState::new());
        let id = MessageId::from("m-1");
        assert_eq!(Key::new(&id, &here), Key::new(&MessageId::from("m-1"), &here));
        assert_ne!(Key::new(&id, &here), Key::new(&id, &there));
        assert_ne!(Key::new(&id, &here), Key::new(&MessageId::from("m-2"), &here));
    }
}
