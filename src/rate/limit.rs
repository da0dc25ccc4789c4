//! Limits on complaint and bounce rates, as mailbox providers and senders publish them.

use std::cmp::Ordering;

use super::Rate;

/// A published limit on the complaint rate or the bounce rate of a sender.
///
/// A sender can only approximate the rate that a provider limits. Google and Yahoo divide by the mail that reached the
/// *inbox*, which a sender does not know, and Google, as far as is known, does not report single complaints. The best
/// approximation is the complaints over the deliveries to providers that report complaints (see
/// [`Eligibility`](super::Eligibility)); over all deliveries the rate is too low. Label it as an approximation.
///
/// ```
/// use mailtally::rate::Rate;
/// use mailtally::rate::{Definition, Limit};
///
/// let google = Limit::GOOGLE_COMPLAINTS;
/// assert_eq!(google.never_reach(), Rate::new(3, 1000)); // 0.3 %
/// assert_eq!(Definition::named(google.rate())?.name(), "reported_complaint_rate");
/// # Ok::<(), mailtally::ParseError>(())
/// ```
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
    /// Google: keep the spam rate below 0.1 %, and never reach 0.3 %. Source: Email sender guidelines.
    pub const GOOGLE_COMPLAINTS: Self = Self {
        provider: "Google",
        rate: "reported_complaint_rate",
        keep_below: Some(Rate::new(1, 1000)),
        never_reach: Rate::new(3, 1000),
        source: "Email sender guidelines, support.google.com/mail/answer/81126; of mail delivered to the inbox, by day",
    };

    /// Yahoo: keep the spam rate below 0.3 %. Source: Sender Hub, sender best practices.
    pub const YAHOO_COMPLAINTS: Self = Self {
        provider: "Yahoo",
        rate: "reported_complaint_rate",
        keep_below: None,
        never_reach: Rate::new(3, 1000),
        source: "Yahoo Sender Hub, sender best practices; of mail delivered to the inbox",
    };

    /// Amazon SES: an account is reviewed at a bounce rate of 5 % or more, and may be paused at 10 % or more.
    pub const AMAZON_SES_BOUNCES: Self = Self {
        provider: "Amazon SES",
        rate: "bounce_rate",
        keep_below: Some(Rate::new(5, 100)),
        never_reach: Rate::new(10, 100),
        source: "Amazon SES Developer Guide, reputation metrics messages; over a representative volume",
    };

    /// Amazon SES: an account is reviewed at a complaint rate of 0.1 % or more, and may be paused at 0.5 % or more.
    pub const AMAZON_SES_COMPLAINTS: Self = Self {
        provider: "Amazon SES",
        rate: "reported_complaint_rate",
        keep_below: Some(Rate::new(1, 1000)),
        never_reach: Rate::new(5, 1000),
        source: "Amazon SES Developer Guide, reputation metrics messages; over a representative volume",
    };

    /// Every limit, in the order above.
    pub const PUBLISHED: [Self; 4] = [
        Self::GOOGLE_COMPLAINTS,
        Self::YAHOO_COMPLAINTS,
        Self::AMAZON_SES_BOUNCES,
        Self::AMAZON_SES_COMPLAINTS,
    ];

    /// The name of the provider or sender that publishes the limit.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// The name of the [standard rate](super::Definition::STANDARD) that best approximates the limited one.
    pub const fn rate(&self) -> &'static str {
        self.rate
    }

    /// The recommended maximum: stay below this rate. `None` if only the limit itself is published.
    pub const fn keep_below(&self) -> Option<Rate> {
        self.keep_below
    }

    /// The limit: a rate at or above it is penalised.
    pub const fn never_reach(&self) -> Rate {
        self.never_reach
    }

    /// Where the limit is published, and what the provider divides by.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Compares `rate` with the limit.
    ///
    /// The comparison is exact, as the provider's; the 95 % [interval](Rate::interval) decides whether there is enough
    /// mail for it. The first of these that applies:
    ///
    /// 1. [`Verdict::TooLittle`] if `rate` has no value, or if even a rate of zero over as many messages would have an
    ///    interval that reaches the limit (fewer than 1277 messages for 0.3 %). The second case does not apply if the
    ///    whole interval of `rate` is at or above the limit, as for 5 complaints in 100 messages;
    /// 2. [`Verdict::Exceeded`] if the rate is at or above the limit;
    /// 3. [`Verdict::Warning`] if it is at or above the recommended maximum, or if its interval reaches the limit;
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
        let is_enough = Rate::new(0, rate.whole()).interval().is_some_and(|of_zero| of_zero.high < limit);
        let is_proven = interval.is_some_and(|interval| interval.low >= limit);
        if !is_enough && !is_proven {
            Verdict::TooLittle
        } else if reaches(rate, self.never_reach) {
            Verdict::Exceeded
        } else if self.keep_below.is_some_and(|maximum| reaches(rate, maximum))
            || interval.is_some_and(|interval| interval.high >= limit)
        {
            Verdict::Warning
        } else {
            Verdict::Within
        }
    }
}

/// The result of comparing a rate with a [`Limit`]: no result first, then from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Too few messages to decide.
    TooLittle,
    /// Below the recommended maximum, and significantly below the limit.
    Within,
    /// Below the limit, but at or above the recommended maximum, or not significantly below the limit.
    Warning,
    /// At or above the limit.
    Exceeded,
}

/// Whether `rate` is at or above `threshold`, exactly.
fn reaches(rate: Rate, threshold: Rate) -> bool {
    rate.compare(threshold).is_some_and(Ordering::is_ge)
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
        // Per thousand messages.
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
