//! Sums of metrics, as data.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::counts::Counts;
use crate::metric::Metric;

/// The part or the whole of a [`Definition`](super::Definition): the sum of some metrics minus that of others.
///
/// In JSON it is the list of the metrics' names, with a minus sign before each that is subtracted:
/// `["delivered.unique","-hard_bounced.delayed.unique"]`.
///
/// ```
/// use mailtally::rate::Sum;
/// use mailtally::{EventType, Kind, Metric};
///
/// const KEPT: Sum = Sum::new(&[Metric::Unique(Kind::Delivered)])
///     .less(&[Metric::UniqueOf(EventType::HardBouncedDelayed)]);
/// assert_eq!(KEPT.to_string(), "delivered.unique - hard_bounced.delayed.unique");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sum {
    plus: &'static [Metric],
    minus: &'static [Metric],
}

impl Sum {
    /// Creates the sum of `metrics`, with nothing subtracted; an empty sum is zero.
    pub const fn new(metrics: &'static [Metric]) -> Self {
        Self { plus: metrics, minus: &[] }
    }

    /// Replaces the metrics that are subtracted.
    pub const fn less(self, metrics: &'static [Metric]) -> Self {
        Self { plus: self.plus, minus: metrics }
    }

    /// The metrics that are added, in the given order.
    pub const fn plus(self) -> &'static [Metric] {
        self.plus
    }

    /// The metrics that are subtracted, in the given order.
    pub const fn minus(self) -> &'static [Metric] {
        self.minus
    }

    /// Computes the sum from `counts`; it may be negative. No list is long enough to overflow 128 bits.
    pub(crate) fn value(self, counts: &Counts) -> i128 {
        let total = |metrics: &[Metric]| metrics.iter().map(|of| i128::from(counts.value(*of))).sum::<i128>();
        total(self.plus) - total(self.minus)
    }
}

impl fmt::Display for Sum {
    /// Writes the formula, such as `delivered.unique - hard_bounced.delayed.unique`; `0` for an empty sum.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.plus.split_first() {
            None => f.write_str("0")?,
            Some((first, others)) => {
                write!(f, "{first}")?;
                others.iter().try_for_each(|metric| write!(f, " + {metric}"))?;
            }
        }
        self.minus.iter().try_for_each(|metric| write!(f, " - {metric}"))
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let minus = self.minus.iter().map(|metric| format!("-{metric}"));
        serializer.collect_seq(self.plus.iter().map(Metric::to_string).chain(minus))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn an_empty_sum_is_zero() {
        assert_eq!(Sum::new(&[]).less(&[Metric::Total(Kind::Sent)]).to_string(), "0 - sent.total");
        assert_eq!(Sum::new(&[]).to_string(), "0");
        assert_eq!(Sum::new(&[]).value(&Counts::ZERO), 0);
    }
}
