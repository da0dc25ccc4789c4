//! The limits that mailbox providers and senders publish.

use std::cmp::Ordering;

use super::Rate;

/// A published limit of one of a sender's rates.
///
/// The provider's figure and a sender's own are not the same number: Google and Yahoo divide by the mail that reached
/// the *inbox*, which a sender does not know, and Google, as far as is known, reports no single complaint. Complaints
/// over deliveries to the providers that report them (see [`Eligibility`](super::Eligibility)) are the nearest that a
/// sender can count; over all deliveries the figure is too low. Call it an approximation where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Limit {
    provider: &'static str,
    rate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_below: Option<Rate>,
    never_reach: Rate,
    source: &'static str,
}

impl Limit {
    /// Google: keep the spam rate below 0.1 %, and never reach 0.3 %.
    pub const GOOGLE_COMPLAINTS: Self = Self {
        provider: "Google",
        rate: "reported_complaint_rate",
        keep_below: Some(Rate::new(1, 1000)),
        never_reach: Rate::new(3, 1000),
        source: "Email sender guidelines, support.google.com/mail/answer/81126; of mail delivered to the inbox, by day",
    };

    /// Yahoo: keep the spam rate below 0.3 %.
    pub const YAHOO_COMPLAINTS: Self = Self {
        provider: "Yahoo",
        rate: "reported_complaint_rate",
        keep_below: None,
        never_reach: Rate::new(3, 1000),
        source: "Yahoo Sender Hub, sender best practices; of mail delivered to the inbox",
    };

    /// Amazon SES: an account is reviewed from 5 % of bounces on, and may be paused from 10 % on.
    pub const AMAZON_SES_BOUNCES: Self = Self {
        provider: "Amazon SES",
        rate: "bounce_rate",
        keep_below: Some(Rate::new(5, 100)),
        never_reach: Rate::new(10, 100),
        source: "Amazon SES sending review, as quoted by docs.sendwithses.com; over a representative volume",
    };

    /// Amazon SES: an account is reviewed from 0.1 % of complaints on, and may be paused from 0.5 % on.
    pub const AMAZON_SES_COMPLAINTS: Self = Self {
        provider: "Amazon SES",
        rate: "reported_complaint_rate",
        keep_below: Some(Rate::new(1, 1000)),
        never_reach: Rate::new(5, 1000),
        source: "Amazon SES sending review, as quoted by docs.sendwithses.com; over a representative volume",
    };

    /// Every limit above, in that order.
    pub const PUBLISHED: [Self; 4] = [
        Self::GOOGLE_COMPLAINTS,
        Self::YAHOO_COMPLAINTS,
        Self::AMAZON_SES_BOUNCES,
        Self::AMAZON_SES_COMPLAINTS,
    ];

    /// Who publishes the limit.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// The name of the [standard definition](super::Definition::STANDARD) that comes nearest to what is limited.
    pub const fn rate(&self) -> &'static str {
        self.rate
    }

    /// The rate that a sender is told to stay below; `None` where only the limit itself is published.
    pub const fn keep_below(&self) -> Option<Rate> {
        self.keep_below
    }

    /// The limit: a sender that reaches it must expect the worst.
    pub const fn never_reach(&self) -> Rate {
        self.never_reach
    }

    /// Where the limit is published, and what the provider divides by.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// What the limit says of `rate`.
    ///
    /// The rate is compared with the limit exactly, as the provider does; the 95 % [interval](Rate::interval) says
    /// whether there is enough mail to compare. In this order:
    ///
    /// 1. [`Verdict::TooLittle`] where so few messages were counted that not even a rate of zero would show that the
    ///    limit is kept (the interval of zero in the whole reaches it: below 1277 messages for 0.3 %), unless the
    ///    interval of the rate lies above the limit all the same, as for 5 complaints in 100 messages;
    /// 2. [`Verdict::Exceeded`] where the rate has reached the limit;
    /// 3. [`Verdict::Warning`] where it has reached the advised rate, or where its interval reaches the limit;
    /// 4. [`Verdict::Within`].
    ///
    /// ```
    /// use mailtally::rate::Rate;
    /// use mailtally::rate::{Limit, Verdict};
    ///
    /// let google = Limit::GOOGLE_COMPLAINTS;
    /// assert_eq!(google.verdict(Rate::new(4, 5000)), Verdict::Within);
    /// assert_eq!(google.verdict(Rate::new(5, 5000)), Verdict::Warning);
    /// assert_eq!(google.verdict(Rate::new(15, 5000)), Verdict::Exceeded);
    /// assert_eq!(google.verdict(Rate::new(0, 1000)), Verdict::TooLittle);
    /// ```
    pub fn verdict(&self, rate: Rate) -> Verdict {
        let limit = self.never_reach.as_f64();
        let interval = rate.interval();
        let enough = Rate::new(0, rate.whole()).interval().is_some_and(|of_zero| of_zero.high < limit);
        let proven = interval.is_some_and(|interval| interval.low >= limit);
        if !enough && !proven {
            Verdict::TooLittle
        } else if reaches(rate, self.never_reach) {
            Verdict::Exceeded
        } else if self.keep_below.is_some_and(|advised| reaches(rate, advised))
            || interval.is_some_and(|interval| interval.high >= limit)
        {
            Verdict::Warning
        } else {
            Verdict::Within
        }
    }
}

/// What a [`Limit`] says of a rate, mildest first after [`Verdict::TooLittle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Too few messages to say anything.
    TooLittle,
    /// Below what is advised, and safely below the limit.
    Within,
    /// At or above what is advised, or so near the limit that chance alone may have kept it below.
    Warning,
    /// At or above the limit.
    Exceeded,
}

/// Whether `rate` is at `mark` or above, exactly.
fn reaches(rate: Rate, mark: Rate) -> bool {
    rate.compare(mark).is_some_and(Ordering::is_ge)
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Exceeded, TooLittle, Warning, Within};
    use super::*;
    use crate::rate::Definition;

    #[test]
    fn limits_are_compared_exactly() {
        for (part, whole, google, yahoo) in [
            (0, 0, TooLittle, TooLittle),
            (3, 0, TooLittle, TooLittle),
            (0, 1276, TooLittle, TooLittle),
            (0, 1277, Within, Within),
            (5, 1000, TooLittle, TooLittle),
            (5, 100, Exceeded, Exceeded),
            (999, 1_000_000, Within, Within),
            (1000, 1_000_000, Warning, Within),
            (2000, 1_000_000, Warning, Within),
            (2999, 1_000_000, Warning, Warning),
            (3000, 1_000_000, Exceeded, Exceeded),
            (29_999_999_999, 10_000_000_000_000, Warning, Warning),
            (1, 1300, Warning, Warning),
            (4, 1300, Exceeded, Exceeded),
            (3, 2, TooLittle, TooLittle),
            (3000, 2000, Exceeded, Exceeded),
        ] {
            let rate = Rate::new(part, whole);
            assert_eq!(Limit::GOOGLE_COMPLAINTS.verdict(rate), google, "{rate}");
            assert_eq!(Limit::YAHOO_COMPLAINTS.verdict(rate), yahoo, "{rate}");
        }
    }

    #[test]
    fn every_limit_has_its_three_verdicts_with_enough_mail() {
        for limit in Limit::PUBLISHED {
            let of = |part| limit.verdict(Rate::new(part, 1_000_000));
            let never = limit.never_reach().part() * 1_000_000 / limit.never_reach().whole();
            assert_eq!([of(0), of(never - 1), of(never)], [Within, Warning, Exceeded], "{limit:?}");
            if let Some(advised) = limit.keep_below() {
                let advised = advised.part() * 1_000_000 / advised.whole();
                assert_eq!([of(advised - 1), of(advised)], [Within, Warning], "{limit:?}");
            }
        }
    }

    #[test]
    fn limits_are_as_published() {
        // In messages of a thousand.
        let per_mille = |rate: Rate| rate.part() * 1000 / rate.whole();
        let published = Limit::PUBLISHED.map(|limit| {
            (
                limit.provider(),
                limit.rate(),
                limit.keep_below().map(per_mille),
                per_mille(limit.never_reach()),
            )
        });
        assert_eq!(
            published,
            [
                ("Google", "reported_complaint_rate", Some(1), 3),
                ("Yahoo", "reported_complaint_rate", None, 3),
                ("Amazon SES", "bounce_rate", Some(50), 100),
                ("Amazon SES", "reported_complaint_rate", Some(1), 5),
            ]
        );
    }

    #[test]
    fn every_limit_names_a_standard_rate_and_a_source() {
        for limit in Limit::PUBLISHED {
            assert!(Definition::named(limit.rate()).is_ok(), "{limit:?}");
            assert!(!limit.source().is_empty() && !limit.provider().is_empty());
        }
    }
}
