//! Runs checks, and reports all that fail.

use std::any::Any;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;

/// What a check found: nothing, or what is wrong, in a few lines.
pub(super) type Outcome = Result<(), String>;

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
        if let Err(details) = caught(check).await {
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
        poll.unwrap_or_else(|panic| Err(format!("the store panicked: {}", message(&*panic))).into())
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
