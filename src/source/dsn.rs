//! Delivery status notifications (RFC 3464, RFC 6533): bounces and delays that come back by mail.
//!
//! ```
//! use mailtally::message::{AccountId, MessageId};
//! use mailtally::source::dsn;
//! use mailtally::source::records::Options;
//!
//! let mail = b"To: <bounce+m-7@shop.example>\n\
//! Date: Sun, 01 Feb 2026 12:00:05 +0000\n\
//! Message-ID: <dsn-1@mx.example>\n\
//! Content-Type: multipart/report; report-type=delivery-status; boundary=b1\n\n\
//! --b1\nContent-Type: message/delivery-status\n\n\
//! Reporting-MTA: dns; mx.example\n\n\
//! Final-Recipient: rfc822; ann@gmail.com\nAction: failed\nStatus: 5.2.2\n\n--b1--\n";
//! // The return path contains the id of the message.
//! let options = Options::new("acme").resolver(|unnamed| {
//!     let id = unnamed.return_path?.strip_prefix("bounce+")?.split('@').next()?;
//!     Some((AccountId::from("acme"), MessageId::from(id)))
//! });
//! let event = &dsn::events(mail, &options).events[0];
//! assert_eq!((event.message().as_str(), event.event_type().to_string()), ("m-7", "hard_bounced.delayed".to_owned()));
//! ```
//!
//! A body is one mail. Each recipient in it is a record.
//!
//! | `Action` | `Status` | event |
//! |---|---|---|
//! | `failed` | 4.x.x | `failed.expired`: the server gave up |
//! | `failed` | any other | `hard_bounced.delayed` |
//! | `delayed` | | `deferred` |
//! | `delivered`, `relayed`, `expanded`, any other | | quiet: no failure |
//!
//! The id is `dsn-` and hash(`Message-ID` of the report, recipient, action, status). The instant is
//! [`Options::received_at`](super::records::Options::received_at); without it, that of the first `Received` field,
//! which the host's own server wrote, or else `Date`. The times within the report are of a foreign clock, and may be
//! before the delivery.
//!
//! No message is named, so each event needs a [resolver](super::records#events-without-a-message). It gets the
//! recipient (`Original-Recipient` or else `Final-Recipient`), the envelope id, the `Message-ID` of the returned mail,
//! and the address that the report was sent to.
//!
//! A mail that is no such report (a bounce in plain text, an automatic reply) is an error. Reports by the host's own
//! server about mail that its log tells as bounced are the same facts again: read one of both.

use super::records::draft::{Clues, Draft, MessageName};
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, MAX_RECIPIENTS, Options, RecordReason, address, code, time};
use super::report::{Report, field};
use super::system::Source;
use crate::event_type::EventType;
use crate::parse_error::ParseError;

/// Reads one mail.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Dsn, read, body, options)
}

/// Reads one mail.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    let text = String::from_utf8_lossy(body);
    let report = Report::parse(&text);
    let status = report.as_ref().and_then(|report| {
        Some((report, report.part(&["message/delivery-status", "message/global-delivery-status"])?))
    });
    let Some((report, status)) = status else {
        let reason = RecordReason::Shape {
            found: "no part `message/delivery-status`",
            expected: "a delivery status notification",
        };
        return out.record(|_| Err(reason));
    };
    let mut blocks = Blocks(status).peekable();
    let message = blocks.next_if(|block| field(block, "action").is_none()).unwrap_or_default();
    for (index, block) in blocks.enumerate() {
        if index == MAX_RECIPIENTS {
            return out.record(|_| Err(RecordReason::TooManyRecipients { found: index + 1 }));
        }
        out.record(|out| read_recipient(report, message, block, out));
    }
}

/// Returns whether a mail is a delivery status notification.
pub(super) fn is_report(report: &Report<'_>) -> bool {
    report.part(&["message/delivery-status", "message/global-delivery-status"]).is_some()
}

fn read_recipient(
    report: &Report<'_>,
    message: &str,
    block: &str,
    out: &mut Output<'_>,
) -> Result<(), RecordReason> {
    let missing = |name: &str, expected| RecordReason::Missing { field: name.to_owned(), expected };
    let recipient = field(block, "original-recipient").or_else(|| field(block, "final-recipient"));
    let recipient =
        recipient.ok_or_else(|| missing("Final-Recipient", "an address such as `rfc822; a@b.example`"))?;
    let action = field(block, "action").ok_or_else(|| missing("Action", "an action such as `failed`"))?;
    let status = field(block, "status");
    let code = status.and_then(code::find);
    let action = action.split(['(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    let event_type = match &*action {
        "failed" if code.is_some_and(|code| code.class() == "4") => EventType::FailedExpired,
        "failed" => EventType::HardBouncedDelayed,
        "delayed" => EventType::Deferred,
        _ => return Ok(()),
    };
    let original = report.original();
    let report_id = report.field("message-id");
    let clues = Clues {
        return_path: report.return_path(),
        message_id: original.and_then(|header| field(header, "message-id")).and_then(address::bare),
        envelope_id: field(message, "original-envelope-id"),
        feedback_id: original.and_then(|header| field(header, "cfbl-feedback-id")),
        report: report_id,
    };
    let hash = Hash::new().text(report_id).address(address::bare(recipient)).text(&*action);
    let id = hash.text(code.as_ref().map(|code| code.as_str())).id("dsn");
    let mut draft = Draft::new(event_type, received_at(report, out)?, id, MessageName::Unknown(clues));
    draft.host_id = host_id(original, out);
    draft.recipient = Some(recipient);
    draft.own.code = code;
    draft.set_reply(
        field(block, "diagnostic-code").map(|text| text.strip_prefix("smtp;").unwrap_or(text).trim()),
    );
    out.push(draft)
}

/// Returns the host's id of the message that a report is about, if the header of that is in the report.
pub(super) fn host_id(original: Option<&str>, out: &Output<'_>) -> Option<std::sync::Arc<str>> {
    field(original?, out.message_field()?).map(Into::into)
}

/// Returns when a report came in.
pub(super) fn received_at(
    report: &Report<'_>,
    out: &Output<'_>,
) -> Result<chrono::DateTime<chrono::Utc>, RecordReason> {
    if let Some(at) = out.received_at() {
        return Ok(at);
    }
    let missing = || RecordReason::Missing { field: "Date".to_owned(), expected: time::EXPECTED };
    let text = report.instant().ok_or_else(missing)?;
    let invalid =
        || RecordReason::Invalid { error: ParseError::invalid("field `Date`", text, time::EXPECTED) };
    time::from_text(text).ok_or_else(invalid)
}

/// Iterates over the blocks of a delivery status, which empty lines divide.
struct Blocks<'a>(&'a str);

impl<'a> Iterator for Blocks<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start_matches(['\r', '\n']);
        if text.trim().is_empty() {
            return None;
        }
        let ends = ["\n\n", "\n\r\n"].into_iter().filter_map(|end| text.find(end));
        let (block, rest) = text.split_at(ends.min().map_or(text.len(), |end| end + 1));
        self.0 = rest;
        Some(block)
    }
}
