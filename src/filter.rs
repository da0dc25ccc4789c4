//! Which mail is counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::dimension::Dimension;
use crate::event::{Facts, Origin, normal_domain};
use crate::parse_error::ParseError;
use crate::provider::{self, Provider};
use crate::rate::Eligibility;

/// A condition: a dimension is, or is not, one of some values. `None` stands for the absent value.
///
/// Of several filters on a query all must hold. A message with several tags *is* `x` if one of them is `x`, and *is
/// not* `x` if none of them is; without tags it is `None`. Domains are compared without case and trailing dot, all else
/// as it is spelled.
///
/// ```
/// use mailtally::{Dimension, Event, Filter, Kind};
///
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?).tags(["new", "eu"]);
/// let keeps = |filter: Filter| filter.keeps(event.facts(), event.origin());
/// assert!(keeps(Filter::is(Dimension::Tag, ["eu", "us"])));
/// assert!(!keeps(Filter::is_not(Dimension::Tag, ["eu"])));
/// assert!(keeps(Filter::is_absent(Dimension::Category)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As JSON: `{"dimension":"provider","is":["Google",null]}` or `{"dimension":"tag","is_not":["eu"]}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "Spelling", try_from = "Spelling")]
pub struct Filter {
    dimension: Dimension,
    includes: bool,
    values: BTreeSet<Option<Arc<str>>>,
}

impl Filter {
    /// The dimension is one of `values`; an empty text stands for the absent value, as it does in events.
    pub fn is<T: Into<Arc<str>>>(dimension: Dimension, values: impl IntoIterator<Item = T>) -> Self {
        Self::new(dimension, true, values.into_iter().map(|value| Some(value.into())))
    }

    /// The dimension is none of `values`; an empty text stands for the absent value, as it does in events.
    pub fn is_not<T: Into<Arc<str>>>(dimension: Dimension, values: impl IntoIterator<Item = T>) -> Self {
        Self::new(dimension, false, values.into_iter().map(|value| Some(value.into())))
    }

    /// The dimension has no value.
    pub fn is_absent(dimension: Dimension) -> Self {
        Self::new(dimension, true, [None])
    }

    /// The dimension has some value.
    pub fn is_present(dimension: Dimension) -> Self {
        Self::new(dimension, false, [None])
    }

    /// The filters that keep only the mail a rate is to be counted over: none for all mail.
    ///
    /// A question with all of them has the rate's part and whole over the same mail. Mail that no event told to be
    /// tracked is left out. The providers that report complaints are those of the [built-in table](crate::provider), in
    /// the order of their names, also where a host has a table of its own.
    ///
    /// ```
    /// use mailtally::rate::Eligibility;
    /// use mailtally::{Dimension, Filter, Period, Query};
    ///
    /// assert_eq!(Filter::of(Eligibility::OpenTracked), [Filter::is(Dimension::OpenTracking, ["true"])]);
    /// assert_eq!(Filter::of(Eligibility::All), []);
    ///
    /// let week = Query::new("acme", Period::last_days(7));
    /// let week = Filter::of(Eligibility::OpenAndClickTracked).into_iter().fold(week, Query::filter);
    /// assert_eq!(week.plan("2026-02-10T12:00:00Z".parse()?)?.parts().filters.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(eligibility: Eligibility) -> Vec<Self> {
        let is_tracked = |dimension| Self::is(dimension, ["true"]);
        match eligibility {
            Eligibility::All => Vec::new(),
            Eligibility::OpenTracked => vec![is_tracked(Dimension::OpenTracking)],
            Eligibility::ClickTracked => vec![is_tracked(Dimension::ClickTracking)],
            Eligibility::OpenAndClickTracked => {
                [Dimension::OpenTracking, Dimension::ClickTracking].map(is_tracked).into()
            }
            Eligibility::ComplaintReporting => {
                let reporting = provider::all().filter(|known| known.reports_complaints() == Some(true));
                vec![Self::is(Dimension::Provider, reporting.map(Provider::name))]
            }
        }
    }

    fn new(dimension: Dimension, includes: bool, values: impl IntoIterator<Item = Option<Arc<str>>>) -> Self {
        let normal = |value: Arc<str>| {
            if dimension.is_domain() {
                normal_domain(value)
            } else {
                Some(value).filter(|value| !value.is_empty())
            }
        };
        Self { dimension, includes, values: values.into_iter().map(|value| value.and_then(normal)).collect() }
    }

    /// What is looked at.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// Whether mail with one of the values is kept (`true`) or left out (`false`).
    pub fn includes(&self) -> bool {
        self.includes
    }

    /// The values, ascending, the absent one (`None`) first.
    pub fn values(&self) -> impl Iterator<Item = Option<&str>> {
        self.values.iter().map(Option::as_deref)
    }

    /// Refuses a value that the dimension can never have, such as a stream `bulkk`.
    pub(crate) fn check(&self) -> Result<(), ParseError> {
        let Some(possible) = self.dimension.possible_values() else { return Ok(()) };
        match self.values().flatten().find(|value| !possible.contains(value)) {
            None => Ok(()),
            Some(found) => {
                Err(ParseError::not_one_of(self.dimension.name(), found, possible.iter().copied()))
            }
        }
    }

    /// Whether an event from `origin`, on a message of which `facts` are known, is counted.
    pub fn keeps(&self, facts: &Facts, origin: &Origin) -> bool {
        let values = self.dimension.values(facts, origin);
        values.iter().any(|value| self.values.contains(value)) == self.includes
    }
}

/// The form of a filter in JSON.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Spelling {
    dimension: Dimension,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<Vec<Option<Arc<str>>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_not: Option<Vec<Option<Arc<str>>>>,
}

impl From<Filter> for Spelling {
    fn from(filter: Filter) -> Self {
        let values = Some(filter.values.into_iter().collect());
        let (is, is_not) = if filter.includes { (values, None) } else { (None, values) };
        Self { dimension: filter.dimension, is, is_not }
    }
}

impl TryFrom<Spelling> for Filter {
    type Error = ParseError;

    fn try_from(spelling: Spelling) -> Result<Self, ParseError> {
        let Spelling { dimension, is, is_not } = spelling;
        match (is, is_not) {
            (Some(values), None) => Ok(Self::new(dimension, true, values)),
            (None, Some(values)) => Ok(Self::new(dimension, false, values)),
            (None, None) | (Some(_), Some(_)) => Err(ParseError::new(
                "filter on",
                dimension.name(),
                "either `is` or `is_not` with a list of values",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Kind};

    fn keeps(filter: &Filter, event: &Event) -> bool {
        filter.keeps(event.facts(), event.origin())
    }

    fn event() -> Event {
        Event::new("a", "m", "1", Kind::Sent, chrono::DateTime::UNIX_EPOCH)
    }

    #[test]
    fn include_and_exclude_are_opposites_for_every_value_and_for_none() {
        let events = [event(), event().category("x"), event().category("X"), event().category("y")];
        for values in [&[][..], &["x"], &["x", "y"], &["z"]] {
            let (is, is_not) = (
                Filter::is(Dimension::Category, values.iter().copied()),
                Filter::is_not(Dimension::Category, values.iter().copied()),
            );
            for event in &events {
                assert_ne!(keeps(&is, event), keeps(&is_not, event), "{is:?} {event:?}");
            }
        }
    }

    #[test]
    fn domains_are_compared_without_case_and_trailing_dot() {
        assert!(keeps(&Filter::is(Dimension::Domain, ["Mail.Example."]), &event().domain("mail.EXAMPLE")));
    }

    #[test]
    fn an_empty_text_is_the_absent_value() {
        assert_eq!(Filter::is(Dimension::Category, [""]), Filter::is_absent(Dimension::Category));
        assert!(keeps(&Filter::is(Dimension::Tag, [""]), &event()));
        assert!(!keeps(&Filter::is_present(Dimension::Tag), &event()));
    }

    #[test]
    fn mail_is_eligible_where_the_event_of_a_rate_can_be_seen() {
        use Eligibility::{All, ClickTracked, ComplaintReporting, OpenAndClickTracked, OpenTracked};

        let opens = || event().open_tracking(true);
        for (event, expected) in [
            (event(), &[All][..]),
            (event().open_tracking(false).click_tracking(false), &[All]),
            (opens(), &[All, OpenTracked]),
            (opens().click_tracking(false), &[All, OpenTracked]),
            (event().click_tracking(true), &[All, ClickTracked]),
            (opens().click_tracking(true), &[All, OpenTracked, ClickTracked, OpenAndClickTracked]),
            (event().recipient_domain("yahoo.com"), &[All, ComplaintReporting]),
            (event().recipient_domain("outlook.com"), &[All, ComplaintReporting]),
            (event().recipient_domain("gmail.com"), &[All]),
            (event().recipient_domain("mail.ru"), &[All]),
        ] {
            let is_kept = |by: &Eligibility| Filter::of(*by).iter().all(|filter| keeps(filter, &event));
            let found: Vec<Eligibility> = Eligibility::ALL.into_iter().filter(is_kept).collect();
            assert_eq!(found, expected, "{event:?}");
        }
    }

    #[test]
    fn a_filter_is_written_as_json_and_read_back() {
        let filters =
            [Filter::is(Dimension::Provider, ["Google", ""]), Filter::is_not(Dimension::Tag, ["eu"])];
        let json = serde_json::to_string(&filters).unwrap();
        let expected =
            r#"[{"dimension":"provider","is":[null,"Google"]},{"dimension":"tag","is_not":["eu"]}]"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Vec<Filter>>(&json).unwrap(), filters);
    }

    #[test]
    fn a_filter_that_says_both_or_neither_is_refused() {
        for json in [r#"{"dimension":"tag"}"#, r#"{"dimension":"tag","is":[],"is_not":[]}"#] {
            let error = serde_json::from_str::<Filter>(json).unwrap_err().to_string();
            assert!(error.contains("expected either `is` or `is_not`"), "{error}");
        }
    }
}
