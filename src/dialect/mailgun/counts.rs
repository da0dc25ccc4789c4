//! Mailgun's counts as sums of this crate's metrics.
//!
//! | Mailgun's count | Mailgun's event and condition | this crate's |
//! |---|---|---|
//! | accepted, outgoing | accepted, authenticated | `accepted.outgoing`, and `accepted` without a qualifier *(ours)* |
//! | accepted, incoming | accepted, not authenticated | `accepted.incoming` |
//! | delivered, smtp | delivered by SMTP | `delivered.smtp`, and `delivered` without a qualifier *(ours)* |
//! | delivered, http | delivered to a route | `delivered.http` |
//! | failed, temporary | not permanent | `deferred`, `soft_bounced` (all) |
//! | …, espblock | reason `espblock` | `deferred.provider_block` |
//! | failed, permanent | permanent | `hard_bounced`, `failed` (all) but `failed.rejected` |
//! | …, suppress-bounce and so on | by reason | `failed.suppressed_bounce` and so on |
//! | …, bounce | reason `bounce`, not delayed | `hard_bounced.immediate`, and without a qualifier *(ours)* |
//! | …, delayed-bounce | by flag | `hard_bounced.delayed` |
//! | …, webhook | by flag | `hard_bounced.callback` |
//! | opened, clicked, unsubscribed, complained, stored | such events | the same |
//! | opened, clicked, unique | one for each message and reader in seven days | the first of its message with each qualifier *(ours)* |
//! | none | rejected | `failed.rejected`; `queued`, `sent`, `replied` |

use crate::counts::Counts;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{Total, TotalOf};
use crate::rate::Sum;

pub(super) use crate::rate::mailgun::{
    BOUNCED, CLICKED, COMPLAINED, DELIVERED, FAILED, HARD_BOUNCED, OPENED, PERMANENT, PROCESSED, SENT,
    SOFT_BOUNCED, TEMPORARY, UNIQUE_CLICKED, UNIQUE_OPENED, UNSUBSCRIBED,
};

pub(super) const ACCEPTED: Sum = Sum::new(&[Total(Kind::Accepted)]);
pub(super) const ACCEPTED_INCOMING: Sum = Sum::new(&[TotalOf(EventType::AcceptedIncoming)]);
pub(super) const ACCEPTED_OUTGOING: Sum =
    Sum::new(&[TotalOf(EventType::Accepted), TotalOf(EventType::AcceptedOutgoing)]);
pub(super) const DELIVERED_SMTP: Sum =
    Sum::new(&[TotalOf(EventType::Delivered), TotalOf(EventType::DeliveredSmtp)]);
pub(super) const DELIVERED_HTTP: Sum = Sum::new(&[TotalOf(EventType::DeliveredHttp)]);
pub(super) const TEMPORARY_BLOCKED: Sum = Sum::new(&[TotalOf(EventType::DeferredProviderBlock)]);
pub(super) const SUPPRESSED_BOUNCE: Sum = Sum::new(&[TotalOf(EventType::FailedSuppressedBounce)]);
pub(super) const SUPPRESSED_UNSUBSCRIBE: Sum = Sum::new(&[TotalOf(EventType::FailedSuppressedUnsubscribe)]);
pub(super) const SUPPRESSED_COMPLAINT: Sum = Sum::new(&[TotalOf(EventType::FailedSuppressedComplaint)]);
pub(super) const DELAYED_BOUNCE: Sum = Sum::new(&[TotalOf(EventType::HardBouncedDelayed)]);
pub(super) const WEBHOOK: Sum = Sum::new(&[TotalOf(EventType::HardBouncedCallback)]);
pub(super) const STORED: Sum = Sum::new(&[Total(Kind::Stored)]);

/// Returns the value of a sum in `counts`. It is not negative: what is subtracted is a part of what it is subtracted from.
pub(super) fn value(sum: Sum, counts: &Counts) -> u64 {
    let found = sum.value(counts).max(0);
    u64::try_from(found).unwrap_or(u64::MAX)
}

/// Returns the value of a sum over several counts. It saturates, but never does for the rows of a report, whose total fits.
pub(super) fn total(sum: Sum, parts: &[&Counts]) -> u64 {
    parts.iter().map(|counts| value(sum, counts)).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Metric::UniqueOf;

    /// Returns counts with a different total and unique for every event type, so that no two sums are equal by chance.
    fn marked() -> Counts {
        let mut counts = Counts::ZERO;
        for event_type in EventType::ALL {
            counts.add_to(TotalOf(event_type), 1 << (event_type as u32)).unwrap();
            counts.add_to(UniqueOf(event_type), 1 << (event_type as u32)).unwrap();
        }
        counts
    }

    fn of(event_types: &[EventType]) -> u64 {
        event_types.iter().map(|event_type| 1_u64 << (*event_type as u32)).sum()
    }

    #[test]
    fn every_count_is_of_its_event_types_and_rejected_mail_counts_nowhere() {
        use EventType::*;

        let counts = marked();
        for (sum, event_types) in [
            (ACCEPTED, &[Accepted, AcceptedIncoming, AcceptedOutgoing][..]),
            (ACCEPTED_INCOMING, &[AcceptedIncoming]),
            (ACCEPTED_OUTGOING, &[Accepted, AcceptedOutgoing]),
            (DELIVERED, &[Delivered, DeliveredSmtp, DeliveredHttp]),
            (DELIVERED_SMTP, &[Delivered, DeliveredSmtp]),
            (DELIVERED_HTTP, &[DeliveredHttp]),
            (TEMPORARY, &[Deferred, DeferredProviderBlock, DeferredLocal, DeferredOther, SoftBounced]),
            (TEMPORARY_BLOCKED, &[DeferredProviderBlock]),
            (
                PERMANENT,
                &[
                    HardBounced,
                    HardBouncedImmediate,
                    HardBouncedDelayed,
                    HardBouncedCallback,
                    Failed,
                    FailedSuppressedBounce,
                    FailedSuppressedUnsubscribe,
                    FailedSuppressedComplaint,
                    FailedSuppressedOther,
                    FailedExpired,
                    FailedProviderBlock,
                    FailedOther,
                ],
            ),
            (SUPPRESSED_BOUNCE, &[FailedSuppressedBounce]),
            (SUPPRESSED_UNSUBSCRIBE, &[FailedSuppressedUnsubscribe]),
            (SUPPRESSED_COMPLAINT, &[FailedSuppressedComplaint]),
            (HARD_BOUNCED, &[HardBounced, HardBouncedImmediate]),
            (DELAYED_BOUNCE, &[HardBouncedDelayed]),
            (WEBHOOK, &[HardBouncedCallback]),
            (STORED, &[Stored]),
            (OPENED, &[Opened, OpenedPerson, OpenedMachine, OpenedUnknown]),
            (CLICKED, &[Clicked, ClickedPerson, ClickedMachine, ClickedUnknown]),
            (UNSUBSCRIBED, &[Unsubscribed]),
            (COMPLAINED, &[Complained]),
            (UNIQUE_OPENED, &[Opened, OpenedPerson, OpenedMachine, OpenedUnknown]),
            (UNIQUE_CLICKED, &[Clicked, ClickedPerson, ClickedMachine, ClickedUnknown]),
        ] {
            assert_eq!(value(sum, &counts), of(event_types), "{sum}");
        }
    }
}
