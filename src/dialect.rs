//! The published statistics APIs, each in a module of its own: parameters in, a [`Query`](crate::Query) out; a
//! [`Report`](crate::Report) in, the published JSON out.
//!
//! A dialect is pure: no server, no clock, no store. What the host alone knows (ids of domains, say) comes in through
//! small plain structs. The steps are the same in each, and each module shows them in an example:
//!
//! 1. A path is an endpoint, or [nothing of this API](mailtrap::Error::NotFound).
//! 2. A request of that endpoint is parsed from [`Params`].
//! 3. It asks a [`Query`](crate::Query), which the host plans and puts to its store.
//! 4. Of the [`Report`](crate::Report) it makes a body, which serialises to the published JSON: the same field names in
//!    the same order, numbers and texts, places and zeros.
//!
//! Which count shows what is in one table, [event type by dialect](crate::EventType#which-dialect-shows-it-where).
//!
//! Whatever goes wrong on the way is the dialect's own error, whose [`Refusal`] has a status code, headers and a body.
//!
//! | module | API | endpoints |
//! |---|---|---|
//! | [`mailtrap`] | Mailtrap Stats API, the account-scoped and the unscoped form | totals, by domain, category, provider, date |
//! | [`krafter`] | Krafter Mail statistics | totals by status, daily |
//! | [`mailgun`] | Mailgun Stats v3 with tags and aggregates, Metrics v1 | by time, domain, tag, provider, device, country |
//! | [`emitlo`] | Emitlo Statistics API | a message, its events, overview, daily |
//! | [`sendkit`] | SendKit analytics | mailboxes, overview, daily |

use rust_decimal::Decimal;
use serde::Serializer;

pub mod emitlo;
mod js_number;
pub mod krafter;
pub mod mailgun;
pub mod mailtrap;
pub mod sendkit;

/// The parameters of a query string, in their order, decoded.
///
/// `+` and `%20` are a blank, `%5B%5D` is `[]`; bytes that are no UTF-8 become U+FFFD. Any text is accepted.
///
/// ```
/// use mailtally::dialect::Params;
///
/// let params = Params::parse("?categories%5B%5D=Welcome+mail&categories[]=Receipts&end_date=2026-02-01");
/// assert_eq!(params.all("categories[]").collect::<Vec<_>>(), ["Welcome mail", "Receipts"]);
/// assert_eq!(params.first("end_date"), Some("2026-02-01"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string, with or without its question mark.
    pub fn parse(query: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value under `name`.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every name with its value, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value under `name`, in their order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// What a dialect answers instead of statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The content type of the body.
    pub content_type: &'static str,
    /// Headers beside the content type, names as the original spells them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// Writes a rate as a JSON number without trailing zeros, `0.0` where there is none.
fn number_or_zero<S: Serializer>(rate: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    // A double prints the same decimals that it was read from, for up to 15 digits. Reading the text gives the nearest.
    let nearest = rate.and_then(|rate| rate.to_string().parse().ok());
    serializer.serialize_f64(nearest.unwrap_or(0.0))
}

/// What was found, cut where it is long: a refusal need not say it all.
fn shown(found: &str) -> String {
    found.chars().take(80).collect()
}

/// The token in the value of a header `Authorization: Bearer …`; `None` for another scheme, or an empty token.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_and_blanks_are_read_however_they_are_written() {
        for query in ["a[]=x+y&a[]=z", "a%5B%5D=x%20y&a%5b%5d=z", "?&a[]=x%20y&&a%5B]=z&b"] {
            let params = Params::parse(query);
            assert_eq!(params.all("a[]").collect::<Vec<_>>(), ["x y", "z"], "{query}");
        }
        assert_eq!(Params::parse("a=1%2B1").first("a"), Some("1+1"));
        assert_eq!(Params::parse("a").first("a"), Some(""));
        assert_eq!(Params::parse("").first(""), None);
    }

    proptest! {
        #[test]
        fn any_query_string_is_read(query in any::<String>()) {
            let params = Params::parse(&query);
            prop_assert_eq!(params.first("no such name, surely not"), None);
        }
    }
}
