//! Parses the texts of Postfix's programs about deliveries, senders and rejections.

use memchr::memchr;

use crate::source::failure::Failure;
use crate::source::log::address::bracketed;

/// The names that [`Attempt::parse`] accepts.
const DELIVERY_STATUSES: &[&str] = &[
    "sent",
    "deferred",
    "bounced",
    "SOFTBOUNCE",
    "expired",
    "force-expired",
    "deliverable",
    "undeliverable",
    "undeliverable-but-not-cached",
];

/// The names that [`Queued::parse`] accepts.
const QUEUE_STATUSES: &[&str] = &["expired", "force-expired"];

const CLOSED_ADDRESS: &str = "an address and `>`";

/// `to=<ADDRESS>, relay=..., dsn=2.0.0, status=sent (TEXT)`: one attempt for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt<'a> {
    pub(super) recipient: &'a [u8],
    /// The address that the message was sent to, if it was rewritten to `recipient`.
    pub(super) original: Option<&'a [u8]>,
    pub(super) outcome: Outcome,
    pub(super) relay: Option<&'a [u8]>,
    pub(super) dsn: Option<&'a [u8]>,
    /// The reply of the other server, or the text of the program.
    pub(super) reply: Option<&'a [u8]>,
}

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    /// Forwarded to another address, under another queue id.
    Forwarded,
    Deferred,
    Bounced,
    Expired,
    /// An address was verified; no message was sent.
    Probed,
}

impl<'a> Attempt<'a> {
    /// Parses what follows `to=<`.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        let unclosed = |rest| Failure::invalid(rest, "recipient", CLOSED_ADDRESS);
        let (recipient, rest) = bracketed(text).ok_or_else(|| unclosed(text))?;
        let (mut original, mut relay, mut dsn) = (None, None, None);
        let mut rest = rest;
        loop {
            let no_status = || Failure::missing(rest, "delivery status", "`, status=` after the recipient");
            let field = rest.strip_prefix(b", ").ok_or_else(no_status)?;
            if let Some(status) = field.strip_prefix(b"status=") {
                let (outcome, reply) = parse_status(status)?;
                return Ok(Self { recipient, original, outcome, relay, dsn, reply });
            }
            if let Some(address) = field.strip_prefix(b"orig_to=<") {
                let (address, after) = bracketed(address).ok_or_else(|| unclosed(address))?;
                (original, rest) = (Some(address), after);
                continue;
            }
            let end = memchr(b',', field).ok_or_else(no_status)?;
            match &field[..end] {
                [b'r', b'e', b'l', b'a', b'y', b'=', host @ ..] => relay = Some(host),
                [b'd', b's', b'n', b'=', code @ ..] => dsn = Some(code),
                _ => {}
            }
            rest = &field[end..];
        }
    }
}

impl<'a> Attempt<'a> {
    /// Returns the name of the host that took or refused the mail at the port for mail between servers: `HOST` of
    /// `relay=HOST[ADDRESS]:25`. On other ports, it is a server that passes the mail on.
    pub(super) fn mx_host(&self) -> Option<&'a [u8]> {
        let relay = self.relay?;
        let end = memchr(b'[', relay).filter(|&end| end > 0)?;
        relay.ends_with(b"]:25").then_some(&relay[..end])
    }
}

/// Parses what follows `status=`: the outcome, and the reply in parentheses.
fn parse_status(status: &[u8]) -> Result<(Outcome, Option<&[u8]>), Failure<'_>> {
    // Not `memchr2`, as words are short.
    let end = status.iter().position(|byte| matches!(byte, b' ' | b',')).unwrap_or(status.len());
    let (word, rest) = status.split_at(end);
    let reply = rest.strip_prefix(b" (").map(|reply| reply.strip_suffix(b")").unwrap_or(reply));
    let outcome = match word {
        b"sent" if reply.is_some_and(|reply| reply.starts_with(b"forwarded as ")) => Outcome::Forwarded,
        b"sent" => Outcome::Sent,
        // A bounce that `soft_bounce` turns into a deferral.
        b"deferred" | b"SOFTBOUNCE" => Outcome::Deferred,
        b"bounced" => Outcome::Bounced,
        b"expired" | b"force-expired" => Outcome::Expired,
        b"deliverable" | b"undeliverable" | b"undeliverable-but-not-cached" => Outcome::Probed,
        _ => return Err(Failure::unknown(status, word, "delivery status", DELIVERY_STATUSES)),
    };
    Ok((outcome, reply))
}

/// `from=<ADDRESS>, size=..., nrcpt=1 (queue active)` or `from=<ADDRESS>, status=expired, returned to sender`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queued<'a> {
    pub(super) sender: &'a [u8],
    /// Whether the queue manager gives up.
    pub(super) is_expired: bool,
}

impl<'a> Queued<'a> {
    /// Parses what follows `from=<`.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        let unclosed = || Failure::invalid(text, "sender", CLOSED_ADDRESS);
        let (sender, rest) = bracketed(text).ok_or_else(unclosed)?;
        let Some(status) = rest.strip_prefix(b", status=") else {
            return Ok(Self { sender, is_expired: false });
        };
        let end = memchr(b',', status).unwrap_or(status.len());
        match &status[..end] {
            b"expired" | b"force-expired" => Ok(Self { sender, is_expired: true }),
            word => Err(Failure::unknown(status, word, "queue status", QUEUE_STATUSES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAIL: &str = ">, relay=mx.example[192.0.2.1]:25, conn_use=2, delay=0.03, delays=0.01/0.02/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)";

    fn attempt(text: &str) -> Result<Attempt<'_>, Failure<'_>> {
        Attempt::parse(text.as_bytes())
    }

    #[test]
    fn a_recipient_may_be_any_address() {
        for address in [
            "",
            "root",
            "user@gmail.com",
            "user@[192.0.2.1]",
            r#""a, b"@x.example"#,
            r#""a>, relay=none, status=bounced (x)"@x.example"#,
            r#""a\">b"@x.example"#,
            r#"a."b>c"@x.example"#,
            r#""a\\"@x.example"#,
            r#"lone"quote@x.example"#,
            r#"a\"b@x.example"#,
            "two words@x.example",
        ] {
            let text = format!("{address}{TAIL}");
            assert_eq!(attempt(&text).map(|attempt| attempt.recipient), Ok(address.as_bytes()));
            let text = format!("x@y{}", TAIL.replacen(", ", &format!(", orig_to=<{address}>, "), 1));
            let found = attempt(&text).map(|attempt| (attempt.outcome, attempt.original, attempt.relay));
            let relay = &b"mx.example[192.0.2.1]:25"[..];
            assert_eq!(found, Ok((Outcome::Sent, Some(address.as_bytes()), Some(relay))));
        }
    }

    #[test]
    fn a_lone_quote_in_an_address_is_a_plain_character() {
        let text = r#"a"b@x>, relay=none, dsn=5.0.0, status=bounced (said "no>, status=sent")"#;
        let found = attempt(text).map(|attempt| (attempt.recipient, attempt.outcome));
        assert_eq!(found, Ok((&br#"a"b@x"#[..], Outcome::Bounced)));
    }

    #[test]
    fn the_status_is_the_first_after_the_fields() {
        for (status, outcome) in [
            ("sent (250 ok)", Outcome::Sent),
            ("sent", Outcome::Sent),
            ("sent (250 forwarded as 1)", Outcome::Sent),
            ("sent (forwarded as 4225AF60B5)", Outcome::Forwarded),
            ("deferred (host x said: 450 dsn=5.0.0, status=bounced)", Outcome::Deferred),
            ("bounced (to=<x>, status=sent)", Outcome::Bounced),
            ("expired (x)", Outcome::Expired),
            ("force-expired, x", Outcome::Expired),
            ("deliverable (x)", Outcome::Probed),
            ("undeliverable (x)", Outcome::Probed),
            ("undeliverable-but-not-cached (x)", Outcome::Probed),
            ("SOFTBOUNCE (host x said: 501 no)", Outcome::Deferred),
        ] {
            let text = format!("u@x>, relay=none, delay=0, dsn=4.3.0, status={status}");
            assert_eq!(attempt(&text).map(|attempt| attempt.outcome), Ok(outcome), "{status}");
        }
        let attempt = attempt("u@x>, relay=none, dsn=4.3.0, status=deferred (a (b))").unwrap();
        assert_eq!((attempt.dsn, attempt.reply), (Some(&b"4.3.0"[..]), Some(&b"a (b)"[..])));
    }

    #[test]
    fn an_attempt_that_is_cut_off_names_what_is_missing() {
        for (text, column, expected) in [
            ("user@gma", 1, "invalid recipient `user@gma`: expected an address and `>`"),
            ("", 1, "missing recipient: expected an address and `>`"),
            ("u@x>", 5, "missing delivery status: expected `, status=` after the recipient"),
            ("u@x>, relay=no", 5, "missing delivery status: expected `, status=` after the recipient"),
            ("u@x>, orig_to=<b", 16, "invalid recipient `b`: expected an address and `>`"),
            (
                "u@x>, dsn=2.0.0, status=sen (x)",
                25,
                "unknown delivery status `sen`, expected `sent`, `deferred`, `bounced`, `SOFTBOUNCE`, `expired`, `force-expired`, `deliverable`, `undeliverable` or `undeliverable-but-not-cached`",
            ),
            (
                "u@x>, status=",
                14,
                "missing delivery status: expected `sent`, `deferred`, `bounced`, `SOFTBOUNCE`, `expired`, `force-expired`, `deliverable`, `undeliverable` or `undeliverable-but-not-cached`",
            ),
        ] {
            let reason = attempt(text).unwrap_err().reason(text.as_bytes());
            assert_eq!((reason.column(), reason.to_string()), (Some(column), expected.to_owned()));
        }
    }

    #[test]
    fn a_queue_line_gives_the_sender_and_whether_the_message_expired() {
        for (text, expected) in [
            ("a@x>, size=1, nrcpt=1 (queue active)", Some(("a@x", false))),
            (">, size=1, nrcpt=1 (queue active)", Some(("", false))),
            ("a@x>, status=expired, returned to sender", Some(("a@x", true))),
            ("a@x>, status=force-expired, returned to sender", Some(("a@x", true))),
            ("a@x>", Some(("a@x", false))),
            (r#""a>, status=expired"@x>, size=1"#, Some((r#""a>, status=expired"@x"#, false))),
            ("a@x>, status=expir", None),
            ("a@x", None),
        ] {
            let found = Queued::parse(text.as_bytes()).ok();
            let expected =
                expected.map(|(sender, is_expired)| Queued { sender: sender.as_bytes(), is_expired });
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            text in r#"([a"\\>@., ]|, status=|; from=<| to=<|orig_to=<| proto=|sent| \(){0,20}"#,
        ) {
            for text in [&bytes[..], text.as_bytes()] {
                let _ = Attempt::parse(text);
                let _ = Queued::parse(text);
            }
        }
    }
}
