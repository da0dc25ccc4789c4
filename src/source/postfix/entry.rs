//! A log line behind its time: which host, which program, what it said.

use memchr::memchr;

use super::failure::Failure;

/// The most bytes of a queue id, or of what stands in its place.
pub(super) const LONGEST_WORD: usize = 24;

/// One line of one of Postfix's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) host: &'a [u8],
    pub(super) program: Program,
    pub(super) text: &'a [u8],
}

/// The programs whose lines are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// Takes mail or refuses it: `smtpd`, `postscreen`.
    Gate,
    Cleanup,
    /// The queue manager, under any of its names.
    Queue,
    /// Delivers over SMTP or LMTP.
    Smtp,
    /// Any other.
    Other,
}

impl<'a> Entry<'a> {
    /// Reads what follows a line's time; `None` if another program wrote it.
    ///
    /// The program is the last part of a tag such as `postfix/smtp[24]`, `postfix-out/relay/smtp` or, with a name of
    /// one's own, `mta/smtp[24]`.
    ///
    /// `host` is that of the line before: most often it is this line's too, and need not be looked for.
    #[inline]
    pub(super) fn read(rest: &'a [u8], host: &[u8]) -> Result<Option<Self>, Failure<'a>> {
        let space = match rest.strip_prefix(host) {
            Some([b' ', ..]) => host.len(),
            _ => match memchr(b' ', rest) {
                Some(space) => space,
                None => return Ok(None),
            },
        };
        let (host, rest) = (&rest[..space], &rest[space + 1..]);
        if let Some((program, text)) = usual(rest) {
            return Ok(Some(Self { host, program, text }));
        }
        let end = rest.iter().position(|byte| matches!(byte, b'[' | b':' | b' ')).unwrap_or(rest.len());
        let Some(program) = Program::of_tag(&rest[..end]) else { return Ok(None) };
        let unfinished = Failure {
            rest,
            subject: "program",
            expected: "one such as `postfix/smtp[24]: `, and what it says",
        };
        let text = text_after(&rest[end..]).ok_or(unfinished)?;
        Ok(Some(Self { host, program, text }))
    }
}

impl Program {
    fn of_tag(tag: &[u8]) -> Option<Self> {
        let slash = memchr::memrchr(b'/', tag)?;
        let is_postfix = tag.starts_with(b"postfix");
        Some(match &tag[slash + 1..] {
            b"smtpd" | b"postscreen" => Self::Gate,
            b"cleanup" => Self::Cleanup,
            b"qmgr" | b"nqmgr" | b"oqmgr" => Self::Queue,
            b"smtp" | b"lmtp" => Self::Smtp,
            b"bounce" | b"discard" | b"error" | b"local" | b"pickup" | b"pipe" | b"postsuper" | b"qmqpd"
            | b"retry" | b"virtual" => Self::Other,
            _ if is_postfix => Self::Other,
            _ => return None,
        })
    }
}

/// The short way, for the tags that most lines have.
#[inline]
fn usual(rest: &[u8]) -> Option<(Program, &[u8])> {
    let (program, pid) = match rest.strip_prefix(b"postfix/")? {
        [b's', b'm', b't', b'p', b'd', b'[', pid @ ..] => (Program::Gate, pid),
        [b'q', b'm', b'g', b'r', b'[', pid @ ..] => (Program::Queue, pid),
        [b's', b'm', b't', b'p', b'[', pid @ ..] => (Program::Smtp, pid),
        [b'c', b'l', b'e', b'a', b'n', b'u', b'p', b'[', pid @ ..] => (Program::Cleanup, pid),
        _ => return None,
    };
    let digits = pid.iter().position(|byte| !byte.is_ascii_digit())?;
    let text = pid[digits..].strip_prefix(b"]: ")?;
    (text.first() != Some(&b'[')).then_some((program, text))
}

/// What stands behind a tag's process id and colon, and behind the message id that some syslogs put there.
fn text_after(tag_end: &[u8]) -> Option<&[u8]> {
    let colon = match tag_end.strip_prefix(b"[") {
        Some(pid) => &pid[memchr(b']', pid)? + 1..],
        None => tag_end,
    };
    let text = colon.strip_prefix(b": ")?;
    if !text.starts_with(b"[ID ") {
        return Some(text);
    }
    memchr(b']', text).and_then(|end| text[end + 1..].strip_prefix(b" "))
}

/// Splits `4225AF60B5: removed` into what precedes the first colon and the text behind.
#[inline]
pub(super) fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', &text[..text.len().min(LONGEST_WORD + 1)])?;
    Some((&text[..colon], text[colon + 1..].strip_prefix(b" ")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_program_is_known_by_the_last_part_of_its_tag() {
        for (tag, program) in [
            ("postfix/smtp[24]: ", Some(Program::Smtp)),
            ("postfix/lmtp: ", Some(Program::Smtp)),
            ("postfix/relay/smtp[24]: ", Some(Program::Smtp)),
            ("postfix-out/smtp[24]: ", Some(Program::Smtp)),
            ("mta/smtp[24]: ", Some(Program::Smtp)),
            ("postfix/submission/smtpd[24]: ", Some(Program::Gate)),
            ("postfix/postscreen[24]: ", Some(Program::Gate)),
            ("postfix/qmgr[24]: [ID 197553 mail.info] ", Some(Program::Queue)),
            ("postfix/nqmgr[24]: ", Some(Program::Queue)),
            ("postfix/cleanup[24]: ", Some(Program::Cleanup)),
            ("postfix/virtual[24]: ", Some(Program::Other)),
            ("postfix/own-agent[24]: ", Some(Program::Other)),
            ("mta/own-agent[24]: ", None),
            ("postfix[24]: ", None),
            ("kernel: ", None),
            ("dovecot: postfix/smtp[1]: ", None),
        ] {
            let line = format!("mx1 {tag}4225AF60B5: x");
            let expected = program.map(|program| Entry { host: b"mx1", program, text: b"4225AF60B5: x" });
            assert_eq!(Entry::read(line.as_bytes(), b"mx1"), Ok(expected), "{tag}");
        }
    }

    #[test]
    fn a_line_that_ends_within_its_tag_is_a_failure() {
        for line in [
            "mx1 postfix/smtp",
            "mx1 postfix/smtp[",
            "mx1 postfix/smtp[24",
            "mx1 postfix/smtp[24]",
            "mx1 postfix/smtp[24]:",
        ] {
            assert!(Entry::read(line.as_bytes(), b"mx").is_err(), "{line}");
        }
        for line in ["", "mx1", "mx1 ", "mx1 post"] {
            assert_eq!(Entry::read(line.as_bytes(), b""), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_entry_or_not(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(Entry::read(&line, &line[..line.len() / 2]), Entry::read(&line, b""));
            let _ = split_word(&line);
        }
    }
}
