//! Filters: conditions that select the mail that is counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::dimension::Dimension;
use crate::event::{EnhancedCode, Fields, normalize_domain};
use crate::parse_error::ParseError;
use crate::provider::{self, Provider};
use crate::rate::Eligibility;

/// A condition on a dimension: its value is (not) one of several values, or does (not) contain one of several substrings.
///
/// All filters of a query must hold. A message with several tags *is* `x` if one of them is `x`, and *is not* `x` if none
/// of them is; the tag of a message without tags is absent. Domains are compared case-insensitively and without a trailing
/// dot; all other values exactly, unless the filter [ignores case](Filter::ignoring_case). An empty text means the absent
/// value, as in events.
///
/// ```
/// use mailtally::{Dimension, Event, Filter, Kind};
///
/// let event = Event::new("acme", "m-1", "e-1", Kind::Delivered, "2026-02-01T09:30:00Z".parse()?).tags(["New", "eu"]);
/// let keeps = |filter: Filter| filter.keeps(event.fields());
/// assert!(keeps(Filter::is(Dimension::Tag, ["eu", "us"])));
/// assert!(!keeps(Filter::is(Dimension::Tag, ["new"])));
/// assert!(keeps(Filter::is(Dimension::Tag, ["new"]).ignoring_case()));
/// assert!(!keeps(Filter::is_not(Dimension::Tag, ["eu"])));
/// assert!(keeps(Filter::contains(Dimension::Tag, ["ne"])));
/// assert!(keeps(Filter::is_absent(Dimension::Category)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As JSON: `{"dimension":"provider","is":["Google",null]}`, `{"dimension":"tag","is_not":["eu"],"ignoring_case":true}`,
/// `{"dimension":"campaign","contains":["spring"]}` or `{"dimension":"campaign","contains_none":["test"]}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "JsonFilter", try_from = "JsonFilter")]
pub struct Filter {
    dimension: Dimension,
    includes: bool,
    matching: Matching,
    absent: bool,
    texts: BTreeSet<Arc<str>>,
}

/// How a filter compares a value with its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "every store must handle a new comparison")]
pub enum Matching {
    /// The value equals one of the texts.
    Exact,
    /// The value equals one of the texts, ignoring the case of ASCII letters. The texts are in lower case.
    IgnoringCase,
    /// The value contains one of the texts, ignoring the case of ASCII letters. The texts are in lower case.
    Substring,
}

/// The parts of a [`Filter`], which a store must all apply.
///
/// The struct is exhaustive on purpose: a store destructures it without `..`, so one that does not handle a new part fails
/// to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "every store must apply every part")]
pub struct FilterParts<'a> {
    /// The dimension whose value is compared.
    pub dimension: Dimension,
    /// Whether mail that matches is counted (`true`) or excluded (`false`).
    pub includes: bool,
    /// How values are compared with `texts`.
    pub matching: Matching,
    /// Whether the absent value matches.
    pub absent: bool,
    /// The texts to compare with, ascending; none is empty. They are normalized as the values of events are: those of domains
    /// are in lower case without a trailing dot.
    pub texts: &'a BTreeSet<Arc<str>>,
}

impl Filter {
    /// Keeps mail whose value of `dimension` is one of `values`.
    pub fn is<T: Into<Arc<str>>>(dimension: Dimension, values: impl IntoIterator<Item = T>) -> Self {
        Self::new(dimension, true, Matching::Exact, some(values))
    }

    /// Keeps mail whose value of `dimension` is none of `values`; mail without a value is kept unless an empty text is
    /// among them.
    pub fn is_not<T: Into<Arc<str>>>(dimension: Dimension, values: impl IntoIterator<Item = T>) -> Self {
        Self::new(dimension, false, Matching::Exact, some(values))
    }

    /// Keeps mail whose value of `dimension` contains one of `substrings`, ignoring the case of ASCII letters.
    pub fn contains<T: Into<Arc<str>>>(
        dimension: Dimension,
        substrings: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::new(dimension, true, Matching::Substring, some(substrings))
    }

    /// Keeps mail whose value of `dimension` contains none of `substrings`, ignoring the case of ASCII letters; mail
    /// without a value is kept unless an empty text is among them.
    pub fn contains_none<T: Into<Arc<str>>>(
        dimension: Dimension,
        substrings: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::new(dimension, false, Matching::Substring, some(substrings))
    }

    /// Keeps mail without a value of `dimension`.
    pub fn is_absent(dimension: Dimension) -> Self {
        Self::new(dimension, true, Matching::Exact, [None])
    }

    /// Keeps mail with any value of `dimension`.
    pub fn is_present(dimension: Dimension) -> Self {
        Self::new(dimension, false, Matching::Exact, [None])
    }

    /// Ignores the case of ASCII letters in comparisons.
    #[must_use]
    pub fn ignoring_case(self) -> Self {
        match self.matching {
            Matching::Exact => {
                let values = self.values().map(|value| value.map(Arc::from)).collect::<Vec<_>>();
                Self::new(self.dimension, self.includes, Matching::IgnoringCase, values)
            }
            Matching::IgnoringCase | Matching::Substring => self,
        }
    }

    /// Returns the filters that keep only the mail that a rate is defined over; none if it is defined over all mail.
    ///
    /// A query with all of them counts the rate's part and whole over the same mail. Mail is tracked if an event says so; mail
    /// without such an event is excluded. The providers that report complaints are those of the [built-in
    /// table](crate::provider), even if a host has its own table.
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

    fn new(
        dimension: Dimension,
        includes: bool,
        matching: Matching,
        values: impl IntoIterator<Item = Option<Arc<str>>>,
    ) -> Self {
        let mut filter = Self { dimension, includes, matching, absent: false, texts: BTreeSet::new() };
        for value in values {
            match value.and_then(|value| normalize(dimension, matching, value)) {
                Some(text) => drop(filter.texts.insert(text)),
                None => filter.absent = true,
            }
        }
        filter
    }

    /// Returns the dimension whose value is compared.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// Returns the parts that a store must apply.
    pub fn parts(&self) -> FilterParts<'_> {
        let Self { dimension, includes, matching, absent, ref texts } = *self;
        FilterParts { dimension, includes, matching, absent, texts }
    }

    /// Returns the texts to compare with, ascending; the absent value (`None`) comes first.
    pub(crate) fn values(&self) -> impl Iterator<Item = Option<&str>> {
        self.absent.then_some(None).into_iter().chain(self.texts.iter().map(|text| Some(&**text)))
    }

    /// Checks that the dimension can have the values; a stream `bulkk` is an error.
    pub(crate) fn check(&self) -> Result<(), ParseError> {
        if self.matching == Matching::Substring {
            return Ok(());
        }
        match self.dimension.possible_values() {
            Some(possible) => self.check_names(possible),
            None if self.dimension == Dimension::Code => self.check_codes(),
            None => Ok(()),
        }
    }

    fn check_names(&self, possible: &[&str]) -> Result<(), ParseError> {
        let is_possible = |text: &str| match self.matching {
            Matching::Exact | Matching::Substring => possible.contains(&text),
            Matching::IgnoringCase => possible.iter().any(|value| value.eq_ignore_ascii_case(text)),
        };
        match self.texts.iter().find(|text| !is_possible(text)) {
            None => Ok(()),
            Some(found) => {
                Err(ParseError::not_one_of(self.dimension.name(), found, possible.iter().copied()))
            }
        }
    }

    fn check_codes(&self) -> Result<(), ParseError> {
        let is_code = |text: &str| text.parse::<EnhancedCode>().is_ok_and(|code| code.as_str() == text);
        match self.texts.iter().find(|text| !is_code(text)) {
            None => Ok(()),
            Some(found) => {
                let expected = "`CLASS.SUBJECT.DETAIL`, such as `5.1.1`; a part such as `5.1` or `5` is the value of \
                                `code_subject` or `code_class`";
                Err(ParseError::invalid(self.dimension.name(), found, expected))
            }
        }
    }

    /// Returns whether `value` matches; mail that matches may be included or excluded.
    pub(crate) fn matches(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return self.absent };
        match self.matching {
            Matching::Exact => self.texts.contains(value),
            // A lookup, not a linear scan: a filter may have thousands of texts. They are in lower case.
            Matching::IgnoringCase if value.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                self.texts.contains(&*value.to_ascii_lowercase())
            }
            Matching::IgnoringCase => self.texts.contains(value),
            Matching::Substring => self.texts.iter().any(|text| contains(value.as_bytes(), text.as_bytes())),
        }
    }

    /// Returns whether mail with these fields is counted.
    pub fn keeps(&self, fields: Fields<'_>) -> bool {
        let values = self.dimension.values(fields);
        values.into_iter().any(|value| self.matches(value)) == self.includes
    }
}

fn some<T: Into<Arc<str>>>(values: impl IntoIterator<Item = T>) -> impl Iterator<Item = Option<Arc<str>>> {
    values.into_iter().map(|value| Some(value.into()))
}

/// Normalizes a text for comparison; `None` means the absent value.
fn normalize(dimension: Dimension, matching: Matching, text: Arc<str>) -> Option<Arc<str>> {
    let is_domain = dimension.is_domain();
    let text = match matching {
        Matching::Exact | Matching::IgnoringCase if is_domain => return normalize_domain(text),
        // The final dot of a substring may be a dot within a domain.
        Matching::Substring if is_domain => text.to_lowercase().into(),
        Matching::Exact => text,
        Matching::IgnoringCase | Matching::Substring => text.to_ascii_lowercase().into(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Returns whether `text` contains `substring`, which is not empty, ignoring the case of ASCII letters.
fn contains(text: &[u8], substring: &[u8]) -> bool {
    text.windows(substring.len()).any(|window| window.eq_ignore_ascii_case(substring))
}

/// The JSON form of a filter.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonFilter {
    dimension: Dimension,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<Values>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_not: Option<Values>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contains: Option<Values>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contains_none: Option<Values>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ignoring_case: bool,
}

type Values = Vec<Option<Arc<str>>>;

impl From<Filter> for JsonFilter {
    fn from(filter: Filter) -> Self {
        let values: Values = filter.values().map(|value| value.map(Arc::from)).collect();
        let Filter { dimension, includes, matching, .. } = filter;
        let ignoring_case = matching == Matching::IgnoringCase;
        let is_substring = matching == Matching::Substring;
        let listed_if = |is_listed: bool| is_listed.then(|| values.clone());
        Self {
            dimension,
            is: listed_if(!is_substring && includes),
            is_not: listed_if(!is_substring && !includes),
            contains: listed_if(is_substring && includes),
            contains_none: listed_if(is_substring && !includes),
            ignoring_case,
        }
    }
}

impl TryFrom<JsonFilter> for Filter {
    type Error = ParseError;

    fn try_from(json: JsonFilter) -> Result<Self, ParseError> {
        let JsonFilter { dimension, is, is_not, contains, contains_none, ignoring_case } = json;
        let filter = match (is, is_not, contains, contains_none) {
            (Some(values), None, None, None) => Self::new(dimension, true, Matching::Exact, values),
            (None, Some(values), None, None) => Self::new(dimension, false, Matching::Exact, values),
            (None, None, Some(texts), None) => Self::new(dimension, true, Matching::Substring, texts),
            (None, None, None, Some(texts)) => Self::new(dimension, false, Matching::Substring, texts),
            _ => {
                let expected =
                    "exactly one of `is`, `is_not`, `contains` and `contains_none`, with a list of values";
                return Err(ParseError::invalid("filter on", dimension.name(), expected));
            }
        };
        Ok(if ignoring_case { filter.ignoring_case() } else { filter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Kind};

    fn keeps(filter: &Filter, event: &Event) -> bool {
        filter.keeps(event.fields())
    }

    fn event() -> Event {
        Event::new("a", "m", "1", Kind::Sent, chrono::DateTime::UNIX_EPOCH)
    }

    #[test]
    fn include_and_exclude_are_opposites_for_every_value_and_for_the_absent_one() {
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
    fn case_matters_unless_it_is_ignored_and_then_only_that_of_ascii() {
        let tagged = event().tags(["Spring-2026", "Über"]);
        for (texts, exactly, ignoring) in [
            (&["Spring-2026"][..], true, true),
            (&["sPRING-2026"], false, true),
            (&["x", "SPRING-2026"], false, true),
            (&["spring"], false, false),
            (&["ÜBER"], false, true),
            (&["über"], false, false),
            (&["Über"], true, true),
            (&[""], false, false),
            (&[], false, false),
        ] {
            for (filter, is) in [
                (Filter::is(Dimension::Tag, texts.iter().copied()), exactly),
                (Filter::is(Dimension::Tag, texts.iter().copied()).ignoring_case(), ignoring),
            ] {
                assert_eq!(keeps(&filter, &tagged), is, "{filter:?}");
                assert_eq!(filter.clone().ignoring_case().ignoring_case(), filter.ignoring_case());
            }
            let is_not = Filter::is_not(Dimension::Tag, texts.iter().copied()).ignoring_case();
            assert_eq!(keeps(&is_not, &tagged), !ignoring, "{is_not:?}");
        }
        assert!(keeps(&Filter::is(Dimension::Tag, [""]).ignoring_case(), &event()));
    }

    #[test]
    fn a_part_matches_anywhere_in_any_case() {
        let sold = event().campaign("Spring sale").domain("mail.acme.example");
        for (dimension, part, is) in [
            (Dimension::Campaign, "Spring sale", true),
            (Dimension::Campaign, "G S", true),
            (Dimension::Campaign, "sprung", false),
            (Dimension::Campaign, "Spring sale!", false),
            (Dimension::Campaign, "", false),
            (Dimension::Domain, "MAIL.", true),
            (Dimension::Domain, "example.", false),
            (Dimension::Domain, ".acme.", true),
            (Dimension::Category, "a", false),
            (Dimension::Category, "", true),
        ] {
            assert_eq!(keeps(&Filter::contains(dimension, [part]), &sold), is, "{dimension} {part}");
            assert_eq!(keeps(&Filter::contains_none(dimension, [part]), &sold), !is, "{dimension} {part}");
        }
        assert!(keeps(&Filter::contains(Dimension::Campaign, ["x", "sale"]), &sold));
        assert!(keeps(
            &Filter::contains(Dimension::Stream, ["ul"]),
            &event().stream(crate::event::Stream::Bulk)
        ));
    }

    #[test]
    fn an_impossible_value_is_an_error_and_an_impossible_part_is_not() {
        let check = |filter: Filter| filter.check().map_err(|error| error.to_string());
        let expected = "unknown stream `bulkk`, expected `transactional` or `bulk`".to_owned();
        assert_eq!(check(Filter::is(Dimension::Stream, ["bulk", "bulkk"])), Err(expected));
        assert!(check(Filter::is(Dimension::Stream, ["Bulk"])).is_err());
        assert_eq!(check(Filter::is(Dimension::Stream, ["Bulk", ""]).ignoring_case()), Ok(()));
        assert_eq!(check(Filter::contains(Dimension::Stream, ["x"])), Ok(()));
    }

    #[test]
    fn an_empty_text_is_the_absent_value() {
        assert_eq!(Filter::is(Dimension::Category, [""]), Filter::is_absent(Dimension::Category));
        assert!(keeps(&Filter::is(Dimension::Tag, [""]), &event()));
        assert!(!keeps(&Filter::is_present(Dimension::Tag), &event()));
    }

    #[test]
    fn mail_is_eligible_if_it_can_have_the_event_of_the_rate() {
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
    fn a_filter_written_as_json_reads_back() {
        for (filter, expected) in [
            (
                Filter::is(Dimension::Provider, ["Google", ""]),
                r#"{"dimension":"provider","is":[null,"Google"]}"#,
            ),
            (Filter::is_not(Dimension::Tag, ["EU"]), r#"{"dimension":"tag","is_not":["EU"]}"#),
            (
                Filter::is(Dimension::Tag, ["EU"]).ignoring_case(),
                r#"{"dimension":"tag","is":["eu"],"ignoring_case":true}"#,
            ),
            (Filter::contains(Dimension::Tag, ["EU"]), r#"{"dimension":"tag","contains":["eu"]}"#),
            (
                Filter::contains_none(Dimension::Tag, ["", "x"]),
                r#"{"dimension":"tag","contains_none":[null,"x"]}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&filter).unwrap(), expected);
            assert_eq!(serde_json::from_str::<Filter>(expected).unwrap(), filter);
        }
    }

    #[test]
    fn a_filter_with_two_conditions_or_none_is_an_error() {
        for json in [
            r#"{"dimension":"tag"}"#,
            r#"{"dimension":"tag","is":[],"is_not":[]}"#,
            r#"{"dimension":"tag","is":["x"],"contains":["y"]}"#,
        ] {
            let error = serde_json::from_str::<Filter>(json).unwrap_err().to_string();
            assert!(
                error.contains("expected exactly one of `is`, `is_not`, `contains` and `contains_none`"),
                "{error}"
            );
        }
    }
}
