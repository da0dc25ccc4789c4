//! Opens and unpacks files, and puts them in order of time.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use mailtally::source::log::Options;
use mailtally::source::{Content, detect};

use crate::kind::Log;
use crate::logs;
use crate::unpack::{BLOCK, unpack};

/// Opens a file, unpacked, and returns its start (at most [`BLOCK`] bytes), by which its format is recognised, and a reader of what
/// follows.
pub(crate) fn open(
    path: &Path,
    watch: impl FnOnce(Box<dyn Read>) -> Box<dyn Read>,
) -> io::Result<(Vec<u8>, Box<dyn BufRead>)> {
    let raw: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Box::new(File::open(path)?)
    };
    let mut input = unpack(watch(raw))?;
    let mut start = Vec::new();
    // An error here, as of a packed file that is cut short, comes again when the rest is read.
    let _ = input.by_ref().take(BLOCK as u64).read_to_end(&mut start);
    Ok((start, input))
}

/// Sorts mail logs by the time of their first event: a shell lists `mail.log` before `mail.log.1`, and the reader must
/// see the beginning of a message before its end. Other files come last, in the given order; where an input is not a
/// file, such as standard input, nothing is sorted.
pub(crate) fn oldest_first<'a>(files: &'a [PathBuf], options: &Options) -> Vec<&'a Path> {
    let mut files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let is_stream = |path: &&Path| !path.is_file();
    if files.len() > 1 && !files.iter().any(is_stream) {
        files.sort_by_cached_key(|path| Reverse(first_instant(path, options).map(Reverse)));
    }
    files
}

/// Returns the time of a mail log's first event; `None` if the file is not one, or if its start has no event.
fn first_instant(path: &Path, options: &Options) -> Option<DateTime<Utc>> {
    let (start, _) = open(path, |raw| raw).ok()?;
    let Content::Known(format) = detect(&start) else { return None };
    logs::first_instant(Log::of(format)?, &start, options.clone())
}

/// The file's name in messages.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Says why an input could not be read, as the end of a sentence about it.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory, expected a file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::UnexpectedEof => "the packed file is cut short".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("the packed file is damaged ({error})")
        }
        _ => error.to_string(),
    }
}
