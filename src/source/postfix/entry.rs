//! A line of one of Postfix's programs: which program, and its text.

use memchr::memchr;

use crate::source::failure::Failure;
use crate::source::head::Head;

/// The maximum length of a queue id, or of another word in its position, in bytes.
pub(super) const MAX_QUEUE_ID_LEN: usize = 24;

/// One of Postfix's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// The servers that accept or reject mail: `smtpd` and `postscreen`.
    Smtpd,
    /// `cleanup`, which writes messages into the queue.
    Cleanup,
    /// The queue manager: `qmgr`, `nqmgr` and `oqmgr`.
    QueueManager,
    Smtp,
    /// `smtp` as the service `relay`.
    Relay,
    Lmtp,
    Discard,
    Error,
    Local,
    Pipe,
    Retry,
    Virtual,
    /// All other programs, such as `pickup` and `bounce`.
    Other,
}

impl Program {
    /// Returns the program with a name such as `postfix/smtp` or `postfix-out/relay/smtp`, of which the last part counts. If
    /// the name does not start with `postfix`, as in `mta/smtp`, the program must be one of those that are known.
    fn named(name: &[u8]) -> Option<Self> {
        let slash = memchr::memrchr(b'/', name)?;
        Some(match &name[slash + 1..] {
            b"smtpd" | b"postscreen" => Self::Smtpd,
            b"cleanup" => Self::Cleanup,
            b"qmgr" | b"nqmgr" | b"oqmgr" => Self::QueueManager,
            b"smtp" if name[..slash].ends_with(b"/relay") => Self::Relay,
            b"smtp" => Self::Smtp,
            b"lmtp" => Self::Lmtp,
            b"discard" => Self::Discard,
            b"error" => Self::Error,
            b"local" => Self::Local,
            b"pipe" => Self::Pipe,
            b"retry" => Self::Retry,
            b"virtual" => Self::Virtual,
            b"bounce" | b"pickup" | b"postsuper" | b"qmqpd" => Self::Other,
            _ if name.starts_with(b"postfix") => Self::Other,
            _ => return None,
        })
    }

    /// Returns whether the program is a client that delivers over SMTP or LMTP.
    pub(super) fn is_client(self) -> bool {
        matches!(self, Self::Smtp | Self::Relay | Self::Lmtp)
    }

    /// Returns the name of the transport by which the program delivers mail, if it does.
    pub(super) fn transport(self) -> Option<&'static str> {
        Some(match self {
            Self::Smtpd | Self::Cleanup | Self::QueueManager | Self::Other => return None,
            Self::Smtp => "smtp",
            Self::Relay => "relay",
            Self::Lmtp => "lmtp",
            Self::Discard => "discard",
            Self::Error => "error",
            Self::Local => "local",
            Self::Pipe => "pipe",
            Self::Retry => "retry",
            Self::Virtual => "virtual",
        })
    }
}

/// Parses the beginnings that most lines have, faster than the general way: a host, which is `last_host`, that of the line
/// before, and a program whose name starts with `postfix/`. Returns the program and its text.
#[inline]
pub(super) fn parse_quickly<'a>(rest: &'a [u8], last_host: &[u8]) -> Option<(Program, &'a [u8])> {
    let tag = rest.strip_prefix(last_host)?.strip_prefix(b" ")?;
    let (program, pid) = match tag.strip_prefix(b"postfix/")? {
        [b's', b'm', b't', b'p', b'd', b'[', pid @ ..] => (Program::Smtpd, pid),
        [b'q', b'm', b'g', b'r', b'[', pid @ ..] => (Program::QueueManager, pid),
        [b's', b'm', b't', b'p', b'[', pid @ ..] => (Program::Smtp, pid),
        [b'c', b'l', b'e', b'a', b'n', b'u', b'p', b'[', pid @ ..] => (Program::Cleanup, pid),
        _ => {
            let end = tag.iter().position(|byte| matches!(byte, b'[' | b':' | b' '))?;
            (Program::named(&tag[..end])?, tag[end..].strip_prefix(b"[")?)
        }
    };
    let digits = pid.iter().position(|byte| !byte.is_ascii_digit())?;
    let text = pid[digits..].strip_prefix(b"]: ")?;
    // Solaris writes more before the text.
    (text.first() != Some(&b'[')).then_some((program, text))
}

/// Returns the program of a line and its text; `None` if the line is not of a Postfix program.
///
/// # Errors
///
/// The line ends before the text.
pub(super) fn parse<'a>(head: &Head<'a>) -> Result<Option<(Program, &'a [u8])>, Failure<'a>> {
    let Some(program) = Program::named(&head.program) else { return Ok(None) };
    let expected = "one such as `postfix/smtp[24]`, then `: ` and a text";
    let cut_off = || Failure::invalid(head.rest(), "program", expected);
    Ok(Some((program, head.text.ok_or_else(cut_off)?)))
}

/// Splits `4225AF60B5: removed` at the first colon into the word and the text; returns `None` if the word is too long to be a
/// queue id.
#[inline]
pub(super) fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', &text[..text.len().min(MAX_QUEUE_ID_LEN + 1)])?;
    Some((&text[..colon], text[colon + 1..].strip_prefix(b" ")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::head::unwrap_one;

    #[test]
    fn a_program_is_recognized_by_the_last_part_of_its_name() {
        for (tag, expected) in [
            ("postfix/smtp[24]: ", Some(Program::Smtp)),
            ("postfix/lmtp: ", Some(Program::Lmtp)),
            ("postfix/relay/smtp[24]: ", Some(Program::Relay)),
            ("postfix-out/smtp[24]: ", Some(Program::Smtp)),
            ("mta/smtp[24]: ", Some(Program::Smtp)),
            ("postfix/submission/smtpd[24]: ", Some(Program::Smtpd)),
            ("postfix/postscreen[24]: ", Some(Program::Smtpd)),
            ("postfix/qmgr[24]: [ID 197553 mail.info] ", Some(Program::QueueManager)),
            ("postfix/nqmgr[24]: ", Some(Program::QueueManager)),
            ("postfix/cleanup[24]: ", Some(Program::Cleanup)),
            ("postfix/virtual[24]: ", Some(Program::Virtual)),
            ("postfix/own-agent[24]: ", Some(Program::Other)),
            ("mta/own-agent[24]: ", None),
            ("postfix[24]: ", None),
            ("kernel: ", None),
            ("dovecot: postfix/smtp[1]: ", None),
        ] {
            let line = format!("Nov 21 00:00:00 mx1 {tag}4225AF60B5: x");
            let content = unwrap_one(line.as_bytes()).unwrap();
            let found = parse(&Head::parse(&content).unwrap()).unwrap();
            let expected = expected.map(|program| (program, &b"4225AF60B5: x"[..]));
            assert_eq!(found, expected, "{tag}");
            let quick = parse_quickly(&line.as_bytes()["Nov 21 00:00:00 ".len()..], b"mx1");
            assert!(quick.is_none() || quick == expected, "{tag}");
        }
    }

    #[test]
    fn a_line_that_ends_within_its_tag_is_an_error() {
        for (line, is_error) in [
            ("mx1 postfix/smtp", true),
            ("mx1 postfix/smtp[", true),
            ("mx1 postfix/smtp[24", true),
            ("mx1 postfix/smtp[24]", true),
            ("mx1 postfix/smtp[24]:", true),
            ("", false),
            ("mx1", false),
            ("mx1 ", false),
            ("mx1 post", false),
        ] {
            let line = format!("Nov 21 00:00:00 {line}");
            let content = unwrap_one(line.as_bytes()).unwrap();
            let found = parse(&Head::parse(&content).unwrap());
            assert_eq!(found.is_err(), is_error, "{line}");
            assert!(found.is_err() || found == Ok(None));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = (parse_quickly(&line, &line[..line.len() / 2]), split_word(&line));
        }
    }
}
