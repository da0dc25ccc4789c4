//! The reasons of deferrals, bounces and refusals, as few texts for very many answers.
//!
//! What a mail system says itself is a short phrase of its own. For the answer of another server it is the meaning of the enhanced
//! status code (RFC 3463 and the registry of its codes).

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::phrases::Phrases;

/// The phrases of mail systems, each with its reason.
const PHRASES: [(&str, &str); 56] = [
    ("Access denied", "access denied"),
    ("bad address syntax", "bad address syntax"),
    ("Bad sender address syntax", "bad address syntax"),
    ("Bad recipient address syntax", "bad address syntax"),
    ("blocked using", "blocked by a list"),
    ("Cannot start TLS", "TLS failed"),
    ("cannot find your hostname", "client host rejected"),
    ("certificate", "certificate not trusted"),
    ("Client host rejected", "client host rejected"),
    ("Command died", "command failed"),
    ("Command time limit exceeded", "command failed"),
    ("Connection refused", "connection refused"),
    ("Connection reset", "lost connection"),
    ("Connection timed out", "connection timed out"),
    ("does not accept mail", "domain accepts no mail"),
    ("Domain does not exist", "host not found"),
    ("failure in MX lookup", "host not found"),
    ("Greylisted", "greylisted"),
    ("Helo command rejected", "helo command rejected"),
    ("host name lookup failure", "host not found"),
    ("Host not found", "host not found"),
    ("Host or domain name not found", "host not found"),
    ("Host unknown", "host not found"),
    ("Improper use of SMTP command pipelining", "protocol error"),
    ("Insufficient disk space", "insufficient system storage"),
    ("Insufficient system storage", "insufficient system storage"),
    ("Invalid recipient", "recipient address rejected"),
    ("Loop detected", "mail loops back"),
    ("loops back to myself", "mail loops back"),
    ("lost connection", "lost connection"),
    ("mail transport unavailable", "mail transport unavailable"),
    ("mailbox is full", "mailbox full"),
    ("message content rejected", "message content rejected"),
    ("message file too big", "message too large"),
    ("message size", "message too large"),
    ("Network is unreachable", "network unreachable"),
    ("Network error", "network error"),
    ("No MX found", "host not found"),
    ("No route to host", "network unreachable"),
    ("over quota", "mailbox full"),
    ("Protocol error", "protocol error"),
    ("quota exceeded", "mailbox full"),
    ("Relay access denied", "relay access denied"),
    ("Relaying denied", "relay access denied"),
    ("Recipient address rejected: User unknown", "unknown user"),
    ("Recipient address rejected: Greylist", "greylisted"),
    ("Recipient address rejected", "recipient address rejected"),
    ("SASL authentication failed", "authentication failed"),
    ("Sender address rejected", "sender address rejected"),
    ("timed out", "connection timed out"),
    ("TLS is required", "TLS failed"),
    ("too many connections", "too many connections"),
    ("too many hops", "too many hops"),
    ("unknown mail transport error", "mail transport unavailable"),
    ("unknown user", "unknown user"),
    ("User unknown", "unknown user"),
];

/// The meanings of enhanced status codes, by subject and detail.
const MEANINGS: [(&str, &str); 48] = [
    ("1.0", "other address status"),
    ("1.1", "bad mailbox address"),
    ("1.2", "bad system address"),
    ("1.3", "bad mailbox address syntax"),
    ("1.4", "mailbox address ambiguous"),
    ("1.6", "mailbox has moved"),
    ("1.7", "bad sender address syntax"),
    ("1.8", "bad sender system address"),
    ("1.10", "domain accepts no mail"),
    ("2.0", "other mailbox status"),
    ("2.1", "mailbox disabled"),
    ("2.2", "mailbox full"),
    ("2.3", "message too large"),
    ("2.4", "mailing list expansion problem"),
    ("3.0", "other mail system status"),
    ("3.1", "mail system full"),
    ("3.2", "system accepts no messages"),
    ("3.4", "message too large"),
    ("3.5", "system incorrectly configured"),
    ("4.0", "other network status"),
    ("4.1", "no answer from host"),
    ("4.2", "bad connection"),
    ("4.3", "directory server failure"),
    ("4.4", "unable to route"),
    ("4.5", "mail system congestion"),
    ("4.6", "routing loop detected"),
    ("4.7", "delivery time expired"),
    ("5.0", "other protocol status"),
    ("5.1", "invalid command"),
    ("5.2", "syntax error"),
    ("5.3", "too many recipients"),
    ("5.4", "invalid command arguments"),
    ("6.0", "other content status"),
    ("6.1", "media not supported"),
    ("6.6", "message content not available"),
    ("7.0", "other security status"),
    ("7.1", "delivery not authorized"),
    ("7.2", "mailing list expansion prohibited"),
    ("7.5", "cryptographic failure"),
    ("7.8", "authentication failed"),
    ("7.9", "authentication too weak"),
    ("7.20", "no passing DKIM signature"),
    ("7.23", "SPF validation failed"),
    ("7.24", "SPF validation error"),
    ("7.25", "reverse DNS validation failed"),
    ("7.26", "multiple authentication checks failed"),
    ("7.27", "sender address has null MX"),
    ("7.28", "mail flood detected"),
];

/// The reason of mail that was given up because it waited too long.
pub(in crate::source) const EXPIRED: &str = "delivery time expired";

/// The reason of mail that an administrator took out of the queue.
pub(in crate::source) const REMOVED: &str = "removed by administrator";

/// The reason where nothing tells one.
pub(in crate::source) const UNDEFINED: &str = "undefined";

static FINDER: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(&PHRASES));

/// [`MEANINGS`], to be looked up.
static MEANING_OF: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| MEANINGS.into_iter().collect());

/// Returns the reason of what this server says itself, given its words and the enhanced status code as it is written.
pub(in crate::source) fn of_own_words(text: &[u8], code: Option<&[u8]>) -> &'static str {
    FINDER.reason(text).unwrap_or_else(|| of_answer(code))
}

/// Returns the reason of a text that may be an answer of another server, which begins with a code, or what this server says itself.
/// `words` is the text after its code.
pub(in crate::source) fn of_text(text: &[u8], words: &[u8], code: Option<&[u8]>) -> &'static str {
    if words.len() < text.len() { of_answer(code) } else { of_own_words(words, code) }
}

/// Returns the reason of what another server answers: its words are its own, so that only its enhanced status code tells the
/// same from server to server.
pub(in crate::source) fn of_answer(code: Option<&[u8]>) -> &'static str {
    code.and_then(|code| str::from_utf8(code).ok()).and_then(meaning).unwrap_or(UNDEFINED)
}

fn meaning(code: &str) -> Option<&'static str> {
    let (_, rest) = code.split_once('.')?;
    // A detail that is not in the table has at least the meaning of its subject.
    let subject = || MEANING_OF.get(format!("{}.0", rest.split_once('.')?.0).as_str());
    MEANING_OF.get(rest).or_else(subject).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_phrase_of_its_rule() {
        for (text, expected) in [
            ("<a@x>: Relay access denied", "relay access denied"),
            ("<a@x>: Recipient address rejected: User unknown in local recipient table", "unknown user"),
            ("<a@x>: Recipient address rejected: Greylisted, see https://x.example", "greylisted"),
            ("<a@x>: Recipient address rejected: no", "recipient address rejected"),
            ("Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example", "blocked by a list"),
            ("<x>: Helo command rejected: Host not found", "helo command rejected"),
            ("Refused by filter, id=1", "delivery not authorized"),
        ] {
            assert_eq!(of_own_words(text.as_bytes(), Some(b"5.7.1")), expected, "{text}");
        }
    }

    #[test]
    fn phrases_are_found_and_meanings_are_unique() {
        for (phrase, reason) in PHRASES {
            assert_eq!(FINDER.reason(phrase.as_bytes()), Some(reason), "{phrase}");
        }
        for (index, (key, _)) in MEANINGS.iter().enumerate() {
            assert!(MEANINGS[..index].iter().all(|(other, _)| other != key), "{key}");
        }
    }
}
