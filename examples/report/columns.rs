//! The figures of the table: what each column counts, what each `%` is a share of, and which columns matter least.

use mailtally::rate::Rounding;
use mailtally::report::Report;
use mailtally::{Counts, EventType, Kind, Metric};

use crate::text::listed;

/// A column of counts, and the `%` after it. Shown where anything was counted.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    metric: Metric,
    pub(crate) share: Option<Share>,
    /// Whether high counts are bad news.
    pub(crate) is_loss: bool,
}

/// What the `%` after a count shows.
pub(crate) struct Share {
    /// The name of the rate.
    pub(crate) rate: &'static str,
    whole: Whole,
}

/// The messages that a `%` is a share of: the whole of its rate, in words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Tried,
    Delivered,
}

impl Whole {
    const ALL: [Self; 2] = [Self::Tried, Self::Delivered];

    const fn words(self) -> &'static str {
        match self {
            Self::Tried => {
                "of the messages delivered, bounced, expired or otherwise given up after trying; not of those \
                 rejected, suppressed or still waiting"
            }
            Self::Delivered => "of the delivered messages",
        }
    }
}

const fn column(title: &'static str, metric: Metric) -> Column {
    Column { title, metric, share: None, is_loss: false }
}

impl Column {
    const fn share(self, rate: &'static str, whole: Whole) -> Self {
        Self { share: Some(Share { rate, whole }), ..self }
    }

    const fn loss(self) -> Self {
        Self { is_loss: true, ..self }
    }
}

/// Every column, in the order of a message's life.
pub(crate) const COLUMNS: [Column; 14] = [
    column("accepted", Metric::Unique(Kind::Accepted)),
    column("delivered", Metric::Unique(Kind::Delivered)).share("delivery_rate", Whole::Tried),
    column("deferred", Metric::Unique(Kind::Deferred)),
    column("deferrals", Metric::Total(Kind::Deferred)),
    column("soft bounced", Metric::Unique(Kind::SoftBounced)),
    column("bounced", Metric::Unique(Kind::HardBounced)).share("bounce_rate", Whole::Tried).loss(),
    column("expired", Metric::UniqueOf(EventType::FailedExpired)).loss(),
    column("rejected", Metric::UniqueOf(EventType::FailedRejected)).loss(),
    column("other failures", Metric::Unique(Kind::Failed)).loss(),
    column("opened", Metric::Unique(Kind::Opened)).share("open_rate", Whole::Delivered),
    column("clicked", Metric::Unique(Kind::Clicked)).share("click_rate", Whole::Delivered),
    column("unsubscribed", Metric::Unique(Kind::Unsubscribed)).share("unsubscribe_rate", Whole::Delivered),
    column("complained", Metric::Unique(Kind::Complained)).share("complaint_rate", Whole::Delivered).loss(),
    column("replied", Metric::Unique(Kind::Replied)).share("reply_rate", Whole::Delivered),
];

/// The columns that are left out where there is no room for all, the least telling first; the bars go before them all,
/// and a column that is not here is never left out. A `%` goes before its count. `--width` documents the same order.
pub(crate) const LEAST_TELLING_FIRST: [&str; 20] = [
    "deferrals",
    "replied %",
    "replied",
    "accepted",
    "unsubscribed %",
    "unsubscribed",
    "soft bounced",
    "clicked %",
    "opened %",
    "other failures",
    "rejected",
    "clicked",
    "opened",
    "expired",
    "deferred",
    "complained %",
    "bounced %",
    "complained",
    "bounced",
    "delivered %",
];

impl Column {
    pub(crate) fn is_needed(&self, total: &Counts) -> bool {
        match self.metric {
            // Attempts say nothing new where each message was put off once.
            Metric::Total(kind) => total.total(kind) > total.unique(kind),
            _ => self.count(total) > 0,
        }
    }

    /// Failures that have a column of their own are not counted again among the others.
    pub(crate) fn count(&self, counts: &Counts) -> u64 {
        match self.metric {
            Metric::Unique(Kind::Failed) => {
                let known = [EventType::FailedExpired, EventType::FailedRejected].map(Metric::UniqueOf);
                let known: u64 = known.into_iter().map(|metric| counts.value(metric)).sum();
                counts.unique(Kind::Failed).saturating_sub(known)
            }
            metric => counts.value(metric),
        }
    }

    /// The title of the `%` after the count, by which [`LEAST_TELLING_FIRST`] knows it.
    pub(crate) fn share_title(&self) -> Option<String> {
        self.share.as_ref().map(|_| format!("{} %", self.title))
    }
}

impl Share {
    /// `92.4`, or a dash where there is no message to be a share of.
    pub(crate) fn percent(&self, report: &Report, counts: &Counts) -> String {
        let definition = report.rates().iter().find(|definition| definition.name() == self.rate);
        let rate = definition.and_then(|definition| definition.compute(counts).ok());
        let percent = rate.and_then(|rate| rate.percent(1, Rounding::HalfAwayFromZero));
        percent.map_or_else(|| "–".to_owned(), |percent| percent.to_string())
    }
}

/// What each shown `%` is a share of, a line for each whole, and what else the titles do not say.
pub(crate) fn legend(columns: &[&Column], is_shown: impl Fn(&str) -> bool) -> Vec<String> {
    let of_whole = |whole: Whole| {
        let has_share = |column: &&&Column| column.share.as_ref().is_some_and(|share| share.whole == whole);
        let shown = |column: &&&Column| column.share_title().is_some_and(|title| is_shown(&title));
        let titles: Vec<_> =
            columns.iter().filter(has_share).filter(shown).map(|column| column.title).collect();
        (!titles.is_empty()).then(|| format!("% after {}: {}", listed(&titles), whole.words()))
    };
    let attempts = || "deferred counts messages, deferrals counts attempts".to_owned();
    let attempts = is_shown("deferrals").then(attempts);
    Whole::ALL.into_iter().filter_map(of_whole).chain(attempts).collect()
}
