//! What the lines of OpenSMTPD say, in the words of all its releases.

use memchr::{memchr, memmem};

use crate::source::failure::Failure;
use crate::source::log::address::bracketed;

const RESULTS: &[&str] = &["Ok", "TempFail", "PermFail", "Loop", "Expire", "Remove"];

const FULL_ENVELOPE: &str = "`evpid=` with 16 digits, `from=<...>` and `to=<...>`";

/// A line, as far as it has an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A message was accepted for one recipient.
    Accepted(Envelope<'a>),
    /// An attempt was made, or the queue gave the message up.
    Result(Envelope<'a>, Outcome, Attempt<'a>),
    /// A recipient was refused.
    Refused { recipient: &'a [u8], answer: &'a [u8] },
    /// Nothing that is counted.
    Quiet,
}

/// A message for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    /// Its id: 16 hexadecimal digits.
    pub(super) id: &'a str,
    pub(super) sender: &'a [u8],
    pub(super) recipient: &'a [u8],
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    TempFail,
    PermFail,
    Expired,
    Removed,
}

/// What is said of an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attempt<'a> {
    /// Whether a program of this host took the mail, not another server.
    pub(super) is_local: bool,
    /// How that program takes it, if it is said.
    pub(super) method: Option<&'a [u8]>,
    pub(super) source: Option<&'a [u8]>,
    pub(super) relay: Option<&'a [u8]>,
    /// The answer of the other server, or the text of the program.
    pub(super) answer: &'a [u8],
}

impl Attempt<'_> {
    /// Returns the name of the host that was asked: `NAME` of `ADDRESS (NAME)`.
    pub(super) fn host(&self) -> Option<&[u8]> {
        let relay = self.relay?.strip_suffix(b")")?;
        let start = memmem::find(relay, b" (")? + 2;
        Some(&relay[start..]).filter(|name| !name.is_empty())
    }
}

impl<'a> Line<'a> {
    /// Parses the text of a line.
    ///
    /// # Errors
    ///
    /// The line has an event, but is cut off or has a result that is not known.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        if let Some(text) = after_session(text) {
            return Self::of_session(text);
        }
        if let Some(text) = text.strip_prefix(b"smtp-out: session ").and_then(|text| text.get(16..)) {
            let is_delivery = text.starts_with(b": evpid=");
            return if is_delivery { Self::result(&text[2..], false, None) } else { Ok(Self::Quiet) };
        }
        if let Some(text) = text.strip_prefix(b"smtp-in: Failed command on session ") {
            let Some(command) = text.get(16..).and_then(|text| text.strip_prefix(b": \"")) else {
                return Ok(Self::Quiet);
            };
            return Ok(refused(command, b"\" => "));
        }
        let (is_local, text) = match (text.strip_prefix(b"relay: "), text.strip_prefix(b"delivery: ")) {
            (Some(text), _) => (false, text),
            (None, Some(text)) => (true, text),
            (None, None) => return Ok(Self::Quiet),
        };
        let Some(word) = memchr(b' ', text) else { return Ok(Self::Quiet) };
        match text[word..].strip_prefix(b" for ") {
            Some(rest) => Self::result(rest, is_local, Some(&text[..word])),
            None => Ok(Self::Quiet),
        }
    }

    /// Parses what follows the session.
    fn of_session(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        let mut words = text.splitn(3, |&byte| byte == b' ');
        let (Some(program), Some(event), Some(rest)) = (words.next(), words.next(), words.next()) else {
            return Ok(Self::Quiet);
        };
        match (program, event.strip_prefix(b"event=").unwrap_or(event)) {
            (b"smtp", b"envelope") => Ok(Self::Accepted(Fields::read(rest)?.envelope(rest)?)),
            (b"mta", b"delivery") => Self::result(rest, false, None),
            (b"mda", b"delivery") => Self::result(rest, true, None),
            (b"smtp", b"failed-command") => {
                let command = memmem::find(rest, b"command=\"").map(|at| &rest[at + b"command=\"".len()..]);
                Ok(command.map_or(Self::Quiet, |command| refused(command, b"\" result=\"")))
            }
            _ => Ok(Self::Quiet),
        }
    }

    /// Parses the fields of a line about an envelope that has a result: `word`, or one among the fields. If `word` is given,
    /// the id is the first of the fields, without a name.
    fn result(text: &'a [u8], is_local: bool, word: Option<&'a [u8]>) -> Result<Self, Failure<'a>> {
        let mut fields = Fields { id: text.get(..16).filter(|_| word.is_some()), ..Fields::default() };
        let rest = if fields.id.is_some() { &text[16..] } else { text };
        // After the id, a colon ends the sentence.
        fields.read_more(rest.strip_prefix(b":").unwrap_or(rest))?;
        let envelope = fields.envelope(text)?;
        let missing = Failure::unknown(b"", b"", "result", RESULTS);
        let result = word.or(fields.result).ok_or(missing)?;
        let outcome = match result {
            b"Ok" => Outcome::Ok,
            b"TempFail" => Outcome::TempFail,
            b"PermFail" | b"Loop" => Outcome::PermFail,
            b"Expire" => Outcome::Expired,
            b"Remove" => Outcome::Removed,
            _ => return Err(Failure::unknown(result, result, "result", RESULTS)),
        };
        let present = |field: Option<&'a [u8]>| field.filter(|field| !field.is_empty() && *field != b"-");
        let Fields { method, source, relay, answer, .. } = fields;
        let answer = answer.unwrap_or_default();
        let attempt = Attempt { is_local, method, source: present(source), relay: present(relay), answer };
        Ok(Self::Result(envelope, outcome, attempt))
    }
}

/// Returns whether a text has a form that only OpenSMTPD writes.
pub(super) fn is_told_apart(text: &[u8]) -> bool {
    let of_session = || {
        let rest = after_session(text)?;
        [&b"smtp "[..], b"mta ", b"mda "].iter().any(|start| rest.starts_with(start)).then_some(())
    };
    of_session().is_some()
        || text.starts_with(b"smtp-in: ")
        || text.starts_with(b"smtp-out: ")
        || text.starts_with(b"info: OpenSMTPD ")
}

/// Returns what follows `SESSION `.
fn after_session(text: &[u8]) -> Option<&[u8]> {
    let (session, rest) = text.split_at_checked(16)?;
    rest.strip_prefix(b" ").filter(|_| is_hex(session))
}

fn is_hex(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Parses a command that failed, and its answer: `RCPT TO:<ADDRESS> ` and `550 ...`, between which `end` is.
fn refused<'a>(text: &'a [u8], end: &[u8]) -> Line<'a> {
    let is_recipient = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"RCPT TO:"));
    // The client chooses the command, and the answer may quote it.
    let Some(split) = memmem::find(text, end).filter(|_| is_recipient) else { return Line::Quiet };
    let (command, answer) = (text[8..split].trim_ascii(), &text[split + end.len()..]);
    let address = command.strip_prefix(b"<").map_or(Some((command, &b""[..])), bracketed);
    let Some((recipient, _)) = address else { return Line::Quiet };
    Line::Refused { recipient, answer: answer.strip_suffix(b"\"").unwrap_or(answer) }
}

/// The fields of a line about an envelope.
#[derive(Clone, Copy, Debug, Default)]
struct Fields<'a> {
    id: Option<&'a [u8]>,
    sender: Option<&'a [u8]>,
    recipient: Option<&'a [u8]>,
    method: Option<&'a [u8]>,
    source: Option<&'a [u8]>,
    relay: Option<&'a [u8]>,
    result: Option<&'a [u8]>,
    answer: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn read(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        let mut fields = Self::default();
        fields.read_more(text)?;
        Ok(fields)
    }

    /// Reads `name=value` fields, which spaces or commas divide; the values may be in quotes or angle brackets.
    fn read_more(&mut self, text: &'a [u8]) -> Result<(), Failure<'a>> {
        let mut rest = text;
        loop {
            let skip = rest.iter().take_while(|byte| matches!(byte, b' ' | b',')).count();
            rest = &rest[skip..];
            let Some(equals) = memchr(b'=', rest) else { return Ok(()) };
            let (name, after) = (&rest[..equals], &rest[equals + 1..]);
            let value;
            (value, rest) = if name == b"stat" {
                (unquoted(after), &b""[..])
            } else {
                let unclosed = Failure::invalid(after, "field", "a value with its end");
                value_of(name, after).ok_or(unclosed)?
            };
            let field = match name {
                b"evpid" => &mut self.id,
                b"from" => &mut self.sender,
                b"to" => &mut self.recipient,
                b"method" => &mut self.method,
                b"source" => &mut self.source,
                b"relay" => &mut self.relay,
                b"result" | b"status" => &mut self.result,
                b"stat" => &mut self.answer,
                _ => continue,
            };
            // What a client chooses comes last.
            field.get_or_insert(value);
        }
    }

    /// Returns the envelope; `text` are the fields.
    fn envelope(&self, text: &'a [u8]) -> Result<Envelope<'a>, Failure<'a>> {
        let id = self.id.filter(|id| id.len() == 16 && is_hex(id)).and_then(|id| str::from_utf8(id).ok());
        match (id, self.sender, self.recipient) {
            (Some(id), Some(sender), Some(recipient)) => {
                // The queue writes nobody in this way.
                let sender = if sender == b"@" { b"" } else { sender };
                Ok(Envelope { id, sender, recipient })
            }
            _ => Err(Failure::missing(text, "envelope", FULL_ENVELOPE)),
        }
    }
}

/// Splits a text after `name=` into the value and the rest; `None` if the value has no end.
fn value_of<'a>(name: &[u8], text: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    if let Some(text) = text.strip_prefix(b"<") {
        return bracketed(text);
    }
    if let Some(text) = text.strip_prefix(b"\"") {
        let end = memchr(b'"', text)?;
        return Some((&text[..end], &text[end + 1..]));
    }
    let end = match name {
        // Its value has a space, and was not quoted up to release 6.0.
        b"relay" => memmem::find(text, b" delay=").unwrap_or(text.len()),
        _ => memchr(b' ', text).unwrap_or(text.len()),
    };
    let value = &text[..end];
    Some((value.strip_suffix(b",").unwrap_or(value), &text[end..]))
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").map_or(text, |text| text.strip_suffix(b"\"").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENVELOPE: Envelope<'_> =
        Envelope { id: "1a2b3c4d00000001", sender: b"news@shop.example", recipient: b"ann@x.example" };

    fn parse(text: &str) -> Result<Line<'_>, String> {
        Line::parse(text.as_bytes()).map_err(|failure| failure.reason(text.as_bytes()).to_string())
    }

    #[test]
    fn an_attempt_is_read_in_the_words_of_all_releases() {
        let smtp = Attempt {
            source: Some(b"192.0.2.1"),
            relay: Some(b"198.51.100.7 (mx.example)"),
            answer: b"450 4.2.1 say \"later\"",
            ..Attempt::default()
        };
        let maildir =
            Attempt { is_local: true, method: Some(b"maildir"), answer: b"Delivered", ..Attempt::default() };
        for (text, outcome, attempt) in [
            (
                "00aa11bb22cc33dd mta delivery evpid=1a2b3c4d00000001 from=<news@shop.example> to=<ann@x.example> rcpt=<-> source=\"192.0.2.1\" relay=\"198.51.100.7 (mx.example)\" delay=2s result=\"TempFail\" stat=\"450 4.2.1 say \"later\"\"",
                Outcome::TempFail,
                smtp,
            ),
            (
                "00aa11bb22cc33dd mta event=delivery evpid=1a2b3c4d00000001 from=<news@shop.example> to=<ann@x.example> rcpt=<-> source=192.0.2.1 relay=198.51.100.7 (mx.example) delay=2s result=TempFail stat=450 4.2.1 say \"later\"",
                Outcome::TempFail,
                smtp,
            ),
            (
                "smtp-out: session 00aa11bb22cc33dd: evpid=1a2b3c4d00000001, status=TempFail, from=<news@shop.example>, to=<ann@x.example>, rcpt=<->, source=192.0.2.1, relay=198.51.100.7 (mx.example), delay=2s, stat=450 4.2.1 say \"later\"",
                Outcome::TempFail,
                smtp,
            ),
            (
                "relay: TempFail for 1a2b3c4d00000001: session=00aa11bb22cc33dd, from=<news@shop.example>, to=<ann@x.example>, rcpt=<->, source=192.0.2.1, relay=198.51.100.7 (mx.example), delay=2s, stat=450 4.2.1 say \"later\"",
                Outcome::TempFail,
                smtp,
            ),
            (
                "0000000000000000 mda delivery evpid=1a2b3c4d00000001 from=<news@shop.example> to=<ann@x.example> rcpt=<list@x.example> user=ann method=maildir delay=0s result=Ok stat=Delivered",
                Outcome::Ok,
                maildir,
            ),
            (
                "0000000000000000 mda event=delivery evpid=1a2b3c4d00000001 from=<news@shop.example> to=<ann@x.example> rcpt=<list@x.example>, user=ann method=maildir delay=0s result=Ok stat=Delivered",
                Outcome::Ok,
                maildir,
            ),
            (
                "delivery: Ok for 1a2b3c4d00000001: from=<news@shop.example>, to=<ann@x.example>, user=ann, method=maildir, delay=0s, stat=Delivered",
                Outcome::Ok,
                maildir,
            ),
            (
                "relay: Expire for 1a2b3c4d00000001: from=<news@shop.example>, to=<ann@x.example>, rcpt=<->, delay=4d, stat=Envelope expired",
                Outcome::Expired,
                Attempt { answer: b"Envelope expired", ..Attempt::default() },
            ),
            (
                "delivery: Remove for 1a2b3c4d00000001: from=<news@shop.example>, to=<ann@x.example>, rcpt=<->, delay=4d, stat=Removed by administrator",
                Outcome::Removed,
                Attempt { is_local: true, answer: b"Removed by administrator", ..Attempt::default() },
            ),
        ] {
            assert_eq!(parse(text), Ok(Line::Result(ENVELOPE, outcome, attempt)), "{text}");
            assert!(
                is_told_apart(text.as_bytes()) != (text.starts_with("relay") || text.starts_with("delivery"))
            );
        }
        assert_eq!(smtp.host(), Some(&b"mx.example"[..]));
        let accepted = "00aa11bb22cc33dd smtp envelope evpid=1a2b3c4d00000001 from=<news@shop.example> to=<ann@x.example>";
        assert_eq!(parse(accepted), Ok(Line::Accepted(ENVELOPE)));
    }

    #[test]
    fn an_address_may_look_like_a_field() {
        let text = r#"00aa11bb22cc33dd mta delivery evpid=1a2b3c4d00000001 from=<"a> to=<b@c>"@x> to=<"r> result="@y> rcpt=<-> result="Ok" stat="250 result="PermFail"""#;
        let Ok(Line::Result(envelope, outcome, attempt)) = parse(text) else { panic!("{:?}", parse(text)) };
        assert_eq!(
            (envelope.sender, envelope.recipient),
            (&br#""a> to=<b@c>"@x"#[..], &br#""r> result="@y"#[..])
        );
        assert_eq!((outcome, attempt.answer), (Outcome::Ok, &b"250 result=\"PermFail\""[..]));
    }

    #[test]
    fn a_refused_recipient_is_read_and_other_failed_commands_are_not() {
        let refused = |recipient, answer| Ok(Line::Refused { recipient, answer });
        for (text, expected) in [
            (
                "00aa11bb22cc33dd smtp failed-command command=\"RCPT TO:<a@x> \" result=\"550 Invalid recipient: <a@x>\"",
                refused(&b"a@x"[..], &b"550 Invalid recipient: <a@x>"[..]),
            ),
            (
                "00aa11bb22cc33dd smtp failed-command address=192.0.2.9 host=h command=\"rcpt to:<a@x>\" result=\"451 later\"",
                refused(b"a@x", b"451 later"),
            ),
            (
                "00aa11bb22cc33dd smtp event=failed-command command=\"RCPT TO:a@x\" result=\"550 no\"",
                refused(b"a@x", b"550 no"),
            ),
            (
                "smtp-in: Failed command on session 00aa11bb22cc33dd: \"RCPT TO:<a@x>\" => 550 no",
                refused(b"a@x", b"550 no"),
            ),
            ("00aa11bb22cc33dd smtp failed-command command=\"DATA\" result=\"451 later\"", Ok(Line::Quiet)),
            ("00aa11bb22cc33dd smtp failed-command command=\"\" result=\"550 no\"", Ok(Line::Quiet)),
            ("00aa11bb22cc33dd smtp failed-command command=\"RCPT TO:<a@", Ok(Line::Quiet)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_cut_off_is_an_error_and_other_lines_are_quiet() {
        for (text, expected) in [
            (
                "00aa11bb22cc33dd mta delivery evpid=1a2b3c4d00000001 from=<a",
                "invalid field `<a`: expected a value with its end",
            ),
            (
                "00aa11bb22cc33dd mta delivery evpid=1a2b3c4d00000001 from=<a>",
                "missing envelope: expected `evpid=` with 16 digits, `from=<...>` and `to=<...>`",
            ),
            (
                "00aa11bb22cc33dd smtp envelope evpid=1a2b3c from=<a> to=<b>",
                "missing envelope: expected `evpid=` with 16 digits, `from=<...>` and `to=<...>`",
            ),
            (
                "00aa11bb22cc33dd mta delivery evpid=1a2b3c4d00000001 from=<> to=<b>",
                "missing result: expected `Ok`, `TempFail`, `PermFail`, `Loop`, `Expire` or `Remove`",
            ),
            (
                "00aa11bb22cc33dd mta delivery evpid=1a2b3c4d00000001 from=<> to=<b> result=\"Perm\"",
                "unknown result `Perm`, expected `Ok`, `TempFail`, `PermFail`, `Loop`, `Expire` or `Remove`",
            ),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
        for text in [
            "",
            "00aa11bb22cc33dd",
            "00aa11bb22cc33dd smtp connected address=192.0.2.9 host=h",
            "00aa11bb22cc33dd mta error reason=x",
            "smtp-out: Enabling route a",
            "smtp-out: session x",
            "relay: x",
            "info: OpenSMTPD 7.3.0 starting",
            "debug: x",
        ] {
            assert_eq!(parse(text), Ok(Line::Quiet), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in r#"(00aa11bb22cc33dd|1a2b3c4d00000001| mta delivery | smtp failed-command |relay: Ok for | evpid=| from=<| to=<|>|"| result="|stat=|command="RCPT TO:|, |[a=]){0,20}"#) {
            for text in [&bytes[..], text.as_bytes()] {
                let _ = (Line::parse(text).map_err(|failure| failure.reason(text)), is_told_apart(text));
            }
        }
    }
}
