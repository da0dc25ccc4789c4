//! Mail that was refused before it was received.

use memchr::memmem;

use super::answer::own_phrase;
use super::fields::Fields;
use crate::source::log::address::bracketed;
use crate::source::log::{codes, reason};

/// `H=name [address] F=<sender> rejected RCPT <recipient>: text`: mail that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal<'a> {
    pub(super) sender: Option<&'a [u8]>,
    pub(super) recipient: Option<&'a [u8]>,
    /// The enhanced status code or, for want of one, the class of the answer.
    pub(super) code: &'a [u8],
    pub(super) reason: &'static str,
}

/// The steps at which mail is refused, as they follow `rejected `, and the reason if the text has none. An address follows
/// the first two.
const STAGES: [(&[u8], &str); 12] = [
    (b"RCPT ", "recipient address rejected"),
    (b"MAIL ", "sender address rejected"),
    (b"from ", "message content rejected"),
    (b"connection ", "client host rejected"),
    (b"EHLO ", "helo command rejected"),
    (b"HELO ", "helo command rejected"),
    (b"DATA", "message content rejected"),
    (b"after DATA", "message content rejected"),
    (b"during MIME ACL checks", "message content rejected"),
    (b"DKIM", "message content rejected"),
    (b"by local_scan()", "message content rejected"),
    (b"by non-SMTP ACL", "message content rejected"),
];

impl<'a> Refusal<'a> {
    /// Parses the text of a line; returns `None` if it is about no mail that was refused.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (mut sender, mut is_temporary) = (None, false);
        let (mut fields, mut rest) = (Fields::at_word(text), text);
        loop {
            if let Some(after) = rest.strip_prefix(b"rejected ") {
                return Self::parse_stage(after, sender, is_temporary);
            }
            if let Some(after) = rest.strip_prefix(b"temporarily ") {
                (is_temporary, rest) = (true, after);
                continue;
            }
            if is_temporary || !is_field(rest) {
                return None;
            }
            let field = fields.next()?;
            if field.name == b"F" {
                sender = Some(field.value);
            }
            rest = fields.rest().strip_prefix(b" ")?;
        }
    }

    fn parse_stage(text: &'a [u8], sender: Option<&'a [u8]>, is_temporary: bool) -> Option<Self> {
        let (stage, default) = STAGES.into_iter().find(|(stage, _)| text.starts_with(stage))?;
        let rest = &text[stage.len()..];
        let (address, after) = match stage {
            b"RCPT " | b"MAIL " | b"from " => address(rest),
            _ => (None, rest),
        };
        let (sender, recipient) =
            if stage == b"RCPT " { (sender, address) } else { (sender.or(address), None) };
        // What follows the first colon is the text of the rule.
        let words = memmem::find(after, b": ").map_or(&b""[..], |colon| &after[colon + 2..]);
        let class: &[u8] = if is_temporary { b"4.0.0" } else { b"5.0.0" };
        let code = codes::split(words).0.filter(|code| !code.ends_with(b".0.0")).unwrap_or(class);
        let reason = own_phrase(words).unwrap_or_else(|| match reason::of_own_words(words, Some(code)) {
            reason::UNDEFINED => default,
            found => found,
        });
        Some(Self { sender, recipient, code, reason })
    }
}

/// Returns whether a text begins with a field, or with what belongs to the name of a host.
fn is_field(text: &[u8]) -> bool {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    matches!(text, [b'[' | b'(', ..] | [b'D', b'S', b' ', ..]) || text.get(name) == Some(&b'=')
}

/// Returns the address at the start of a text, perhaps in brackets, and what follows it.
fn address(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let (address, rest) = match text.strip_prefix(b"<").and_then(bracketed) {
        Some(found) => found,
        None => text.split_at(text.iter().position(|byte| matches!(byte, b' ' | b':')).unwrap_or(text.len())),
    };
    (Some(address), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_refusal_names_the_sender_the_recipient_the_code_and_the_reason() {
        let host = "H=host.x (helo) [203.0.113.9]:40000 I=[192.0.2.9]:25 X=TLS1.3:A:256 CV=no";
        for (text, expected) in [
            (
                format!("{host} F=<s@y> rejected RCPT <a@x>: relay not permitted"),
                "s@y a@x 5.0.0 relay access denied",
            ),
            (
                format!("{host} F=<s@y> A=login:me temporarily rejected RCPT <a@x>: greylisted"),
                "s@y a@x 4.0.0 greylisted",
            ),
            (
                format!("{host} F=<s@y> rejected RCPT a@x: 550 5.7.1 no"),
                "s@y a@x 5.7.1 delivery not authorized",
            ),
            (
                format!("{host} F=<> rejected RCPT <\"a: b\"@x>"),
                " \"a: b\"@x 5.0.0 recipient address rejected",
            ),
            (
                "U=acme F=<s@y> rejected after DATA: virus found".to_owned(),
                "s@y - 5.0.0 message content rejected",
            ),
            (
                "F=<\"s rejected RCPT <b@x>\"@y> rejected by non-SMTP ACL: no".to_owned(),
                "\"s rejected RCPT <b@x>\"@y - 5.0.0 message content rejected",
            ),
            (
                format!("{host} rejected MAIL <s@y>: Sender verify failed"),
                "s@y - 5.0.0 sender address rejected",
            ),
            (format!("{host} rejected EHLO or HELO x: no"), "- - 5.0.0 helo command rejected"),
            (
                format!("{host} rejected connection in \"connect\" ACL: listed in DNS list"),
                "- - 5.0.0 blocked by a list",
            ),
            (
                "rejected from <s@y> H=host.x [203.0.113.9]: message too big: read=101 max=100".to_owned(),
                "s@y - 5.0.0 message too large",
            ),
            (
                "F=s@y H=(foo) [127.0.0.1] P=esmtp rejected by local_scan(): no".to_owned(),
                "s@y - 5.0.0 message content rejected",
            ),
            (
                "H=host.x (x rejected RCPT <b@y>) [203.0.113.9] F=<s@y> rejected RCPT <a@x>: no".to_owned(),
                "s@y a@x 5.0.0 recipient address rejected",
            ),
            (format!("{host} rejected DKIM : no"), "- - 5.0.0 message content rejected"),
        ] {
            let Refusal { sender, recipient, code, reason } = Refusal::parse(text.as_bytes()).unwrap();
            let shown = |text: Option<&[u8]>| {
                text.map_or_else(|| "-".to_owned(), |text| String::from_utf8_lossy(text).into())
            };
            let found = [shown(sender), shown(recipient), shown(Some(code)), reason.to_owned()].join(" ");
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_mail_is_no_refusal() {
        for text in [
            "SMTP protocol synchronization error (input sent without waiting): rejected \"x\" H=[192.0.2.1]",
            "refused connection from H=[192.0.2.1] (host_reject_connection)",
            "H=host.x [192.0.2.1] sender verify fail for <s@y>: rejected RCPT <a@x>",
            "H=host.x [192.0.2.1] rejected VRFY a@x",
            "H=host.x [192.0.2.1] rejected",
            "H=host.x [192.0.2.1] temporarily x=y rejected RCPT <a@x>",
            "a rejected RCPT <a@x>",
            "",
        ] {
            assert_eq!(Refusal::parse(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_not(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            near in r#"([ :"<>\[\]=()a4.]|H=|F=<|rejected |temporarily |RCPT |from |: 550 ){0,24}"#,
        ) {
            let _ = (Refusal::parse(&bytes), Refusal::parse(near.as_bytes()));
        }
    }
}
