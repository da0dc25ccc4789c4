//! Why a message was sent.

use std::fmt;
use std::str::FromStr;

use crate::parse_error::ParseError;

/// The class of mail that a message was sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "mail is one or the other")]
pub enum Stream {
    /// Sent because of what its recipient did: receipts, password resets.
    Transactional,
    /// Sent to many at once: newsletters, campaigns.
    Bulk,
}

impl Stream {
    /// Every stream.
    pub const ALL: [Self; 2] = [Self::Transactional, Self::Bulk];

    /// The name in JSON and in queries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transactional => "transactional",
            Self::Bulk => "bulk",
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Stream {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|stream| stream.name() == text)
            .ok_or_else(|| ParseError::not_one_of("stream", text, Self::ALL.map(Self::name)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stream_is_printed_and_read_by_its_name_in_json() {
        for stream in Stream::ALL {
            assert_eq!(serde_json::to_value(stream).unwrap(), stream.name());
            assert_eq!(stream.to_string(), stream.name());
            assert_eq!(stream.name().parse(), Ok(stream));
        }
        assert_eq!(format!("{:>6}|", Stream::Bulk), "  bulk|");
    }

    #[test]
    fn an_unknown_stream_is_told_the_known_ones() {
        for text in ["Bulk", "", " bulk", "marketing"] {
            assert_eq!(
                text.parse::<Stream>().unwrap_err().to_string(),
                format!("unknown stream `{text}`, expected `transactional` or `bulk`")
            );
        }
    }

    proptest! {
        #[test]
        fn only_a_name_is_a_stream(text in any::<String>()) {
            prop_assert_eq!(text.parse().map(Stream::name).ok(), ["transactional", "bulk"].into_iter().find(|name| *name == text));
        }
    }
}
