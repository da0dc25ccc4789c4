//! What the fuzz targets share: a small store, the current instant, a way to call a store that is always ready, and one to read a
//! log.

use std::io::{BufRead, BufReader};
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use mailtally::source::SourceError;
use mailtally::source::log::{Parse, Reader};
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

/// Reads a log to its end. Its summary is that of its events, its errors are short, and each event is read back equal from JSON.
pub fn read_log<R: BufRead, P: Parse>(reader: &mut Reader<R, P>) -> Vec<Event> {
    let mut events = Vec::new();
    for item in reader.by_ref() {
        match item {
            Ok(event) => events.push(event),
            Err(SourceError::Line(error)) => assert!(error.to_string().len() < 4000, "{error}"),
            Err(error) => panic!("{error}"),
        }
    }
    let found = reader.summary();
    let kinds = found.blank + found.other_program + found.ignored + found.with_events + found.errors;
    assert_eq!(found.lines, kinds);
    assert_eq!(found.events, events.len() as u64);
    for event in &events {
        let line = serde_json::to_string(event).expect("every event can be written");
        assert_eq!(serde_json::from_str::<Event>(&line).as_ref().ok(), Some(event), "{line}");
    }
    events
}
