//! Why there is no report: an error message of one line, and the exit status.

use std::io;
use std::process::ExitCode;

use mailtally::Resolution;
use mailtally::report::Warning;
use mailtally::store::{FigureError, StoreError};

/// What ended the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The query cannot be answered.
    #[error(transparent)]
    Query(mailtally::Error),
    /// The report has no such number as `--messages` wants.
    #[error(transparent)]
    Figure(FigureError),
    /// `--messages` wants a number of a period without any time in it.
    #[error("the period ends when it starts, expected a longer one")]
    EmptyPeriod,
    /// `--messages` wants a status where none are counted.
    #[error("{0}; give `kind` or `metric` instead of `status`")]
    NoStatuses(Warning),
    /// `--messages` wants a row by date, but not of which date.
    #[error("--messages has no date, which --resolution {0} needs: expected `date=` and the date of a row")]
    NoDate(Resolution),
    /// With `--strict`, a line or a file could not be read, or an event was refused. A message about it was written already.
    #[error("stopped at the first error, because of --strict")]
    Strict,
    /// The store of `--store` could not be opened.
    #[error("cannot open the store: {}", causes(.0))]
    Open(StoreError),
    /// The store failed while events were recorded.
    #[error("cannot record the events: {}", causes(.0))]
    Record(StoreError),
    /// The report could not be written.
    #[error("cannot write the report: {0}")]
    Output(io::Error),
}

impl Failure {
    /// The exit status: 2 for a query that the caller must change, as for wrong options; 1 otherwise.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Query(error) if error.is_client_error() => ExitCode::from(2),
            Self::Figure(_) | Self::EmptyPeriod | Self::NoStatuses(_) | Self::NoDate(_) => ExitCode::from(2),
            Self::Query(_) | Self::Strict | Self::Open(_) | Self::Record(_) | Self::Output(_) => {
                ExitCode::from(1)
            }
        }
    }
}

impl From<FigureError> for Failure {
    fn from(error: FigureError) -> Self {
        match error {
            FigureError::NoSuchBucket { buckets: 0, .. } => Self::EmptyPeriod,
            error => Self::Figure(error),
        }
    }
}

/// An error with its causes.
fn causes(error: &StoreError) -> String {
    let first: &dyn std::error::Error = error;
    let errors = std::iter::successors(Some(first), |error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
