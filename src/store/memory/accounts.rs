//! The messages of all accounts.

use std::collections::HashMap;
use std::sync::Arc;

use super::StoreLimits;
use super::account::{AccountMessages, Chunk, Inserted, Undo};
use crate::event::{AccountId, Event};
use crate::query::Scope;
use crate::store::StoreError;

/// The messages of each account.
#[derive(Debug, Default)]
pub(super) struct Accounts(HashMap<AccountId, AccountMessages>);

impl Accounts {
    /// Inserts an event, unless it is refused.
    pub(super) fn insert(&mut self, event: Event, limits: &StoreLimits) -> Result<Inserted, StoreError> {
        event.check().map_err(|error| StoreError::record(&event, error))?;
        if let Some(messages) = self.0.get_mut(event.account()) {
            return messages.insert(event, limits);
        }
        let (account, mut messages) = (event.account().clone(), AccountMessages::default());
        let inserted = messages.insert(event, limits)?;
        self.0.insert(account, messages);
        Ok(inserted)
    }

    /// Undoes the latest insertion of an account that was not yet undone.
    pub(super) fn undo(&mut self, account: &AccountId, undo: Undo) {
        let Some(messages) = self.0.get_mut(account) else { return };
        messages.undo(undo);
        if messages.message_count() == 0 {
            self.0.remove(account);
        }
    }

    /// Returns the messages of an account; `None` if it is unknown.
    pub(super) fn get(&self, account: &AccountId) -> Option<&AccountMessages> {
        self.0.get(account)
    }

    /// Returns the messages of all accounts in scope.
    pub(super) fn chunks(&self, scope: &Scope) -> impl Iterator<Item = &Arc<Chunk>> {
        let in_scope: Vec<&AccountMessages> = match scope {
            Scope::Account(one) => self.0.get(one).into_iter().collect(),
            Scope::Accounts(several) => several.iter().filter_map(|id| self.0.get(id)).collect(),
            Scope::All => self.0.values().collect(),
        };
        in_scope.into_iter().flat_map(AccountMessages::chunks)
    }

    /// Returns the number of messages of all accounts.
    pub(super) fn message_count(&self) -> usize {
        self.0.values().map(AccountMessages::message_count).sum()
    }
}
