//! Runs checks, and reports all that fail.

use std::any::Any;
use std::error::Error;
use std::fmt::{Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::task::Poll;

/// What a check found: nothing, or what is wrong.
pub(super) type Outcome = Result<(), Details>;

/// What is wrong, in a few lines.
#[derive(Clone, Debug)]
pub(super) struct Details(pub(super) String);

impl<E: Error> From<E> for Details {
    /// Writes an error with all its causes.
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        Self(text)
    }
}

impl Details {
    /// Says when it was found.
    pub(super) fn when(self, when: impl Display) -> Self {
        Self(format!("{when}, {}", self.0))
    }
}

/// The checks that failed.
#[derive(Debug, Default)]
pub(super) struct Failures {
    checks: usize,
    failures: Vec<(String, String)>,
}

impl Failures {
    /// Runs a check. One that panics has failed.
    pub(super) async fn run(&mut self, name: impl Into<String>, check: impl Future<Output = Outcome>) {
        self.checks += 1;
        if let Err(Details(details)) = caught(check).await {
            self.failures.push((name.into(), details));
        }
    }

    /// Panics with every check that failed.
    pub(super) fn finish(self) {
        let Self { checks, failures } = self;
        if failures.is_empty() {
            return;
        }
        let mut text = format!("{} of {checks} checks failed\n", failures.len());
        for (name, details) in failures {
            // Writing to a text cannot fail.
            let _ = write!(text, "\n* {name}\n{}", indented(details.trim_end()));
        }
        panic_any(text);
    }
}

/// Runs a check, and returns a panic as its error.
async fn caught(check: impl Future<Output = Outcome>) -> Outcome {
    let mut check = pin!(check);
    std::future::poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| check.as_mut().poll(context)));
        poll.unwrap_or_else(|panic| {
            let text = format!("the store panicked: {}", message(&*panic));
            Poll::Ready(Err(Details(text)))
        })
    })
    .await
}

/// Returns the message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
