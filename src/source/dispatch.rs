//! Reads the records of any source, and recognizes them.

use std::io::BufRead;

use serde_json::Value;

use super::records::fields::Fields;
use super::records::split::Records;
use super::records::{Batch, Options, ReadBody, Reader};
use super::report::Report;
use super::system::Source;
use super::{
    arf, brevo, dsn, kumomta, mailersend, mailgun, mailjet, mailtrap, mandrill, postal, postmark, resend,
    sendgrid, ses, sparkpost, stalwart,
};

/// Reads a body of records of a source.
///
/// ```
/// use mailtally::source::records::Options;
/// use mailtally::source::{self, Source};
///
/// let body = br#"{"RecordType":"Delivery","MessageID":"aaaa-1","Recipient":"ann@gmail.com","DeliveredAt":"2026-02-01T09:30:01Z"}"#;
/// let source = Source::detect(body).expect("a webhook of Postmark");
/// assert_eq!(source, "postmark".parse()?);
/// let batch = source::events(source, body, &Options::new("acme"));
/// assert_eq!((batch.events.len(), batch.errors.len()), (1, 0));
/// # Ok::<(), mailtally::ParseError>(())
/// ```
pub fn events(source: Source, body: &[u8], options: &Options) -> Batch {
    Batch::read(source, reader(source), body, options)
}

impl<R: BufRead> Reader<R> {
    /// Returns a reader of `input`, which has a body of records of `source` in each line. Reports by mail
    /// ([`Source::Dsn`], [`Source::Arf`]) have many lines, so they cannot be read in this way.
    ///
    /// ```
    /// use mailtally::source::Source;
    /// use mailtally::source::records::{Options, Reader};
    ///
    /// let log = br#"{"type":"Reception","id":"4ab1f2c0000011f18000020000000007","recipient":"ann@gmail.com","timestamp":1770000000}
    /// {"type":"Delivery","id":"4ab1f2c0000011f18000020000000007","recipient":"ann@gmail.com"}
    /// "#;
    /// let mut reader = Reader::new(Source::Kumomta, &log[..], Options::new("acme"));
    /// assert_eq!(reader.next().expect("an event")?.id().as_str(), "accepted");
    /// let error = reader.next().expect("an error").unwrap_err().to_string();
    /// assert!(error.starts_with("line 2: record 0: missing field `event_time`"), "{error}");
    /// # Ok::<(), mailtally::source::SourceError>(())
    /// ```
    pub fn new(source: Source, input: R, options: Options) -> Self {
        Self::with(source, reader(source), input, options)
    }
}

fn reader(source: Source) -> ReadBody {
    match source {
        Source::Kumomta => kumomta::read,
        Source::Ses => ses::read,
        Source::Sendgrid => sendgrid::read,
        Source::Postmark => postmark::read,
        Source::Sparkpost => sparkpost::read,
        Source::Mailgun => mailgun::read,
        Source::Mailtrap => mailtrap::read,
        Source::Postal => postal::read,
        Source::Stalwart => stalwart::read,
        Source::Brevo => brevo::read,
        Source::Mailjet => mailjet::read,
        Source::Resend => resend::read,
        Source::Mailersend => mailersend::read,
        Source::Mandrill => mandrill::read,
        Source::Dsn => dsn::read,
        Source::Arf => arf::read,
    }
}

impl Source {
    /// Returns the source of a body, by its first record; `None` if it is empty, cut off within that record, or of no
    /// known source.
    ///
    /// What it says is a guess from the names of fields: a host that knows where a body comes from should not ask.
    pub fn detect(body: &[u8]) -> Option<Self> {
        if mandrill::is_form(body) {
            return Some(Self::Mandrill);
        }
        let Some(first) = Records::new(body).next().filter(|first| first.starts_with(b"{")) else {
            return detect_report(body);
        };
        let value: Value = serde_json::from_slice(first).ok()?;
        let fields = Fields::new(&value, "").ok()?;
        Self::ALL.into_iter().find(|source| source.is_record(&fields))
    }

    fn is_record(self, fields: &Fields<'_>) -> bool {
        match self {
            Self::Kumomta => kumomta::is_record(fields),
            Self::Ses => ses::is_record(fields),
            Self::Sendgrid => sendgrid::is_record(fields),
            Self::Postmark => postmark::is_record(fields),
            Self::Sparkpost => sparkpost::is_record(fields),
            Self::Mailgun => mailgun::is_record(fields),
            Self::Mailtrap => mailtrap::is_record(fields),
            Self::Postal => postal::is_record(fields),
            Self::Stalwart => stalwart::is_record(fields),
            Self::Brevo => brevo::is_record(fields),
            Self::Mailjet => mailjet::is_record(fields),
            Self::Resend => resend::is_record(fields),
            Self::Mailersend => mailersend::is_record(fields),
            Self::Mandrill => mandrill::is_record(fields),
            Self::Dsn | Self::Arf => false,
        }
    }
}

/// Returns the kind of report that a mail is.
fn detect_report(body: &[u8]) -> Option<Source> {
    let text = String::from_utf8_lossy(body);
    let report = Report::parse(&text)?;
    if dsn::is_report(&report) { Some(Source::Dsn) } else { arf::is_report(&report).then_some(Source::Arf) }
}
