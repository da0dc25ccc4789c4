//! The errors of snapshot files.

use std::io;
use std::path::{Path, PathBuf};

/// Why a snapshot file cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file is something else.
    #[error(
        "`{}` is not a snapshot: it starts with `{}`, and a snapshot with `{}`",
        .path.display(), .found.escape_ascii(), .expected.escape_ascii()
    )]
    NotASnapshot {
        /// The file.
        path: PathBuf,
        /// Its first bytes.
        found: Vec<u8>,
        /// The first bytes of every snapshot.
        expected: &'static [u8],
    },
    /// The file is a snapshot of a later version of this crate.
    #[error("`{}` is a snapshot of format {found}, and the newest format known here is {known}", .path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        found: u32,
        /// The newest version that is known.
        known: u32,
    },
    /// The file is not as it was written, or was never complete.
    #[error("the snapshot `{}` is damaged at byte {at}: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in the file: the first byte of the block, or of another part, that is damaged.
        at: u64,
        /// What was found, and what was expected.
        what: String,
    },
    /// A part that is written at once is too large.
    #[error("`{}` cannot hold a part of {bytes} bytes: the limit is {limit}", .path.display())]
    TooLarge {
        /// The file that is written.
        path: PathBuf,
        /// The length of the part.
        bytes: usize,
        /// The maximum length of a part.
        limit: usize,
    },
    /// The operating system refuses. The cause is the [source](std::error::Error::source).
    #[error("cannot {action} `{}`", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, such as `rename`.
        action: &'static str,
        /// The cause.
        source: io::Error,
    },
}

impl SnapshotError {
    /// Returns a function that adds to an error what was tried.
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, source }
    }

    /// Makes the error of the file at `path` that is damaged at the byte `at`.
    pub(super) fn damaged(path: &Path, at: u64, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), at, what: what.into() }
    }
}
