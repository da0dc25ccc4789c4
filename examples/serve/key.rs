//! Keys: what a caller shows, whose it is, and what it may be used for.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a key. Keys are long and random, so that it need not be slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyHash([u8; 32]);

impl KeyHash {
    pub(crate) fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits. What else stands there is not told: it may be a key.
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
            de::Error::custom("found no hash, expected the 64 hexadecimal digits of --hash-key")
        })
    }
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Scope {
    /// Everything.
    #[serde(rename = "*")]
    All,
    /// Mailtrap's API.
    #[serde(rename = "mailtrap")]
    Mailtrap,
    /// Krafter's, which has this name for it.
    #[serde(rename = "mail:read")]
    MailRead,
    /// Mailgun's.
    #[serde(rename = "mailgun")]
    Mailgun,
    /// Emitlo's, which has this name for it.
    #[serde(rename = "stats")]
    Stats,
    /// SendKit's.
    #[serde(rename = "sendkit")]
    Sendkit,
    /// `POST /events`.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// `POST /query`.
    #[serde(rename = "query:read")]
    QueryRead,
}

impl Scope {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::Mailtrap => "mailtrap",
            Self::MailRead => "mail:read",
            Self::Mailgun => "mailgun",
            Self::Stats => "stats",
            Self::Sendkit => "sendkit",
            Self::EventsWrite => "events:write",
            Self::QueryRead => "query:read",
        }
    }
}

/// A key that is known.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// What the log calls it.
    pub(crate) name: Arc<str>,
    pub(crate) hash: KeyHash,
    /// The place of its account.
    pub(crate) account: usize,
    /// The places of the accounts whose SendKit workspaces a platform key may name.
    pub(crate) workspaces: Vec<usize>,
    pub(crate) scopes: Vec<Scope>,
}

impl Key {
    pub(crate) fn allows(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|&own| own == scope || own == Scope::All)
    }
}

/// The key that a caller shows, and its place. All are looked at to the end, so that the time tells nothing.
pub(crate) fn find<'a>(keys: &'a [Key], shown: &str) -> Option<(usize, &'a Key)> {
    let hash = KeyHash::of(shown);
    let same = |key: &Key| bool::from(key.hash.0[..].ct_eq(&hash.0[..]));
    keys.iter()
        .enumerate()
        .fold(None, |found, (place, key)| if same(key) { Some((place, key)) } else { found })
}
