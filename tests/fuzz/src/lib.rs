//! What the fuzz targets share: a small store, the current instant, and a way to call a store that is always ready.

use std::io::{BufRead, BufReader};
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use mailtally::time::chrono::{DateTime, Utc};
use mailtally::{Event, EventType, MemoryStore};

/// The instant at which everything is asked: 2026-02-15T12:00:37Z.
pub const NOW: DateTime<Utc> = DateTime::from_timestamp(1_771_156_837, 0).unwrap();

/// The events of each type that there is, of three messages in five days before [`NOW`], with every dimension.
pub static STORE: LazyLock<MemoryStore> = LazyLock::new(|| {
    let store = MemoryStore::new();
    let events = (0..3_i64).flat_map(|message| {
        let event = move |(index, event_type): (usize, EventType)| {
            let hours = 40 * message + i64::try_from(index).unwrap();
            let at = DateTime::from_timestamp(1_770_724_800 + 3600 * hours, 0).unwrap();
            let event = Event::new("acme", format!("m-{message}"), format!("e-{index}"), event_type, at);
            if message == 0 { with_all_fields(event) } else { event.recipient_domain("yahoo.com") }
        };
        EventType::ALL.into_iter().enumerate().map(event)
    });
    store.extend(events).expect("valid events");
    store
});

fn with_all_fields(event: Event) -> Event {
    let event =
        event.domain("mail.acme.example").category("welcome").tags(["a", "b"]).mailbox("kim@acme.example");
    let event = event.campaign("spring").ip("192.0.2.1").ip_pool("news").recipient_domain("gmail.com");
    let event = event.subaccount("shop").open_tracking(true).click_tracking(true).country("DE");
    let event =
        event.transport("smtp").attempt_ip("192.0.2.2").reason("greylisted").code("4.7.1".parse().unwrap());
    event.device("desktop").client("Thunderbird").bot("apple").attribute("subject", "Hello")
}

/// Returns the output of a future that is ready when it is first polled. Panics if it is not.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future is not ready at the first poll"),
    }
}

/// Returns an input whose buffer holds `capacity` bytes, at least 1.
pub fn input(bytes: &[u8], capacity: u8) -> impl BufRead {
    BufReader::with_capacity(usize::from(capacity.max(1)), bytes)
}
