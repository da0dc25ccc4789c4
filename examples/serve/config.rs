//! The configuration: accounts, keys, rate limits, bounds and origins. `serve.toml` in this folder documents every field.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::http::HeaderValue;
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Campaigns, Mailbox, SendKit};
use mailtally::dialect::{RequestLimit, krafter, mailgun, mailtrap};
use mailtally::message::AccountId;
use mailtally::native::Native;
use serde::Deserialize;

use crate::bounds::{AtMost, Bounds};
use crate::failure::Failure;
use crate::key::{Key, KeyHash, Scope};
use crate::limit::Setting;
use crate::quota::Quota;

/// The configuration, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) accounts: Vec<Account>,
    pub(crate) keys: Vec<Key>,
    pub(crate) limits: LimitSettings,
    pub(crate) bounds: Bounds,
    /// The origins whose pages may send requests.
    pub(crate) origins: Vec<HeaderValue>,
}

/// A tenant: its id, and each API with its settings.
#[derive(Debug)]
pub(crate) struct Account {
    /// The id in events.
    pub(crate) id: AccountId,
    pub(crate) mailtrap: Mailtrap,
    pub(crate) mailgun: Mailgun,
    pub(crate) emitlo: Emitlo,
    pub(crate) sendkit: SendKit,
    pub(crate) native: Native,
    /// The id of its SendKit workspace; `None` if platform keys cannot name it.
    pub(crate) workspace: Option<String>,
    pub(crate) quota: Quota,
}

/// The rate limits, `requests/seconds` or `off`. The defaults are as published; the last four are ours.
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
        const OURS: RequestLimit = RequestLimit { requests: 100, seconds: 60 };
        Self {
            mailtrap_account: mailtrap::ACCOUNT_LIMIT.into(),
            mailtrap_token: mailtrap::TOKEN_LIMIT.into(),
            krafter: krafter::LIMIT.into(),
            mailgun: mailgun::LIMIT.into(),
            emitlo: OURS.into(),
            sendkit: OURS.into(),
            events: RequestLimit { requests: 600, seconds: 60 }.into(),
            query: OURS.into(),
        }
    }
}

/// An error in a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// Not TOML, or a field that is unknown, missing or of the wrong type.
    #[error("line {line}: {message}")]
    Toml {
        /// The number of the line, from 1.
        line: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// An origin is not valid.
    #[error("invalid origin `{origin}`: expected a scheme and a host, such as `https://dashboard.example`")]
    Origin {
        /// The found text.
        origin: String,
    },
    /// A value that must be unique occurs twice.
    #[error("{what} `{value}` occurs twice, expected once")]
    Twice {
        /// What the value is.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// An account has no id.
    #[error("the id of an account is empty, expected the id in events")]
    NoId,
    /// A key has no scope.
    #[error("key `{key}` has no scopes, expected one or more, or `*`")]
    NoScope {
        /// The name of the key.
        key: String,
    },
    /// Two keys are the same.
    #[error("the keys `{first}` and `{second}` are the same key, expected different keys")]
    SameKey {
        /// The name of the first one.
        first: String,
        /// The name of the second one.
        second: String,
    },
    /// A key names the workspace of an account that is not configured or has no workspace.
    #[error("key `{key}` names the workspace of account `{account}`, which is not configured, or has none")]
    NoWorkspace {
        /// The name of the key.
        key: String,
        /// The id of the account.
        account: String,
    },
    /// A key is for an account that is not configured.
    #[error("key `{key}` is for account `{account}`, which is not configured")]
    NoAccount {
        /// The name of the key.
        key: String,
        /// The id of the account.
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
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().trim().replace('\n', ", "),
        })?;
        check_unique("account", file.account.iter().map(|account| &account.id))?;
        check_unique("Mailtrap account", file.account.iter().filter_map(|account| account.mailtrap))?;
        check_unique("workspace", file.account.iter().filter_map(|account| account.workspace.as_ref()))?;
        check_unique("key name", file.key.iter().map(|key| &key.name))?;
        check_different(&file.key)?;
        if file.account.iter().any(|account| account.id.is_empty()) {
            return Err(ConfigError::NoId);
        }
        let with_workspace = file.account.iter().filter(|account| account.workspace.is_some());
        let with_workspace: BTreeSet<String> = with_workspace.map(|account| account.id.clone()).collect();
        let indexes = file.account.iter().zip(0..).map(|(account, index)| (account.id.clone(), index));
        let indexes: BTreeMap<String, usize> = indexes.collect();
        let keys =
            file.key.into_iter().map(|key| key.check(&indexes, &with_workspace)).collect::<Result<_, _>>()?;
        let account = |account: AccountEntry| account.check(&file.bounds);
        let accounts = file.account.into_iter().map(account).collect::<Result<_, _>>()?;
        let origins = file.origins.into_iter().map(parse_origin).collect::<Result<_, _>>()?;
        Ok(Self { accounts, keys, limits: file.limits, bounds: file.bounds, origins })
    }
}

/// The configuration as it is in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<AccountEntry>,
    #[serde(default)]
    key: Vec<KeyEntry>,
    #[serde(default)]
    limits: LimitSettings,
    #[serde(default)]
    bounds: Bounds,
    #[serde(default)]
    origins: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    id: String,
    mailtrap: Option<i64>,
    mailtrap_decimals: Option<u32>,
    #[serde(default)]
    subaccounts: Vec<String>,
    workspace: Option<String>,
    campaigns: Option<Campaigns>,
    max_events: Option<AtMost>,
    events_per_day: Option<AtMost>,
    #[serde(default)]
    domains: Vec<DomainEntry>,
    #[serde(default)]
    mailbox: Vec<Mailbox>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ id = …, name = … }`")]
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
    fn check(self, bounds: &Bounds) -> Result<Account, ConfigError> {
        check_unique("domain id", self.domains.iter().map(|domain| domain.id))?;
        let normalize = |name: &str| name.trim_end_matches('.').to_lowercase();
        check_unique("domain", self.domains.iter().map(|domain| normalize(&domain.name)))?;
        let domains = || self.domains.iter().map(|domain| (domain.id, &*domain.name));
        let mailtrap = Mailtrap::new(domains());
        let mailtrap = self.mailtrap.into_iter().fold(mailtrap, Mailtrap::account_id);
        let mailtrap = self.mailtrap_decimals.into_iter().fold(mailtrap, Mailtrap::decimals);
        let mailgun = Mailgun::new(domains().map(|(_, name)| name)).subaccounts(self.subaccounts);
        let emitlo = Emitlo::new(domains());
        check_unique("mailbox id", self.mailbox.iter().map(Mailbox::id))?;
        check_unique("mailbox", self.mailbox.iter().map(|mailbox| mailbox.email().to_ascii_lowercase()))?;
        let sendkit = self.campaigns.into_iter().fold(SendKit::new(self.mailbox), SendKit::campaigns);
        Ok(Account {
            id: self.id.into(),
            mailtrap,
            mailgun,
            emitlo,
            sendkit,
            native: Native::default(),
            workspace: self.workspace,
            quota: Quota::new(
                self.max_events.unwrap_or(bounds.max_events),
                self.events_per_day.unwrap_or(bounds.events_per_day),
            ),
        })
    }
}

impl KeyEntry {
    fn check(
        self,
        indexes: &BTreeMap<String, usize>,
        with_workspace: &BTreeSet<String>,
    ) -> Result<Key, ConfigError> {
        let Self { name, sha256, account, workspaces, scopes } = self;
        if scopes.is_empty() {
            return Err(ConfigError::NoScope { key: name });
        }
        let Some(&account) = indexes.get(&account) else {
            return Err(ConfigError::NoAccount { key: name, account });
        };
        let workspace = |account: &String| {
            let missing = || ConfigError::NoWorkspace { key: name.clone(), account: account.clone() };
            indexes.get(account).copied().filter(|_| with_workspace.contains(account)).ok_or_else(missing)
        };
        let workspaces = workspaces.iter().map(workspace).collect::<Result<_, _>>()?;
        Ok(Key { name: Arc::from(name), hash: sha256, account, workspaces, scopes })
    }
}

/// Parses an origin: a scheme and a host without a path, as browsers send it.
fn parse_origin(text: String) -> Result<HeaderValue, ConfigError> {
    let host = text.split_once("://").map(|(_, host)| host);
    let value = HeaderValue::try_from(&text).ok();
    let valid = value.filter(|_| host.is_some_and(|host| !host.is_empty() && !host.contains('/')));
    valid.ok_or(ConfigError::Origin { origin: text })
}

/// Returns the number of the line, from 1, that contains the byte at `index`.
fn line_of(text: &str, index: usize) -> usize {
    text.bytes().take(index).filter(|&byte| byte == b'\n').count() + 1
}

/// Checks that all keys are different. The error has their names, because nobody can recognize a hash.
fn check_different(keys: &[KeyEntry]) -> Result<(), ConfigError> {
    let mut names = BTreeMap::new();
    for key in keys {
        if let Some(first) = names.insert(key.sha256, &key.name) {
            return Err(ConfigError::SameKey { first: first.clone(), second: key.name.clone() });
        }
    }
    Ok(())
}

/// Checks that each value occurs once.
fn check_unique<T: Ord + ToString>(
    what: &'static str,
    values: impl Iterator<Item = T>,
) -> Result<(), ConfigError> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    match values.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(ConfigError::Twice { what, value: pair[0].to_string() }),
    }
}
