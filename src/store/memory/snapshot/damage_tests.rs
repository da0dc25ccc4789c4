use serde_json::json;

use super::super::MemoryStore;
use super::tests::{Random, answers, blocks_of, event, file_of, file_of_blocks, one_event, opened, store_of};
use crate::event::Event;
use crate::kind::Kind;
use crate::store::snapshot_error::SnapshotError;

#[test]
fn every_shorter_and_every_longer_content_is_an_error() {
    let block = blocks_of(&file_of(&store_of(50))).concat();
    for len in 0..block.len() {
        let error = opened(&file_of_blocks(&[block[..len].to_vec()])).unwrap_err();
        assert!(matches!(error, SnapshotError::Damaged { .. }), "{len}: {error}");
    }
    for more in [vec![[&block[..], &[0]].concat()], vec![block.clone(), vec![0]], vec![block.clone(), vec![]]]
    {
        assert!(matches!(opened(&file_of_blocks(&more)), Err(SnapshotError::Damaged { .. })));
    }
}

#[test]
fn every_truncation_and_every_flipped_byte_of_a_file_is_an_error() {
    let file = file_of(&store_of(50));
    for len in 0..file.len() {
        opened(&file[..len]).unwrap_err();
        let mut flipped = file.clone();
        flipped[len] ^= 0x55;
        opened(&flipped).unwrap_err();
    }
}

/// Changes a few bytes.
fn mutate(block: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(block.len());
        match random.below(5) {
            0 => block[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            1 => block[at] ^= 1 << random.below(8),
            2 => block[at] = block[at].wrapping_add(1),
            3 => block.insert(at, u8::try_from(random.below(256)).unwrap()),
            _ => drop(block.remove(at)),
        }
    }
}

#[test]
fn any_content_with_valid_checksums_is_read_or_refused_and_what_is_read_can_be_used() {
    let blocks = blocks_of(&file_of(&store_of(100)));
    let names = blocks_of(&file_of(&MemoryStore::new()))[0].len() - 1;
    let (mut random, mut read, mut refused) = (Random(99), 0, 0);
    for turn in 0..2000 {
        let mut block = blocks[0].clone();
        // Most mutations are behind the names.
        let mut rest = block.split_off(if turn % 8 == 0 { 0 } else { names });
        mutate(&mut rest, &mut random);
        block.append(&mut rest);
        match opened(&file_of_blocks(&[block])) {
            Err(error) => {
                assert!(matches!(error, SnapshotError::Damaged { .. }), "{error}");
                refused += 1;
            }
            Ok(store) => {
                read += 1;
                if read % 8 == 0 {
                    answers(&store);
                }
                store.load((0..20).map(|_| event(&mut random)), |_, _| {});
                opened(&file_of(&store)).unwrap();
            }
        }
    }
    assert!(read > 100 && refused > 500, "{read} were read, {refused} refused");
}

/// Returns the error of the file of a store after some bytes, which occur, were replaced by as many.
fn refused(store: &MemoryStore, from: &[u8], to: &[u8]) -> String {
    let mut block = blocks_of(&file_of(store)).concat();
    let at = (0..block.len()).find(|at| block[*at..].starts_with(from)).unwrap();
    block.splice(at..at + from.len(), to.iter().copied());
    opened(&file_of_blocks(&[block])).unwrap_err().to_string()
}

/// Bytes, what they are replaced by, and what the error says.
type Case<'a> = (&'a [u8], &'a [u8], &'a str);

fn check_refused(store: &MemoryStore, cases: &[Case<'_>]) {
    for (from, to, message) in cases {
        let found = refused(store, from, to);
        assert!(found.contains(message), "{found}");
    }
}

#[test]
fn what_no_store_has_is_an_error_that_says_what_it_is() {
    let store = MemoryStore::new();
    let other = Event::new("acme", "m-2", "e", Kind::Sent, one_event("e").at());
    let globex = Event::new("globex", "m", "e", Kind::Sent, one_event("e").at());
    let later = Event::new("acme", "m-9", "e", Kind::Sent, one_event("e").at() + chrono::Duration::days(2));
    store.extend([one_event("e-1"), one_event("e-2"), other, globex, later]).unwrap();
    let cases: [Case<'_>; 8] = [
        (&b"\x03e-2"[..], &b"\x03e-1"[..], "the event `e-1` after a later one"),
        (b"\x03e-2", b"\x03e-0", "the event `e-0` after a later one"),
        (b"\x03m-2", b"\x03m-1", "the days before have a message for a second time"),
        (b"\x03m-9", b"\x03m-1", "the days before have a message for a second time"),
        (b"\x03m-2", b"\x00m-2", "a text of 0 bytes, and 1 to 1000 were expected"),
        (b"\x06globex", b"\x04acme", "the account `acme` after a greater id"),
        (b"\x06opened", b"\x06opaque", "an event type `opaque` that is not known here"),
        (b"\x04sent", b"\x06failed", "an event type `failed` for a second time"),
    ];
    check_refused(&store, &cases);
}

#[test]
fn a_value_out_of_its_range_is_an_error_that_says_what_it_is() {
    let store = MemoryStore::new();
    store.extend([one_event("e").tags(["x"]).attribute("n", 1)]).unwrap();
    // The bytes before are those of `the_content_stays_the_same`.
    let cases: [Case<'_>; 12] = [
        (&b"\x86\xa0\x01\x01\x03m-1"[..], &b"\x01\x01\x03m-1"[..], "the instant "),
        (b"\x03m-1\x80\xf8\xc9\x04", b"\x03m-1\x80\x90\x9a\xff\x0f", "the number 4"),
        (
            b"\xc9\x04\x00\x00\x01\x00",
            b"\xc9\x04\x00\x00\x02\x00",
            "the number 2, and at most 1 was expected",
        ),
        (b"\x01e\x00\x04\x04", b"\x01e\x05\x04\x04", "whose first event is of "),
        (b"\x01e\x00\x04\x04", b"\x01e\x00\x7f\x04", "the number 127, and at most "),
        (b"\x01e\x00\x04\x04", b"\x01e\x00\x04\x07", "the flags 7 of an event"),
        (b"\x01e\x00\x04\x04\x00", b"\x01e\x00\x04\x04\x01", "the number 1, and at most 0 was expected"),
        (b"\x01n\x03\x011", b"\x01n\x03\x01x", "the number `x`"),
        (b"\x01n\x03\x011", b"\x01n\x07", "a value of the type 7"),
        // A key with the value 2 of one, and one with something unknown that is counted.
        (b"\xc4\x80\x80\x80", b"\x84\x81\x80\x80", "a cell of what is unknown"),
        (b"\xc4\x80\x80\x80", b"\xff\x80\x80\x80", "a cell of what is unknown"),
        (b"\x78\x02\x02\x02\x02", b"\x78\x80\x80\x80\x80\x20", "the sum 4294967296"),
    ];
    check_refused(&store, &cases);
}

#[test]
fn attributes_that_are_larger_than_an_event_can_have_are_an_error() {
    let store = MemoryStore::new();
    store.extend([one_event("e").attribute("deep", json!([[]]))]).unwrap();
    // An array in an array, more than 4,096 times.
    let deep = [&b"\x04deep"[..], &[5, 1].repeat(5000), &[5, 0]].concat();
    let found = refused(&store, b"\x04deep\x05\x01\x05\x00", &deep);
    assert!(found.contains("more attributes than an event can have"), "{found}");
}
