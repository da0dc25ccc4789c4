//! All campaign e-mail together.

use serde::Serialize;

use super::range::Range;
use super::{Body, Error, Rates, Stats, campaign_mail};
use crate::dialect::Params;
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::query::{Query, Scope};
use crate::report::Report;

/// The category of mail that a subsequence sends. Ours; the original does not say how it tells them apart.
pub const SUBSEQUENCE: &str = "subsequence";

/// A request of `GET /v1/analytics/overview`.
///
/// ```
/// use mailtally::dialect::Params;
/// use mailtally::dialect::sendkit::{Campaigns, Overview, SUBSEQUENCE};
/// use mailtally::{Event, Kind, MemoryStore};
///
/// let (at, now) = ("2026-02-14T09:30:00Z".parse()?, "2026-02-15T12:00:00Z".parse()?);
/// let store = MemoryStore::new();
/// store.extend([
///     Event::new("acme", "m-1", "e-1", Kind::Sent, at).campaign("spring"),
///     Event::new("acme", "m-2", "e-1", Kind::Sent, at).campaign("spring").category(SUBSEQUENCE),
/// ]);
/// let request = Overview::parse(&Params::parse("from=2026-02-01"))?;
/// let [by_campaign, subsequences] = request.queries("acme").map(|query| store.report(&query, now));
/// let body = request.body(&by_campaign?, &subsequences?, Some(Campaigns { total: 4, active: 1 })).data;
/// assert_eq!((body.total_sent, body.by_sequence.main.sent, body.by_sequence.subsequence.sent), (2, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overview {
    range: Range,
}

/// How many campaigns the workspace has, which the host alone knows for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "hosts make them")]
pub struct Campaigns {
    /// All.
    pub total: u64,
    /// Those that are running.
    pub active: u64,
}

/// What `GET /v1/analytics/overview` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct OverviewBody {
    pub total_sent: u64,
    pub total_opened: u64,
    pub total_clicked: u64,
    pub total_bounced: u64,
    pub total_replied: u64,
    pub total_positive_replied: u64,
    pub total_campaigns: u64,
    pub active_campaigns: u64,
    pub by_sequence: BySequence,
    pub rates: OverviewRates,
}

/// The mail of the sequences themselves, and that of their subsequences. Together they are all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct BySequence {
    pub main: SequenceStats,
    pub subsequence: SequenceStats,
}

/// The four event types that are shown by sequence, in their published order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct SequenceStats {
    pub sent: u64,
    pub opened: u64,
    pub clicked: u64,
    pub bounced: u64,
}

/// The rates, in the order that they have here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the API's")]
pub struct OverviewRates {
    pub open: String,
    pub click: String,
    pub reply: String,
    pub positive_reply: String,
    pub bounce: String,
}

impl Overview {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`].
    pub fn parse(params: &Params) -> Result<Self, Error> {
        Ok(Self { range: Range::parse(params)? })
    }

    /// The two questions that it asks, of the campaign e-mail that was created in the range: all of it by campaign, and
    /// that of subsequences.
    pub fn queries(&self, scope: impl Into<Scope>) -> [Query; 2] {
        let all = campaign_mail(scope, self.range.period());
        let subsequences = all.clone().filter(Filter::is(Dimension::Category, [SUBSEQUENCE]));
        [all.by(Dimension::Campaign), subsequences]
    }

    /// The body that answers it with the answers to the two queries, in their order. Campaigns that are not given are
    /// counted: those with mail in the range, and those of them that sent.
    pub fn body(
        &self,
        by_campaign: &Report,
        subsequences: &Report,
        campaigns: Option<Campaigns>,
    ) -> Body<OverviewBody> {
        let (all, subsequence) = (Stats::new(&by_campaign.total), Stats::new(&subsequences.total));
        let campaigns = campaigns.unwrap_or_else(|| Campaigns::counted(by_campaign));
        Body::new(OverviewBody {
            total_sent: all.sent,
            total_opened: all.opened,
            total_clicked: all.clicked,
            total_bounced: all.bounced,
            total_replied: all.replied,
            total_positive_replied: all.positive_replied,
            total_campaigns: campaigns.total,
            active_campaigns: campaigns.active,
            by_sequence: BySequence { main: all.minus(subsequence).into(), subsequence: subsequence.into() },
            rates: all.rates().into(),
        })
    }
}

impl Campaigns {
    fn counted(by_campaign: &Report) -> Self {
        let sent = by_campaign.rows().filter(|row| Stats::new(row.counts).sent > 0);
        Self { total: by_campaign.rows().len() as u64, active: sent.count() as u64 }
    }
}

impl From<Stats> for SequenceStats {
    fn from(stats: Stats) -> Self {
        let Stats { sent, opened, clicked, bounced, replied: _, positive_replied: _ } = stats;
        Self { sent, opened, clicked, bounced }
    }
}

impl From<Rates> for OverviewRates {
    fn from(rates: Rates) -> Self {
        let Rates { open, click, bounce, reply, positive_reply } = rates;
        Self { open, click, reply, positive_reply, bounce }
    }
}
