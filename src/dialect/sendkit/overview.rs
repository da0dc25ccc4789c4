//! `GET /v1/analytics/overview`: all campaign mail.

use serde::{Deserialize, Serialize};

use super::stats::{Rates, Stats};
use crate::report::Report;

/// The category of mail that a subsequence sends. It is ours: no source shows how the API tells the two apart.
pub const SUBSEQUENCE: &str = "subsequence";

/// How many campaigns a workspace has, and how many of them are running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a host makes it")]
pub struct Campaigns {
    /// The number of all campaigns.
    pub total: u64,
    /// The number of campaigns that are running.
    pub active: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OverviewBody {
    total_sent: u64,
    total_opened: u64,
    total_clicked: u64,
    total_bounced: u64,
    total_replied: u64,
    total_positive_replied: u64,
    total_campaigns: u64,
    active_campaigns: u64,
    by_sequence: BySequence,
    rates: OverviewRates,
}

/// The mail of subsequences, and all other.
#[derive(Serialize)]
struct BySequence {
    main: SequenceStats,
    subsequence: SequenceStats,
}

#[derive(Serialize)]
struct SequenceStats {
    sent: u64,
    opened: u64,
    clicked: u64,
    bounced: u64,
}

/// The rates, in their order in this body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OverviewRates {
    open: String,
    click: String,
    reply: String,
    positive_reply: String,
    bounce: String,
}

impl OverviewBody {
    /// Makes the body from all campaign mail, by campaign, and from the part of it that subsequences sent.
    pub(super) fn new(by_campaign: &Report, subsequences: &Report, campaigns: Option<Campaigns>) -> Self {
        let (all, subsequence) = (Stats::new(by_campaign.total()), Stats::new(subsequences.total()));
        let campaigns = campaigns.unwrap_or_else(|| Campaigns::from_report(by_campaign));
        Self {
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
        }
    }
}

impl Campaigns {
    /// Counts the campaigns with mail, and those of them that sent.
    fn from_report(by_campaign: &Report) -> Self {
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
