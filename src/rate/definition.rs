//! What a named rate divides by what, as data.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Rate, standard};
use crate::counts::Counts;
use crate::metric::Metric;
use crate::parse_error::ParseError;

/// A named rate: the figures that make up its part and its whole, the mail that both are counted over, what it means
/// and where the definition comes from.
///
/// The same word means different things to different senders, so a rate is never shown without its definition.
/// Documentation, reports and dialects all read it from here.
///
/// ```
/// use mailtally::rate::{Definition, Sum};
/// use mailtally::rate::Rate;
/// use mailtally::store::FirstOf;
/// use mailtally::{Counts, EventType, Kind, Metric};
///
/// const POSITIVE: Definition = Definition::new(
///     "positive_reply_rate",
///     Sum::of(&[Metric::UniqueOf(EventType::RepliedPositive)]),
///     Sum::of(&[Metric::Unique(Kind::Replied)]),
///     "Messages with a positive reply, of those with a reply.",
///     "our sales team",
/// );
///
/// let mut counts = Counts::default();
/// counts.record(EventType::RepliedPositive, FirstOf::EVERYTHING)?;
/// counts.record(EventType::RepliedOther, FirstOf::EVERYTHING)?;
/// assert_eq!(POSITIVE.of(&counts)?, Rate::new(1, 2));
/// assert_eq!(POSITIVE.to_string(), "replied.positive.unique / replied.unique");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Definition {
    name: &'static str,
    part: Sum,
    whole: Sum,
    eligibility: Eligibility,
    meaning: &'static str,
    source: &'static str,
}

impl Definition {
    /// This crate's own set, in the order of a message's life: rates of *messages*, each counted once.
    ///
    /// **Sent** below is every message that the recipient's side has answered for good: delivered, refused at once (a
    /// bounce marked `delayed` follows a delivery, which is counted already), or given up after trying. Suppressed and
    /// rejected messages were never tried and are not in it, nor are those that still wait. A message that both
    /// bounced and failed counts twice, so a host should report one end of a message only.
    ///
    /// A rate with a plain name is over all mail. Its twin named `tracked_` or `reported_` is the same over the mail
    /// where such an event can be seen at all, and is true only of counts of just that mail: see [`Eligibility`].
    ///
    /// | name | part / whole | only mail | meaning |
    /// |---|---|---|---|
    /// | `delivery_rate` | delivered / sent | `all` | Messages that the recipient's server took. |
    /// | `bounce_rate` | hard bounced / sent | `all` | Messages refused for good, at once or after a delivery. |
    /// | `failure_rate` | given up after trying / sent | `all` | Messages given up after trying. |
    /// | `deferral_rate` | deferred / sent | `all` | Messages put off at least once; those that still wait are in the part only. |
    /// | `open_rate` | opened / delivered | `all` | Messages opened by anyone, machines included. |
    /// | `tracked_open_rate` | opened / delivered | `open_tracked` | Messages opened by anyone, machines included, of those whose opens are tracked. |
    /// | `person_open_rate` | opened by a person / delivered | `all` | Messages opened by a person. |
    /// | `tracked_person_open_rate` | opened by a person / delivered | `open_tracked` | Messages opened by a person, of those whose opens are tracked. |
    /// | `click_rate` | clicked / delivered | `all` | Messages with a link followed by anyone, machines included. |
    /// | `tracked_click_rate` | clicked / delivered | `click_tracked` | Messages with a link followed by anyone, machines included, of those whose clicks are tracked. |
    /// | `person_click_rate` | clicked by a person / delivered | `all` | Messages with a link followed by a person. |
    /// | `tracked_person_click_rate` | clicked by a person / delivered | `click_tracked` | Messages with a link followed by a person, of those whose clicks are tracked. |
    /// | `click_to_open_rate` | clicked / opened | `all` | Messages clicked, of those opened; a click without an open (pictures off) is in the part only. |
    /// | `tracked_click_to_open_rate` | clicked / opened | `open_and_click_tracked` | Messages clicked, of those opened, where both are tracked; a click without an open is in the part only. |
    /// | `unsubscribe_rate` | unsubscribed / delivered | `all` | Messages whose recipient wants no more. |
    /// | `complaint_rate` | complained / delivered | `all` | Messages that the recipient called spam. |
    /// | `reported_complaint_rate` | complained / delivered | `complaint_reporting` | Messages that the recipient called spam, of those to providers that report it. |
    /// | `reply_rate` | replied / delivered | `all` | Messages that were answered. |
    pub const STANDARD: &'static [Self] = standard::DEFINITIONS;

    /// A rate of `part` in `whole`, over all mail; `meaning` is one sentence, `source` says whose definition it is.
    pub const fn new(
        name: &'static str,
        part: Sum,
        whole: Sum,
        meaning: &'static str,
        source: &'static str,
    ) -> Self {
        Self { name, part, whole, eligibility: Eligibility::All, meaning, source }
    }

    /// The same rate, over less mail.
    pub const fn among(self, eligibility: Eligibility) -> Self {
        Self { eligibility, ..self }
    }

    /// The standard definition of that name.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if there is none; it names those that there are.
    pub fn named(name: &str) -> Result<&'static Self, ParseError> {
        Self::STANDARD
            .iter()
            .find(|definition| definition.name == name)
            .ok_or_else(|| ParseError::not_one_of("rate", name, Self::STANDARD.iter().map(Self::name)))
    }

    /// The name, such as `delivery_rate`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What is counted.
    pub const fn part(&self) -> Sum {
        self.part
    }

    /// What it is counted among.
    pub const fn whole(&self) -> Sum {
        self.whole
    }

    /// The mail that part and whole must both be counted over. Counts cannot be narrowed afterwards: ask for them with
    /// the filters that [`Filter::of`](crate::Filter::of) gives.
    pub const fn eligibility(&self) -> Eligibility {
        self.eligibility
    }

    /// What the rate means, in one sentence.
    pub const fn meaning(&self) -> &'static str {
        self.meaning
    }

    /// Whose definition it is.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Every figure that the rate needs, those of the part first; a figure may come twice.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        [self.part, self.whole].into_iter().flat_map(|sum| sum.plus.iter().chain(sum.minus).copied())
    }

    /// The rate of `counts`.
    ///
    /// # Errors
    ///
    /// [`Uncountable`] if more is taken away from a sum than it holds, which happens where events are counted on the
    /// day they happen (the bounces of today may follow deliveries of yesterday), or if a sum exceeds 64 bits.
    pub fn of(&self, counts: &Counts) -> Result<Rate, Uncountable> {
        let value = |side, sum: Sum| {
            let found = sum.of_counts(counts);
            u64::try_from(found).map_err(|_| Uncountable { rate: self.name, side, found })
        };
        Ok(Rate::new(value(Side::Part, self.part)?, value(Side::Whole, self.whole)?))
    }
}

impl fmt::Display for Definition {
    /// The formula: `delivered.unique / sent.unique`, with a longer sum in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let factor = |sum: Sum| if sum.names().count() > 1 { format!("({sum})") } else { sum.to_string() };
        write!(f, "{} / {}", factor(self.part), factor(self.whole))
    }
}

/// Figures added up, less figures taken away.
///
/// As JSON it is the list of their names, with a minus before those that are taken away:
/// `["delivered.unique","-hard_bounced.delayed.unique"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sum {
    plus: &'static [Metric],
    minus: &'static [Metric],
}

impl Sum {
    /// All of `metrics`.
    pub const fn of(metrics: &'static [Metric]) -> Self {
        Self { plus: metrics, minus: &[] }
    }

    /// The same, less all of `metrics`, in place of those that were taken away before.
    pub const fn less(self, metrics: &'static [Metric]) -> Self {
        Self { plus: self.plus, minus: metrics }
    }

    /// The figures that are added.
    pub const fn plus(self) -> &'static [Metric] {
        self.plus
    }

    /// The figures that are taken away.
    pub const fn minus(self) -> &'static [Metric] {
        self.minus
    }

    /// The value in `counts`, which may be below zero. No list is long enough to exceed 128 bits.
    pub(crate) fn of_counts(self, counts: &Counts) -> i128 {
        let add = |metrics: &[Metric]| metrics.iter().map(|of| i128::from(counts.value(*of))).sum::<i128>();
        add(self.plus) - add(self.minus)
    }

    /// The names of the figures, with a minus before those that are taken away.
    fn names(self) -> impl Iterator<Item = String> {
        let minus = self.minus.iter().map(|metric| format!("-{metric}"));
        self.plus.iter().map(Metric::to_string).chain(minus)
    }
}

impl fmt::Display for Sum {
    /// `delivered.unique - hard_bounced.delayed.unique`; an empty sum is `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plus: Vec<String> = self.plus.iter().map(Metric::to_string).collect();
        f.write_str(if plus.is_empty() { "0" } else { "" })?;
        f.write_str(&plus.join(" + "))?;
        self.minus.iter().try_for_each(|metric| write!(f, " - {metric}"))
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// The mail that the part and the whole of a rate must both be counted over.
///
/// A message that carries no open tracking cannot be seen to be opened, so it does not belong in the whole of an open
/// rate. [`Counts`] hold no such distinction: the figures must be asked for with the filters named here, which
/// [`Filter::of`](crate::Filter::of) gives. A [`Report`](crate::Report) shows a standard rate only if its question had
/// these very filters. [`Definition::of`] cannot know: of other mail it computes the rate all the same, and too low.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Eligibility {
    /// All mail; no filter.
    #[default]
    All,
    /// Mail whose opens are tracked: `open_tracking` is true.
    OpenTracked,
    /// Mail whose clicks are tracked: `click_tracking` is true.
    ClickTracked,
    /// Mail whose opens and clicks are both tracked: `open_tracking` is true and `click_tracking` is true.
    OpenAndClickTracked,
    /// Mail to the mailbox providers that report each complaint to the sender: `provider` is one of those of which the
    /// [provider table](crate::provider) says so. Yahoo and Microsoft run such feedback loops; Gmail, as far as is
    /// known, reports no single message.
    ComplaintReporting,
}

impl Eligibility {
    /// Every eligibility.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::OpenTracked,
        Self::ClickTracked,
        Self::OpenAndClickTracked,
        Self::ComplaintReporting,
    ];

    /// The name in JSON and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::OpenTracked => "open_tracked",
            Self::ClickTracked => "click_tracked",
            Self::OpenAndClickTracked => "open_and_click_tracked",
            Self::ComplaintReporting => "complaint_reporting",
        }
    }
}

impl fmt::Display for Eligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One of the two numbers of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a rate has two numbers")]
pub enum Side {
    /// What is counted.
    Part,
    /// What it is counted among.
    Whole,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Part => "part",
            Self::Whole => "whole",
        })
    }
}

/// Counts that a definition makes no rate of: one of its sums is no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {side} of rate `{rate}` is {found}, expected 0 to 18446744073709551615")]
pub struct Uncountable {
    rate: &'static str,
    side: Side,
    found: i128,
}

impl Uncountable {
    /// The name of the rate.
    pub const fn rate(&self) -> &'static str {
        self.rate
    }

    /// The sum that is no count.
    pub const fn side(&self) -> Side {
        self.side
    }

    /// What it came to.
    pub const fn found(&self) -> i128 {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventType, Kind};

    const ACCEPTED: Definition = Definition::new(
        "accepted_rate",
        Sum::of(&[Metric::Unique(Kind::Delivered)]).less(&[Metric::UniqueOf(EventType::HardBouncedDelayed)]),
        Sum::of(&[Metric::Unique(Kind::Delivered), Metric::Unique(Kind::Failed)]),
        "Messages delivered to stay.",
        "this test",
    );

    fn counts(figures: &[(Metric, u64)]) -> Counts {
        let mut counts = Counts::ZERO;
        for (metric, count) in figures {
            counts.add_to(*metric, *count).unwrap();
        }
        counts
    }

    #[test]
    fn sums_add_and_take_away() {
        let counts = counts(&[
            (Metric::Unique(Kind::Delivered), 190),
            (Metric::UniqueOf(EventType::HardBouncedDelayed), 4),
            (Metric::Unique(Kind::Failed), 10),
        ]);
        assert_eq!(ACCEPTED.of(&counts), Ok(Rate::new(186, 200)));
        assert_eq!(ACCEPTED.of(&Counts::ZERO), Ok(Rate::new(0, 0)));
    }

    #[test]
    fn a_sum_below_zero_or_beyond_64_bits_is_an_error() {
        let negative = counts(&[(Metric::UniqueOf(EventType::HardBouncedDelayed), 4)]);
        let error = ACCEPTED.of(&negative).unwrap_err();
        assert_eq!((error.rate(), error.side(), error.found()), ("accepted_rate", Side::Part, -4));
        assert_eq!(
            error.to_string(),
            "the part of rate `accepted_rate` is -4, expected 0 to 18446744073709551615"
        );

        let many = counts(&[(Metric::Unique(Kind::Delivered), u64::MAX), (Metric::Unique(Kind::Failed), 1)]);
        assert_eq!(
            ACCEPTED.of(&many).unwrap_err().to_string(),
            "the whole of rate `accepted_rate` is 18446744073709551616, expected 0 to 18446744073709551615"
        );
    }

    #[test]
    fn a_definition_is_data() {
        let json = serde_json::to_value(ACCEPTED.among(Eligibility::OpenTracked)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "name": "accepted_rate",
                "part": ["delivered.unique", "-hard_bounced.delayed.unique"],
                "whole": ["delivered.unique", "failed.unique"],
                "eligibility": "open_tracked",
                "meaning": "Messages delivered to stay.",
                "source": "this test",
            })
        );
        for metric in ACCEPTED.metrics() {
            assert_eq!(metric.to_string().parse(), Ok(metric));
        }
        assert_eq!(ACCEPTED.metrics().count(), 4);
    }

    #[test]
    fn formulas_are_readable() {
        assert_eq!(
            ACCEPTED.to_string(),
            "(delivered.unique - hard_bounced.delayed.unique) / (delivered.unique + failed.unique)"
        );
        assert_eq!(Sum::of(&[]).less(&[Metric::Total(Kind::Sent)]).to_string(), "0 - sent.total");
    }

    #[test]
    fn an_eligibility_is_named_as_in_json() {
        for eligibility in Eligibility::ALL {
            assert_eq!(serde_json::to_value(eligibility).unwrap(), eligibility.name());
        }
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        assert_eq!(Definition::named("open_rate").map(Definition::name), Ok("open_rate"));
        let text = Definition::named("opens").unwrap_err().to_string();
        assert!(text.starts_with("unknown rate `opens`, expected `delivery_rate`, `bounce_rate`"), "{text}");
    }
}
