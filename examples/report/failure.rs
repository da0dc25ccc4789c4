//! Why there is no report: an error message of one line, and the exit status.

use std::io;
use std::process::ExitCode;

/// What ended the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The query cannot be answered.
    #[error(transparent)]
    Query(mailtally::Error),
    /// With `--strict`, a line or a file could not be read, or an event was refused. A message about it was written already.
    #[error("stopped at the first error, because of --strict")]
    Strict,
    /// The report could not be written.
    #[error("cannot write the report: {0}")]
    Output(io::Error),
}

impl Failure {
    /// The exit status: 2 for a query that the caller must change, as for wrong options; 1 otherwise.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Query(error) if error.is_client_error() => ExitCode::from(2),
            Self::Query(_) | Self::Strict | Self::Output(_) => ExitCode::from(1),
        }
    }
}
