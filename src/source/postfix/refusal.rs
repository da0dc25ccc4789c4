//! Refusals: mail that was rejected before or instead of its delivery.

use memchr::memmem;
use rustc_hash::FxHashMap;

use crate::source::hash::hash;
use crate::source::log::address::bracketed;
use crate::source::log::codes;

/// `RCPT from HOST: 550 5.7.1 TEXT; from=<ADDRESS> to=<ADDRESS> proto=SMTP helo=<NAME>`: mail that was rejected. What is absent
/// or cut off is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal<'a> {
    pub(super) sender: Option<&'a [u8]>,
    pub(super) recipient: Option<&'a [u8]>,
    /// Whether the whole message was rejected, which may be said a second time.
    pub(super) is_of_content: bool,
    /// The answer, without its codes.
    pub(super) answer: &'a [u8],
    /// The enhanced status code, as it is written or, for want of one, the class of the reply code.
    pub(super) code: Option<&'a [u8]>,
}

impl<'a> Refusal<'a> {
    /// Returns what follows `reject: `, `milter-reject: ` or `proxy-reject: `, with what that is.
    pub(super) fn find(text: &'a [u8]) -> Option<&'a [u8]> {
        let text = text.strip_prefix(b"milter-").or_else(|| text.strip_prefix(b"proxy-")).unwrap_or(text);
        text.strip_prefix(b"reject: ")
    }

    /// Parses what [`Refusal::find`] returns.
    pub(super) fn parse(text: &'a [u8]) -> Self {
        let is_of_content = [&b"END-OF-MESSAGE"[..], b"DATA", b"header ", b"body "]
            .iter()
            .any(|stage| text.starts_with(stage));
        // The client chooses the text after `proto=`, so addresses there are not to be trusted.
        let fields = &text[..memmem::rfind(text, b" proto=").unwrap_or(text.len())];
        let from = memmem::rfind(fields, b"; from=<");
        let (sender, recipient) =
            from.map_or((None, None), |from| addresses(&fields[from + b"; from=<".len()..]));
        let end = from.or_else(|| memmem::rfind(text, b"; proto=")).unwrap_or(text.len());
        let (code, answer) = answer(text, end);
        Self { sender, recipient, is_of_content, answer, code }
    }
}

/// Parses `ADDRESS> to=<ADDRESS>`. `postscreen` separates the fields by commas.
fn addresses(text: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    let Some((sender, rest)) = bracketed(text) else { return (None, None) };
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let recipient = rest.strip_prefix(b" to=<").and_then(bracketed).map(|(recipient, _)| recipient);
    (Some(sender), recipient)
}

/// Returns the enhanced status code and the text of the answer, which ends at `end`.
fn answer(text: &[u8], end: usize) -> (Option<&[u8]>, &[u8]) {
    // For a header or the body, the answer is at the end of the line.
    let whole = if text.starts_with(b"header ") || text.starts_with(b"body ") {
        memmem::rfind(text, b": ").map_or(&b""[..], |colon| &text[colon + 2..])
    } else {
        memmem::find(&text[..end], b": ").map_or(&b""[..], |colon| &text[colon + 2..end])
    };
    codes::split(whole)
}

/// Remembers the refusals of whole messages for a minute, as both the server and `cleanup` may tell of one.
#[derive(Clone, Debug, Default)]
pub(super) struct ToldTwice {
    /// By host, sender and recipient.
    recent: FxHashMap<u64, Told>,
}

/// Refusals of one recipient that only one program has told of.
#[derive(Clone, Copy, Debug)]
struct Told {
    second: i64,
    by_cleanup: bool,
    count: u32,
}

impl ToldTwice {
    /// How long after the first program the second tells, in seconds.
    const WINDOW: i64 = 60;

    /// More refusals than this are not remembered.
    const MAX_ENTRIES: usize = 1 << 16;

    /// Notes that `cleanup` or the server tells of a refusal; returns whether the other one told of it before.
    pub(super) fn is_told_again(
        &mut self,
        host: u64,
        refusal: &Refusal<'_>,
        second: i64,
        by_cleanup: bool,
    ) -> bool {
        if self.recent.len() >= Self::MAX_ENTRIES {
            self.recent.retain(|_, told| (second - told.second).abs() <= Self::WINDOW);
            if self.recent.len() >= Self::MAX_ENTRIES {
                self.recent.clear();
            }
        }
        let key = hash(hash(host, refusal.sender.unwrap_or_default()), refusal.recipient.unwrap_or_default());
        let told = self.recent.entry(key).or_insert(Told { second, by_cleanup, count: 0 });
        if (second - told.second).abs() > Self::WINDOW {
            *told = Told { second, by_cleanup, count: 0 };
        }
        if told.by_cleanup == by_cleanup || told.count == 0 {
            *told = Told { second, by_cleanup, count: told.count + 1 };
            return false;
        }
        told.count -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_refusal_gives_the_addresses_that_it_has() {
        for (text, sender, recipient) in [
            (
                "RCPT from h[1]: 550 <u@gone>: x; from=<a@x> to=<u@gone> proto=SMTP helo=<vm>",
                Some("a@x"),
                Some("u@gone"),
            ),
            (
                "RCPT from [1]:2: 550 x; from=<a@x>, to=<u@gone>, proto=ESMTP, helo=<vm>",
                Some("a@x"),
                Some("u@gone"),
            ),
            ("MAIL from h[1]: 550 x; from=<a@x> proto=SMTP helo=<vm>", Some("a@x"), None),
            ("CONNECT from h[1]: 554 x; proto=SMTP", None, None),
            (
                "RCPT from h[1]: 550 x; from=<> to=<u@gone> proto=SMTP helo=<; from=<b> to=<c>>",
                Some(""),
                Some("u@gone"),
            ),
            (
                r#"RCPT from h[1]: 550 <"; from=<b>"@x>: x; from=<a@x> to=<u@gone> proto=S"#,
                Some("a@x"),
                Some("u@gone"),
            ),
            ("RCPT from h[1]: 550 x; from=<a@x> to=<u@go", Some("a@x"), None),
            ("RCPT from h[1]: 550 x; from=<a@", None, None),
            ("", None, None),
        ] {
            let found = Refusal::parse(text.as_bytes());
            let expected = (sender.map(str::as_bytes), recipient.map(str::as_bytes));
            assert_eq!((found.sender, found.recipient), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_has_a_code_and_the_text_of_its_answer() {
        for (text, code, answer) in [
            (
                "RCPT from h[1]: 550 5.1.1 <u@gone>: no; from=<a@x> to=<u@gone> proto=SMTP",
                Some("5.1.1"),
                "<u@gone>: no",
            ),
            (
                "RCPT from h[2001:db8::1]: 450 later; from=<a@x> to=<u@gone> proto=SMTP",
                Some("4.0.0"),
                "later",
            ),
            ("RCPT from [192.0.2.9]:4711: 450 4.3.2 busy; from=<a@x>, to=<u@gone>", Some("4.3.2"), "busy"),
            (
                "END-OF-MESSAGE: 554 5.7.0 no, id=1; from=<a@x> to=<u@gone> proto=SMTP",
                Some("5.7.0"),
                "no, id=1",
            ),
            ("END-OF-MESSAGE from h[1]: 5.7.1 no; from=<a@x> to=<u@gone> proto=ESMTP", Some("5.7.1"), "no"),
            ("CONNECT from h[1]: 554 5.7.1 no; proto=SMTP", Some("5.7.1"), "no"),
            (
                "header Subject: a: b from h[1]; from=<a@x> to=<u@gone> proto=ESMTP helo=<vm>: 5.7.1 no",
                Some("5.7.1"),
                "no",
            ),
            ("RCPT from h[1]: no", None, "no"),
            ("RCPT", None, ""),
        ] {
            let found = Refusal::parse(text.as_bytes());
            assert_eq!((found.code, found.answer), (code.map(str::as_bytes), answer.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_both_programs_tell_is_told_once() {
        let refusal = Refusal { recipient: Some(b"a@x"), ..Refusal::default() };
        let mut told = ToldTwice::default();
        let mut again = |second, by_cleanup| told.is_told_again(1, &refusal, second, by_cleanup);
        assert_eq!([again(0, true), again(1, false)], [false, true]);
        assert_eq!(
            [again(2, true), again(2, true), again(3, false), again(4, false)],
            [false, false, true, true]
        );
        assert_eq!([again(5, false), again(5, true)], [false, true], "in either order");
        assert_eq!([again(10, true), again(71, false)], [false, false], "not after a minute");
    }

    proptest! {
        #[test]
        fn any_bytes_parse(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in r#"([a"\\>@., ]|: |5.1.1|; from=<| to=<|; proto=| proto=|header |body ){0,20}"#) {
            for text in [&bytes[..], text.as_bytes()] {
                let _ = (Refusal::find(text), Refusal::parse(text));
            }
        }
    }
}
