//! Runs work that keeps a processor busy, until it ends, its client has gone, or its time is over.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::fair_queue::{FairQueue, Turn};

/// Runs `work` on a thread for it when it is the account's turn. Returns its result with the turn, which ends when it is
/// dropped.
///
/// Work that is not ready when polled is dropped as soon as this future is dropped, which the HTTP library does when a client
/// closes its connection, or when `timeout` is over. Work that does not pause runs to its end, without a client. Either way it
/// keeps its turn until it has ended.
///
/// # Errors
///
/// 503 if the time is over; 500 if the work panics, which no request may cause.
pub(crate) async fn compute<W, F>(
    queue: &FairQueue,
    account: usize,
    now: impl FnOnce() -> DateTime<Utc>,
    timeout: Duration,
    work: W,
) -> Result<(F::Output, Turn), StatusCode>
where
    W: FnOnce() -> F + Send + 'static,
    F: Future<Output: Send + 'static>,
{
    let deadline = Instant::now() + timeout;
    let late = |_| StatusCode::SERVICE_UNAVAILABLE;
    let turn = timeout_at(deadline, queue.turn(account, now)).await.map_err(late)?;
    let span = tracing::Span::current();
    // Nothing is sent: `gone` is ready when `_client` is dropped, together with this future.
    let (_client, gone) = oneshot::channel::<Infallible>();
    let task = tokio::task::spawn_blocking(move || {
        let result = span.in_scope(|| Handle::current().block_on(until(gone, deadline, work)));
        (result, turn)
    });
    match timeout_at(deadline, task).await.map_err(late)? {
        Ok((result, turn)) => result.map(|result| (result, turn)).ok_or(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Runs `work`; `None` if the client has gone or the time is over before it ends.
async fn until<W, F>(gone: oneshot::Receiver<Infallible>, deadline: Instant, work: W) -> Option<F::Output>
where
    W: FnOnce() -> F,
    F: Future,
{
    tokio::select! {
        biased;
        _ = gone => None,
        result = timeout_at(deadline, async { work().await }) => result.ok(),
    }
}
