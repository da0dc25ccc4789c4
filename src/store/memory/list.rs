//! A list that grows at its end and is shared with readers.

use std::sync::Arc;

/// A list in parts. Cloning it copies a pointer for each part; a reader keeps the list as it was while a writer appends.
///
/// Each sealed part has at least four times as many items as the next one, so a list has few parts, and an item is copied
/// a logarithmic number of times while the list grows.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    /// The sealed parts, each with the index of its first item.
    parts: Vec<(usize, Arc<Vec<T>>)>,
    /// What was appended since the list was last sealed.
    tail: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), tail: Vec::new() }
    }
}

impl<T: Clone> List<T> {
    /// Returns the number of items.
    pub(super) fn len(&self) -> usize {
        self.sealed_len() + self.tail.len()
    }

    /// Appends an item.
    pub(super) fn push(&mut self, item: T) {
        self.tail.push(item);
    }

    /// Returns the item at an index; `None` if it is beyond the end.
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        let sealed = self.sealed_len();
        if index >= sealed {
            return self.tail.get(index - sealed);
        }
        let part = self.parts.partition_point(|(first, _)| *first <= index);
        let (first, items) = self.parts.get(part.checked_sub(1)?)?;
        items.get(index - first)
    }

    /// Returns all items in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().flat_map(|(_, items)| items.iter()).chain(&self.tail)
    }

    /// Moves what was appended into parts that clones share.
    pub(super) fn seal(&mut self) {
        if self.tail.is_empty() {
            return;
        }
        let mut sealed = std::mem::take(&mut self.tail);
        while let Some((_, last)) = self.parts.pop_if(|(_, last)| last.len() < 4 * sealed.len()) {
            let mut longer = Vec::with_capacity(last.len() + sealed.len());
            longer.extend_from_slice(&last);
            longer.append(&mut sealed);
            sealed = longer;
        }
        sealed.shrink_to_fit();
        self.parts.push((self.sealed_len(), Arc::new(sealed)));
    }

    fn sealed_len(&self) -> usize {
        self.parts.last().map_or(0, |(first, items)| first + items.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_item_is_found_however_the_list_was_sealed_and_clones_keep_theirs(
            lengths in prop::collection::vec(0..20_usize, 0..30),
        ) {
            let (mut list, mut next) = (List::default(), 0);
            for length in lengths {
                let (before, len) = (list.clone(), list.len());
                (0..length).for_each(|offset| list.push(next + offset));
                next += length;
                if length % 3 > 0 {
                    list.seal();
                }
                prop_assert_eq!(list.len(), next);
                prop_assert!(list.iter().copied().eq(0..next));
                prop_assert!((0..next).all(|index| list.get(index) == Some(&index)));
                prop_assert_eq!(list.get(next), None);
                prop_assert!(before.iter().copied().eq(0..len));
            }
            prop_assert!(list.parts.windows(2).all(|pair| pair[0].1.len() >= 4 * pair[1].1.len()));
        }
    }
}
