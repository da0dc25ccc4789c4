//! Figures of mailboxes that the host does not store.

use super::stats::ByMailbox;
use super::{Mailbox, of_mailboxes};
use crate::dimension::Dimension;
use crate::kind::Kind;
use crate::query::{Query, Scope};
use crate::rate::{Decimal, Rate, Rounding};
use crate::report::Report;
use crate::time::Period;

/// The places of a counted bounce rate after the point.
const PLACES: u32 = 4;

/// What was counted of mailboxes, for the figures that their profiles do not have. They do not depend on the range that
/// is asked.
///
/// A host whose profiles have all four figures need not count them: the default has no mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    lifetime: ByMailbox,
    today: ByMailbox,
}

impl Counted {
    /// The two questions to count: the mail of these mailboxes of all time, and what they sent on the present day of UTC.
    pub fn queries(scope: impl Into<Scope>, mailboxes: &[Mailbox]) -> [Query; 2] {
        let scope = scope.into();
        let query = |period, kinds: &[Kind]| {
            let query = Query::new(scope.clone(), period).kinds(kinds.iter().copied());
            query.by(Dimension::Mailbox).filter(of_mailboxes(mailboxes))
        };
        [
            query(Period::all(), &[Kind::Sent, Kind::HardBounced, Kind::Replied]),
            query(Period::today(), &[Kind::Sent]),
        ]
    }

    /// The answers to the two queries, in their order.
    pub fn new(lifetime: &Report, today: &Report) -> Self {
        Self { lifetime: ByMailbox::new(lifetime), today: ByMailbox::new(today) }
    }

    pub(super) fn total_sent(&self, mailbox: &Mailbox) -> u64 {
        self.lifetime.of(mailbox.email()).sent
    }

    pub(super) fn total_received(&self, mailbox: &Mailbox) -> u64 {
        self.lifetime.of(mailbox.email()).replied
    }

    pub(super) fn bounce_rate(&self, mailbox: &Mailbox) -> Decimal {
        let stats = self.lifetime.of(mailbox.email());
        let rate = Rate::new(stats.bounced, stats.sent).fraction(PLACES, Rounding::HalfAwayFromZero);
        rate.unwrap_or_default()
    }

    pub(super) fn sent_today(&self, mailbox: &Mailbox) -> u64 {
        self.today.of(mailbox.email()).sent
    }
}
