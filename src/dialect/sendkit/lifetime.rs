//! The numbers of mailboxes that their host does not store.

use super::stats::ByMailbox;
use super::{Mailbox, mailbox_filter};
use crate::dimension::Dimension;
use crate::event::AccountId;
use crate::kind::Kind;
use crate::query::Query;
use crate::rate::{Decimal, Rate, Rounding};
use crate::report::Report;
use crate::time::Period;

/// The number of decimals of a counted bounce rate.
const DECIMALS: u32 = 4;

/// The counts of each mailbox over all time and over the current day in UTC, of its mail with or without a campaign.
/// The requested range does not affect them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LifetimeStats {
    all_time: ByMailbox,
    today: ByMailbox,
}

impl LifetimeStats {
    /// Returns whether a mailbox lacks a number.
    pub(super) fn are_needed(mailboxes: &[Mailbox]) -> bool {
        !mailboxes.iter().all(Mailbox::has_all_numbers)
    }

    /// Asks for the mail of all time, and for that of the current day in UTC.
    pub(super) fn queries(account: &AccountId, mailboxes: &[Mailbox]) -> [Query; 2] {
        let query = |period, kinds: &[Kind]| {
            let query = Query::new(account.clone(), period).kinds(kinds.iter().copied());
            query.by(Dimension::Mailbox).filter(mailbox_filter(mailboxes))
        };
        [
            query(Period::all(), &[Kind::Sent, Kind::HardBounced, Kind::Replied]),
            query(Period::today(), &[Kind::Sent]),
        ]
    }

    /// Reads the answers to the two queries.
    pub(super) fn new(all_time: &Report, today: &Report) -> Self {
        Self { all_time: ByMailbox::new(all_time), today: ByMailbox::new(today) }
    }

    pub(super) fn total_sent(&self, mailbox: &Mailbox) -> u64 {
        mailbox.total_sent.unwrap_or_else(|| self.all_time.stats(mailbox).sent)
    }

    pub(super) fn total_received(&self, mailbox: &Mailbox) -> u64 {
        mailbox.total_received.unwrap_or_else(|| self.all_time.stats(mailbox).replied)
    }

    pub(super) fn bounce_rate(&self, mailbox: &Mailbox) -> Decimal {
        mailbox.bounce_rate.unwrap_or_else(|| {
            let stats = self.all_time.stats(mailbox);
            let rate = Rate::new(stats.bounced, stats.sent).fraction(DECIMALS, Rounding::HalfAwayFromZero);
            rate.unwrap_or_default()
        })
    }

    pub(super) fn sent_today(&self, mailbox: &Mailbox) -> u64 {
        mailbox.sent_today.unwrap_or_else(|| self.today.stats(mailbox).sent)
    }
}
