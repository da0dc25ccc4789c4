//! Why the server does not run, in one line, with the exit status that scripts see.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use mailtally::source::SourceError;

use crate::config::ConfigError;

/// What ended the program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration makes no sense.
    #[error("{}: {source}", path.display())]
    Config {
        /// Where it stands.
        path: PathBuf,
        /// What is wrong.
        source: ConfigError,
    },
    /// An event file makes no sense.
    #[error("{}: {source}", path.display())]
    Events {
        /// Which.
        path: PathBuf,
        /// Where and what.
        source: Box<SourceError>,
    },
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Nothing can be run at all.
    #[error("the system gives no threads or signals: {0}")]
    Runtime(io::Error),
    /// No more connections can be taken.
    #[error("the server broke off: {0}")]
    Serve(io::Error),
    /// No key could be read.
    #[error("the key could not be read: {0}")]
    Key(io::Error),
    /// An empty key was given.
    #[error("standard input holds no key, expected one line with the key")]
    NoKey,
}

impl Failure {
    /// 2 for what the caller must give otherwise, as for wrong options; 1 for the rest.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::File { .. } | Self::Config { .. } | Self::Events { .. } | Self::NoKey => ExitCode::from(2),
            Self::Bind { .. } | Self::Runtime(_) | Self::Serve(_) | Self::Key(_) => ExitCode::from(1),
        }
    }
}
