use chrono::DateTime;
use serde_json::{Value, json};

use super::super::builder::SegmentBuilder;
use super::super::day::{Day, DayPart};
use super::super::file::Blocks;
use super::super::history::Dropped;
use super::super::{MemoryStore, StoreLimits};
use super::*;
use crate::dimension::{By, Dimension};
use crate::event::MessageId;
use crate::event_type::EventType;
use crate::kind::Kind;
use crate::query::{Limits, Query, Scope, Timing};
use crate::status::Status;
use crate::time::period::Period;
use crate::time::resolution::Resolution;

/// A generator of random numbers (xorshift) with a fixed seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Returns a number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end as u64).unwrap()
    }
}

/// Returns an event of one of some messages of two accounts within some days, with some fields.
pub(super) fn event(random: &mut Random) -> Event {
    let at =
        DateTime::from_timestamp_millis(1_770_000_000_000 + 3_700_123 * random.below(200) as i64).unwrap();
    let account = ["acme", "globex"][random.below(2)];
    let event_type = EventType::ALL[random.below(EventType::COUNT)];
    let message = format!("m-{}", random.below(60));
    let event = Event::new(account, message, format!("e-{}", random.below(9)), event_type, at);
    let event = event.domain(["a.example", "b.example"][random.below(2)]).ip("192.0.2.1");
    match random.below(8) {
        0 => event.tags(["x", "y", "z"].into_iter().take(random.below(4))).country("DE"),
        1 => event.attribute("n", json!([{ "a": -0.0, "b": [] }, null, {}, "x", 1.5, u64::MAX])),
        2 => event.campaign("spring").created(DateTime::from_timestamp(1_769_999_999, 0).unwrap()),
        3 => Event::new(account, "late", "e", EventType::OpenedPerson, at + chrono::Duration::days(99)),
        _ => event,
    }
}

pub(super) fn one_event(id: &str) -> Event {
    Event::new("acme", "m-1", id, Kind::Sent, DateTime::from_timestamp(1_770_000_000, 0).unwrap())
}

/// Returns a store of two accounts, which recorded so many events in batches.
pub(super) fn store_of(count: usize) -> MemoryStore {
    let (store, mut random) = (MemoryStore::new(), Random(7));
    for _ in 0..count.div_ceil(50) {
        store.extend((0..50).map(|_| event(&mut random))).unwrap();
    }
    store
}

/// Returns the file of a store.
pub(super) fn file_of(store: &MemoryStore) -> Vec<u8> {
    let mut file = Vec::new();
    let mut blocks = BlockWriter::start(&mut file, Path::new("a.snapshot")).unwrap();
    write_accounts(store.published.all(), &store.writer.state().thinned, &mut blocks).unwrap();
    blocks.finish().unwrap();
    file
}

/// Returns the path of a file that no other test uses.
fn temporary(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("mailtally-{name}-{}.snapshot", std::process::id()))
}

/// Returns the bytes of the blocks of a file.
pub(super) fn blocks_of(file: &[u8]) -> Vec<Vec<u8>> {
    let mut blocks = Blocks::start(file, Path::new("a.snapshot")).unwrap();
    std::iter::from_fn(|| blocks.next_block().unwrap()).map(|block| block.bytes().to_owned()).collect()
}

/// Returns the file of blocks, with valid checksums.
pub(super) fn file_of_blocks(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = BlockWriter::start(&mut file, Path::new("a.snapshot")).unwrap();
    blocks.iter().for_each(|block| writer.block(block).unwrap());
    writer.finish().unwrap();
    file
}

pub(super) fn opened(file: &[u8]) -> Result<MemoryStore, SnapshotError> {
    let store = MemoryStore::new();
    let blocks = Blocks::start(file, Path::new("a.snapshot"))?;
    let (accounts, thinned) = read_accounts(Input::new(blocks), &|id| store.writer.hash(id))?;
    store.writer.state().thinned = thinned;
    store.published.publish(accounts);
    Ok(store)
}

/// Returns everything that a store answers to some questions, some of which are answered from cubes, others from columns.
pub(super) fn answers(store: &MemoryStore) -> String {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let mut plans = Vec::new();
    let by: [&[Dimension]; 6] = [
        &[],
        &[Dimension::Domain],
        &[Dimension::Tag],
        &[Dimension::Country],
        &[Dimension::Ip, Dimension::Campaign],
        &[Dimension::Account, Dimension::Tag],
    ];
    for (by, timing) in by.into_iter().flat_map(|by| [(by, Timing::Event), (by, Timing::Send)]) {
        let query = Query::new(Scope::All, Period::last_days(300)).timing(timing).resolution(Resolution::Day);
        let query = by.iter().fold(query, |query, dimension| query.by(By::Dimension(*dimension)));
        plans.push(query.limits(Limits { rows: 100_000, ..Limits::default() }).plan(now).unwrap());
    }
    let mut text = String::new();
    for plan in plans {
        let counted = store.tally(std::slice::from_ref(&plan));
        let mut rows = match counted {
            Ok(counted) => counted.rows.concat(),
            Err(error) => {
                text += &format!("{error}\n");
                continue;
            }
        };
        rows.sort_by_key(|row| (row.bucket, row.group.clone()));
        text += &format!("{rows:?}\n");
    }
    for (account, message) in ["acme", "globex"].into_iter().flat_map(|account| {
        (0..60).map(|number| format!("m-{number}")).chain(["late".to_owned()]).map(move |id| (account, id))
    }) {
        text += &format!("{:?}\n", store.timeline(&account.into(), &message.into()));
    }
    text
}

#[test]
fn a_store_that_was_saved_and_opened_answers_the_same_also_after_more_events() {
    let store = store_of(1500);
    let opened = opened(&file_of(&store)).unwrap();
    assert_eq!(opened.message_count(), store.message_count());
    for account in ["acme", "globex", "unknown"].map(AccountId::from) {
        assert_eq!(opened.event_count(&account), store.event_count(&account));
    }
    assert_eq!(answers(&opened), answers(&store));
    let mut random = Random(11);
    let more: Vec<Event> = (0..400).map(|_| event(&mut random)).collect();
    for batch in more.chunks(40) {
        let recorded = store.extend(batch.iter().cloned()).unwrap();
        assert_eq!(opened.extend(batch.iter().cloned()).unwrap(), recorded);
    }
    assert_eq!(answers(&opened), answers(&store));
    assert_eq!(answers(&tests::opened(&file_of(&opened)).unwrap()), answers(&store));
}

#[test]
fn an_empty_store_is_saved_and_opened() {
    let opened = opened(&file_of(&MemoryStore::new())).unwrap();
    assert_eq!(opened.message_count(), 0);
    assert_eq!(opened.extend([event(&mut Random(3))]).unwrap().new, 1);
}

#[test]
fn one_state_has_one_file() {
    let store = store_of(300);
    assert_eq!(file_of(&store), file_of(&store));
}

#[test]
fn a_state_is_cut_into_blocks_between_any_two_records() {
    let store = store_of(500);
    let blocks = blocks_of(&file_of(&store));
    assert_eq!(blocks.len(), 1);
    let mut encoded = Vec::new();
    let mut writer = BlockWriter::start(&mut encoded, Path::new("a.snapshot")).unwrap();
    let mut output = Output::with_block_bytes(&mut writer, 1);
    write_records(store.published.all(), &store.writer.state().thinned, &mut output).unwrap();
    output.finish().unwrap();
    writer.finish().unwrap();
    assert!(blocks_of(&encoded).len() > 500);
    assert_eq!(blocks_of(&encoded).concat(), blocks.concat());
    assert_eq!(answers(&opened(&encoded).unwrap()), answers(&store));
}

#[test]
fn attributes_of_any_depth_and_every_number_are_read_as_they_were() {
    let deep = (0..1000).fold(json!(1), |value, _| json!([value]));
    let numbers = json!([-0.0, 0.1, 1e-320, f64::MAX, u64::MAX, i64::MIN, 0, 1.0]);
    let store = MemoryStore::new();
    let event = one_event("e").attribute("deep", deep).attribute("", numbers);
    let event =
        event.attribute("o", json!({ "": {}, "a": { "b": [[], {}] }, "c": false, "d": true, "é": "é" }));
    let longest = one_event("f").attribute("n", "x".repeat(Event::MAX_ATTRIBUTE_BYTES - 17));
    store.extend([event, longest]).unwrap();
    let opened = opened(&file_of(&store)).unwrap();
    let text = |store: &MemoryStore| -> Vec<String> {
        let events = store.timeline(&"acme".into(), &"m-1".into());
        let attributes = events.iter().flat_map(|event| event.attributes().clone());
        attributes.map(|(name, value): (String, Value)| format!("{name} {value}")).collect()
    };
    assert_eq!(text(&opened).len(), 4);
    assert_eq!(text(&opened), text(&store));
}

#[test]
fn what_is_left_of_dropped_events_is_kept() {
    let store = MemoryStore::new();
    let at = one_event("e").at().timestamp_millis();
    store.extend([one_event("e").campaign("spring")]).unwrap();
    let mut account = Account::clone(&store.published.all()[0]);
    let mut builder = SegmentBuilder::default();
    let day = Day::clone(&account.days[0]);
    let mut history = day.parts[0].segment.history(0);
    let facts = history.facts;
    let dropped = Dropped {
        event_types: 1 << EventType::Accepted as u32 | 1 << EventType::Stored as u32,
        status: Some(Status::Delivered),
        facts,
        created: at - 1000,
    };
    (history.dropped, history.created, history.status) = (Some(dropped), at - 1000, Some(Status::Delivered));
    builder.push(day.parts[0].segment.messages.hashes[0], &history);
    let changed = Day { day: day.day, parts: vec![DayPart::new(builder.finish(day.day))] };
    account.days[0] = Arc::new(changed);
    store.published.publish(vec![account]);
    let opened = opened(&file_of(&store)).unwrap();
    let account = &opened.published.all()[0];
    let found = account.days[0].parts[0].segment.history(0);
    assert_eq!(found.dropped, Some(dropped));
    assert_eq!((found.created, found.status), (at - 1000, Some(Status::Delivered)));
}

#[test]
fn the_content_stays_the_same() {
    let store = MemoryStore::new();
    store.extend([one_event("e").tags(["x"]).attribute("n", 1)]).unwrap();
    let content = blocks_of(&file_of(&store)).concat();
    // The names change with each version of the crate.
    let names = blocks_of(&file_of(&MemoryStore::new())).concat().len() - 1;
    let found: Vec<String> = content[names..].iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        // One account, its id, and in which dimension it has values: tags.
        "01 04 61 63 6d 65",
        "00 00 00 00 01 01 78 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        // The combinations of each part: only that of the tag.
        "00 00 01 00 00 01 01 00",
        // One day with one message, and its event with an attribute.
        "01 86 a0 01 01 03 6d 2d 31 80 f8 c9 04 00 00 01 00 00 01",
        "01 65 00 04 04 00 01 01 6e 03 01 31",
        // Twelve cubes of one list each: of quarters, hours, days and tags, and of each by event, by send and of statuses.
        "0c",
        "00 00 01 01 84 80 80 80 80 ca 84 78 02 02 02 02",
        "01 00 01 01 84 80 80 80 80 ca 84 78 02 02 02 02",
        "02 00 01 01 aa 80 80 80 80 ca 84 78 02 00 00 00",
        "00 01 01 01 84 80 80 80 80 c8 84 78 02 02 02 02",
        "01 01 01 01 84 80 80 80 80 c8 84 78 02 02 02 02",
        "02 01 01 01 aa 80 80 80 80 c8 84 78 02 00 00 00",
        "00 02 01 01 84 80 80 80 80 c0 84 78 02 02 02 02",
        "01 02 01 01 84 80 80 80 80 c0 84 78 02 02 02 02",
        "02 02 01 01 aa 80 80 80 80 c0 84 78 02 00 00 00",
        "00 03 04 01 01 c4 80 80 80 80 c0 84 78 02 02 02 02",
        "01 03 04 01 01 c4 80 80 80 80 c0 84 78 02 02 02 02",
        "02 03 04 01 01 ea 80 80 80 80 c0 84 78 02 00 00 00",
    ];
    assert_eq!(found.join(" "), parts.join(" "));
}

#[test]
fn a_snapshot_beside_a_writer_is_one_state() {
    let store = MemoryStore::new();
    let batch = |number: usize| -> Vec<Event> {
        let accounts = ["acme", "globex"].into_iter();
        accounts
            .flat_map(|account| {
                let event = move |id: usize| {
                    let (message, at) = (format!("m-{number}"), one_event("e").at());
                    Event::new(account, message, format!("e-{id}"), Kind::Sent, at)
                };
                (0..3).map(event)
            })
            .collect()
    };
    let batches: Vec<Vec<Event>> = (0..300).map(batch).collect();
    let path = temporary("beside");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            batches.iter().for_each(|batch| assert_eq!(store.extend(batch.iter().cloned()).unwrap().new, 6));
        });
        while !writer.is_finished() {
            store.save(&path).unwrap();
            let opened = MemoryStore::open(&path, StoreLimits::default()).unwrap();
            let count = |account: &str| opened.event_count(&account.into());
            assert_eq!(count("acme"), count("globex"));
            assert_eq!(count("acme") % 3, 0);
            let last = (count("acme") / 3).checked_sub(1).map(|last| MessageId::from(format!("m-{last}")));
            let found = last.map_or(3, |last| opened.timeline(&"acme".into(), &last).len());
            assert_eq!(found, 3);
        }
    });
    std::fs::remove_file(path).unwrap();
}

#[test]
fn limits_that_are_smaller_than_what_was_saved_refuse_only_new_events() {
    let path = temporary("limits");
    let store = MemoryStore::new();
    store.extend([one_event("e-1"), one_event("e-2")]).unwrap();
    store.save(&path).unwrap();
    let limits = StoreLimits { events_per_account: 1, ..StoreLimits::default() };
    let opened = MemoryStore::open(&path, limits).unwrap();
    assert_eq!(opened.extend([one_event("e-2")]).unwrap().repeats, 1);
    assert!(opened.extend([one_event("e-3")]).is_err());
    assert_eq!(opened.event_count(&"acme".into()), 2);
    std::fs::remove_file(path).unwrap();
}
