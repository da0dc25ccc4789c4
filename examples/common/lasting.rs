//! Stores that last.

use mailtally::Event;
use mailtally::store::{Messages, Recorded, Sink, Store, StoreError, Timeline};

/// A store that lasts.
pub(crate) trait Lasting: Store + Timeline + Messages + Sink {}

impl<T: Store + Timeline + Messages + Sink> Lasting for T {}

/// Records events, and calls `refuse` with the index and the error of each that is refused; the others are recorded.
///
/// # Errors
///
/// [`StoreError`] if the back end fails. Then it is not known which of the events are recorded: the caller records them again.
pub(crate) async fn record(
    store: &dyn Lasting,
    events: &[Event],
    mut refuse: impl FnMut(usize, StoreError) + Send,
) -> Result<Recorded, StoreError> {
    match store.record(events).await {
        Err(StoreError::Record { .. }) => {}
        result => return result,
    }
    // One of them is refused, and with it the batch: each is recorded alone.
    let mut sum = Recorded::default();
    for (index, event) in events.iter().enumerate() {
        match store.record(std::slice::from_ref(event)).await {
            Ok(recorded) => sum += recorded,
            Err(error @ StoreError::Record { .. }) => refuse(index, error),
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}
