//! Which of the rows a response has, and in which order.

use super::attribute::GroupBy;
use super::fields::Fields;
use super::metric::Metric;
use crate::dialect::mailgun::Error;

/// The default and the maximum number of rows of a page, with the dimension `time`.
const LIMITS_BY_TIME: (usize, usize) = (1500, 1500);

/// The default and the maximum number of rows of a page, without the dimension `time`.
const LIMITS: (usize, usize) = (10, 1000);

/// A page of the ordered rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The requested order as it was written; empty if none was requested.
    pub(super) sort: String,
    /// The requested order; by default rows ascend by time.
    pub(super) order: Option<SortOrder>,
    /// The number of rows before the page.
    pub(super) skip: u64,
    /// The maximum number of rows of the page.
    pub(super) limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SortOrder {
    pub(super) column: SortColumn,
    pub(super) is_descending: bool,
}

/// The index of a requested dimension or metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortColumn {
    Dimension(usize),
    Metric(usize),
}

impl Page {
    /// Parses `pagination`, for a response with these columns.
    pub(super) fn parse(
        fields: &Fields<'_>,
        dimensions: &[GroupBy],
        metrics: &[&'static Metric],
    ) -> Result<Self, Error> {
        let is_by_time = dimensions.contains(&GroupBy::Time);
        let (default, max) = if is_by_time { LIMITS_BY_TIME } else { LIMITS };
        let Some(fields) = fields.object("pagination")? else {
            return Ok(Self { sort: String::new(), order: None, skip: 0, limit: default });
        };
        let sort = fields.non_empty_text("sort")?;
        let order = sort.map(|sort| {
            parse_order(sort, dimensions, metrics)
                .ok_or_else(|| Error::malformed("pagination.sort", sort, columns(dimensions, metrics)))
        });
        let limit = match fields.number("limit")? {
            // Clients in Go send zero for an absent number.
            None | Some(0) => default,
            Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit <= max).ok_or_else(|| {
                Error::malformed("pagination.limit", &limit.to_string(), format!("at most {max}"))
            })?,
        };
        let skip = fields.number("skip")?.unwrap_or_default();
        Ok(Self { sort: sort.unwrap_or_default().to_owned(), order: order.transpose()?, skip, limit })
    }

    /// Returns the rows of the page.
    pub(super) fn select<T>(&self, rows: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        rows.into_iter().skip(usize::try_from(self.skip).unwrap_or(usize::MAX)).take(self.limit)
    }
}

/// Parses `column`, `column:asc` or `column:desc`.
fn parse_order(sort: &str, dimensions: &[GroupBy], metrics: &[&'static Metric]) -> Option<SortOrder> {
    let (column, is_descending) = match sort.split_once(':') {
        None => (sort, false),
        Some((column, "asc")) => (column, false),
        Some((column, "desc")) => (column, true),
        Some(_) => return None,
    };
    // The published examples use this name for the time.
    let column = if column == "timestamp" { GroupBy::Time.name() } else { column };
    let dimension = dimensions.iter().position(|dimension| dimension.name() == column);
    let metric = || metrics.iter().position(|metric| metric.name() == column);
    let column = dimension.map(SortColumn::Dimension).or_else(|| metric().map(SortColumn::Metric))?;
    Some(SortOrder { column, is_descending })
}

fn columns(dimensions: &[GroupBy], metrics: &[&'static Metric]) -> String {
    let dimensions = dimensions.iter().map(|dimension| dimension.name());
    let names = dimensions.chain(metrics.iter().map(|metric| metric.name()));
    format!("one of {}, then `:asc` or `:desc`", names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::attribute::Attribute;
    use super::*;

    const DOMAIN: GroupBy = GroupBy::Attribute(Attribute::Domain);

    fn parse(pagination: Value, dimensions: &[GroupBy]) -> Result<Page, Error> {
        let body = json!({ "pagination": pagination });
        let metrics: Vec<_> = Metric::MAIL.iter().take(3).collect();
        Page::parse(&Fields::new(body.as_object().unwrap()), dimensions, &metrics)
    }

    #[test]
    fn a_page_is_larger_with_the_dimension_time() {
        let limit = |limit: Value, dimensions: &[GroupBy]| {
            parse(json!({ "limit": limit, "total": "ignored" }), dimensions).map(|page| page.limit)
        };
        for (dimensions, default, max) in [
            (&[GroupBy::Time][..], 1500, 1500),
            (&[DOMAIN, GroupBy::Time], 1500, 1500),
            (&[DOMAIN], 10, 1000),
        ] {
            assert_eq!(parse(json!(null), dimensions).unwrap().limit, default);
            for (requested, expected) in
                [(json!(null), default), (json!(0), default), (json!(1), 1), (json!(max), max)]
            {
                assert_eq!(limit(requested, dimensions).unwrap(), expected);
            }
            for requested in [json!(max + 1), json!(u64::MAX), json!(-1), json!(1.5), json!("10")] {
                assert!(limit(requested.clone(), dimensions).is_err(), "{requested}");
            }
        }
    }

    #[test]
    fn a_requested_column_orders_in_either_direction() {
        let dimensions = [DOMAIN, GroupBy::Time];
        let parsed = |sort: &str| parse(json!({ "sort": sort }), &dimensions).map(|page| page.order);
        let order = |sort: &str| parsed(sort).unwrap();
        let by = |column, is_descending| Some(SortOrder { column, is_descending });
        assert_eq!(order(""), None);
        assert_eq!(order("domain:asc"), by(SortColumn::Dimension(0), false));
        assert_eq!(order("domain"), by(SortColumn::Dimension(0), false));
        assert_eq!(order("time:desc"), by(SortColumn::Dimension(1), true));
        assert_eq!(order("timestamp:desc"), by(SortColumn::Dimension(1), true));
        assert_eq!(order("accepted_count:desc"), by(SortColumn::Metric(2), true));
        for sort in [
            "ip:asc",
            "sent_count:asc",
            "domain:",
            "domain:ASC",
            "domain:asc:desc",
            ":asc",
            " domain:asc",
            "Domain:asc",
        ] {
            let error = parsed(sort).unwrap_err().to_string();
            assert!(error.starts_with("Invalid format for parameter pagination.sort: "), "{sort}: {error}");
        }
        assert!(parse(json!({"sort": "timestamp:asc"}), &[DOMAIN]).is_err());
    }

    #[test]
    fn pages_one_after_another_are_all_rows() {
        let page = |skip: u64| parse(json!({ "skip": skip, "limit": 4 }), &[DOMAIN]).unwrap();
        let pages: Vec<Vec<u8>> = (0..5).map(|index| page(index * 4).select(0..10).collect()).collect();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2, 0, 0]);
        assert_eq!(pages.concat(), (0..10).collect::<Vec<u8>>());
        assert_eq!(page(u64::MAX).select(0..10).count(), 0);
    }
}
