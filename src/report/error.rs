//! Why no report can be made of rows.

use crate::counts::CountOverflow;

/// Why no report can be made of rows: they do not fit the plans, are too many, or add up to more than 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A row has a bucket that the plan does not have.
    #[error("a row has bucket {found}, expected an index below {buckets}, the number of buckets")]
    NoSuchBucket {
        /// The index of the row's bucket.
        found: usize,
        /// The number of buckets.
        buckets: usize,
    },
    /// A row's group has more or fewer values than the plan has dimensions.
    #[error("the group of a row has {found} values, expected {expected}, one for each dimension")]
    WrongGroup {
        /// The number of values.
        found: usize,
        /// The number of dimensions.
        expected: usize,
    },
    /// Rows by tag do not add up to totals, and no rows of the totals plan were given.
    #[error("rows by `tag` do not add up to totals, expected the rows of the totals plan as well")]
    TotalsMissing,
    /// There are more or fewer answers than the report has plans.
    #[error("found {found} answers, expected {expected}, one for each plan")]
    WrongAnswers {
        /// The number of answers.
        found: usize,
        /// The number of plans.
        expected: usize,
    },
    /// With gaps filled, the report has more rows than the query allows. The caller can fix the query.
    #[error(
        "{groups} groups in {buckets} buckets are more than {limit} rows; use a coarser resolution, ask for the largest groups only, or raise the limit"
    )]
    TooManyRows {
        /// The number of groups with rows.
        groups: usize,
        /// The number of buckets of each group.
        buckets: usize,
        /// The maximum number of rows.
        limit: usize,
    },
    /// The values of groups are too long for the number of their rows. The caller can fix the query.
    #[error(
        "the values of groups have {found} bytes in all rows, expected at most {limit}; use a coarser resolution, or ask for the largest groups only"
    )]
    NamesTooLong {
        /// The number of bytes.
        found: usize,
        /// The maximum number of bytes.
        limit: usize,
    },
    /// A sum exceeds 64 bits.
    #[error(transparent)]
    Overflow(#[from] CountOverflow),
}

impl ReportError {
    /// Returns whether the caller can fix it by changing the query.
    pub fn is_client_error(&self) -> bool {
        match self {
            Self::TooManyRows { .. } | Self::NamesTooLong { .. } => true,
            Self::NoSuchBucket { .. }
            | Self::WrongGroup { .. }
            | Self::TotalsMissing
            | Self::WrongAnswers { .. }
            | Self::Overflow(_) => false,
        }
    }
}
