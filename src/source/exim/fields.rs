//! The fields of lines: `R=router T=transport H=name [address]:port C="reply"`, then `: text`.

use memchr::{memchr, memmem};

use super::recipient::{bracketed_len, quoted_len};

/// A field, or a word without a name such as `K` and `[192.0.2.1]`, whose name is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a [u8],
    /// Without the quotes or brackets around it.
    pub(super) value: &'a [u8],
}

/// Iterates over the fields at the start of a text, each after a space, up to the text after them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    /// Whether no space precedes the next field.
    is_at_word: bool,
}

impl<'a> Fields<'a> {
    /// Returns the fields of a text that begins with the space before the first.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, is_at_word: false }
    }

    /// Returns the fields of a text that begins with the first of them.
    pub(super) fn at_word(text: &'a [u8]) -> Self {
        Self { rest: text, is_at_word: true }
    }

    /// Returns what follows the fields that were returned.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns the text after the fields that were returned: what follows `: `, and ` : ` in newer releases.
    pub(super) fn text(&self) -> &'a [u8] {
        let rest = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
        rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let word = if self.is_at_word { self.rest } else { self.rest.strip_prefix(b" ")? };
        if word.is_empty() || word.starts_with(b": ") {
            return None;
        }
        let name = word.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'*').count();
        let (name, value) = match word.get(name) {
            Some(b'=') if name > 0 => (&word[..name], &word[name + 1..]),
            _ => (&b""[..], word),
        };
        let inner = |len: usize| (&value[1..len - 1], &value[len..]);
        let enclosed = match value.first() {
            Some(b'"') => quoted_len(value).map(inner),
            Some(b'<') => bracketed_len(value).map(inner),
            _ => None,
        };
        let is_whole = |rest: &[u8]| matches!(rest.first(), None | Some(b' ' | b':'));
        let (value, rest) = match enclosed.filter(|(_, rest)| is_whole(rest)) {
            Some(found) => found,
            None => value.split_at(greeting_len(value).unwrap_or_else(|| word_len(value))),
        };
        *self = Self::new(rest);
        Some(Field { name, value })
    }
}

/// Returns the length of the name that a client gave itself, with its brackets; `None` if a text begins with none. The client
/// chooses it, and a host may accept any characters in it; its address follows.
fn greeting_len(text: &[u8]) -> Option<usize> {
    text.starts_with(b"(").then(|| memmem::find(text, b") [")).flatten().map(|end| end + 1)
}

/// Returns the length of a word, without the colon that ends the fields; a quoted part may contain spaces.
fn word_len(word: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b' ', b'"', &word[at..]) {
        at += found;
        if word[at] == b' ' {
            return if at > 0 && word[at - 1] == b':' { at - 1 } else { at };
        }
        at += quoted_len(&word[at..]).unwrap_or(1);
    }
    word.strip_suffix(b":").unwrap_or(word).len()
}

/// The host that took or refused mail: `name [address]:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Host<'a> {
    pub(super) name: &'a [u8],
    /// Whether there is no port, or it is the one for mail between servers.
    pub(super) is_of_mx: bool,
}

/// What the fields of a line about a delivery say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Details<'a> {
    pub(super) sender: Option<&'a [u8]>,
    pub(super) return_path: Option<&'a [u8]>,
    pub(super) transport: Option<&'a [u8]>,
    /// The other server.
    pub(super) host: Option<Host<'a>>,
    /// The name and the address of the other server, as they are written.
    pub(super) relay: Option<&'a [u8]>,
    /// The address of this server.
    pub(super) interface: Option<&'a [u8]>,
    /// The reply of the other server to mail that it took.
    pub(super) reply: Option<&'a [u8]>,
    /// What Exim, or the other server, says.
    pub(super) text: &'a [u8],
    /// Whether the line says that the delivery is deferred.
    pub(super) is_deferred: bool,
    /// Whether it is deferred without an attempt, by the number of the error alone.
    pub(super) is_no_attempt: bool,
}

/// The numbers of deferrals that were no attempt: the last of a list, to which releases add others before them.
const NO_ATTEMPTS: [&[u8]; 7] = [b"-51", b"-52", b"-53", b"-54", b"-55", b"-56", b"-57"];

impl<'a> Details<'a> {
    /// Parses what follows the recipient.
    pub(super) fn parse(text: &'a [u8]) -> Self {
        let mut details = Self::default();
        let mut fields = Fields::new(text);
        let mut host_name = None;
        loop {
            let before = fields.rest();
            if let Some(rest) = before.strip_prefix(b" routing").unwrap_or(before).strip_prefix(b" defer (") {
                details.is_deferred = true;
                details.is_no_attempt = NO_ATTEMPTS.iter().any(|number| rest.starts_with(number));
                fields = Fields::new(after_number(rest));
                continue;
            }
            let Some(field) = fields.next() else { break };
            match field.name {
                b"F" => details.sender = Some(field.value),
                b"P" => details.return_path = Some(field.value),
                b"T" => details.transport = Some(field.value),
                b"C" => details.reply = Some(field.value),
                b"I" => details.interface = address(field.value),
                b"H" => host_name = Some((field.value, &before[" H=".len()..])),
                b"" => details.see_host(field.value, &mut host_name, fields.rest()),
                _ => {}
            }
        }
        details.text = without_duration(fields.text());
        details.is_no_attempt &= details.text.is_empty();
        details
    }

    /// Handles a word without a name: the address of a host follows its name.
    fn see_host(&mut self, word: &'a [u8], name: &mut Option<(&'a [u8], &'a [u8])>, rest: &[u8]) {
        if !word.starts_with(b"[") || self.host.is_some() {
            return;
        }
        let Some((name, start)) = name.take() else { return };
        let port = memmem::find(word, b"]:")
            .map(|end| &word[end + 2..])
            .map(|port| port.strip_suffix(b"*").unwrap_or(port));
        self.host = Some(Host { name, is_of_mx: port.is_none_or(|port| port == b"25") });
        self.relay = Some(&start[..start.len() - rest.len()]);
    }
}

/// Returns what follows the number of an error and its `: name`, up to the fields: ` H=…` or `: text`.
fn after_number(text: &[u8]) -> &[u8] {
    let Some(end) = memchr(b')', text) else { return b"" };
    let (number, rest) = (&text[..end], &text[end + 1..]);
    // Numbers of the operating system come with its text, which has no colon.
    let is_of_system = number.first().is_some_and(|digit| matches!(digit, b'1'..=b'9'));
    let Some(name) = rest.strip_prefix(b": ").filter(|_| is_of_system) else { return rest };
    let ends = [memmem::find(name, b" H="), memmem::find(name, b" DT="), memmem::find(name, b": ")];
    match ends.into_iter().flatten().min() {
        Some(end) if !name[end..].starts_with(b": ") => &name[end..],
        // The name is the text, or the start of it.
        Some(_) | None => rest,
    }
}

/// Returns the address in `[192.0.2.1]:25`.
fn address(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"[")?;
    Some(&inner[..memchr(b']', inner)?]).filter(|address| !address.is_empty())
}

/// Removes the time of the attempt, which follows the text of a failure: ` DT=0.100s`.
fn without_duration(text: &[u8]) -> &[u8] {
    match memmem::rfind(text, b" DT=") {
        Some(at) if memchr(b' ', &text[at + 1..]).is_none() => &text[..at],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(bytes: Option<&[u8]>) -> String {
        bytes.map_or_else(|| "-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn the_fields_of_a_line_are_told_apart_from_its_text() {
        for (text, expected) in [
            (
                " F=<a@x> P=<b@x> R=r T=remote_smtp S=9 H=mx.x [192.0.2.1]:25* I=[192.0.2.9]:4711 X=TLS1.3:A:256 CV=yes K L* C=\"250 a \\\"b\\\" T=c\" QT=1s DT=2s",
                "a@x remote_smtp mx.x mx.x [192.0.2.1]:25* 192.0.2.9 250 a \\\"b\\\" T=c ",
            ),
            (
                " R=r T=t H=mx.x DS [2001:db8::1] TFO* DN=\"/O=a b/CN=c\"",
                "- t mx.x mx.x DS [2001:db8::1] - - ",
            ),
            (
                " R=r T=t H=mx.x [192.0.2.1]: SMTP error: 550 T=no",
                "- t mx.x mx.x [192.0.2.1] - - SMTP error: 550 T=no",
            ),
            (
                " R=r T=t H=mx.x [192.0.2.1]:25 I=[192.0.2.9]:1 : SMTP error DT=0.1s",
                "- t mx.x mx.x [192.0.2.1]:25 192.0.2.9 - SMTP error",
            ),
            (" R=r T=t defer (-44) H=mx.x [192.0.2.1]: 451 no", "- t mx.x mx.x [192.0.2.1] - - 451 no"),
            (" R=r T=t defer (111): Connection refused", "- t - - - - Connection refused"),
            (
                " R=r T=t defer (110): Connection timed out H=mx.x [192.0.2.1] DT=1s: SMTP timeout",
                "- t mx.x mx.x [192.0.2.1] - - SMTP timeout",
            ),
            (
                " R=r T=t defer (110): Connection timed out: SMTP timeout",
                "- t - - - - Connection timed out: SMTP timeout",
            ),
            (" routing defer (-52): retry time not reached", "- - - - - - retry time not reached"),
            (" R=r T=t H=mx.x", "- t - - - - "),
            (": retry timeout exceeded", "- - - - - - retry timeout exceeded"),
            (" : a : b", "- - - - - - a : b"),
            (" A=login:two words T=t", "- t - - - - "),
            (" F=<\"a> T=b\"@x> T=t", "\"a> T=b\"@x t - - - - "),
            (" F=<a@x", "<a@x - - - - - "),
            ("", "- - - - - - "),
        ] {
            let found = Details::parse(text.as_bytes());
            let host = found.host.map(|host| host.name);
            let parts = [found.sender, found.transport, host, found.relay, found.interface, found.reply];
            let parts = [&parts.map(shown)[..], &[shown(Some(found.text))]].concat().join(" ");
            assert_eq!(parts, expected, "{text}");
        }
    }

    #[test]
    fn only_the_port_for_mail_between_servers_is_that_of_an_mx() {
        for (host, is_of_mx) in [
            ("[192.0.2.1]", true),
            ("[192.0.2.1]:25", true),
            ("[192.0.2.1]:587*", false),
            ("[::1]:25*", true),
        ] {
            let text = format!(" H=mx.x {host} K");
            assert_eq!(
                Details::parse(text.as_bytes()).host.map(|host| host.is_of_mx),
                Some(is_of_mx),
                "{host}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_some_fields(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            near in r#"([ :"\\<>\[\]=()a1]| H=| F=<| T=| C="| defer \(|: | DT=){0,24}"#,
        ) {
            for text in [&bytes[..], near.as_bytes()] {
                let _ = Details::parse(text);
                let _ = super::super::recipient::Recipient::parse(text);
            }
        }
    }
}
