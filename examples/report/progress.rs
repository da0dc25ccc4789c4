//! A progress bar on standard error, for long inputs and only on a terminal.

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::text::printable;

/// The bytes of input from which there is a bar: less is read at once.
const MIN_BYTES: u64 = 32 << 20;

/// A progress bar, which may be hidden.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar over the bytes of these files; where a length is unknown, as of standard input, without an end.
    pub(crate) fn new(files: &[PathBuf]) -> Self {
        let lengths: Option<Vec<u64>> = files.iter().map(|path| Some(path.metadata().ok()?.len())).collect();
        let length = lengths.map(|lengths| lengths.iter().sum());
        let is_short = length.is_some_and(|length: u64| length < MIN_BYTES);
        if is_short || !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(10));
        let form = match length {
            Some(_) => "{bar:40.cyan} {bytes} of {total_bytes} ({bytes_per_sec}, {eta} left)",
            None => "{spinner:.cyan} {bytes} ({bytes_per_sec})",
        };
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Wraps an input, so that what is read from it moves the bar.
    pub(crate) fn watch<R: Read>(&self, input: R) -> impl Read + use<R> {
        self.0.wrap_read(input)
    }

    /// Writes one line to standard error, above the bar.
    pub(crate) fn say(&self, text: &str) {
        self.0.suspend(|| eprintln!("{}", printable(text)));
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
