//! Waits for several stores at the same time.

use std::task::Poll;

use super::{BoxFuture, StoreError};

/// Runs futures at the same time, on the task of the caller, and returns their outputs in their order. The first error ends all
/// of them.
///
/// All that are not ready are polled whenever one can go on: their number is that of stores, which is small.
pub(super) async fn until_one_fails<T>(
    mut futures: Vec<BoxFuture<'_, Result<T, StoreError>>>,
) -> Result<Vec<T>, StoreError> {
    let mut outputs: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            // A future that has ended is not polled again.
            if output.is_none()
                && let Poll::Ready(result) = future.as_mut().poll(context)
            {
                match result {
                    Ok(value) => *output = Some(value),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }
        if outputs.iter().any(Option::is_none) {
            return Poll::Pending;
        }
        Poll::Ready(Ok(outputs.drain(..).flatten().collect()))
    })
    .await
}

/// Runs futures at the same time, on the task of the caller, until all have ended, and returns their outputs in their order, or
/// the error of the first of them that failed: for what must not be stopped half way.
pub(super) async fn until_all_end<'a, T: Send + 'a>(
    futures: Vec<BoxFuture<'a, Result<T, StoreError>>>,
) -> Result<Vec<T>, StoreError> {
    let ended = |future: BoxFuture<'a, Result<T, StoreError>>| {
        let outcome: BoxFuture<'a, Result<Result<T, StoreError>, StoreError>> =
            Box::pin(async move { Ok(future.await) });
        outcome
    };
    until_one_fails(futures.into_iter().map(ended).collect()).await?.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use super::*;

    /// Returns a future that is ready at the poll with the number `turn`, from 1, and counts its polls.
    fn at_turn(
        turn: usize,
        polls: &AtomicUsize,
        result: Result<usize, StoreError>,
    ) -> BoxFuture<'_, Result<usize, StoreError>> {
        let mut result = Some(result);
        Box::pin(std::future::poll_fn(move |_| {
            if polls.fetch_add(1, Ordering::Relaxed) + 1 < turn {
                return Poll::Pending;
            }
            Poll::Ready(result.take().expect("it is not polled after its end"))
        }))
    }

    /// Polls a future until it is ready, and returns its output and the number of polls.
    fn run<T>(future: impl Future<Output = T>) -> (T, usize) {
        let (mut future, polls) = (pin!(future), Cell::new(0));
        loop {
            polls.set(polls.get() + 1);
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return (output, polls.get());
            }
        }
    }

    #[test]
    fn futures_run_at_the_same_time_and_their_outputs_have_their_order() {
        let polls = [const { AtomicUsize::new(0) }; 3];
        let futures = [3, 1, 2].into_iter().zip(&polls).map(|(turn, polls)| at_turn(turn, polls, Ok(turn)));
        let (outputs, turns) = run(until_one_fails(futures.collect()));
        assert_eq!((outputs.unwrap(), turns), (vec![3, 1, 2], 3), "as long as the slowest");
        assert_eq!(polls.map(|polls| polls.load(Ordering::Relaxed)), [3, 1, 2]);
        assert_eq!(run(until_one_fails::<()>(Vec::new())).0.unwrap(), []);
    }

    #[test]
    fn the_first_error_ends_all_or_waits_until_all_have_ended() {
        let futures = |polls| {
            vec![
                at_turn(5, polls, Ok(1)),
                at_turn(2, polls, Err(StoreError::NoMessages)),
                at_turn(9, polls, Err(StoreError::backend("b", "lost"))),
            ]
        };
        let counter = || AtomicUsize::new(0);
        let (early, late) = (counter(), counter());
        let (error, _) = run(until_one_fails(futures(&early)));
        assert!(matches!(error, Err(StoreError::NoMessages)), "{error:?}");
        assert_eq!(early.load(Ordering::Relaxed), 2);
        let (error, _) = run(until_all_end(futures(&late)));
        assert!(matches!(error, Err(StoreError::NoMessages)), "{error:?}");
        assert!(late.load(Ordering::Relaxed) >= 9);
    }
}
