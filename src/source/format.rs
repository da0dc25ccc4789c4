//! The formats that can be read, and how an input is recognized.

use super::{exchange, exim, head, lines, opensmtpd, postfix, sendmail, stalwart};
use crate::names::named_enum;

named_enum! {
    /// A format that can be read.
    #[non_exhaustive]
    pub enum Format("format") {
        /// [JSON Lines](super::jsonl).
        Jsonl = "jsonl",
        /// [Postfix's mail log](super::postfix).
        Postfix = "postfix",
        /// [Exim's main log](super::exim).
        Exim = "exim",
        /// [OpenSMTPD's log](super::opensmtpd).
        Opensmtpd = "opensmtpd",
        /// [The log of sendmail 8](super::sendmail).
        Sendmail = "sendmail",
        /// [Stalwart's log](super::stalwart::log).
        StalwartLog = "stalwart-log",
        /// [The message tracking log of Exchange](super::exchange).
        Exchange = "exchange",
    }
}

/// The content of an input, as far as its first bytes show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// A format that can be read.
    Known(Format),
    /// Compressed by the program of this name; decompress it first.
    Compressed(&'static str),
    /// Not text.
    Binary,
    /// Empty, or text of no known format.
    Unknown,
}

/// The first bytes of compressed files, and the program that writes them.
const COMPRESSORS: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")];

/// Returns whether a line is of a log.
type IsEntry = fn(&[u8]) -> bool;

/// The logs that can be read.
const LOGS: [(Format, IsEntry); 6] = [
    (Format::Postfix, postfix::is_entry),
    (Format::Exim, exim::is_entry),
    (Format::Opensmtpd, opensmtpd::is_entry),
    (Format::Sendmail, sendmail::is_entry),
    (Format::StalwartLog, stalwart::log::is_entry),
    (Format::Exchange, exchange::is_entry),
];

/// Returns the content of the input that begins with the bytes `start`; a few thousand bytes are enough.
///
/// Text with at least one line of a mail system whose log can be read, in any form in which log lines arrive, is such a log,
/// that of the first of these lines; lines of other programs may precede it. Other text whose first character other than white space is `{` is JSON Lines, unless its
/// first line is one of docker or of the journal, which is taken for that of a log: of Postfix, if no line tells another.
///
/// ```
/// use mailtally::source::{Content, Format, detect};
///
/// let log = b"Nov 21 00:09:39 mx1 postfix/qmgr[2456]: 4225AF60B5: removed\n";
/// assert_eq!(detect(log), Content::Known(Format::Postfix));
/// assert_eq!(detect(b"\x1f\x8b\x08\0"), Content::Compressed("gzip"));
/// ```
pub fn detect(start: &[u8]) -> Content {
    if let Some((_, program)) = COMPRESSORS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Content::Compressed(program);
    }
    if start.contains(&0) {
        return Content::Binary;
    }
    let text = start.strip_prefix(lines::BYTE_ORDER_MARK).unwrap_or(start).trim_ascii_start();
    let mut lines = text.split(|&byte| byte == b'\n');
    if text.starts_with(b"{") {
        let is_log = |line| head::unwrap_one(line).is_some_and(|line| line.is_apart());
        if !lines.clone().next().is_some_and(is_log) {
            return Content::Known(Format::Jsonl);
        }
        return Content::Known(lines.find_map(log).unwrap_or(Format::Postfix));
    }
    lines.find_map(log).map_or(Content::Unknown, Content::Known)
}

/// Returns the log of which a line is; `None` if it is of another program.
fn log(line: &[u8]) -> Option<Format> {
    LOGS.iter().find(|(_, is_entry)| is_entry(line)).map(|(format, _)| *format)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_bytes_of_an_input_show_its_content() {
        let cases: [(&[u8], Content); 29] = [
            (b"", Content::Unknown),
            (b" \n\n", Content::Unknown),
            (b"hello {\n", Content::Unknown),
            (b"\n {\"account\"", Content::Known(Format::Jsonl)),
            (b"\xef\xbb\xbf{\"account\"", Content::Known(Format::Jsonl)),
            (b"Nov  1 00:09:39 mx1 postfix/smtp[24]: x", Content::Known(Format::Postfix)),
            (
                b"{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T00:09:40Z\"}\n",
                Content::Known(Format::Postfix),
            ),
            (
                b"{\"MESSAGE\":\"x\",\"__REALTIME_TIMESTAMP\":\"1795219780123456\"}\n",
                Content::Known(Format::Postfix),
            ),
            (b"{\"log\":\"x\"}\n", Content::Known(Format::Jsonl)),
            (b"2026-02-01 10:30:00 x\n2026-02-01 10:30:00 1vmTmK-00016Q-0b Completed", Content::Known(Format::Exim)),
            (b"2026-02-01 10:30:00.120 +0100 [4711] 1vmTnI-00000001mMc-132G <= x", Content::Known(Format::Exim)),
            (b"Nov  1 00:09:39 mx1 exim[24]: x", Content::Known(Format::Exim)),
            (b"2026-02-01 10:30:00 INFO a-b-c", Content::Unknown),
            (b"2026-02-01T10:30:00Z INFO Started (server.startup) x = 1", Content::Known(Format::StalwartLog)),
            (b"mail-1  | Nov  1 00:09:39 mx1 postfix/smtp[24]: x", Content::Known(Format::Postfix)),
            (b"<22>Nov  1 00:09:39 mx1 postfix/smtp[24]: x", Content::Known(Format::Postfix)),
            (b"2026-11-21T00:09:39.12+01:00 mx1 postfix-out/smtp[24]: x", Content::Known(Format::Postfix)),
            (
                b"Nov 21 00:09:39 mx1 kernel: x\r\nNov 21 00:09:39 mx1 postfix/smtp: x",
                Content::Known(Format::Postfix),
            ),
            (b"Nov 21 00:09:39 mx1 kernel: postfix/smtp[1]: x\n", Content::Unknown),
            (
                b"Nov 21 00:09:39 mx1 cron[1]: x\nNov 21 00:09:39 mx1 smtpd[24]: 00aa11bb22cc33dd smtp connected address=local",
                Content::Known(Format::Opensmtpd),
            ),
            (
                b"{\"log\":\"00aa11bb22cc33dd smtp connected\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-21T00:09:40Z\"}\n",
                Content::Known(Format::Opensmtpd),
            ),
            (
                b"{\"MESSAGE\":\"00aa11bb22cc33dd mta connected\",\"SYSLOG_IDENTIFIER\":\"smtpd\",\"__REALTIME_TIMESTAMP\":\"1795219780123456\"}\n",
                Content::Known(Format::Opensmtpd),
            ),
            (b"Nov 21 00:09:39 mx1 smtpd[24]: connection from 192.0.2.9", Content::Unknown),
            (b"Nov 21 00:09:39 mx1 sm-mta[24]: 6AL09dXk000024: from=<>", Content::Known(Format::Sendmail)),
            (b"Nov 21 00:09:39 mx1 sendmail[24]: starting daemon", Content::Unknown),
            (b"\x1f\x8b\x08\x00\x00", Content::Compressed("gzip")),
            (b"\x28\xb5\x2f\xfd\x00", Content::Compressed("zstd")),
            (b"BZh91AY", Content::Compressed("bzip2")),
            (b"\x7fELF\0\0", Content::Binary),
        ];
        for (start, content) in cases {
            assert_eq!(detect(start), content, "{}", start.escape_ascii());
        }
    }

    #[test]
    fn a_format_is_parsed_from_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "maildir".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown format `maildir`, expected `jsonl`, `postfix`, `exim`, `opensmtpd`, `sendmail`, `stalwart-log` or `exchange`"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_have_some_content(start in proptest::collection::vec(any::<u8>(), 0..200)) {
            detect(&start);
        }
    }
}
