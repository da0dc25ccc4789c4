//! Feedback reports (ARF, RFC 5965): complaints that mailbox providers send by mail.
//!
//! ```
//! use mailtally::source::arf;
//! use mailtally::source::records::Options;
//!
//! let mail = b"Date: Mon, 02 Feb 2026 08:00:05 +0000\n\
//! Message-ID: <fbl-1@fbl.example>\n\
//! Content-Type: multipart/report; report-type=feedback-report; boundary=b2\n\n\
//! --b2\nContent-Type: message/feedback-report\n\n\
//! Feedback-Type: abuse\nUser-Agent: FBL/1.0\nVersion: 1\nOriginal-Rcpt-To: <x3f9a@yahoo.com>\n\n--b2--\n";
//! let batch = arf::events(mail, &Options::new("acme").with_orphans(true));
//! assert_eq!(batch.events[0].event_type().to_string(), "complained");
//! assert_eq!(batch.events[0].message_fields().provider.as_deref(), Some("Yahoo"));
//! assert_eq!(batch.summary.orphans, 1);
//! ```
//!
//! A body is one mail, and one record.
//!
//! | `Feedback-Type` | event |
//! |---|---|
//! | `not-spam`, `auth-failure` | quiet: no complaint |
//! | `opt-out` and its forms | `unsubscribed` |
//! | `abuse`, `fraud`, `virus`, `other`, any other | `complained` |
//!
//! The id is `feedback-` and hash(`Message-ID` of the report). The instant is found as in [`dsn`](super::dsn). The type
//! is the reason. A report that stands for several (`Incidents`) is one event.
//!
//! No message is named, so each event needs a [resolver](super::records#events-without-a-message). It gets the
//! recipient, if the report names exactly one (often redacted), the return path of the mail, its envelope id, and its
//! `Message-ID` and `CFBL-Feedback-ID`, if its header is in the report.

use super::dsn::{host_id, received_at};
use super::records::draft::{Clues, Draft, MessageName};
use super::records::hash::Hash;
use super::records::output::Output;
use super::records::{Batch, Options, RecordReason, address};
use super::report::{Report, field, starts_with};
use super::system::Source;
use crate::event_type::EventType;

/// Reads one mail.
pub fn events(body: &[u8], options: &Options) -> Batch {
    Batch::read(Source::Arf, read, body, options)
}

/// Reads one mail.
pub(super) fn read(body: &[u8], out: &mut Output<'_>) {
    let text = String::from_utf8_lossy(body);
    out.record(|out| match Report::parse(&text).filter(is_report) {
        Some(report) => read_report(&report, out),
        None => Err(RecordReason::Shape {
            found: "no part `message/feedback-report`",
            expected: "a feedback report",
        }),
    });
}

/// Returns whether a mail is a feedback report.
pub(super) fn is_report(report: &Report<'_>) -> bool {
    report.part(&["message/feedback-report"]).is_some()
}

/// Returns what a report of this type is; `None` if it is no complaint.
pub(super) fn event_type(feedback_type: &str) -> Option<EventType> {
    match &*feedback_type.to_ascii_lowercase() {
        "not-spam" | "auth-failure" => None,
        opt_out if starts_with(opt_out, "opt-out") => Some(EventType::Unsubscribed),
        _ => Some(EventType::Complained),
    }
}

fn read_report(report: &Report<'_>, out: &mut Output<'_>) -> Result<(), RecordReason> {
    let feedback = report.part(&["message/feedback-report"]).unwrap_or_default();
    let feedback = feedback.trim_start_matches(['\r', '\n']);
    let missing =
        || RecordReason::Missing { field: "Feedback-Type".to_owned(), expected: "a type such as `abuse`" };
    let feedback_type = field(feedback, "feedback-type").ok_or_else(missing)?;
    let Some(event_type) = event_type(feedback_type) else { return Ok(()) };
    let original = report.original();
    let report_id = report.field("message-id");
    let clues = Clues {
        return_path: field(feedback, "original-mail-from").and_then(address::bare),
        message_id: original.and_then(|header| field(header, "message-id")).and_then(address::bare),
        envelope_id: field(feedback, "original-envelope-id"),
        feedback_id: original.and_then(|header| field(header, "cfbl-feedback-id")),
        report: report_id,
    };
    let id = Hash::new().text(report_id).id("feedback");
    let mut draft = Draft::new(event_type, received_at(report, out)?, id, MessageName::Unknown(clues));
    draft.host_id = host_id(original, out);
    draft.recipient = only_recipient(feedback);
    draft.own.reason = Some(feedback_type.to_ascii_lowercase().into());
    out.push(draft)
}

/// Returns the recipient, if the report names exactly one.
fn only_recipient(feedback: &str) -> Option<&str> {
    let name = "original-rcpt-to:";
    let is_recipient = |line: &&str| starts_with(line, name);
    let mut lines = feedback.lines().filter(is_recipient);
    let line = lines.next().filter(|_| lines.next().is_none())?;
    line.get(name.len()..)
}
