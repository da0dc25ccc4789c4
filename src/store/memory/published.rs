//! The state that readers see.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::account::Account;
use crate::event::AccountId;
use crate::query::Scope;

/// The accounts as they are after the latest call of a writer. The lock is held only while pointers are copied.
#[derive(Debug, Default)]
pub(super) struct Published(RwLock<HashMap<AccountId, Arc<Account>>>);

impl Published {
    /// Returns an account; `None` if it is unknown.
    pub(super) fn get(&self, id: &AccountId) -> Option<Arc<Account>> {
        self.read().get(id).cloned()
    }

    /// Returns all accounts.
    pub(super) fn all(&self) -> Vec<Arc<Account>> {
        self.in_scope(&Scope::All)
    }

    /// Returns the accounts in a scope.
    pub(super) fn in_scope(&self, scope: &Scope) -> Vec<Arc<Account>> {
        accounts(&self.read(), scope)
    }

    /// Returns the accounts in each scope, all as they are at one instant.
    pub(super) fn in_scopes<'a>(&self, scopes: impl Iterator<Item = &'a Scope>) -> Vec<Arc<[Arc<Account>]>> {
        let known = self.read();
        let mut last: Option<(&Scope, Arc<[Arc<Account>]>)> = None;
        let mut in_scope = |scope: &'a Scope| {
            // The plans of one question have one scope.
            if let Some((_, accounts)) = last.as_ref().filter(|(known, _)| *known == scope) {
                return Arc::clone(accounts);
            }
            let accounts: Arc<[Arc<Account>]> = accounts(&known, scope).into();
            last = Some((scope, Arc::clone(&accounts)));
            accounts
        };
        scopes.map(&mut in_scope).collect()
    }

    /// Shows other states of accounts to readers, all at once.
    pub(super) fn publish(&self, accounts: Vec<Account>) {
        let accounts: Vec<Arc<Account>> = accounts.into_iter().map(Arc::new).collect();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let replace = |account: Arc<Account>| known.insert(account.id.clone(), account);
        let replaced: Vec<_> = accounts.into_iter().map(replace).collect();
        drop(known);
        // Readers do not wait until these are freed.
        drop(replaced);
    }

    /// Removes an account, and returns it as it was.
    pub(super) fn remove(&self, id: &AccountId) -> Option<Arc<Account>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    // A poisoned lock is usable: pointers are replaced whole.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<AccountId, Arc<Account>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accounts(known: &HashMap<AccountId, Arc<Account>>, scope: &Scope) -> Vec<Arc<Account>> {
    match scope {
        Scope::Account(one) => known.get(one).cloned().into_iter().collect(),
        Scope::Accounts(several) => several.iter().filter_map(|id| known.get(id).cloned()).collect(),
        Scope::All => known.values().cloned().collect(),
    }
}
