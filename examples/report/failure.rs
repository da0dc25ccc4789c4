//! Why there is no report, in one line, with the exit status that scripts see.

use std::io;
use std::process::ExitCode;

/// What ended the run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The question is wrong.
    #[error(transparent)]
    Query(mailtally::Error),
    /// An input could not be read, or, with `--strict`, has a bad line. The message is shown already.
    #[error("stopped at the first fault, as --strict asks")]
    Strict,
    /// The report could not be written.
    #[error("the report could not be written: {0}")]
    Output(io::Error),
}

impl Failure {
    /// 2 for what the caller must ask otherwise, as for wrong options; 1 for the rest.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Query(error) if error.is_client_error() => ExitCode::from(2),
            Self::Query(_) | Self::Strict | Self::Output(_) => ExitCode::from(1),
        }
    }
}
