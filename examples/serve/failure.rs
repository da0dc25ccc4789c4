//! Errors that end the program, in one line, with their exit status.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use mailtally::source::SourceError;
use mailtally::store::{SnapshotError, StoreError};

use crate::api::causes;
use crate::config::ConfigError;

/// An error that ends the program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The configuration is invalid.
    #[error("{}: {source}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The error.
        source: ConfigError,
    },
    /// A file of events has an invalid line.
    #[error("{}: {source}", path.display())]
    Events {
        /// The file.
        path: PathBuf,
        /// The error, with its line.
        source: Box<SourceError>,
    },
    /// The store refuses an event of a file.
    #[error("{}: {source}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The error, with the event.
        source: Box<StoreError>,
    },
    /// The store cannot be opened or read.
    #[error("{}", causes(&**.0))]
    Store(Box<dyn std::error::Error + Send + Sync>),
    /// The snapshot cannot be read.
    #[error("{}", causes(.0))]
    Snapshot(SnapshotError),
    /// The snapshot cannot be written.
    #[error("{}", causes(.0))]
    NotSaved(SnapshotError),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The runtime or the signal handler cannot be set up.
    #[error("cannot start threads or watch signals: {0}")]
    Runtime(io::Error),
    /// Standard input cannot be read.
    #[error("cannot read the key: {0}")]
    Key(io::Error),
    /// Standard input has no key.
    #[error("standard input is empty, expected one line with the key")]
    NoKey,
}

impl Failure {
    /// Returns the exit status: 2 for an invalid input, as for an invalid option, otherwise 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::File { .. }
            | Self::Config { .. }
            | Self::Events { .. }
            | Self::Refused { .. }
            | Self::Store(_)
            | Self::Snapshot(_)
            | Self::NoKey => ExitCode::from(2),
            Self::NotSaved(_) | Self::Bind { .. } | Self::Runtime(_) | Self::Key(_) => ExitCode::from(1),
        }
    }
}
