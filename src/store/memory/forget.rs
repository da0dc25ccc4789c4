//! Forgetting messages and accounts.

use super::StoreLimits;
use super::account::Account;
use super::builder::SegmentBuilder;
use super::day::Location;
use super::edit::start_changes;
use super::history::History;
use super::interner::Interner;
use super::published::Published;
use super::writer::{State, Writer};
use crate::event::{AccountId, MessageId};

impl Writer {
    /// Removes everything of an account. Returns how many messages it had.
    pub(super) fn forget_account(&self, id: &AccountId, published: &Published) -> usize {
        let mut state = self.state();
        // Its buffers still have texts of the last messages.
        state.builder = SegmentBuilder::default();
        state.forget_size(id);
        let messages = published.remove(id).map_or(0, |account| account.messages);
        state.forgotten.push(id.clone());
        state.forget_values(published);
        messages
    }

    /// Removes a message, except from the sums of what was thinned. Returns whether it was known.
    pub(super) fn forget_message(
        &self,
        account: &AccountId,
        message: &MessageId,
        limits: &StoreLimits,
        published: &Published,
    ) -> bool {
        let mut state = self.state();
        let Some(known) = published.get(account) else { return false };
        let Some(location) = known.find(self.hash(message.as_str()), message.as_str()) else { return false };
        let State { interners, builder, .. } = &mut *state;
        let interner = interners.entry(account.clone()).or_insert_with(|| self.interner_of(&known));
        *builder = SegmentBuilder::default();
        let changed = vec![without(&known, location, interner, builder)];
        *builder = SegmentBuilder::default();
        state.measure(&changed, limits);
        published.publish(changed);
        true
    }
}

/// Returns an account as it is without one of its messages.
fn without(
    known: &Account,
    location: Location,
    interner: &mut Interner,
    builder: &mut SegmentBuilder,
) -> Account {
    let mut account = known.clone();
    let segment = known.segment(location);
    if let Some(before) = segment.map(|segment| segment.history(location.row)) {
        let after = before.dropped.map(|dropped| {
            let mut history = History { dropped: Some(dropped), ..History::new(before.id) };
            history.settle(&mut Vec::new(), |facts| interner.merge(facts));
            history
        });
        account.dictionary = interner.seal();
        account.events -= before.entries.len();
        account.messages -= 1;
        let mut changes = start_changes(&mut account);
        changes.add(Some(&before), after.as_ref(), &account.dictionary);
        account.places |= changes.places();
        changes.apply(&mut account.cubes);
    }
    account.day_mut(location.day).remove(location.part, location.row, builder);
    account.days.retain(|day| !day.parts.is_empty());
    account
}
