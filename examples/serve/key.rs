//! Keys: each gives access to the mail of an account, within its scopes.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a key. A key is long and random, so a slow hash is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyHash([u8; 32]);

impl KeyHash {
    /// Hashes a key.
    pub(crate) fn new(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Parses 64 hexadecimal digits. Errors do not show the text: it can be a key.
    fn parse(hex: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let digits = hex.as_bytes();
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = String::deserialize(deserializer)?;
        Self::parse(&hex).ok_or_else(|| {
            de::Error::custom("not a hash, expected the 64 hexadecimal digits that --hash-key prints")
        })
    }
}

/// What a key gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Scope {
    /// Everything of an account, which is all but [`Scope::HealthRead`].
    #[serde(rename = "*")]
    All,
    /// Mailtrap's API.
    #[serde(rename = "mailtrap")]
    Mailtrap,
    /// Krafter's API. The name is Krafter's.
    #[serde(rename = "mail:read")]
    MailRead,
    /// Mailgun's API.
    #[serde(rename = "mailgun")]
    Mailgun,
    /// Emitlo's API. The name is Emitlo's.
    #[serde(rename = "stats")]
    Stats,
    /// SendKit's API.
    #[serde(rename = "sendkit")]
    Sendkit,
    /// `POST /events`.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// `POST /query`.
    #[serde(rename = "query:read")]
    QueryRead,
    /// The accounts in `GET /healthz`, for the operator.
    #[serde(rename = "health:read")]
    HealthRead,
}

/// A configured key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The name in the log.
    pub(crate) name: Arc<str>,
    pub(crate) hash: KeyHash,
    /// The index of its account.
    pub(crate) account: usize,
    /// The indexes of the accounts whose SendKit workspaces a platform key may name.
    pub(crate) workspaces: Vec<usize>,
    pub(crate) scopes: Vec<Scope>,
}

impl Key {
    /// Returns whether the key gives access to `scope`.
    pub(crate) fn allows(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|&own| own == scope || (own == Scope::All && scope != Scope::HealthRead))
    }
}

/// Finds a key and returns it with its index. It compares all keys in constant time, so the time taken reveals nothing.
pub(crate) fn find<'a>(keys: &'a [Key], key: &str) -> Option<(usize, &'a Key)> {
    let hash = KeyHash::new(key);
    let same = |key: &Key| bool::from(key.hash.0[..].ct_eq(&hash.0[..]));
    keys.iter()
        .enumerate()
        .fold(None, |found, (index, key)| if same(key) { Some((index, key)) } else { found })
}
