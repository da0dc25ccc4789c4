//! The rates of other senders, so that a platform can show the figures that its customers know from them.

use super::definition::Definition;
use super::eligibility::Eligibility;
use super::mailgun;
use super::standard::{CLICKED, COMPLAINED, DELIVERED, HARD_BOUNCED, OPENED, REPLIED, SENT, UNSUBSCRIBED};
use super::sum::Sum;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::metric::Metric::{self, DailyUnique, Total, Unique, UniqueOf};
use crate::names::named_enum;
use crate::status::Status;

named_enum! {
    /// The rates that another sender publishes, under that sender's names and with its formulas.
    ///
    /// A rate is included only if the sender publishes its part and its whole, and if counts alone can reproduce both. So
    /// Mailgun's `delayed_rate`, which needs counts by [attempt](crate::Dimension::Attempt), is only in its
    /// [dialect](crate::dialect), and Iterable's click-to-open rate, over messages opened *or* clicked, is not here.
    /// Where a sender counts repeated opens and clicks of a message once within some days (Mailgun: seven), the preset
    /// counts them once in all; only Mailtrap's preset counts them once per day, as Mailtrap does.
    ///
    /// ```
    /// use mailtally::rate::Preset;
    ///
    /// let preset: Preset = "mailtrap".parse()?;
    /// let bounces = preset.definition("bounce_rate").unwrap();
    /// assert_eq!(bounces.to_string(), "hard_bounced.total / (delivered.total + hard_bounced.total)");
    /// # Ok::<(), mailtally::ParseError>(())
    /// ```
    #[non_exhaustive]
    pub enum Preset("preset") {
        /// Amazon SES: bounces over sent; the others over deliveries that can show the event.
        AmazonSes = "amazon_ses",
        /// Braze: bounces and complaints over sent, the others over delivered.
        Braze = "braze",
        /// Krafter: messages by their current status; delivered and bounced over all that were sent, complained over
        /// delivered.
        Krafter = "krafter",
        /// Mailgun: delivered over sent, failures over processed, the others over delivered.
        Mailgun = "mailgun",
        /// Mailtrap: delivered and hard-bounced over their sum, the others over delivered.
        Mailtrap = "mailtrap",
        /// Postmark: bounces and complaints over sent.
        Postmark = "postmark",
        /// SendKit: all over sent.
        SendKit = "sendkit",
        /// SparkPost: accepted and bounces over sent, the others over accepted (delivered and not bounced later).
        SparkPost = "sparkpost",
    }
}

impl Preset {
    /// The sender's rates, ordered by the life of a message.
    pub const fn definitions(self) -> &'static [Definition] {
        match self {
            Self::AmazonSes => AMAZON_SES,
            Self::Braze => BRAZE,
            Self::Krafter => KRAFTER,
            Self::Mailgun => mailgun::DEFINITIONS,
            Self::Mailtrap => MAILTRAP,
            Self::Postmark => POSTMARK,
            Self::SendKit => SEND_KIT,
            Self::SparkPost => SPARK_POST,
        }
    }

    /// Returns the sender's rate with that name; `None` if there is none.
    pub fn definition(self, name: &str) -> Option<&'static Definition> {
        self.definitions().iter().find(|definition| definition.name() == name)
    }
}

/// Messages handed to the next hop, which some senders call sent.
const HANDED_OVER: Sum = Sum::new(&[Unique(Kind::Sent)]);

const AMAZON_SES: &[Definition] = {
    const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
        Definition::new(
            name,
            part,
            whole,
            meaning,
            "Amazon SES API v2, Virtual Deliverability Manager metrics",
        )
    }
    &[
        rate("bounce_rate", HARD_BOUNCED, HANDED_OVER, "Permanent bounces, of messages sent."),
        rate("open_rate", OPENED, DELIVERED, "Messages opened, of deliveries with an open tracker.")
            .with_eligibility(Eligibility::OpenTracked),
        rate("click_rate", CLICKED, DELIVERED, "Messages clicked, of deliveries with wrapped links.")
            .with_eligibility(Eligibility::ClickTracked),
        rate(
            "complaint_rate",
            COMPLAINED,
            DELIVERED,
            "Complaints, of deliveries to providers that report them.",
        )
        .with_eligibility(Eligibility::ComplaintReporting),
    ]
};

const BRAZE: &[Definition] = {
    const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
        Definition::new(name, part, whole, meaning, "Braze documentation, report metrics")
    }
    &[
        rate("bounce_rate", HARD_BOUNCED, HANDED_OVER, "Messages bounced, of those sent."),
        rate("open_rate", OPENED, DELIVERED, "Messages opened, of those delivered."),
        rate("click_rate", CLICKED, DELIVERED, "Messages clicked, of those delivered."),
        rate("unsubscribe_rate", UNSUBSCRIBED, DELIVERED, "Unsubscribed, of messages delivered."),
        rate("complaint_rate", COMPLAINED, HANDED_OVER, "Complaints, of messages sent."),
    ]
};

const KRAFTER: &[Definition] = {
    const DELIVERED_NOW: Sum = Sum::new(&[Metric::Status(Status::Delivered)]);
    const BOUNCED_NOW: Sum =
        Sum::new(&[Metric::Status(Status::SoftBounced), Metric::Status(Status::HardBounced)]);
    const TRIED: Sum = Sum::new(&[
        Metric::Status(Status::Sent),
        Metric::Status(Status::Deferred),
        Metric::Status(Status::Delivered),
        Metric::Status(Status::SoftBounced),
        Metric::Status(Status::HardBounced),
        Metric::Status(Status::Failed),
    ]);
    const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
        Definition::new(
            name,
            part,
            whole,
            meaning,
            "Krafter documentation, mail statistics, docs.krafter.dev",
        )
    }
    &[
        rate(
            "delivery_rate",
            DELIVERED_NOW,
            TRIED,
            "Messages with status delivered, of those sent, delivered, bounced or failed.",
        ),
        rate(
            "bounce_rate",
            BOUNCED_NOW,
            TRIED,
            "Messages with status bounced, of those sent, delivered, bounced or failed.",
        ),
        rate(
            "complaint_rate",
            Sum::new(&[Metric::Status(Status::Complained)]),
            DELIVERED_NOW,
            "Messages with status complained, over those with status delivered; a message has one status.",
        ),
    ]
};

const MAILTRAP: &[Definition] = {
    const DELIVERIES: Sum = Sum::new(&[Total(Kind::Delivered)]);
    const BOUNCES: Sum = Sum::new(&[Total(Kind::HardBounced)]);
    const BOTH: Sum = Sum::new(&[Total(Kind::Delivered), Total(Kind::HardBounced)]);
    const COMPLAINTS: Sum = Sum::new(&[Total(Kind::Complained)]);
    const DAILY_OPENED: Sum = Sum::new(&[DailyUnique(Kind::Opened)]);
    const DAILY_CLICKED: Sum = Sum::new(&[DailyUnique(Kind::Clicked)]);
    const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
        Definition::new(name, part, whole, meaning, "Mailtrap, sending statistics: the published replies")
    }
    &[
        rate("delivery_rate", DELIVERIES, BOTH, "Deliveries, of deliveries and hard bounces."),
        rate("bounce_rate", BOUNCES, BOTH, "Hard bounces, of deliveries and hard bounces."),
        rate("open_rate", DAILY_OPENED, DELIVERIES, "Messages opened, once a day, over deliveries."),
        rate("click_rate", DAILY_CLICKED, DELIVERIES, "Messages clicked, once a day, over deliveries."),
        rate("spam_rate", COMPLAINTS, DELIVERIES, "Complaints, over deliveries."),
    ]
};

const POSTMARK: &[Definition] = {
    const fn rate_of_sent(name: &'static str, part: Sum, meaning: &'static str) -> Definition {
        let source = "Postmark developer documentation, stats API, postmarkapp.com/developer/api/stats-api";
        Definition::new(name, part, HANDED_OVER, meaning, source)
    }
    &[
        rate_of_sent("bounce_rate", HARD_BOUNCED, "Messages bounced, of those sent."),
        rate_of_sent("complaint_rate", COMPLAINED, "Complaints, of messages sent."),
    ]
};

const SEND_KIT: &[Definition] = {
    const fn rate_of_sent(name: &'static str, part: Sum, meaning: &'static str) -> Definition {
        Definition::new(
            name,
            part,
            HANDED_OVER,
            meaning,
            "SendKit API reference, analytics: the published example",
        )
    }
    &[
        rate_of_sent("open", OPENED, "Messages opened, of those sent."),
        rate_of_sent("click", CLICKED, "Messages clicked, of those sent."),
        rate_of_sent("bounce", HARD_BOUNCED, "Messages bounced, of those sent."),
        rate_of_sent("reply", REPLIED, "Messages replied to, of those sent."),
        rate_of_sent(
            "positiveReply",
            Sum::new(&[UniqueOf(EventType::RepliedPositive)]),
            "Messages with a positive reply, of those sent.",
        ),
    ]
};

const SPARK_POST: &[Definition] = {
    const ACCEPTED: Sum =
        Sum::new(&[Unique(Kind::Delivered)]).less(&[UniqueOf(EventType::HardBouncedDelayed)]);
    const BOUNCED: Sum = Sum::new(&[
        Unique(Kind::HardBounced),
        UniqueOf(EventType::Failed),
        UniqueOf(EventType::FailedExpired),
        UniqueOf(EventType::FailedProviderBlock),
        UniqueOf(EventType::FailedOther),
    ]);
    const fn rate(name: &'static str, part: Sum, whole: Sum, meaning: &'static str) -> Definition {
        Definition::new(name, part, whole, meaning, "SparkPost, metrics API and its published formulas")
    }
    &[
        rate("accepted_rate", ACCEPTED, SENT, "Messages delivered and not bounced later, of those sent."),
        rate("bounce_rate", BOUNCED, SENT, "Messages bounced, at once or later, of those sent."),
        rate("hard_bounce_rate", HARD_BOUNCED, SENT, "Messages hard-bounced, of those sent."),
        rate(
            "delayed_rate",
            Sum::new(&[Unique(Kind::Deferred)]),
            ACCEPTED,
            "Messages deferred, of those accepted.",
        ),
        rate(
            "open_rate",
            OPENED,
            ACCEPTED,
            "Messages opened, of those accepted; SparkPost adds those only clicked.",
        ),
        rate("click_through_rate", CLICKED, ACCEPTED, "Messages clicked, of those accepted."),
        rate("unsubscribe_rate", UNSUBSCRIBED, ACCEPTED, "Unsubscribed, of messages accepted."),
        rate("spam_complaint_rate", COMPLAINED, ACCEPTED, "Complaints, of messages accepted."),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::counts::Counts;
    use crate::metric::Metric::TotalOf;
    use crate::rate::Rate;

    /// Returns counts with a different power of two for every event type, so that no two sums are equal by chance.
    fn marked() -> Counts {
        let mut counts = Counts::ZERO;
        for event_type in EventType::ALL {
            counts.add_to(TotalOf(event_type), 1 << (event_type as u32)).unwrap();
            counts.add_to(UniqueOf(event_type), 1 << (event_type as u32)).unwrap();
        }
        for kind in Kind::ALL {
            counts.add_to(Unique(kind), 1 << (40 + kind as u32)).unwrap();
        }
        counts
    }

    fn total(event_types: &[EventType]) -> u64 {
        event_types.iter().map(|event_type| 1 << (*event_type as u32)).sum()
    }

    fn rate(preset: Preset, name: &str, counts: &Counts) -> Rate {
        preset.definition(name).unwrap().compute(counts).unwrap()
    }

    #[test]
    fn names_are_unique_and_every_definition_is_explained() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse(), Ok(preset));
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
            let names: BTreeSet<&str> = preset.definitions().iter().map(Definition::name).collect();
            assert_eq!(names.len(), preset.definitions().len());
            for definition in preset.definitions() {
                assert!(definition.meaning().ends_with('.'), "{definition:?}");
                assert!(!definition.source().is_empty(), "{definition:?}");
            }
        }
        assert!(Preset::ALL.is_sorted_by_key(|preset| preset.name()));
    }

    #[test]
    fn no_sum_has_a_metric_twice() {
        let sets = Preset::ALL.into_iter().map(Preset::definitions).chain([Definition::STANDARD]);
        for definition in sets.flatten() {
            for sum in [definition.part(), definition.whole()] {
                let metrics: Vec<_> = sum.plus().iter().chain(sum.minus()).collect();
                let distinct: BTreeSet<_> = metrics.iter().collect();
                assert_eq!(metrics.len(), distinct.len(), "{definition}");
            }
        }
    }

    #[test]
    fn mailtrap_divides_by_delivered_and_bounced_or_by_delivered() {
        let mut counts = Counts::ZERO;
        for (metric, count) in [
            (Total(Kind::Delivered), 380),
            (Total(Kind::HardBounced), 20),
            (DailyUnique(Kind::Opened), 342),
            (DailyUnique(Kind::Clicked), 266),
            (Unique(Kind::Opened), 99),
            (Unique(Kind::Clicked), 99),
            (Total(Kind::Complained), 6),
            (Total(Kind::Failed), 99),
            (Total(Kind::SoftBounced), 99),
        ] {
            counts.add_to(metric, count).unwrap();
        }
        let shown = |name| rate(Preset::Mailtrap, name, &counts);
        assert_eq!(shown("delivery_rate"), Rate::new(380, 400));
        assert_eq!(shown("bounce_rate"), Rate::new(20, 400));
        assert_eq!(shown("open_rate"), Rate::new(342, 380));
        assert_eq!(shown("click_rate"), Rate::new(266, 380));
        assert_eq!(shown("spam_rate"), Rate::new(6, 380));
    }

    #[test]
    fn krafter_leaves_out_queued_and_complained() {
        let mut counts = Counts::ZERO;
        for (bit, status) in Status::ALL.into_iter().enumerate() {
            counts.add_to(Metric::Status(status), 1 << bit).unwrap();
        }
        let of = |status: Status| counts.status(status);
        let bounced = of(Status::SoftBounced) + of(Status::HardBounced);
        let total =
            of(Status::Sent) + of(Status::Deferred) + of(Status::Delivered) + bounced + of(Status::Failed);
        let shown = |name| rate(Preset::Krafter, name, &counts);
        assert_eq!(shown("delivery_rate"), Rate::new(of(Status::Delivered), total));
        assert_eq!(shown("bounce_rate"), Rate::new(bounced, total));
        assert_eq!(shown("complaint_rate"), Rate::new(of(Status::Complained), of(Status::Delivered)));
    }

    #[test]
    fn mailgun_divides_by_sent_processed_or_delivered() {
        let delivered = total(&[EventType::Delivered, EventType::DeliveredSmtp, EventType::DeliveredHttp]);
        let tried = total(&[
            EventType::Failed,
            EventType::FailedExpired,
            EventType::FailedProviderBlock,
            EventType::FailedOther,
        ]);
        let suppressed = total(&[
            EventType::FailedSuppressedBounce,
            EventType::FailedSuppressedUnsubscribe,
            EventType::FailedSuppressedComplaint,
            EventType::FailedSuppressedOther,
        ]);
        let hard = total(&[EventType::HardBounced, EventType::HardBouncedImmediate]);
        let soft = total(&[EventType::FailedProviderBlock, EventType::FailedOther]);
        let later = total(&[EventType::HardBouncedDelayed, EventType::HardBouncedCallback]);
        let temporary = total(&[
            EventType::Deferred,
            EventType::DeferredLocal,
            EventType::DeferredOther,
            EventType::DeferredProviderBlock,
            EventType::SoftBounced,
        ]);
        let bounced = hard + later + tried;
        let processed = delivered + hard + tried + suppressed;
        let opened = total(&[
            EventType::Opened,
            EventType::OpenedPerson,
            EventType::OpenedMachine,
            EventType::OpenedUnknown,
        ]);
        let clicked = total(&[
            EventType::Clicked,
            EventType::ClickedPerson,
            EventType::ClickedMachine,
            EventType::ClickedUnknown,
        ]);
        for (name, part, whole) in [
            ("delivered_rate", delivered, delivered + bounced),
            ("bounce_rate", bounced, processed),
            ("hard_bounce_rate", hard, processed),
            ("soft_bounce_rate", soft, processed),
            ("permanent_fail_rate", bounced + suppressed, processed),
            ("temporary_fail_rate", temporary, processed),
            ("fail_rate", bounced + suppressed + temporary, processed),
            ("opened_rate", opened, delivered),
            ("unique_opened_rate", opened, delivered),
            ("clicked_rate", clicked, delivered),
            ("unique_clicked_rate", clicked, delivered),
            ("unsubscribed_rate", total(&[EventType::Unsubscribed]), delivered),
            ("complained_rate", total(&[EventType::Complained]), delivered),
        ] {
            assert_eq!(rate(Preset::Mailgun, name, &marked()), Rate::new(part, whole), "{name}");
        }
        assert_eq!(Preset::Mailgun.definitions().len(), 13);
    }

    #[test]
    fn formulas_are_as_published() {
        let formula = |preset: Preset, name| preset.definition(name).unwrap().to_string();
        for (preset, name, text) in [
            (Preset::SendKit, "open", "opened.unique / sent.unique"),
            (Preset::SendKit, "click", "clicked.unique / sent.unique"),
            (Preset::SendKit, "bounce", "hard_bounced.unique / sent.unique"),
            (Preset::SendKit, "reply", "replied.unique / sent.unique"),
            (Preset::SendKit, "positiveReply", "replied.positive.unique / sent.unique"),
            (Preset::Postmark, "bounce_rate", "hard_bounced.unique / sent.unique"),
            (Preset::Postmark, "complaint_rate", "complained.unique / sent.unique"),
            (Preset::Braze, "bounce_rate", "hard_bounced.unique / sent.unique"),
            (Preset::Braze, "open_rate", "opened.unique / delivered.unique"),
            (Preset::Braze, "click_rate", "clicked.unique / delivered.unique"),
            (Preset::Braze, "unsubscribe_rate", "unsubscribed.unique / delivered.unique"),
            (Preset::Braze, "complaint_rate", "complained.unique / sent.unique"),
            (Preset::AmazonSes, "bounce_rate", "hard_bounced.unique / sent.unique"),
            (Preset::AmazonSes, "open_rate", "opened.unique / delivered.unique"),
            (Preset::AmazonSes, "click_rate", "clicked.unique / delivered.unique"),
            (Preset::AmazonSes, "complaint_rate", "complained.unique / delivered.unique"),
        ] {
            assert_eq!(formula(preset, name), text);
        }
        let accepted = "(delivered.unique - hard_bounced.delayed.unique)";
        for (name, part) in [
            ("open_rate", "opened"),
            ("click_through_rate", "clicked"),
            ("delayed_rate", "deferred"),
            ("unsubscribe_rate", "unsubscribed"),
            ("spam_complaint_rate", "complained"),
        ] {
            assert_eq!(formula(Preset::SparkPost, name), format!("{part}.unique / {accepted}"));
        }
        for (name, part) in [
            ("accepted_rate", accepted),
            ("hard_bounce_rate", "hard_bounced.unique"),
            (
                "bounce_rate",
                "(hard_bounced.unique + failed.unqualified.unique + failed.expired.unique \
                 + failed.provider_block.unique + failed.other.unique)",
            ),
        ] {
            assert_eq!(formula(Preset::SparkPost, name), format!("{part} / ({SENT})"));
        }
    }

    #[test]
    fn only_amazon_has_a_rate_of_eligible_mail() {
        for preset in Preset::ALL {
            let is_limited = preset.definitions().iter().any(|rate| rate.eligibility() != Eligibility::All);
            assert_eq!(is_limited, preset == Preset::AmazonSes);
        }
    }
}
