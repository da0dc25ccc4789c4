//! Reports that come by mail: the parts of a `multipart/report` (RFC 6522), and the fields in them.

use super::records::address;

/// A report: its header, and its parts.
#[derive(Debug)]
pub(super) struct Report<'a> {
    header: &'a str,
    parts: Vec<Part<'a>>,
}

/// A part of a report.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    header: &'a str,
    body: &'a str,
}

/// The maximum number of parts that are looked at.
const MAX_PARTS: usize = 20;

impl<'a> Report<'a> {
    /// Returns the report in the text of a mail; `None` if it is no mail of several parts.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (header, body) = split_header(text);
        let content_type = field(header, "content-type")?;
        if !starts_with(content_type, "multipart/") {
            return None;
        }
        let boundary = parameter(content_type, "boundary")?;
        Some(Self { header, parts: parts(body, boundary) })
    }

    /// Returns a field of the header.
    pub(super) fn field(&self, name: &str) -> Option<&'a str> {
        field(self.header, name)
    }

    /// Returns the body of the first part with one of these types.
    pub(super) fn part(&self, types: &[&str]) -> Option<&'a str> {
        let is_type = |part: &&Part<'_>| {
            let found = field(part.header, "content-type").unwrap_or_default();
            types.iter().any(|wanted| starts_with(found, wanted))
        };
        self.parts.iter().find(is_type).map(|part| part.body)
    }

    /// Returns the header of the mail that the report is about, if the report contains it.
    pub(super) fn original(&self) -> Option<&'a str> {
        let body = self.part(&[
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
        ])?;
        Some(split_header(body.trim_start_matches(['\r', '\n'])).0)
    }

    /// Returns the instant of the last server that took the report, or else the one that the report itself has.
    pub(super) fn instant(&self) -> Option<&'a str> {
        let received = self.field("received").and_then(|received| received.rsplit_once(';'));
        received.map(|(_, at)| at.trim()).or_else(|| self.field("date"))
    }

    /// Returns the address that the report was sent to.
    pub(super) fn return_path(&self) -> Option<&'a str> {
        self.field("to").and_then(address::bare)
    }
}

/// Returns the field `name` of a header: its text up to the next field, without white space at its ends. A folded field
/// still contains its line ends.
pub(super) fn field<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = header;
    while !rest.is_empty() {
        let end = field_end(rest);
        if let Some((found, text)) = rest[..end].split_once(':')
            && found.trim_end().eq_ignore_ascii_case(name)
        {
            return Some(text.trim()).filter(|text| !text.is_empty());
        }
        if rest.starts_with(['\r', '\n']) {
            return None;
        }
        rest = &rest[end..];
    }
    None
}

/// Returns the length of the first field with its line end, and with the folded lines that follow.
fn field_end(text: &str) -> usize {
    let mut end = 0;
    loop {
        end += text[end..].find('\n').map_or(text.len() - end, |line| line + 1);
        if !text[end..].starts_with([' ', '\t']) {
            return end;
        }
    }
}

/// Divides a mail or a part at its first empty line.
fn split_header(text: &str) -> (&str, &str) {
    let ends =
        ["\n\n", "\n\r\n"].into_iter().filter_map(|end| text.find(end).map(|at| (at + 1, at + end.len())));
    match ends.min() {
        Some((header, body)) => (&text[..header], &text[body..]),
        None => (text, ""),
    }
}

/// Divides a body at the lines with its boundary.
fn parts<'a>(body: &'a str, boundary: &str) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (None, 0);
    for line in body.split_inclusive('\n') {
        let marker = line.trim_end().strip_prefix("--").and_then(|line| line.strip_prefix(boundary));
        if matches!(marker, Some("" | "--")) {
            if let Some(start) = start.take() {
                parts.push(part(&body[start..at]));
            }
            if marker == Some("--") || parts.len() == MAX_PARTS {
                return parts;
            }
            start = Some(at + line.len());
        }
        at += line.len();
    }
    // A report that is cut off.
    parts.extend(start.map(|start| part(&body[start..])));
    parts
}

fn part(text: &str) -> Part<'_> {
    if text.starts_with(['\r', '\n']) {
        return Part { header: "", body: text };
    }
    let (header, body) = split_header(text);
    Part { header, body }
}

/// Returns a parameter of a field such as `multipart/report; boundary="b1"`.
pub(super) fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        found.trim().eq_ignore_ascii_case(name).then_some(value).filter(|value| !value.is_empty())
    })
}

/// Returns whether a text starts with `start`, in any case.
pub(super) fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIL: &str = "To: <b@x.example>\r\nReceived: by a;\r\n Sun, 01 Feb 2026 12:00:09 +0000\r\nReceived: by b; no\r\n\
        Content-Type: multipart/report;\r\n\tboundary=\"b;1\"; report-type=x\r\n\r\npreamble\r\n--b;1\r\n\r\nno type\r\n\
        --b;1\r\nContent-Type: Message/Delivery-Status\r\n\r\nA: 1\r\n\r\nB: 2\r\n--b;1\r\ncontent-type: message/rfc822\r\n\r\n\
        Message-ID: <m@x>\r\n\r\nbody\r\n--b;1--\r\nepilogue";

    #[test]
    fn a_report_is_divided_into_its_parts() {
        let mail = MAIL.replace("b;1", "b1");
        let report = Report::parse(&mail).unwrap();
        assert_eq!(report.part(&["message/delivery-status"]), Some("A: 1\r\n\r\nB: 2\r\n"));
        assert_eq!(report.original().and_then(|header| field(header, "message-id")), Some("<m@x>"));
        assert_eq!(report.instant(), Some("Sun, 01 Feb 2026 12:00:09 +0000"));
        assert_eq!(report.return_path(), Some("b@x.example"));
        let cut = &mail[..mail.find("B: 2").unwrap()];
        assert_eq!(Report::parse(cut).unwrap().part(&["message/delivery-status"]), Some("A: 1\r\n\r\n"));
        assert!(Report::parse("Subject: hello\n\nhello").is_none());
    }

    #[test]
    fn the_first_field_of_a_name_is_found_in_the_header_only() {
        let header = "A: 1\nB : 2\n\t3\na: 4\n\nC: 5";
        assert_eq!(
            (field(header, "a"), field(header, "b"), field(header, "c")),
            (Some("1"), Some("2\n\t3"), None)
        );
        assert_eq!(field("A:\nB: 1", "a"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_report_or_none(text in any::<String>(), near in "(To|Content-Type|--b1|--b1--|: |multipart/report; boundary=b1|message/rfc822|\r?\n|\n\n| ){0,40}") {
            for text in [text, near] {
                if let Some(report) = Report::parse(&text) {
                    let _ = (report.original(), report.instant(), report.return_path(), report.part(&["message/x"]));
                }
            }
        }
    }
}
