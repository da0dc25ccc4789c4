//! Helpers of the integration tests: random events, and a way to call a store that is always ready.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use chrono::{DateTime, Duration, Utc};
use mailtally::message::Stream;
use mailtally::store::{Messages, Retention, Sink, Store, Timeline};
use mailtally::{Dimension, Event, EventType};
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[path = "../src/conformance/values.rs"]
mod values;

pub(crate) use values::{values, with_told, with_value};

/// Returns the output of a future that is ready when it is first polled. Panics if it is not.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future is not ready at the first poll"),
    }
}

/// Returns the output of a future, and waits for it.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        // A future that takes turns with another one need not wake anybody.
        thread::park_timeout(std::time::Duration::from_millis(1));
    }
}

/// Returns the instant `seconds` after the start of 2026 in UTC.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(1_767_225_600 + seconds)
}

/// Generates an event of one of few messages in few days, so that repeats, copies that differ, events at one instant and
/// first events that come late are common.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let ids = (select(&["acme", "globex"][..]), 0..4_u8, 0..6_u8);
    let what = (select(&EventType::ALL[..]), 0..60_i64, any::<bool>());
    let fields = prop::collection::vec((select(&Dimension::ALL[..]), any::<Index>()), 0..8);
    let fields = (fields, 0..16_u8);
    (ids, what, fields).prop_map(
        |((account, message, id), (event_type, hour, on_the_hour), (fields, told))| {
            let instant = at(hour * 3600) + Duration::milliseconds(if on_the_hour { 0 } else { 1_234_567 });
            let event = Event::new(account, format!("m-{message}"), format!("e-{id}"), event_type, instant);
            let event = fields.into_iter().fold(event, |event, (dimension, index): (Dimension, Index)| {
                let values = values(dimension);
                with_value(event, dimension, values[index.index(values.len())])
            });
            with_told(event, told)
        },
    )
}

/// Generates up to 39 events.
pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..40)
}

/// All traits of a store in one.
pub(crate) trait AnyStore: Store + Sink + Timeline + Messages + Retention + Debug {}

impl<T: Store + Sink + Timeline + Messages + Retention + Debug> AnyStore for T {}
