//! `serve.toml`: accounts, keys and limits. What it may hold is told by the one beside this file.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use mailtally::AccountId;
use mailtally::dialect::{emitlo, mailtrap};
use serde::Deserialize;

use crate::failure::Failure;
use crate::key::{Key, KeyHash, Scope};
use crate::limit::Setting;

/// The configuration, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) accounts: Vec<Account>,
    pub(crate) keys: Vec<Key>,
    pub(crate) limits: LimitSettings,
}

/// A tenant: what each API calls it, and what it has.
#[derive(Debug)]
pub(crate) struct Account {
    /// As in events.
    pub(crate) id: AccountId,
    /// The number in Mailtrap's paths; `None` if it is only asked without.
    pub(crate) mailtrap_id: Option<i64>,
    pub(crate) mailtrap: mailtrap::Settings,
    pub(crate) emitlo: emitlo::Domains,
}

/// How many requests are answered, `requests/seconds` or `off`. Unless given, as published; the last four are ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    pub(crate) mailtrap_account: Setting,
    pub(crate) mailtrap_token: Setting,
    pub(crate) krafter: Setting,
    pub(crate) mailgun: Setting,
    pub(crate) emitlo: Setting,
    pub(crate) sendkit: Setting,
    pub(crate) events: Setting,
    pub(crate) query: Setting,
}

impl Default for LimitSettings {
    fn default() -> Self {
        const SECOND: NonZeroU32 = NonZeroU32::MIN;
        const TEN_SECONDS: NonZeroU32 = SECOND.saturating_add(9);
        const MINUTE: NonZeroU32 = SECOND.saturating_add(59);
        Self {
            mailtrap_account: Setting::new(10, MINUTE),
            mailtrap_token: Setting::new(150, TEN_SECONDS),
            krafter: Setting::new(100, MINUTE),
            mailgun: Setting::new(500, TEN_SECONDS),
            emitlo: Setting::new(100, MINUTE),
            sendkit: Setting::new(100, MINUTE),
            events: Setting::new(600, MINUTE),
            query: Setting::new(100, MINUTE),
        }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// Not TOML, or a field that is unknown, missing or of the wrong type.
    #[error("line {line}: {message}")]
    Toml {
        /// Where.
        line: usize,
        /// What was found, and what was expected.
        message: String,
    },
    /// Two of what must be different are the same.
    #[error("{what} `{value}` stands there twice, expected each once")]
    Twice {
        /// What.
        what: &'static str,
        /// Which.
        value: String,
    },
    /// A key is for an account that is not there.
    #[error("key `{key}` is for account `{account}`, which is not configured")]
    NoAccount {
        /// Whose.
        key: String,
        /// Which.
        account: String,
    },
}

impl Config {
    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text =
            fs::read_to_string(path).map_err(|source| Failure::File { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|source| Failure::Config { path: path.to_owned(), source })
    }

    fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::Toml {
            line: text[..error.span().map_or(0, |span| span.start)].matches('\n').count() + 1,
            message: error.message().trim().replace('\n', ", "),
        })?;
        once("account", file.account.iter().map(|account| &account.id))?;
        once("the Mailtrap account", file.account.iter().filter_map(|account| account.mailtrap))?;
        once("the key's name", file.key.iter().map(|key| &key.name))?;
        once("the hash", file.key.iter().map(|key| key.sha256))?;
        let places = file.account.iter().zip(0..).map(|(account, place)| (account.id.clone(), place));
        let places: BTreeMap<String, usize> = places.collect();
        let keys = file.key.into_iter().map(|key| key.check(&places)).collect::<Result<_, _>>()?;
        let accounts = file.account.into_iter().map(AccountEntry::check).collect::<Result<_, _>>()?;
        Ok(Self { accounts, keys, limits: file.limits })
    }
}

/// The file, as it stands there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<AccountEntry>,
    #[serde(default)]
    key: Vec<KeyEntry>,
    #[serde(default)]
    limits: LimitSettings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    id: String,
    mailtrap: Option<i64>,
    mailtrap_places: Option<u32>,
    #[serde(default)]
    domains: Vec<DomainEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainEntry {
    id: i64,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    name: String,
    sha256: KeyHash,
    account: String,
    #[serde(default)]
    workspaces: Vec<String>,
    scopes: Vec<Scope>,
}

impl AccountEntry {
    fn check(self) -> Result<Account, ConfigError> {
        once("the id of a domain", self.domains.iter().map(|domain| domain.id))?;
        once("the domain", self.domains.iter().map(|domain| &domain.name))?;
        let domains = || self.domains.iter().map(|domain| (domain.id, &*domain.name));
        let mailtrap = mailtrap::Settings::new(domains());
        let mailtrap = self.mailtrap_places.into_iter().fold(mailtrap, mailtrap::Settings::places);
        let emitlo = emitlo::Domains::new(domains());
        Ok(Account { id: self.id.into(), mailtrap_id: self.mailtrap, mailtrap, emitlo })
    }
}

impl KeyEntry {
    fn check(self, places: &BTreeMap<String, usize>) -> Result<Key, ConfigError> {
        let Self { name, sha256, account, workspaces, scopes } = self;
        let place = |account: &String| {
            let missing = || ConfigError::NoAccount { key: name.clone(), account: account.clone() };
            places.get(account).copied().ok_or_else(missing)
        };
        let (account, workspaces) =
            (place(&account)?, workspaces.iter().map(place).collect::<Result<_, _>>()?);
        Ok(Key { name: Arc::from(name), hash: sha256, account, workspaces, scopes })
    }
}

/// Refuses values of which two are the same.
fn once<T: Ord + ToString>(what: &'static str, values: impl Iterator<Item = T>) -> Result<(), ConfigError> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    match values.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(ConfigError::Twice { what, value: pair[0].to_string() }),
    }
}
