//! The address of a line about a delivery, with the addresses that led to it.

use memchr::{memchr, memmem};

use crate::source::log::address::domain;

/// Whom a line is about: `final (parent, parent) <original>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recipient<'a> {
    /// An address, its local part alone, or a pipe, a file or the like.
    address: &'a [u8],
    /// The address from which the final one was made, if the line names one in between.
    parent: Option<&'a [u8]>,
    /// The address that the message was sent to, if it is another.
    original: Option<&'a [u8]>,
}

/// What mail is delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Mailbox,
    Pipe,
    File,
    Autoreply,
    /// Nothing: the mail is thrown away.
    Nowhere,
}

/// What may follow the addresses.
const ENDS: [&[u8]; 12] = [
    b" F=<",
    b" Q=",
    b" P=<",
    b" R=",
    b" T=",
    b" S=",
    b" H=",
    b" routing defer (",
    b" defer (",
    b" mua_wrapper forced failure",
    b" : ",
    b": ",
];

impl<'a> Recipient<'a> {
    /// Parses the addresses at the start of `text`; returns them with what follows. `None` if there is none.
    pub(super) fn parse(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (addresses, rest) = text.split_at(end(text));
        let (rest_of_addresses, original) = match split_last(addresses, b" <", b'>') {
            Some((before, original)) => (before, Some(original)),
            None => (addresses, None),
        };
        let (address, parents) = match split_last(rest_of_addresses, b" (", b')') {
            Some((before, parents)) if is_list(parents) => (before, Some(parents)),
            Some(_) | None => (rest_of_addresses, None),
        };
        let parent = parents.map(|parents| &parents[..memchr(b',', parents).unwrap_or(parents.len())]);
        (!address.is_empty()).then_some((Self { address, parent, original }, rest))
    }

    /// Returns what the mail is delivered to.
    pub(super) fn target(&self) -> Target {
        match self.address {
            [b'|', ..] => Target::Pipe,
            [b'/', ..] => Target::File,
            [b's', b'a', b'v', b'e', b' ', ..] => Target::File,
            [b'>', ..] => Target::Autoreply,
            b":blackhole:" | b"discarded" => Target::Nowhere,
            // Who did it follows in brackets.
            other if other.starts_with(b"discarded (") || other.starts_with(b"blackhole ") => Target::Nowhere,
            _ => Target::Mailbox,
        }
    }

    /// Returns the final address; that of a pipe, a file and the like is its command or path.
    pub(super) fn address(&self) -> std::borrow::Cow<'a, [u8]> {
        if self.target() != Target::Mailbox || domain(self.address).is_some() {
            return self.address.into();
        }
        // Mail that was delivered here is logged with the local part only, if it was not deferred.
        match self.original.and_then(domain) {
            Some(domain) => [self.address, b"@", domain].concat().into(),
            None => self.address.into(),
        }
    }

    /// Returns the address that the message was sent to, as far as the line tells.
    pub(super) fn original(&self) -> &'a [u8] {
        self.original.unwrap_or(self.address)
    }

    /// Returns the address that led to a pipe, a file or the like, which several may; empty for an address.
    pub(super) fn owner(&self) -> &'a [u8] {
        if self.target() == Target::Mailbox { b"" } else { self.original() }
    }

    /// Returns the address whose domain is the recipient's.
    pub(super) fn addressee(&self) -> &'a [u8] {
        if self.target() == Target::Mailbox && domain(self.address).is_some() {
            return self.address;
        }
        self.parent.or(self.original).unwrap_or(self.address)
    }
}

/// Returns the length of the addresses at the start of a text.
fn end(text: &[u8]) -> usize {
    let is_end = |at: usize| ENDS.iter().any(|end| text[at..].starts_with(end));
    // The name of a special target, such as `:blackhole:`, has colons.
    let is_special = text.starts_with(b":");
    let mut at = if is_special { memchr(b':', &text[1..]).map_or(0, |end| end + 2) } else { 0 };
    while let Some(found) = text[at..].iter().position(|byte| matches!(byte, b' ' | b':' | b'"' | b'<')) {
        at += found;
        match text[at] {
            // Quoted local parts, and the commands of pipes, may contain anything.
            b'"' => at += quoted_len(&text[at..]).unwrap_or(1),
            b'<' if at > 0 && text[at - 1] == b' ' => at += bracketed_len(&text[at..]).unwrap_or(1),
            b'<' => at += 1,
            _ if is_end(at) => return at,
            _ => at += 1,
        }
    }
    // A text without a colon may follow an address.
    match memchr(b' ', text) {
        Some(space) if domain(&text[..space]).is_some() && text[text.len() - 1] != b'>' => space,
        _ => text.strip_suffix(b":").unwrap_or(text).len(),
    }
}

/// Returns the length of a text in quotes, with both; `None` if it has no end.
pub(super) fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Returns the length of a text in angle brackets, with both; `None` if it has no end.
pub(super) fn bracketed_len(text: &[u8]) -> Option<usize> {
    let (_, rest) = crate::source::log::address::bracketed(&text[1..])?;
    Some(text.len() - rest.len())
}

/// Divides `before OPENinnerCLOSE` at its last `open`.
fn split_last<'a>(text: &'a [u8], open: &[u8], close: u8) -> Option<(&'a [u8], &'a [u8])> {
    let inner = text.strip_suffix(&[close])?;
    let at = memmem::rfind(inner, open)?;
    Some((&inner[..at], &inner[at + open.len()..]))
}

/// Returns whether a text is a list of addresses, not a part of a command.
fn is_list(text: &[u8]) -> bool {
    text.split(|&byte| byte == b',').all(|part| memchr(b' ', part.trim_ascii_start()).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_every_kind_of_delivery_are_found() {
        for (text, address, addressee, original, rest) in [
            ("ann@x.example R=r", "ann@x.example", "ann@x.example", "ann@x.example", " R=r"),
            ("news <news@x.example> R=r", "news@x.example", "news@x.example", "news@x.example", " R=r"),
            ("b@y.example <a@x.example> F=<>", "b@y.example", "b@y.example", "a@x.example", " F=<>"),
            (
                "e@z.example (t@y.example, u@y.example) <l@x.example> R=r",
                "e@z.example",
                "e@z.example",
                "l@x.example",
                " R=r",
            ),
            (
                "|/bin/f -x (a@y.example) <l@x.example> R=r",
                "|/bin/f -x",
                "a@y.example",
                "l@x.example",
                " R=r",
            ),
            (
                "|/bin/echo \"a <b> T=c: d\" <u@x.example> R=r",
                "|/bin/echo \"a <b> T=c: d\"",
                "u@x.example",
                "u@x.example",
                " R=r",
            ),
            ("|/bin/f (a b) <u@x.example>: no", "|/bin/f (a b)", "u@x.example", "u@x.example", ": no"),
            ("/var/mail/x <u@x.example> R=r", "/var/mail/x", "u@x.example", "u@x.example", " R=r"),
            ("save mail/x <u@x.example> R=r", "save mail/x", "u@x.example", "u@x.example", " R=r"),
            (">a@y.example <u@x.example> R=r", ">a@y.example", "u@x.example", "u@x.example", " R=r"),
            (":blackhole: <n@x.example> R=r", ":blackhole:", "n@x.example", "n@x.example", " R=r"),
            ("discarded <n@x.example> R=r", "discarded", "n@x.example", "n@x.example", " R=r"),
            (
                "\"a => b T=c\"@x.example R=r",
                "\"a => b T=c\"@x.example",
                "\"a => b T=c\"@x.example",
                "\"a => b T=c\"@x.example",
                " R=r",
            ),
            (
                "a@x.example: retry timeout exceeded",
                "a@x.example",
                "a@x.example",
                "a@x.example",
                ": retry timeout exceeded",
            ),
            ("a@x.example : Unrouteable", "a@x.example", "a@x.example", "a@x.example", " : Unrouteable"),
            (
                "a@x.example routing defer (-52)",
                "a@x.example",
                "a@x.example",
                "a@x.example",
                " routing defer (-52)",
            ),
            (
                "a@x.example defer (-23): held",
                "a@x.example",
                "a@x.example",
                "a@x.example",
                " defer (-23): held",
            ),
            (
                "a@x.example mua_wrapper forced failure",
                "a@x.example",
                "a@x.example",
                "a@x.example",
                " mua_wrapper forced failure",
            ),
            ("a@x.example", "a@x.example", "a@x.example", "a@x.example", ""),
            (
                "a@x.example routing yielded a local delivery",
                "a@x.example",
                "a@x.example",
                "a@x.example",
                " routing yielded a local delivery",
            ),
            (
                "lone\"quote@x.example R=r",
                "lone\"quote@x.example",
                "lone\"quote@x.example",
                "lone\"quote@x.example",
                " R=r",
            ),
            (
                "NOT one (X)@x.example <\"NOT one (X)\"@x.example> R=q : no",
                "NOT one (X)@x.example",
                "NOT one (X)@x.example",
                "\"NOT one (X)\"@x.example",
                " R=q : no",
            ),
            ("root R=r", "root", "root", "root", " R=r"),
        ] {
            let (found, after) = Recipient::parse(text.as_bytes()).unwrap();
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(
                [shown(&found.address()), shown(found.addressee()), shown(found.original()), shown(after)],
                [address, addressee, original, rest],
                "{text}"
            );
        }
        assert_eq!(Recipient::parse(b""), None);
        assert_eq!(Recipient::parse(b" R=r"), None);
    }
}
