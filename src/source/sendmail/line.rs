//! What the lines of sendmail say.

use memchr::{memchr, memmem};

use crate::source::failure::Failure;
use crate::source::log::address::bracketed;

/// The maximum length of a queue id, in bytes.
pub(super) const MAX_QUEUE_ID_LEN: usize = 24;

/// The minimum length of a queue id: eight characters for the time and the processes of its second, and five digits.
const MIN_QUEUE_ID_LEN: usize = 13;

/// A line about a queue file, as far as it has an event or prepares one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// The sender of the mail.
    From(&'a [u8]),
    /// What became of mail for a list of recipients.
    To(Attempt<'a>),
    /// The mail is given up, as it waited too long.
    Expired,
    /// A rule, a filter or the system itself refused the mail, or one recipient of it.
    Refused(Refusal<'a>),
    /// All is done.
    Done,
    /// Nothing that is counted.
    Quiet,
}

/// `to=LIST, delay=..., mailer=..., relay=..., dsn=..., stat=...`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attempt<'a> {
    /// The recipients, divided by commas.
    pub(super) recipients: &'a [u8],
    pub(super) mailer: Option<&'a [u8]>,
    pub(super) relay: Option<&'a [u8]>,
    pub(super) dsn: Option<&'a [u8]>,
    pub(super) status: &'a [u8],
}

/// What was refused. What is not named is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal<'a> {
    pub(super) sender: Option<&'a [u8]>,
    pub(super) recipient: Option<&'a [u8]>,
    /// The answer, with its codes.
    pub(super) answer: &'a [u8],
}

/// Splits `QUEUEID: text`; `None` if the text does not begin with a queue id.
pub(super) fn split_queue_id(text: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr(b':', &text[..text.len().min(MAX_QUEUE_ID_LEN + 1)])?;
    let (word, rest) = (&text[..colon], text[colon + 1..].strip_prefix(b" ")?);
    let is_id = word.len() >= MIN_QUEUE_ID_LEN
        && word.iter().all(u8::is_ascii_alphanumeric)
        && word[8..].iter().all(u8::is_ascii_digit);
    is_id.then_some((str::from_utf8(word).ok()?, rest))
}

impl<'a> Line<'a> {
    /// Parses what follows the queue id.
    ///
    /// # Errors
    ///
    /// The line tells of recipients, but is cut off before their status.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        if let Some(list) = text.strip_prefix(b"to=") {
            return Attempt::parse(list).map(Self::To);
        }
        if let Some(sender) = text.strip_prefix(b"from=") {
            return Ok(Self::From(bare(&sender[..end_of_value(sender)])));
        }
        if text.starts_with(b"done; ") {
            return Ok(Self::Done);
        }
        if let Some(refusal) = Refusal::parse(text) {
            return Ok(Self::Refused(refusal));
        }
        let is_given_up = split_queue_id(text).is_some_and(|(_, text)| {
            text.strip_prefix(b"return to sender: ").is_some_and(|text| text.starts_with(b"Cannot send "))
        });
        Ok(if is_given_up { Self::Expired } else { Self::Quiet })
    }
}

impl<'a> Attempt<'a> {
    /// Parses what follows `to=`.
    fn parse(text: &'a [u8]) -> Result<Self, Failure<'a>> {
        let end = end_of_value(text);
        let mut attempt = Self { recipients: &text[..end], ..Self::default() };
        let mut rest = &text[end..];
        loop {
            let missing = Failure::missing(rest, "status", "`, stat=` after the recipients");
            rest = rest.strip_prefix(b", ").ok_or(missing)?;
            if let Some(status) = rest.strip_prefix(b"stat=") {
                attempt.status = status;
                return if attempt.is_cut_off() { Err(missing) } else { Ok(attempt) };
            }
            let end = end_of_value(rest);
            let field = &rest[..end];
            if let Some(mailer) = field.strip_prefix(b"mailer=") {
                attempt.mailer = Some(mailer);
            } else if let Some(relay) = field.strip_prefix(b"relay=") {
                attempt.relay = Some(relay);
            } else if let Some(dsn) = field.strip_prefix(b"dsn=") {
                attempt.dsn = Some(dsn);
            }
            rest = &rest[end..];
        }
    }

    /// Returns whether the status may be the start of one that means something else: any text can be a status.
    fn is_cut_off(&self) -> bool {
        let is_start = |word: &[u8]| word.len() > self.status.len() && word.starts_with(self.status);
        let is_open = || self.status.starts_with(b"Sent") && !self.status.ends_with(b")");
        [&b"Sent"[..], b"Deferred", b"queued"].into_iter().any(is_start)
            || self.is_to_this_host() && is_open()
    }

    /// Returns whether the server of this host was asked.
    fn is_to_this_host(&self) -> bool {
        let local = [&b"[127.0.0.1]"[..], b"[::1]", b"[IPv6:::1]", b"[IPv6:0:0:0:0:0:0:0:1]"];
        let is_local = |relay: &[u8]| local.iter().any(|address| relay.ends_with(address));
        self.is_to_server() && self.relay.is_some_and(is_local)
    }

    /// Iterates over the addresses of the recipients.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.recipients;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = end_of_item(rest);
            let item = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            Some(bare(item))
        })
    }

    /// Returns whether the mail went to another server, not to a program of this host.
    pub(super) fn is_to_server(&self) -> bool {
        self.mailer.is_some_and(|mailer| memmem::find(mailer, b"smtp").is_some() || mailer == b"relay")
    }

    /// Returns the name of the MX host that was asked: `NAME.` of `NAME. [ADDRESS]`, unless it passes all mail on.
    pub(super) fn mx_host(&self) -> Option<&'a [u8]> {
        let relay = self.relay.filter(|_| self.is_to_server() && self.mailer != Some(b"relay"))?;
        let end = memchr(b' ', relay).unwrap_or(relay.len());
        Some(&relay[..end]).filter(|name| !name.is_empty() && !name.starts_with(b"["))
    }

    /// Returns the queue id under which the server of this host took the mail; `None` if another took it, or a program.
    pub(super) fn handed_over_to(&self) -> Option<&'a str> {
        let answer = self.status.strip_prefix(b"Sent (").filter(|_| self.is_to_this_host())?;
        let end = memmem::find(answer, b" Message accepted for delivery")?;
        // An enhanced code may precede the id.
        let word = answer[..end].rsplit(|&byte| byte == b' ').next()?;
        let text = &[word, b": "].concat();
        split_queue_id(text)?;
        str::from_utf8(word).ok()
    }
}

impl<'a> Refusal<'a> {
    /// Parses `ruleset=check_rcpt, arg1=<ADDRESS>, ..., reject=550 5.7.1 TEXT`, `Milter: to=<ADDRESS>, reject=...` and
    /// `<ADDRESS>... User unknown`.
    fn parse(text: &'a [u8]) -> Option<Self> {
        if let Some(address) = text.strip_prefix(b"<") {
            let (recipient, answer) = bracketed(address)?;
            let answer = answer.strip_prefix(b"... ")?;
            return answer.starts_with(b"User unknown").then_some(Self {
                sender: None,
                recipient: Some(recipient),
                answer,
            });
        }
        let (rule, fields) = match text.strip_prefix(b"ruleset=") {
            Some(rest) => rest.split_at(end_of_value(rest)),
            None => (&b""[..], text.strip_prefix(b"Milter: to=")?),
        };
        let mut refusal = Self::default();
        let mut rest = fields;
        if rule.is_empty() {
            let end = end_of_value(rest);
            refusal.recipient = Some(bare(&rest[..end]));
            rest = &rest[end..];
        }
        loop {
            rest = rest.strip_prefix(b", ")?;
            if let Some(answer) = rest.strip_prefix(b"reject=") {
                return Some(Self { answer, ..refusal });
            }
            let end = end_of_value(rest);
            if let Some(address) = rest[..end].strip_prefix(b"arg1=") {
                match rule {
                    b"check_rcpt" => refusal.recipient = Some(bare(address)),
                    b"check_mail" => refusal.sender = Some(bare(address)),
                    _ => {}
                }
            }
            rest = &rest[end..];
        }
    }
}

/// Returns the position of the `, ` that ends a value, or the length of the text. In quotes and angle brackets, none does.
fn end_of_value(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += end_of_item(&text[at..]);
        if at >= text.len() || text[at..].starts_with(b", ") {
            return at;
        }
        at += 1;
    }
}

/// Returns the position of the comma that ends an item of a list, or the length of the text.
fn end_of_item(text: &[u8]) -> usize {
    if let Some(rest) = text.strip_prefix(b"<")
        && let Some((_, after)) = bracketed(rest)
    {
        let start = text.len() - after.len();
        return start + memchr(b',', after).unwrap_or(after.len());
    }
    if let Some(rest) = text.strip_prefix(b"\"")
        && let Some(len) = quoted_len(rest)
    {
        return 1 + len + memchr(b',', &rest[len..]).unwrap_or(rest.len() - len);
    }
    memchr(b',', text).unwrap_or(text.len())
}

/// Returns the length of a quoted text with its closing quote; `None` if there is none.
fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns an address without its angle brackets.
fn bare(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"<").and_then(bracketed).map_or(text, |(address, _)| address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attempt(text: &str) -> Attempt<'_> {
        match Line::parse(text.as_bytes()) {
            Ok(Line::To(attempt)) => attempt,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_queue_id_is_told_from_other_words() {
        for word in ["6119U0Zx004242", "6119U0Zx04242", "x1BAb3fT1234567"] {
            let text = format!("{word}: from=<a>");
            assert_eq!(split_queue_id(text.as_bytes()), Some((word, &b"from=<a>"[..])));
        }
        for text in
            ["NOQUEUE: x", "6119U0Zx004242", "6119U0Zx0042a2: x", "STARTTLS=client: x", "6119U0Zx: x", ""]
        {
            assert_eq!(split_queue_id(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_list_of_recipients_may_have_brackets_quotes_and_local_names() {
        for (list, expected) in [
            ("<ann@x>,<bob@y>", &["ann@x", "bob@y"][..]),
            ("ann,bob@y", &["ann", "bob@y"]),
            (r#"<"a, b"@x>,"|/bin/filter a, b",ann"#, &[r#""a, b"@x"#, r#""|/bin/filter a, b""#, "ann"]),
            (r#"<"a>, stat=Sent"@x>"#, &[r#""a>, stat=Sent"@x"#]),
            ("ann", &["ann"]),
            ("<ann@x>,<bob@y>,", &["ann@x", "bob@y"]),
        ] {
            let text = format!(
                "to={list}, ctladdr=<l@x> (1/0), delay=00:00:02, mailer=esmtp, relay=mx.x. [192.0.2.1], dsn=2.0.0, stat=Sent (ok, stat=x)"
            );
            let found = attempt(&text);
            let recipients: Vec<_> = found.recipients().map(|text| str::from_utf8(text).unwrap()).collect();
            assert_eq!(recipients, expected);
            assert_eq!((found.status, found.dsn), (&b"Sent (ok, stat=x)"[..], Some(&b"2.0.0"[..])));
            assert_eq!((found.is_to_server(), found.mx_host()), (true, Some(&b"mx.x."[..])));
        }
        let more = attempt("to=<ann@x>,<bob@y>, [more], delay=00:00:02, mailer=local, stat=Sent");
        assert_eq!((more.recipients().count(), more.is_to_server()), (2, false));
    }

    #[test]
    fn mail_that_the_server_of_the_same_host_took_is_handed_over() {
        for (relay, status, expected) in [
            (
                "[127.0.0.1] [127.0.0.1]",
                "Sent (6119U0Zx004243 Message accepted for delivery)",
                Some("6119U0Zx004243"),
            ),
            (
                "localhost [127.0.0.1]",
                "Sent (2.0.0 6119U0Zx004243 Message accepted for delivery)",
                Some("6119U0Zx004243"),
            ),
            (
                "[IPv6:::1] [IPv6:::1]",
                "Sent (6119U0Zx004243 Message accepted for delivery)",
                Some("6119U0Zx004243"),
            ),
            ("mx.x. [192.0.2.1]", "Sent (6119U0Zx004243 Message accepted for delivery)", None),
            ("[127.0.0.1] [127.0.0.1]", "Sent (ok)", None),
            ("[127.0.0.1] [127.0.0.1]", "Deferred: Connection refused by [127.0.0.1]", None),
        ] {
            let text =
                format!("to=<ann@x>, delay=00:00:02, mailer=relay, relay={relay}, dsn=2.0.0, stat={status}");
            assert_eq!(attempt(&text).handed_over_to(), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_names_what_its_rule_is_about() {
        let refusal =
            |sender: Option<&'static str>, recipient: Option<&'static str>, answer: &'static str| {
                Line::Refused(Refusal {
                    sender: sender.map(str::as_bytes),
                    recipient: recipient.map(str::as_bytes),
                    answer: answer.as_bytes(),
                })
            };
        for (text, expected) in [
            (
                "ruleset=check_rcpt, arg1=<a@x>, relay=h [192.0.2.9], reject=550 5.7.1 <a@x>... Relaying denied",
                refusal(None, Some("a@x"), "550 5.7.1 <a@x>... Relaying denied"),
            ),
            (
                "ruleset=check_mail, arg1=<s@y>, relay=h [192.0.2.9], reject=553 5.1.8 no",
                refusal(Some("s@y"), None, "553 5.1.8 no"),
            ),
            (
                "ruleset=check_relay, arg1=h, arg2=192.0.2.9, relay=h [192.0.2.9], reject=550 5.3.0 no",
                refusal(None, None, "550 5.3.0 no"),
            ),
            ("Milter: to=<a@x>, reject=451 4.7.1 later", refusal(None, Some("a@x"), "451 4.7.1 later")),
            ("<a@x>... User unknown", refusal(None, Some("a@x"), "User unknown")),
            ("<a@x>... Relaying denied", Line::Quiet),
            ("ruleset=check_rcpt, arg1=<a@x>, relay=h [192.0.2.9], discard", Line::Quiet),
            ("Milter: data, reject=554 5.7.1 no", Line::Quiet),
        ] {
            assert_eq!(Line::parse(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_lines_give_the_sender_or_are_quiet_and_cut_off_ones_are_errors() {
        for (text, expected) in [
            ("from=<a@x>, size=1", Line::From(b"a@x")),
            ("from=<>, size=1", Line::From(b"")),
            ("from=root, size=1", Line::From(b"root")),
            ("done; delay=00:00:01, ntries=1", Line::Done),
            ("616AU4Zx004299: return to sender: Cannot send message for 5 days", Line::Expired),
            ("616AU4Zx004299: return to sender: User unknown", Line::Quiet),
            ("616AU4Zx004299: sender notify: Warning: could not send message for past 4 hours", Line::Quiet),
            ("616AU4Zx004299: DSN: User unknown", Line::Quiet),
            ("alias <a@x> => b", Line::Quiet),
            ("", Line::Quiet),
        ] {
            assert_eq!(Line::parse(text.as_bytes()), Ok(expected), "{text}");
        }
        for text in [
            "to=",
            "to=<a@x",
            "to=<a@x>, delay=0",
            "to=<a@x>, delay=0, st",
            "to=<a@x>, stat=",
            "to=<a@x>, stat=Defer",
        ] {
            assert!(Line::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in r#"(6119U0Zx004242|: |to=|from=|ruleset=check_rcpt|Milter: |arg1=|, reject=|, stat=|Sent \(|<|>|"|\\|, |,|relay=\[127.0.0.1\]|mailer=relay|[a=]){0,20}"#) {
            for text in [&bytes[..], text.as_bytes()] {
                split_queue_id(text);
                match Line::parse(text) {
                    Ok(Line::To(attempt)) => {
                        prop_assert!(attempt.recipients().count() <= text.len());
                        let _ = (attempt.handed_over_to(), attempt.mx_host());
                    }
                    Ok(_) => {}
                    Err(failure) => { failure.reason(text); }
                }
            }
        }
    }
}
