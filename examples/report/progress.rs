//! How far the reading is: a bar on a terminal, where the input is long enough to wait for.

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::table::printable;

/// Inputs shorter than this are read before a bar could be looked at.
const WORTH_A_BAR: u64 = 32 << 20;

/// A bar, or nothing.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// For these files.
    pub(crate) fn new(files: &[PathBuf]) -> Self {
        let lengths: Option<Vec<u64>> = files.iter().map(|path| Some(path.metadata().ok()?.len())).collect();
        let length = lengths.map(|lengths| lengths.iter().sum());
        let is_short = length.is_some_and(|length: u64| length < WORTH_A_BAR);
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

    /// The same input, watched.
    pub(crate) fn watch<R: Read>(&self, input: R) -> impl Read + use<R> {
        self.0.wrap_read(input)
    }

    /// Says something on standard error, above the bar, in one line.
    pub(crate) fn say(&self, text: &str) {
        self.0.suspend(|| eprintln!("{}", printable(text)));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
