//! What the text of a line says: the reply of another server, or why Exim itself could not deliver or did not try.

use std::sync::LazyLock;

use memchr::memmem;

use crate::source::log::address::bracketed;
use crate::source::log::phrases::Phrases;
use crate::source::log::{codes, reason};

/// The phrases that only Exim writes, each with its reason.
const PHRASES: [(&str, &str); 44] = [
    ("all host address lookups", "host not found"),
    ("an MX or SRV record indicated no SMTP service", "domain accepts no mail"),
    ("authentication required", "authentication failed"),
    ("black list", "blocked by a list"),
    ("blacklist", "blocked by a list"),
    ("blocklist", "blocked by a list"),
    ("Child process of", "command failed"),
    ("Could not complete recipient verify", "recipient address rejected"),
    ("Could not complete sender verify", "sender address rejected"),
    ("DANE error", "TLS failed"),
    ("delivery cancelled by administrator", reason::REMOVED),
    ("delivery to file forbidden", "delivery not authorized"),
    ("delivery to pipe forbidden", "delivery not authorized"),
    ("dnsbl", "blocked by a list"),
    ("DNS list", "blocked by a list"),
    ("failed to lookup IP address", "host not found"),
    ("failing for a long time", reason::EXPIRED),
    ("host lookup did not complete", "host not found"),
    ("long failure period", reason::EXPIRED),
    ("lowest numbered MX record points to local host", "mail loops back"),
    ("mailbox is full", "mailbox full"),
    ("malformed address", "bad address syntax"),
    ("Malformed SMTP reply", "protocol error"),
    ("malware", "message content rejected"),
    ("message is too big", "message too large"),
    ("message too big", "message too large"),
    ("MX records point to non-existent hosts", "host not found"),
    ("No Such User", "unknown user"),
    ("pipe delivery process", "command failed"),
    ("rbl", "blocked by a list"),
    ("relay not permitted", "relay access denied"),
    ("remote host address is the local host", "mail loops back"),
    ("Remote host closed connection", "lost connection"),
    ("retry timeout exceeded", reason::EXPIRED),
    ("Sender verify failed", "sender address rejected"),
    ("SMTP timeout", "connection timed out"),
    ("LMTP timeout", "connection timed out"),
    ("spam", "message content rejected"),
    ("TLS session", "TLS failed"),
    ("Too many \"Received\" headers", "too many hops"),
    ("transport filter", "command failed"),
    ("Unrouteable address", "unable to route"),
    ("unrouteable mail domain", "unable to route"),
    ("virus", "message content rejected"),
];

static FINDER: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(&PHRASES));

/// What introduces the reply of another server in a text.
const QUOTES: [&[u8]; 2] = [b"SMTP error from remote mail", b"LMTP error after "];

/// The texts of deferrals that were no attempt: the time for one has not come, or the host keeps the mail back. Each is the
/// start of the text.
const NO_ATTEMPTS: [&[u8]; 11] = [
    b"concurrency limit reached",
    b"connection limit reached",
    b"domain is held",
    b"domain is in queue_domains",
    b"first-pass only routing",
    b"no host found for existing SMTP connection",
    b"queue_domains lookup deferred",
    b"retry time not reached",
    b"Retry time not yet reached",
    b"reusing SMTP connection skips",
    b"SMTP delivery explicitly queued",
];

/// The text of a line about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    text: &'a [u8],
    /// The reply of another server within the text, from its code on.
    reply: Option<&'a [u8]>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, reply: quoted_reply(text) }
    }

    /// Returns the reply of another server, or the text if it is Exim's own.
    pub(super) fn shown(&self) -> Option<&'a [u8]> {
        Some(self.reply.unwrap_or(self.text)).filter(|text| !text.is_empty())
    }

    /// Returns the enhanced status code of the reply of another server; for want of one, the class of its reply code.
    pub(super) fn code(&self) -> Option<&'a [u8]> {
        self.reply.and_then(code)
    }

    /// Returns the reason of a failure or deferral.
    pub(super) fn reason(&self) -> &'static str {
        match self.reply {
            Some(reply) => reason::of_answer(code(reply)),
            None => own_phrase(self.text).unwrap_or_else(|| reason::of_own_words(self.text, None)),
        }
    }

    /// Returns whether a deferral was no attempt.
    pub(super) fn is_no_attempt(&self) -> bool {
        let is_start = || NO_ATTEMPTS.iter().any(|start| self.text.starts_with(start));
        self.reply.is_none() && (is_start() || contains(self.text, b"retry time not reached"))
    }

    /// Returns whether a failure is that the mail waited too long.
    pub(super) fn is_expiry(&self) -> bool {
        let phrases: [&[u8]; 4] = [
            b"retry timeout exceeded",
            b"have been failing for a long time",
            b"after a long failure period",
            b"delivery cancelled; message timed out",
        ];
        self.reply.is_none() && phrases.iter().any(|phrase| contains(self.text, phrase))
    }

    /// Returns whether a failure is that somebody gave up.
    pub(super) fn is_cancelled(&self) -> bool {
        self.text.starts_with(b"delivery cancelled by administrator")
    }

    /// Returns whether the text quotes another server.
    pub(super) fn is_of_remote(&self) -> bool {
        self.reply.is_some()
    }
}

/// Returns the reason for what Exim says itself, if one of its phrases is in a text.
pub(super) fn own_phrase(text: &[u8]) -> Option<&'static str> {
    FINDER.reason(text)
}

/// Returns the enhanced status code of a reply such as `550-5.1.1 no\n550 5.1.1 such user`, in which line ends are written as
/// `\n` or `\\n`; for want of one, the class of a reply code that refuses.
pub(super) fn code(reply: &[u8]) -> Option<&[u8]> {
    let (mut found, mut rest) = (None, reply);
    loop {
        let (code, _) = codes::split(rest);
        if code.is_some_and(|code| !code.ends_with(b".0.0")) {
            return code;
        }
        found = found.or(code);
        match memmem::find(rest, b"\\n") {
            Some(end) => rest = &rest[end + 2..],
            None => return found,
        }
    }
}

/// Returns a reply that was in quotes, in which quotes and backslashes are escaped.
pub(super) fn unescaped(reply: &[u8]) -> Vec<u8> {
    let (mut found, mut bytes) = (Vec::with_capacity(reply.len()), reply.iter());
    while let Some(&byte) = bytes.next() {
        let escaped = if byte == b'\\' { bytes.next() } else { None };
        found.push(*escaped.unwrap_or(&byte));
    }
    found
}

/// Returns the reply of another server in a text such as `SMTP error from remote mail server after RCPT TO:<a@x>: 550 no`.
fn quoted_reply(text: &[u8]) -> Option<&[u8]> {
    let start = QUOTES.iter().filter_map(|quote| memmem::find(text, quote)).min()?;
    let mut rest = &text[start..];
    // An address in the command may contain anything in quotes.
    if let Some(open) = memmem::find(rest, b":<")
        && let Some((_, after)) = bracketed(&rest[open + 2..])
    {
        rest = after;
    }
    loop {
        rest = &rest[memmem::find(rest, b": ")? + 2..];
        if let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] = rest {
            return Some(rest);
        }
    }
}

fn contains(text: &[u8], phrase: &[u8]) -> bool {
    memmem::find(text, phrase).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_code_and_the_reason_of_the_other_server_or_exim_s_own() {
        let remote = "SMTP error from remote mail server after";
        for (text, code, reason) in [
            (format!("{remote} RCPT TO:<a@x>: 550-5.1.1 no\\n550 5.1.1 sorry"), "5.1.1", "bad mailbox address"),
            (format!("{remote} RCPT TO:<a@x>: 550-no\\n550 5.2.2 sorry"), "5.2.2", "mailbox full"),
            (format!("{remote} RCPT TO:<\"b: 550 5.1.1\"@x>: 451 4.7.1 greylisted"), "4.7.1", "delivery not authorized"),
            (format!("{remote} pipelined sending data block: 554 virus"), "5.0.0", "undefined"),
            (format!("{remote} end of data: host mx.x [192.0.2.1]: 552 5.3.4 big"), "5.3.4", "message too large"),
            ("SMTP error from remote mailer after RCPT TO:<a@x>: host mx.x [192.0.2.1]: 450 4.2.0 retry time not reached".to_owned(), "4.2.0", "other mailbox status"),
            ("LMTP error after RCPT TO:<a@x>: 550 5.1.1 unknown".to_owned(), "5.1.1", "bad mailbox address"),
            ("Connection refused".to_owned(), "-", "connection refused"),
            ("Connection timed out: SMTP timeout after RCPT TO:<a@x>".to_owned(), "-", "connection timed out"),
            ("Unrouteable address".to_owned(), "-", "unable to route"),
            ("mailbox is full (MTA-imposed quota exceeded while writing to /x)".to_owned(), "-", "mailbox full"),
            ("pipe delivery process timed out".to_owned(), "-", "command failed"),
            ("TLS session: (certificate verification failed): certificate revoked".to_owned(), "-", "TLS failed"),
            ("retry timeout exceeded".to_owned(), "-", "delivery time expired"),
            ("don't do this yet".to_owned(), "-", "undefined"),
            (String::new(), "-", "undefined"),
        ] {
            let answer = Answer::new(text.as_bytes());
            let found = answer.code().map_or("-", |code| str::from_utf8(code).unwrap());
            assert_eq!((found, answer.reason()), (code, reason), "{text}");
        }
    }

    #[test]
    fn waiting_and_giving_up_are_exim_s_own_words() {
        for (text, is_no_attempt, is_expiry) in [
            ("retry time not reached", true, false),
            ("retry time not reached for any host for 'x.example'", true, false),
            ("Retry time not yet reached", true, false),
            ("SMTP delivery explicitly queued", true, false),
            ("domain is held", true, false),
            ("domain is in queue_domains", true, false),
            ("concurrency limit reached for transport", true, false),
            ("connection limit reached for all hosts", true, false),
            ("first-pass only routing due to -odqs", true, false),
            ("some host address lookups failed and retry time not reached for other hosts", true, false),
            ("all host address lookups for 'x.example' failed temporarily", false, false),
            ("message queued by policy", false, false),
            ("SMTP error from remote mail server after DATA: 451 domain is held", false, false),
            ("retry timeout exceeded", false, true),
            ("all hosts for 'x' have been failing for a long time (and retry time not reached)", true, true),
            (
                "all hosts have been failing for a long time and were last tried after this message arrived",
                false,
                true,
            ),
            ("retry time not reached for any host after a long failure period", true, true),
            ("delivery cancelled; message timed out", false, true),
            ("SMTP error from remote mail server after DATA: 550 retry timeout exceeded", false, false),
        ] {
            let answer = Answer::new(text.as_bytes());
            assert_eq!((answer.is_no_attempt(), answer.is_expiry()), (is_no_attempt, is_expiry), "{text}");
        }
    }

    #[test]
    fn phrases_are_found_and_sorted() {
        for (phrase, reason) in PHRASES {
            assert_eq!(own_phrase(phrase.as_bytes()), Some(reason), "{phrase}");
        }
    }
}
