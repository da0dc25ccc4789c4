//! The command line: every option is checked here, and what is wrong is told in one line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Parser, ValueEnum};
use mailtally::compare::Against;
use mailtally::time::{parse_instant, parse_zone};
use mailtally::{By, Dimension, Filter, Metric, ParseError, Period, Query, Resolution, Scope, Timing};

use crate::failure::Failure;
use crate::input::Extent;

/// Statistics out of mail logs: how much was delivered, deferred, bounced, opened, clicked and complained about, over
/// any period, by domain, mailbox provider, mailbox or date.
#[derive(Debug, Parser)]
#[command(name = "report", arg_required_else_help = true, disable_version_flag = true, max_term_width = 110)]
pub(crate) struct Args {
    /// Logs or events, plain or gzipped; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// What the files hold
    #[arg(long, value_enum, default_value = "auto", help_heading = "Input")]
    pub(crate) input: Input,

    /// The year of the first line, where lines have none; unless given, the latest that is not in the future
    #[arg(long, value_parser = clap::value_parser!(i32).range(1970..=9998), help_heading = "Input")]
    pub(crate) year: Option<i32>,

    /// The time zone of lines that have none, by IANA name
    #[arg(long, value_parser = parse_zone, default_value = "UTC", value_name = "ZONE", help_heading = "Input")]
    pub(crate) log_zone: Tz,

    /// End at the first line that cannot be read
    #[arg(long, help_heading = "Input")]
    pub(crate) strict: bool,

    /// Count only this account; logs that know no accounts are read as its own
    #[arg(long, value_parser = non_empty, help_heading = "What is counted")]
    pub(crate) account: Option<String>,

    /// 30d, 24h, today, "last month", 2026-11, 2026-W47, 2026-01-01..=2026-01-31, …; unless given, all that the input holds
    #[arg(long, allow_hyphen_values = true, conflicts_with_all = ["from", "to"], help_heading = "What is counted")]
    pub(crate) period: Option<Period>,

    /// The first day (or instant) that counts
    #[arg(long, value_name = "DATE", value_parser = edge, help_heading = "What is counted")]
    pub(crate) from: Option<String>,

    /// The last day that counts (or the instant at which counting ends)
    #[arg(long, value_name = "DATE", value_parser = edge, help_heading = "What is counted")]
    pub(crate) to: Option<String>,

    /// Count only this: DIMENSION=VALUE,VALUE…; an empty value is mail without one
    #[arg(long = "where", value_name = "CONDITION", help_heading = "What is counted")]
    pub(crate) include: Vec<Condition>,

    /// Leave this out: DIMENSION=VALUE,VALUE…
    #[arg(long = "where-not", value_name = "CONDITION", help_heading = "What is counted")]
    pub(crate) exclude: Vec<Condition>,

    /// Count events when they happened, or when their message was sent
    #[arg(long, value_enum, default_value = "event", help_heading = "What is counted")]
    pub(crate) timing: When,

    /// A row for each: subaccount, domain, category, tag, stream, mailbox, campaign, ip, ip_pool, recipient_domain,
    /// provider, open_tracking, click_tracking, country, device, client, bot, attempt, optimized, date; several with
    /// commas
    #[arg(long, value_delimiter = ',', value_name = "DIMENSION", help_heading = "How it is shown")]
    pub(crate) by: Vec<By>,

    /// The length of the rows by date: hour, day, week, month, quarter, year or all
    #[arg(long, help_heading = "How it is shown")]
    pub(crate) resolution: Option<Resolution>,

    /// The zone in which days begin and end, by IANA name
    #[arg(long, value_parser = parse_zone, default_value = "UTC", help_heading = "How it is shown")]
    pub(crate) zone: Tz,

    /// Only the N largest groups, and the rest in one
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..), help_heading = "How it is shown")]
    pub(crate) top: Option<u32>,

    /// What the largest is the largest in, such as delivered.unique; unless given, all events
    #[arg(long, value_name = "METRIC", help_heading = "How it is shown")]
    pub(crate) rank: Option<Metric>,

    /// Lay another period beside it: previous or year
    #[arg(long, value_name = "PERIOD", help_heading = "How it is shown")]
    pub(crate) compare: Option<Against>,

    /// How to write it
    #[arg(long, value_enum, default_value = "table", help_heading = "How it is shown")]
    pub(crate) format: Format,

    /// The present, RFC 3339; unless given, the clock's
    #[arg(long, value_parser = parse_instant, value_name = "RFC3339")]
    pub(crate) now: Option<DateTime<Utc>>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Input {
    /// Whatever its first lines look like
    Auto,
    /// This crate's events, one JSON object a line
    Jsonl,
    /// Postfix's mail log
    Postfix,
}

/// Into which time an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Event,
    Send,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
}

/// `DIMENSION=VALUE,VALUE…`.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    dimension: Dimension,
    values: Vec<String>,
}

impl FromStr for Condition {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (dimension, values) = text.split_once('=').ok_or_else(|| {
            ParseError::new("condition", text, "DIMENSION=VALUE, such as `provider=Google,Yahoo`")
        })?;
        Ok(Self { dimension: dimension.parse()?, values: values.split(',').map(str::to_owned).collect() })
    }
}

/// The command line, or the exit status of a run that is over: with help, or with what is wrong in one line.
pub(crate) fn parse() -> Result<Args, ExitCode> {
    let mut args = Args::try_parse().map_err(|error| {
        let rendered = error.render();
        if !error.use_stderr()
            || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        {
            let _ = error.print();
        } else {
            // The first paragraph says it all; the others point to the help.
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
    /// The question that the options ask of input of this extent.
    pub(crate) fn query(&self, extent: Option<Extent>) -> Query {
        let all = || extent.map_or_else(Period::all, |extent| Period::between(extent.start, extent.end));
        let scope = self.account.as_deref().map_or(Scope::All, Scope::from);
        let mut query = Query::new(scope, self.period.clone().unwrap_or_else(all)).zone(self.zone).timing(
            match self.timing {
                When::Event => Timing::Event,
                When::Send => Timing::Send,
            },
        );
        query = self.by.iter().copied().fold(query, Query::by);
        query = self.filters().into_iter().fold(query, Query::filter);
        query = self.resolution.into_iter().fold(query, Query::resolution);
        query = self.rank.into_iter().fold(query, Query::rank);
        query = self.top.into_iter().fold(query, |query, top| query.top(top as usize));
        self.compare.into_iter().fold(query, Query::compare)
    }

    /// The present: the same for all of a run.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_default()
    }

    /// Refuses a question that cannot be answered, whatever the input is.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let some = Extent { start: self.now(), end: self.now() };
        let questions = self.query(Some(some)).questions(self.now());
        questions.map(drop).map_err(|error| Failure::Query(error.into()))
    }

    /// Conditions on one dimension widen each other, those on several narrow.
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

/// A date, a month, a year, or an instant, as a period begins or ends with it.
fn edge(text: &str) -> Result<String, ParseError> {
    let expected = "a date such as `2026-11-21` or an instant such as `2026-11-21T09:00:00+01:00`";
    let wrong = |_| ParseError::new("date", text, expected);
    if text.is_empty() || text.contains("..") {
        return Err(wrong(()));
    }
    format!("{text}..").parse::<Period>().map(|_| text.to_owned()).map_err(|_| wrong(()))
}

fn non_empty(text: &str) -> Result<String, ParseError> {
    let name = Some(text.to_owned()).filter(|text| !text.is_empty());
    name.ok_or_else(|| ParseError::new("account", text, "a name"))
}
