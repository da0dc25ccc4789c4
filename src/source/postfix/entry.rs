//! A log line after its time: the host, the program and its text.

use memchr::memchr;

use super::failure::Failure;

/// The maximum length of a queue id, or of another word in its position, in bytes.
pub(super) const MAX_QUEUE_ID_LEN: usize = 24;

/// A line of one of Postfix's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) host: &'a [u8],
    pub(super) program: ProgramGroup,
    pub(super) text: &'a [u8],
}

/// Postfix's programs, grouped by how their lines are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProgramGroup {
    /// The servers that accept or reject mail: `smtpd` and `postscreen`.
    Smtpd,
    /// `cleanup`, which writes messages into the queue.
    Cleanup,
    /// The queue manager: `qmgr`, `nqmgr` and `oqmgr`.
    QueueManager,
    /// The clients that deliver over SMTP or LMTP: `smtp` and `lmtp`.
    Smtp,
    /// All other programs of Postfix, such as `local`, `pipe`, `pickup` and `bounce`.
    Other,
}

impl<'a> Entry<'a> {
    /// Parses what follows a line's time; returns `None` if the line is not of a Postfix program.
    ///
    /// The program is the last part of a tag such as `postfix/smtp[24]` or `postfix-out/relay/smtp`. If the tag does not
    /// start with `postfix`, as in `mta/smtp[24]`, the program must be one of those named in
    /// [`ProgramGroup::from_tag`].
    ///
    /// `last_host` is the host of the line before. It only makes parsing faster where this line's host is the same.
    #[inline]
    pub(super) fn parse(rest: &'a [u8], last_host: &[u8]) -> Result<Option<Self>, Failure<'a>> {
        let space = match rest.strip_prefix(last_host) {
            Some([b' ', ..]) => last_host.len(),
            _ => match memchr(b' ', rest) {
                Some(space) => space,
                None => return Ok(None),
            },
        };
        let (host, rest) = (&rest[..space], &rest[space + 1..]);
        if let Some((program, text)) = parse_common_tag(rest) {
            return Ok(Some(Self { host, program, text }));
        }
        let end = rest.iter().position(|byte| matches!(byte, b'[' | b':' | b' ')).unwrap_or(rest.len());
        let Some(program) = ProgramGroup::from_tag(&rest[..end]) else { return Ok(None) };
        let cut_off =
            Failure::invalid(rest, "program", "one such as `postfix/smtp[24]`, then `: ` and a text");
        let text = text_after(&rest[end..]).ok_or(cut_off)?;
        Ok(Some(Self { host, program, text }))
    }
}

impl ProgramGroup {
    fn from_tag(tag: &[u8]) -> Option<Self> {
        let slash = memchr::memrchr(b'/', tag)?;
        let is_postfix = tag.starts_with(b"postfix");
        Some(match &tag[slash + 1..] {
            b"smtpd" | b"postscreen" => Self::Smtpd,
            b"cleanup" => Self::Cleanup,
            b"qmgr" | b"nqmgr" | b"oqmgr" => Self::QueueManager,
            b"smtp" | b"lmtp" => Self::Smtp,
            b"bounce" | b"discard" | b"error" | b"local" | b"pickup" | b"pipe" | b"postsuper" | b"qmqpd"
            | b"retry" | b"virtual" => Self::Other,
            _ if is_postfix => Self::Other,
            _ => return None,
        })
    }
}

/// Parses the tags that most lines have, faster than the general way: the program and the text after the tag.
#[inline]
fn parse_common_tag(rest: &[u8]) -> Option<(ProgramGroup, &[u8])> {
    let (program, pid) = match rest.strip_prefix(b"postfix/")? {
        [b's', b'm', b't', b'p', b'd', b'[', pid @ ..] => (ProgramGroup::Smtpd, pid),
        [b'q', b'm', b'g', b'r', b'[', pid @ ..] => (ProgramGroup::QueueManager, pid),
        [b's', b'm', b't', b'p', b'[', pid @ ..] => (ProgramGroup::Smtp, pid),
        [b'c', b'l', b'e', b'a', b'n', b'u', b'p', b'[', pid @ ..] => (ProgramGroup::Cleanup, pid),
        _ => return None,
    };
    let digits = pid.iter().position(|byte| !byte.is_ascii_digit())?;
    let text = pid[digits..].strip_prefix(b"]: ")?;
    (text.first() != Some(&b'[')).then_some((program, text))
}

/// Returns the text after a tag's process id and colon, and after the `[ID ...]` that the syslog of Solaris writes there.
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

    #[test]
    fn a_program_is_recognized_by_the_last_part_of_its_tag() {
        for (tag, program) in [
            ("postfix/smtp[24]: ", Some(ProgramGroup::Smtp)),
            ("postfix/lmtp: ", Some(ProgramGroup::Smtp)),
            ("postfix/relay/smtp[24]: ", Some(ProgramGroup::Smtp)),
            ("postfix-out/smtp[24]: ", Some(ProgramGroup::Smtp)),
            ("mta/smtp[24]: ", Some(ProgramGroup::Smtp)),
            ("postfix/submission/smtpd[24]: ", Some(ProgramGroup::Smtpd)),
            ("postfix/postscreen[24]: ", Some(ProgramGroup::Smtpd)),
            ("postfix/qmgr[24]: [ID 197553 mail.info] ", Some(ProgramGroup::QueueManager)),
            ("postfix/nqmgr[24]: ", Some(ProgramGroup::QueueManager)),
            ("postfix/cleanup[24]: ", Some(ProgramGroup::Cleanup)),
            ("postfix/virtual[24]: ", Some(ProgramGroup::Other)),
            ("postfix/own-agent[24]: ", Some(ProgramGroup::Other)),
            ("mta/own-agent[24]: ", None),
            ("postfix[24]: ", None),
            ("kernel: ", None),
            ("dovecot: postfix/smtp[1]: ", None),
        ] {
            let line = format!("mx1 {tag}4225AF60B5: x");
            let expected = program.map(|program| Entry { host: b"mx1", program, text: b"4225AF60B5: x" });
            assert_eq!(Entry::parse(line.as_bytes(), b"mx1"), Ok(expected), "{tag}");
        }
    }

    #[test]
    fn a_line_that_ends_within_its_tag_is_an_error() {
        for line in [
            "mx1 postfix/smtp",
            "mx1 postfix/smtp[",
            "mx1 postfix/smtp[24",
            "mx1 postfix/smtp[24]",
            "mx1 postfix/smtp[24]:",
        ] {
            assert!(Entry::parse(line.as_bytes(), b"mx").is_err(), "{line}");
        }
        for line in ["", "mx1", "mx1 ", "mx1 post"] {
            assert_eq!(Entry::parse(line.as_bytes(), b""), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(Entry::parse(&line, &line[..line.len() / 2]), Entry::parse(&line, b""));
            let _ = split_word(&line);
        }
    }
}
