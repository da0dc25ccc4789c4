//! The fields that an attempt gives its event: how it was made, the code of the answer, and the reason.

use memchr::{memchr, memmem};

use super::text::{Attempt, Outcome};
use crate::event::Event;
use crate::source::log::answers::{Answer, Answers, with_attributes};
use crate::source::log::reason;

/// Gives an event the fields of an attempt and, if wanted, the attributes `relay`, `dsn` and `reply`.
#[inline]
pub(super) fn apply_attempt(
    answers: &mut Answers<&'static str>,
    event: Event,
    attempt: &Attempt<'_>,
    transport: Option<&'static str>,
    with_replies: bool,
) -> Event {
    let reason = match attempt.outcome {
        Outcome::Sent | Outcome::Forwarded | Outcome::Probed => None,
        Outcome::Expired => Some(reason::EXPIRED),
        Outcome::Deferred | Outcome::Bounced => {
            Some(of_attempt(attempt.reply.unwrap_or_default(), attempt.dsn))
        }
    };
    let event = answers.apply(event, Answer { transport, ip: None, code: attempt.dsn, reason });
    if !with_replies {
        return event;
    }
    with_attributes(event, [("relay", attempt.relay), ("dsn", attempt.dsn), ("reply", attempt.reply)])
}

/// Returns the reason of an attempt that failed, given what Postfix says of it and the enhanced status code.
fn of_attempt(text: &[u8], code: Option<&[u8]>) -> &'static str {
    if is_quoted(text) { reason::of_answer(code) } else { reason::of_own_words(text, code) }
}

/// Returns whether a text quotes the answer of another server: `host NAME[ADDRESS] said: ANSWER`, perhaps after other words.
fn is_quoted(text: &[u8]) -> bool {
    // Nearly all begin with the host.
    let after_host =
        || memchr(b']', text.strip_prefix(b"host ")?).map(|end| &text[b"host ".len() + end + 1..]);
    after_host().is_some_and(|rest| rest.starts_with(b" said: "))
        || memmem::find(text, b" said: ").is_some()
        || memmem::find(text, b" refused to talk to me: ").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_has_a_phrase_of_postfix_or_the_meaning_of_its_code() {
        for (text, code, expected) in [
            ("connect to mx.example[192.0.2.1]:25: Connection timed out", "4.4.1", "connection timed out"),
            (
                "delivery temporarily suspended: connect to x[1]:25: Connection refused",
                "4.4.1",
                "connection refused",
            ),
            (
                "Host or domain name not found. Name service error for name=x type=MX",
                "5.4.4",
                "host not found",
            ),
            (
                "lost connection with mx[192.0.2.1] while receiving the initial server greeting",
                "4.4.2",
                "lost connection",
            ),
            (
                "conversation with mx[192.0.2.1] timed out while sending RCPT TO",
                "4.4.2",
                "connection timed out",
            ),
            ("mail for mx1.example loops back to myself", "5.4.6", "mail loops back"),
            ("unknown user: \"ann\"", "5.1.1", "unknown user"),
            (
                "host mx[192.0.2.1] said: 550 5.1.1 no such user, Connection refused",
                "5.1.1",
                "bad mailbox address",
            ),
            (
                "host mx[192.0.2.1] refused to talk to me: 421 4.7.0 timed out",
                "4.7.0",
                "other security status",
            ),
            ("host mx[192.0.2.1] said: 550 5.7.509 no", "5.7.509", "other security status"),
            ("something new", "4.9.9", "undefined"),
        ] {
            assert_eq!(of_attempt(text.as_bytes(), Some(code.as_bytes())), expected, "{text}");
        }
        assert_eq!(of_attempt(b"x", None), "undefined");
    }
}
