//! The command line: every option is checked here, and an error is one line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use clap::{Parser, ValueEnum};
use mailtally::report::Warning;
use mailtally::store::FigureError;
use mailtally::time::{parse_instant, parse_zone};
use mailtally::{
    Against, By, Dimension, Filter, Metric, ParseError, Period, Query, Resolution, Scope, Timing,
};

use crate::failure::Failure;
use crate::kind::{self, Input};
use crate::load::Extent;
use crate::place::Place;
use crate::wanted::Wanted;

/// Reports how much mail was delivered, deferred, bounced, opened, clicked and complained about, from mail logs, event
/// files and the webhooks of sixteen mail systems: over any period, by domain, mailbox provider, mailbox or date.
#[derive(Debug, Parser)]
#[command(
    name = "report",
    arg_required_else_help = true,
    disable_version_flag = true,
    max_term_width = 110,
    after_help = AFTER
)]
pub(crate) struct Args {
    /// Mail logs or event files, plain, gzip or zstd; `-` is standard input
    #[arg(required_unless_present = "store", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The format of the files
    ///
    /// A file of webhooks or records has a body in each line, or is one body over several lines, of at most 64 MiB.
    #[arg(long, value_parser = kind::parser(), default_value = "auto", value_name = "FORMAT", help_heading = "Input")]
    pub(crate) input: Input,

    /// The year of the first line, for log lines without a year; by default the latest year that puts it at most a day
    /// after now
    #[arg(long, value_parser = clap::value_parser!(i32).range(1970..=9998), help_heading = "Input")]
    pub(crate) year: Option<i32>,

    /// The time zone of log lines that name none, by IANA name; by default UTC, for Exim what the ids of messages tell
    #[arg(long, value_parser = parse_zone, value_name = "ZONE", help_heading = "Input")]
    pub(crate) log_zone: Option<Tz>,

    /// The host of log lines that name none, such as those of Exim: it tells the messages of several hosts apart where ids are
    /// unique on one host only
    #[arg(long, value_name = "HOST", help_heading = "Input")]
    pub(crate) log_host: Option<String>,

    /// Count the recipients that a log names where it tells of the acceptance of a message (Exim's `+received_recipients`); by
    /// default they are left out, as an address that leads to others is never delivered itself
    #[arg(long, help_heading = "Input")]
    pub(crate) accepted: bool,

    /// Take the account of each message from the log where it names one (Exim under cPanel)
    #[arg(long, help_heading = "Input")]
    pub(crate) log_accounts: bool,

    /// Take senders of mail logs that vary from message to message (VERP, SRS, BATV) as they are; by default, those of one list
    /// or person are one mailbox
    #[arg(long, help_heading = "Input")]
    pub(crate) raw_senders: bool,

    /// Count events whose records name no message, such as bounces that come back by mail, each with a message of its own; by
    /// default, they are left out
    #[arg(long, help_heading = "Input")]
    pub(crate) orphans: bool,

    /// Keep the events in a store, which later runs report on with or without further mail logs and event files; what is given
    /// twice counts once
    ///
    /// A store is sqlite:PATH, postgres://USER@HOST/DATABASE or clickhouse://HOST:PORT/DATABASE, as far as the program is built
    /// with the features `sqlite`, `postgres` and `clickhouse`. The report is about all events in it. By default its period is from the day of the first to that of the last, in
    /// UTC. The events of one mail log or event file are in memory until its end.
    #[arg(long, value_name = "STORE", help_heading = "Input")]
    pub(crate) store: Option<Place>,

    /// Stop at the first line, record or file that cannot be read and at the first event that is refused, and report nothing
    #[arg(long, help_heading = "Input")]
    pub(crate) strict: bool,

    /// Count the events of this account only; mail logs and records of other systems, which name no account, are
    /// taken to be of this one
    #[arg(long, value_parser = non_empty, help_heading = "What is counted")]
    pub(crate) account: Option<String>,

    /// The period: 30d, 24h, today, "last month", 2026-11, 2026-W47, 2026-01-01..=2026-01-31, …; by default from the
    /// first event to the last
    #[arg(long, allow_hyphen_values = true, conflicts_with_all = ["from", "to"], help_heading = "What is counted")]
    pub(crate) period: Option<Period>,

    /// The first day, or the instant from which on events count
    #[arg(long, value_name = "DATE", value_parser = edge, help_heading = "What is counted")]
    pub(crate) from: Option<String>,

    /// The last day, which is included, or the instant before which events count
    #[arg(long, value_name = "DATE", value_parser = edge, help_heading = "What is counted")]
    pub(crate) to: Option<String>,

    /// Count only mail with one of these values: DIMENSION=VALUE,VALUE…; an empty value is mail without one
    #[arg(long = "where", value_name = "CONDITION", help_heading = "What is counted")]
    pub(crate) include: Vec<Condition>,

    /// Leave out mail with one of these values: DIMENSION=VALUE,VALUE…
    #[arg(long = "where-not", value_name = "CONDITION", help_heading = "What is counted")]
    pub(crate) exclude: Vec<Condition>,

    /// The time at which an event counts
    #[arg(long, value_enum, default_value = "event", help_heading = "What is counted")]
    pub(crate) timing: When,

    /// A row for each value of these, separated by commas: dimensions, which are listed below, and date
    #[arg(long, value_delimiter = ',', value_name = "DIMENSION", help_heading = "How it is shown")]
    pub(crate) by: Vec<By>,

    /// List the messages behind one number instead, such as provider=Yahoo,kind=deferred
    ///
    /// Each comma starts a new KEY=VALUE; within a value it is written `\,`. The keys give the row of the number, each by one
    /// value: a dimension (an empty value is mail without one), and date for a row by date, such as 2026-11-21. And they
    /// give what it counts, exactly one of kind=KIND (the events of a kind), status=STATUS and metric=METRIC, such as
    /// opened.unique. The id of a message of a mail log is its queue id with a mark for the recipient.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["by", "rank", "compare"], help_heading = "How it is shown")]
    pub(crate) messages: Option<Wanted>,

    /// The length of each row by date: hour, day, week, month, quarter, year or all
    #[arg(long, help_heading = "How it is shown")]
    pub(crate) resolution: Option<Resolution>,

    /// The time zone in which days begin and end and times are shown, by IANA name
    #[arg(long, value_parser = parse_zone, default_value = "UTC", help_heading = "How it is shown")]
    pub(crate) zone: Tz,

    /// Show only the N largest groups, and the others together; of --messages, only the first N
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..), help_heading = "How it is shown")]
    pub(crate) top: Option<u32>,

    /// The count by which groups are ordered, such as delivered.unique; by default all events
    #[arg(long, value_name = "METRIC", help_heading = "How it is shown")]
    pub(crate) rank: Option<Metric>,

    /// Compare with another period: previous (the one just before) or year (the same one a year before)
    #[arg(long, value_name = "PERIOD", help_heading = "How it is shown")]
    pub(crate) compare: Option<Against>,

    /// The format of the report
    #[arg(long, value_enum, default_value = "table", help_heading = "How it is shown")]
    pub(crate) format: Format,

    /// The width of the table in characters; by default that of the terminal, and without limit in a file or a pipe
    ///
    /// Where not all columns fit, long names are broken, the least telling figures are left out, and the last line names
    /// them. The order: the bars,
    /// deferrals, replied, accepted, unsubscribed, soft bounced, the % of clicked and opened, other failures, rejected,
    /// clicked, opened, expired, deferred, complained, bounced, the % of delivered. (A % goes before its count.)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..), help_heading = "How it is shown")]
    pub(crate) width: Option<u16>,

    /// The current time, RFC 3339; by default the clock's
    #[arg(long, value_parser = parse_instant, value_name = "RFC3339")]
    pub(crate) now: Option<DateTime<Utc>>,
}

const AFTER: &str = "\
Dimensions:
  sender      account, subaccount, domain, mailbox, stream, category, tag, campaign, open_tracking,
              click_tracking
  recipient   recipient_domain, provider (of the mailbox, such as Google)
  attempt     ip, ip_pool, transport, attempt (first or later), optimized
  answer      reason, code (such as 5.1.1), code_subject (5.1), code_class (5)
  engagement  country, device, client, bot

Examples:
  report --by provider /var/log/mail.log
  report --by provider,date --resolution hour --zone Europe/Berlin mail.log mail.log.1.gz
  report --where provider=Google,Yahoo --by mailbox --top 10 --format csv mail.log
  report --messages provider=Yahoo,kind=deferred mail.log
  report --by provider --orphans sendgrid-webhooks.json kumomta.log bounces.mbox
  report --period \"last month\" --compare previous --by domain events.jsonl";

/// The time at which an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// When it happened
    Event,
    /// When its message was sent
    Send,
}

/// The format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people. Of more than 31 rows in order of date, those before the first event and after the last are folded
    /// into one line each
    Table,
    /// The whole report as one JSON object, with the definition of each rate
    Json,
    /// For spreadsheets: every row, with every count and rate
    Csv,
}

/// `DIMENSION=VALUE,VALUE…`.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    dimension: Dimension,
    values: Vec<String>,
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=');
        let (dimension, values) = parts.ok_or("expected DIMENSION=VALUE, such as `provider=Google,Yahoo`")?;
        let dimension = dimension.parse().map_err(|error: ParseError| error.to_string())?;
        Ok(Self { dimension, values: values.split(',').map(str::to_owned).collect() })
    }
}

/// Parses the command line.
///
/// # Errors
///
/// The exit status of a run that is over, because help was printed (0, without arguments 2), or an error in one line (2).
pub(crate) fn parse() -> Result<Args, ExitCode> {
    let mut args = Args::try_parse().map_err(|error| {
        let rendered = error.render();
        if !error.use_stderr()
            || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        {
            let _ = error.print();
        } else {
            // The usage and the pointer to the help would hide the error.
            let text = rendered.to_string();
            let lines =
                text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
            let words: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
            eprintln!("{}", words.join(" ").replace(" tip: ", "; "));
        }
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })?;
    args.now.get_or_insert_with(|| SystemTime::now().into());
    args.period = args.period.take().or(args.edges().map_err(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })?);
    Ok(args)
}

impl Args {
    /// The query of the options, over the input's extent where they name no period.
    pub(crate) fn query(&self, extent: Option<Extent>) -> Query {
        let all = || extent.map_or_else(Period::all, |extent| Period::between(extent.start, extent.end));
        let scope = self.account.as_deref().map_or(Scope::All, Scope::from);
        let mut query = Query::new(scope, self.period.clone().unwrap_or_else(all)).zone(self.zone).timing(
            match self.timing {
                When::Event => Timing::Event,
                When::Send => Timing::Send,
            },
        );
        let by = self.messages.iter().flat_map(Wanted::by).chain(self.by.iter().copied());
        query = by.fold(query, Query::by);
        query = self.filters().into_iter().fold(query, Query::filter);
        query = self.resolution.into_iter().fold(query, Query::resolution);
        query = self.rank.into_iter().fold(query, Query::rank);
        let top = self.top.filter(|_| self.messages.is_none());
        query = top.into_iter().fold(query, |query, top| query.top(top as usize));
        self.compare.into_iter().fold(query, Query::compare)
    }

    /// The current time, the same for the whole run.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_default()
    }

    /// Checks that the query can be answered, whatever the input is.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let any = Extent { start: self.now(), end: self.now() + TimeDelta::milliseconds(1) };
        let query = self.query(Some(any));
        query.report_plan(self.now()).map_err(|error| Failure::Query(error.into()))?;
        self.messages.as_ref().map_or(Ok(()), |wanted| self.check_messages(wanted, &query))
    }

    /// Checks that the query counts the number, as far as that does not depend on the input.
    fn check_messages(&self, wanted: &Wanted, query: &Query) -> Result<(), Failure> {
        if let Some(resolution) = self.resolution.filter(|length| *length != Resolution::All)
            && !wanted.has_date()
        {
            return Err(Failure::NoDate(resolution));
        }
        let mut filtered = self.filters().into_iter().map(|filter| filter.dimension());
        match (wanted.figure(query, self.now()), filtered.find(|dimension| dimension.belongs_to_event())) {
            (Err(FigureError::NotCounted { .. }), Some(dimension)) => {
                Err(Failure::NoStatuses(Warning::NoStatuses { dimension }))
            }
            // The dates of a period that the input gives are not known yet.
            (Err(FigureError::NoSuchDate { .. }), _) if self.period.is_none() => Ok(()),
            (figure, _) => Ok(figure.map(drop)?),
        }
    }

    /// The conditions as filters: mail matches any value of the same dimension, and all of several dimensions.
    fn filters(&self) -> Vec<Filter> {
        let values = |conditions: &[Condition], dimension| -> Vec<String> {
            let same = conditions.iter().filter(|condition| condition.dimension == dimension);
            same.flat_map(|condition| condition.values.clone()).collect()
        };
        let mut filters = Vec::new();
        for dimension in Dimension::ALL {
            let (include, exclude) = (values(&self.include, dimension), values(&self.exclude, dimension));
            if !include.is_empty() {
                filters.push(Filter::is(dimension, include));
            }
            if !exclude.is_empty() {
                filters.push(Filter::is_not(dimension, exclude));
            }
        }
        filters.extend(self.messages.iter().flat_map(Wanted::filters).cloned());
        filters
    }

    /// The period from `--from` to `--to`: whole days, the last one included; instants, the last one excluded.
    fn edges(&self) -> Result<Option<Period>, ParseError> {
        let inclusive =
            |to: &str| if to.contains([':', 'T']) { format!("..{to}") } else { format!("..={to}") };
        let text = match (&self.from, &self.to) {
            (None, None) => return Ok(None),
            (from, None) => format!("{}..", from.as_deref().unwrap_or_default()),
            (from, Some(to)) => format!("{}{}", from.as_deref().unwrap_or_default(), inclusive(to)),
        };
        text.parse().map(Some)
    }
}

/// Parses one end of a period: a date, a month, a year or an instant. Returns the text, to be a part of a period's.
fn edge(text: &str) -> Result<String, &'static str> {
    let is_edge = !text.is_empty() && !text.contains("..") && format!("{text}..").parse::<Period>().is_ok();
    let expected = "expected a date such as `2026-11-21` or an instant such as `2026-11-21T09:00:00+01:00`";
    if is_edge { Ok(text.to_owned()) } else { Err(expected) }
}

fn non_empty(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("expected a name") } else { Ok(text.to_owned()) }
}
