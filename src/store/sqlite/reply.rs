//! The answer of a thread, as a future that needs no runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

/// The end that answers. Dropping it without an answer is an answer, too: that there is none.
#[derive(Debug)]
pub(super) struct Reply<T>(Weak<Mutex<State<T>>>);

/// The end that waits: `None` if the thread ended without an answer.
#[derive(Debug)]
pub(super) struct Waiting<T>(Arc<Mutex<State<T>>>);

#[derive(Debug)]
struct State<T> {
    answer: Option<T>,
    is_over: bool,
    waker: Option<Waker>,
}

/// Makes both ends.
pub(super) fn reply<T>() -> (Reply<T>, Waiting<T>) {
    let state = Arc::new(Mutex::new(State { answer: None, is_over: false, waker: None }));
    (Reply(Arc::downgrade(&state)), Waiting(state))
}

impl<T> Reply<T> {
    /// Answers.
    pub(super) fn send(self, answer: T) {
        if let Some(state) = self.0.upgrade() {
            lock(&state).answer = Some(answer);
        }
    }

    /// Returns whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        let Some(state) = self.0.upgrade() else { return };
        let waker = {
            let mut state = lock(&state);
            state.is_over = true;
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<T> Future for Waiting<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = lock(&self.0);
        if state.is_over {
            return Poll::Ready(state.answer.take());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

/// Locks a state, which no thread leaves half changed.
fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll<T>(waiting: &mut Waiting<T>) -> Poll<Option<T>> {
        Pin::new(waiting).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn an_answer_arrives_and_a_lost_one_is_none() {
        let (reply_end, mut waiting) = reply();
        assert_eq!(poll(&mut waiting), Poll::Pending);
        reply_end.send(7);
        assert_eq!(poll(&mut waiting), Poll::Ready(Some(7)));
        let (reply_end, mut waiting) = reply::<u8>();
        drop(reply_end);
        assert_eq!(poll(&mut waiting), Poll::Ready(None));
    }

    #[test]
    fn a_reply_knows_that_nobody_waits() {
        let (reply_end, waiting) = reply::<u8>();
        assert!(!reply_end.is_abandoned());
        drop(waiting);
        assert!(reply_end.is_abandoned());
    }
}
