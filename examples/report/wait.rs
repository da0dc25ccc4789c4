//! Waits for futures.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// A thread that sleeps until the future goes on.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs the futures of a store to their end.
pub(crate) enum Wait {
    /// On this thread alone.
    Alone,
    /// In a runtime, which stores of servers need.
    #[cfg(any(feature = "postgres", feature = "clickhouse"))]
    Runtime(tokio::runtime::Runtime),
}

impl Wait {
    /// Returns what runs the futures of the stores that this program has.
    #[cfg(any(feature = "postgres", feature = "clickhouse"))]
    pub(crate) fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.map(Self::Runtime)
    }

    /// Returns what runs the futures of the stores that this program has.
    #[cfg(not(any(feature = "postgres", feature = "clickhouse")))]
    #[expect(clippy::unnecessary_wraps, reason = "a runtime can fail to start")]
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self::Alone)
    }

    /// Runs a future to its end.
    pub(crate) fn until<T>(&self, future: impl Future<Output = T>) -> T {
        match self {
            Self::Alone => block_on(future),
            #[cfg(any(feature = "postgres", feature = "clickhouse"))]
            Self::Runtime(runtime) => runtime.block_on(future),
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        thread::park();
    }
}
