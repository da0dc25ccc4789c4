//! Records ten events and prints one report.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use mailtally::rate::Definition;
use mailtally::{Dimension, Event, EventType, Kind, MemoryStore, Period, Query};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    let event = |message: &str, id: &str, event_type: EventType, at: &str| {
        Ok::<_, chrono::ParseError>(Event::new("acme", message, id, event_type, at.parse()?))
    };
    // Events arrive late, out of order and more than once.
    let opened = event("m-1", "open-1", EventType::OpenedPerson, "2026-02-03T07:15:00Z")?;
    let recorded = store.extend([
        opened.clone(),
        event("m-1", "delivery", EventType::DeliveredSmtp, "2026-02-02T09:00:01Z")?
            .recipient_domain("gmail.com"),
        event("m-2", "delivery", EventType::DeliveredSmtp, "2026-02-02T09:00:02Z")?
            .recipient_domain("gmail.com"),
        event("m-3", "attempt-1", EventType::Deferred, "2026-02-02T09:00:03Z")?.recipient_domain("yahoo.com"),
        event("m-3", "attempt-2", EventType::Deferred, "2026-02-02T09:30:03Z")?.recipient_domain("yahoo.com"),
        event("m-3", "attempt-3", EventType::DeliveredSmtp, "2026-02-02T10:30:03Z")?
            .recipient_domain("yahoo.com"),
        event("m-4", "bounce", EventType::HardBouncedImmediate, "2026-02-02T09:00:04Z")?
            .recipient_domain("yahoo.com"),
        event("m-2", "open-1", EventType::OpenedMachine, "2026-02-02T09:00:05Z")?,
        event("m-2", "complaint", EventType::Complained, "2026-02-04T12:00:00Z")?,
        opened,
    ])?;
    println!("{} new events, {} repeats", recorded.new, recorded.repeats);

    let query = Query::new("acme", "2026-02".parse::<Period>()?).by(Dimension::Provider);
    let report = store.report(&query, "2026-02-10T12:00:00Z".parse()?)?;
    let open_rate = Definition::named("open_rate")?;
    for row in report.rows() {
        let provider = row.group[0].as_deref().unwrap_or("(none)");
        let (delivered, opened) = (row.counts.unique(Kind::Delivered), row.counts.unique(Kind::Opened));
        let rate = open_rate.compute(row.counts)?;
        println!("{provider:<8} {delivered} delivered, {opened} opened: {rate}");
    }
    assert_eq!(report.total().unique(Kind::Delivered), 3);
    Ok(())
}
