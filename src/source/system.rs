//! The mail systems whose records can be read.

use crate::names::named_enum;

named_enum! {
    /// A mail system whose records can be read, or a standard form of report.
    ///
    /// [`events`](super::events) reads a body of records, [`Reader`](super::records::Reader) a file with one body in
    /// each line.
    #[non_exhaustive]
    pub enum Source("source") {
        /// [KumoMTA](super::kumomta)'s log, and its webhooks.
        Kumomta = "kumomta",
        /// [Amazon SES](super::ses), by SNS, EventBridge or Firehose.
        Ses = "ses",
        /// [SendGrid](super::sendgrid)'s Event Webhook.
        Sendgrid = "sendgrid",
        /// [Postmark](super::postmark)'s webhooks.
        Postmark = "postmark",
        /// [SparkPost](super::sparkpost)'s event webhooks.
        Sparkpost = "sparkpost",
        /// [Mailgun](super::mailgun)'s webhooks.
        Mailgun = "mailgun",
        /// [Mailtrap](super::mailtrap)'s webhooks.
        Mailtrap = "mailtrap",
        /// [Postal](super::postal)'s webhooks.
        Postal = "postal",
        /// [Stalwart](super::stalwart)'s webhooks.
        Stalwart = "stalwart",
        /// [Brevo](super::brevo)'s webhooks.
        Brevo = "brevo",
        /// [Mailjet](super::mailjet)'s Event API.
        Mailjet = "mailjet",
        /// [Resend](super::resend)'s webhooks.
        Resend = "resend",
        /// [MailerSend](super::mailersend)'s webhooks.
        Mailersend = "mailersend",
        /// [Mandrill](super::mandrill)'s webhooks.
        Mandrill = "mandrill",
        /// [Delivery status notifications](super::dsn) (RFC 3464).
        Dsn = "dsn",
        /// [Feedback reports](super::arf) (RFC 5965).
        Arf = "arf",
    }
}
