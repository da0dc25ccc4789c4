//! What a file can be: the formats and mail systems that can be read.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use mailtally::source::{Format, Source};

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// JSON Lines: an event of this crate in each line.
    Jsonl,
    /// The log of a mail system.
    Log(Log),
    /// The records of another mail system, or reports by mail.
    Records(Source),
}

/// A mail system whose log can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    Postfix,
    Exim,
    Opensmtpd,
    Sendmail,
    Stalwart,
    Exchange,
}

/// What the command line says that the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Whatever each file itself seems to be.
    Auto,
    Is(Kind),
}

const AUTO: &str = "auto";

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        let logs = Log::ALL.map(Self::Log);
        [Self::Jsonl].into_iter().chain(logs).chain(Source::ALL.map(Self::Records))
    }

    /// The name on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Log(log) => log.format().name(),
            Self::Records(source) => source.name(),
        }
    }

    /// The name for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Jsonl => "JSON Lines",
            Self::Log(log) => log.title(),
            Self::Records(source) => title(source),
        }
    }

    fn help(self) -> String {
        match self {
            Self::Jsonl => "JSON Lines: an event of this crate in each line".to_owned(),
            Self::Log(Log::Postfix) => "Postfix's mail log".to_owned(),
            Self::Log(Log::Stalwart) => "The log of Stalwart".to_owned(),
            Self::Log(Log::Exchange) => "The message tracking log of Exchange Server".to_owned(),
            Self::Log(log) => format!("The log of {}", log.title()),
            Self::Records(Source::Kumomta) => "KumoMTA's log, or its webhooks".to_owned(),
            Self::Records(Source::Ses) => "Events of Amazon SES, by SNS, EventBridge or Firehose".to_owned(),
            Self::Records(source @ (Source::Dsn | Source::Arf)) => {
                format!("{}: a mail, or a mailbox in one file (mbox)", title(source))
            }
            Self::Records(source) => format!("Webhooks of {}", title(source)),
        }
    }
}

impl Log {
    const ALL: [Self; 6] =
        [Self::Postfix, Self::Exim, Self::Opensmtpd, Self::Sendmail, Self::Stalwart, Self::Exchange];

    fn format(self) -> Format {
        match self {
            Self::Postfix => Format::Postfix,
            Self::Exim => Format::Exim,
            Self::Opensmtpd => Format::Opensmtpd,
            Self::Sendmail => Format::Sendmail,
            Self::Stalwart => Format::StalwartLog,
            Self::Exchange => Format::Exchange,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Postfix => "Postfix",
            Self::Exim => "Exim",
            Self::Opensmtpd => "OpenSMTPD",
            Self::Sendmail => "sendmail",
            Self::Stalwart => "Stalwart's log",
            Self::Exchange => "Exchange",
        }
    }

    /// The log with a format; `None` if that is none of a log.
    pub(crate) fn of(format: Format) -> Option<Self> {
        Self::ALL.into_iter().find(|log| log.format() == format)
    }
}

fn title(source: Source) -> &'static str {
    match source {
        Source::Kumomta => "KumoMTA",
        Source::Ses => "Amazon SES",
        Source::Sendgrid => "SendGrid",
        Source::Postmark => "Postmark",
        Source::Sparkpost => "SparkPost",
        Source::Mailgun => "Mailgun",
        Source::Mailtrap => "Mailtrap",
        Source::Postal => "Postal",
        Source::Stalwart => "Stalwart",
        Source::Brevo => "Brevo",
        Source::Mailjet => "Mailjet",
        Source::Resend => "Resend",
        Source::Mailersend => "MailerSend",
        Source::Mandrill => "Mandrill",
        Source::Dsn => "Delivery status notifications",
        Source::Arf => "Feedback reports",
        // Sources can be added to the library.
        source => source.name(),
    }
}

/// Returns the parser of the option `--input`.
pub(crate) fn parser() -> impl TypedValueParser<Value = Input> {
    let auto = PossibleValue::new(AUTO).help("Recognised by the start of each file");
    let kinds = Kind::all().map(|kind| PossibleValue::new(kind.name()).help(kind.help()));
    let names = PossibleValuesParser::new([auto].into_iter().chain(kinds));
    names.map(|name| Kind::all().find(|kind| kind.name() == name).map_or(Input::Auto, Input::Is))
}
