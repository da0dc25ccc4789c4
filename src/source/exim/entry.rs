//! What the text of a line about a message says.

use memchr::memmem;

use super::answer::Answer;
use super::fields::{Details, Field, Fields};
use super::recipient::{Recipient, Target, quoted_len};
use crate::source::failure::Failure;

/// The text of a line about a message, after its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    /// `<= sender …`.
    Received(Received<'a>),
    /// `=> recipient …`, `== recipient …`, `** recipient …`.
    Attempt(Attempt<'a>),
    /// `Completed`: the message has no recipient left.
    Completed,
    /// `cancelled by …`, `removed by …`: the recipients that are left will get no mail.
    GivenUp {
        /// Whether that is because the message was old.
        is_expiry: bool,
    },
    /// `Sender identification U=account D=domain …` of cPanel.
    Identified { account: Option<&'a [u8]>, domain: Option<&'a [u8]> },
    /// Any other.
    Other,
}

/// A message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received<'a> {
    /// Empty for mail without a sender.
    pub(super) sender: &'a [u8],
    /// The addresses that the message was sent to, with a space before each; empty if the line does not name them.
    recipients: &'a [u8],
}

/// A delivery to one recipient, or the attempt of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt<'a> {
    pub(super) outcome: Outcome,
    pub(super) recipient: Recipient<'a>,
    pub(super) details: Details<'a>,
    pub(super) answer: Answer<'a>,
    /// Whether the delivery was made while the message was still coming in.
    pub(super) is_early: bool,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    /// The mail was thrown away, or no delivery was needed.
    Discarded,
    Deferred,
    /// Nobody was asked, as the time for an attempt has not come or the host keeps the mail back.
    Waiting,
    Failed,
    Expired,
    Cancelled,
}

impl<'a> Entry<'a> {
    /// Parses the text of a line after the id of its message.
    ///
    /// # Errors
    ///
    /// The line is cut off within a delivery or a reception.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        Ok(match text {
            [b'<', b'=', b' ', rest @ ..] | [b'(', b'=', b' ', rest @ ..] => {
                Self::Received(Received::parse(rest)?)
            }
            [b'=' | b'-' | b'>', b'>', b' ', rest @ ..] => attempt(Outcome::Delivered, text, rest)?,
            [b'=', b'=', b' ', rest @ ..] => attempt(Outcome::Deferred, text, rest)?,
            [b'*', b'*', b' ', rest @ ..] => attempt(Outcome::Failed, text, rest)?,
            [b'C', b'o', ..] if is_completed(text) => Self::Completed,
            [b'c' | b'r', ..] => given_up(text),
            [b'S', b'e', ..] => identified(text),
            _ => Self::Other,
        })
    }
}

impl<'a> Received<'a> {
    /// Parses what follows `<= `.
    fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        let len = sender_len(text);
        let sender = &text[..len];
        if sender.is_empty() {
            return Err(Failure::missing(text, "sender", "an address or `<>`"));
        }
        let sender = if sender == b"<>" { b"" } else { sender };
        Ok(Self { sender, recipients: recipients(&text[len..]) })
    }

    /// Returns the addresses that the message was sent to.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &'a [u8]> {
        // The line may end within the list, which Exim marks.
        let is_mark =
            |value: &[u8]| value == b"trunc" || value.ends_with(b"<trunc>") || value.starts_with(b"****");
        let is_address = move |field: &Field<'_>| !is_mark(field.value);
        Fields::new(self.recipients).filter(is_address).map(|field| field.value)
    }
}

/// Returns the length of the sender at the start of a text. A quoted local part may contain spaces.
fn sender_len(text: &[u8]) -> usize {
    let quoted = text.first().filter(|byte| **byte == b'"').and_then(|_| quoted_len(text)).unwrap_or(0);
    quoted + memchr::memchr(b' ', &text[quoted..]).unwrap_or(text.len() - quoted)
}

/// Returns what follows the last ` for` of a line about a reception. A subject in quotes may contain the word as well.
fn recipients(text: &[u8]) -> &[u8] {
    if memmem::find(text, b" for ").is_none() {
        return b"";
    }
    let mut fields = Fields::new(text);
    let mut found: &[u8] = b"";
    while let Some(field) = fields.next() {
        if field.name.is_empty() && field.value == b"for" {
            found = fields.rest();
        }
    }
    found
}

/// Parses what follows the flag of a line about a delivery.
fn attempt<'a>(outcome: Outcome, flag: &[u8], text: &'a [u8]) -> Result<Entry<'a>, Failure<'a>> {
    if text.starts_with(b"mua_wrapper is set ") {
        return Ok(Entry::Other);
    }
    let missing = Failure::missing(text, "recipient", "an address");
    let (recipient, rest) = Recipient::parse(text).ok_or(missing)?;
    let details = Details::parse(rest);
    let answer = Answer::new(details.text);
    let is_nowhere = recipient.target() == Target::Nowhere;
    let outcome = match outcome {
        Outcome::Delivered if is_nowhere || details.transport == Some(b"**bypassed**") => Outcome::Discarded,
        Outcome::Delivered if details.transport.is_none() => {
            return Err(Failure::missing(&rest[rest.len()..], "transport", "` T=` after the recipient"));
        }
        Outcome::Deferred if !details.is_deferred => {
            return Err(Failure::missing(
                &rest[rest.len()..],
                "delivery status",
                "` defer (` after the recipient",
            ));
        }
        Outcome::Deferred if answer.is_no_attempt() || details.is_no_attempt => Outcome::Waiting,
        Outcome::Failed if answer.is_expiry() => Outcome::Expired,
        Outcome::Failed if answer.is_cancelled() => Outcome::Cancelled,
        Outcome::Delivered
        | Outcome::Discarded
        | Outcome::Deferred
        | Outcome::Waiting
        | Outcome::Failed
        | Outcome::Expired
        | Outcome::Cancelled => outcome,
    };
    let is_early = flag.starts_with(b">>");
    Ok(Entry::Attempt(Attempt { outcome, recipient, details, answer, is_early }))
}

fn is_completed(text: &[u8]) -> bool {
    text.strip_prefix(b"Completed").is_some_and(|rest| rest.is_empty() || rest.starts_with(b" "))
}

fn given_up(text: &[u8]) -> Entry<'_> {
    if text == b"cancelled by timeout_frozen_after" {
        Entry::GivenUp { is_expiry: true }
    } else if text.starts_with(b"cancelled by ") || text.starts_with(b"removed by ") {
        Entry::GivenUp { is_expiry: false }
    } else {
        Entry::Other
    }
}

fn identified(text: &[u8]) -> Entry<'_> {
    let Some(rest) = text.strip_prefix(b"Sender identification") else { return Entry::Other };
    let mut found = (None, None);
    for field in Fields::new(rest) {
        // What cPanel does not know begins with a hyphen.
        let value = Some(field.value).filter(|value| !value.is_empty() && !value.starts_with(b"-"));
        match field.name {
            b"U" => found.0 = value,
            b"D" => found.1 = value,
            _ => {}
        }
    }
    Entry::Identified { account: found.0, domain: found.1 }
}

impl Attempt<'_> {
    /// Returns how the attempt was made, as far as the name of Exim's transport and the line tell.
    pub(super) fn transport(&self) -> Option<&'static str> {
        let name = self.details.transport;
        let is_named = |part: &[u8]| name.is_some_and(|name| memmem::find(name, part).is_some());
        let is_remote = self.details.host.is_some() || self.answer.is_of_remote() || is_named(b"smtp");
        Some(match self.recipient.target() {
            Target::Pipe => "pipe",
            Target::File => "file",
            Target::Autoreply => "autoreply",
            Target::Mailbox | Target::Nowhere if is_named(b"lmtp") => "lmtp",
            Target::Mailbox | Target::Nowhere if is_remote => "smtp",
            Target::Mailbox | Target::Nowhere => {
                name?;
                if is_named(b"pipe") { "pipe" } else { "local" }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reception_has_its_sender_and_its_recipients() {
        for (text, sender, recipients) in [
            ("<= a@x H=h [192.0.2.1] P=esmtp S=1", "a@x", ""),
            ("<= <> R=1vwyC8-00016Q-0b U=exim P=local S=1", "", ""),
            ("(= a@x P=local S=1 for b@y", "a@x", "b@y"),
            (
                "<= a@x P=local T=\"one for c@z => \\\" for d@z\" from <\"q for e\"@x> for b@y c@y",
                "a@x",
                "b@y|c@y",
            ),
            (
                "<= \"a for b\"@x P=local id=\"x for v@y\"@z for \"q for r\"@y s@y",
                "\"a for b\"@x",
                "\"q for r\"@y|s@y",
            ),
            ("<= a@x H=app (a\"b for c@z) [192.0.2.1] T=\"x for y\" for b@y", "a@x", "b@y"),
            ("<= a@x P=local for b@y c@<trunc>", "a@x", "b@y"),
            ("<= a@x P=local for b@y <trunc>", "a@x", "b@y"),
            ("<= a@x", "a@x", ""),
        ] {
            let Ok(Entry::Received(found)) = Entry::parse(text.as_bytes()) else { panic!("{text}") };
            let addresses: Vec<_> = found.recipients().map(String::from_utf8_lossy).collect();
            assert_eq!(
                (found.sender, addresses.join("|").as_str()),
                (sender.as_bytes(), recipients),
                "{text}"
            );
        }
    }

    #[test]
    fn the_flag_is_the_first_word() {
        let outcome = |text: &'static str| match Entry::parse(text.as_bytes()) {
            Ok(Entry::Attempt(attempt)) => Some(attempt.outcome),
            _ => None,
        };
        for (text, expected) in [
            ("=> a@x R=r T=t", Some(Outcome::Delivered)),
            ("-> a@x R=r T=t", Some(Outcome::Delivered)),
            (">> a@x R=r T=t", Some(Outcome::Delivered)),
            ("*> a@x R=r T=t", None),
            ("=> a@x R=r T=**bypassed**", Some(Outcome::Discarded)),
            ("=> discarded (system filter)", Some(Outcome::Discarded)),
            ("=> blackhole *words of a rule*", Some(Outcome::Discarded)),
            ("== :defer: later@x <\":defer: later\"@x> R=r defer (-1): later", Some(Outcome::Deferred)),
            ("=> blackhole (RCPT ACL discarded recipients)", Some(Outcome::Discarded)),
            ("** mua_wrapper is set but recipients cannot all be delivered in one transaction", None),
            ("** a@x mua_wrapper forced failure for deferred delivery", Some(Outcome::Failed)),
            ("** a@x: retry timeout exceeded", Some(Outcome::Expired)),
            ("== a@x routing defer (-52): retry time not reached", Some(Outcome::Waiting)),
            ("== a@x R=r defer (-1): no", Some(Outcome::Deferred)),
            ("a@x: error ignored", None),
            ("mx.x [192.0.2.1] => a@x R=r T=t", None),
        ] {
            assert_eq!(outcome(text), expected, "{text}");
        }
    }
}
