//! Which mail a rate may be computed over.

use std::fmt;

/// The mail that can show an event at all, and that both numbers of a rate must be limited to: mail with open tracking
/// for an open rate, say.
///
/// A message without open tracking is never seen to be opened, so it lowers an open rate that counts it as delivered.
/// [`Counts`](crate::Counts) do not say which mail they are of. Limit the query with the filters from
/// [`Filter::of`](crate::Filter::of); a [`Report`](crate::Report) includes a standard rate only if its query has these
/// filters. [`Definition::compute`](super::Definition::compute) cannot check it: from counts of other mail it computes a
/// rate that is too low.
///
/// ```
/// use mailtally::rate::{Definition, Eligibility};
///
/// let opens = Definition::named("tracked_open_rate")?;
/// assert_eq!(opens.eligibility(), Eligibility::OpenTracked);
/// # Ok::<(), mailtally::ParseError>(())
/// ```
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
    /// Mail whose opens and clicks are both tracked: `open_tracking` and `click_tracking` are true.
    OpenAndClickTracked,
    /// Mail to the mailbox providers that report complaints to the sender, one by one, according to the built-in
    /// [provider table](crate::provider). Yahoo and Microsoft do; Gmail, as far as is known, does not.
    ComplaintReporting,
}

impl Eligibility {
    /// Every eligibility, in the order of the variants.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::OpenTracked,
        Self::ClickTracked,
        Self::OpenAndClickTracked,
        Self::ComplaintReporting,
    ];

    /// The name in JSON and in tables, such as `open_tracked`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eligibility_is_named_as_in_json() {
        for eligibility in Eligibility::ALL {
            assert_eq!(serde_json::to_value(eligibility).unwrap(), eligibility.name());
        }
    }
}
