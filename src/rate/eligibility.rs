//! Which mail a rate may be computed over.

use crate::names::named_enum;

named_enum! {
    /// The mail that can show an event at all, and that both numbers of a rate must be limited to: mail with open tracking
    /// for an open rate, say.
    ///
    /// A message without open tracking is never seen to be opened, so it lowers an open rate that counts it as delivered.
    /// [`Counts`](crate::Counts) do not say which mail they are of. Limit the query with the filters from
    /// [`Filter::of`](crate::Filter::of); a [`Report`](crate::report::Report) includes a standard rate only if its query has these
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
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Eligibility("eligibility") {
        /// All mail; no filter.
        #[default]
        All = "all",
        /// Mail whose opens are tracked: `open_tracking` is true.
        OpenTracked = "open_tracked",
        /// Mail whose clicks are tracked: `click_tracking` is true.
        ClickTracked = "click_tracked",
        /// Mail whose opens and clicks are both tracked: `open_tracking` and `click_tracking` are true.
        OpenAndClickTracked = "open_and_click_tracked",
        /// Mail to the mailbox providers that report complaints to the sender, one by one, according to the built-in
        /// [provider table](crate::provider). Yahoo and Microsoft do; Gmail, as far as is known, does not.
        ComplaintReporting = "complaint_reporting",
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
