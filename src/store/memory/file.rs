//! The container of snapshot files. It keeps blocks of bytes, and knows nothing of what they mean.
//!
//! All numbers are unsigned, with the lowest byte first. The header has the same layout in every version:
//!
//! | part | bytes | content |
//! |---|---|---|
//! | header | 8 | `\x89MTS\r\n\x1a\n` |
//! | | 4 | the version of the format, and of what the blocks mean |
//! | | 4 | flags: 0 |
//! | | 8 | XXH3-64 of the 16 bytes before |
//! | each block | 4 | its length, at most 64 MiB |
//! | | 4 | its compressed length |
//! | | 8 | XXH3-64 of the 8 bytes before and of the compressed bytes; the seed is the number of the block, from 0 |
//! | | … | its bytes, compressed as an LZ4 block |
//! | end mark | 4 | 2^32 − 1 |
//! | | 4 | 0 |
//! | | 8 | the number of blocks |
//! | | 8 | XXH3-64 of the chain; the seed is the number of blocks |
//!
//! The *chain* is the XXH3-64 of the header first, and each block makes it the XXH3-64 of the chain before and of the
//! block's checksum. So a block that is missing, repeated, moved or of another file is found as well. Nothing follows the end
//! mark.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use crate::store::snapshot_error::SnapshotError;

mod bytes;
#[cfg(test)]
mod disk_tests;
mod layout;
mod reader;
mod replace;
mod writer;

pub(super) use bytes::{Decoder, Encoder};
pub(super) use reader::{Block, Blocks};
pub(super) use writer::BlockWriter;

/// Replaces the file at `path` by a snapshot of the blocks that `content` writes.
///
/// The file is the old one or the new one at every instant, also if the process is killed or the power fails. After an error
/// it is the old one, except if only the folder could not be synced. If several threads write one path at a time, the last to
/// finish wins. If several processes do, the last to start wins, and the others return an error. A symbolic link at `path` is
/// replaced, not followed. On Unix, the new file has the permissions of the old one.
pub(super) fn write(
    path: &Path,
    content: impl FnOnce(&mut BlockWriter<'_>) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    replace::replace(path, |file, temporary| {
        let mut out = BufWriter::new(file);
        let mut blocks = BlockWriter::start(&mut out, temporary)?;
        content(&mut blocks)?;
        blocks.finish()
    })
}

/// Opens the snapshot at `path`, and checks its header.
pub(super) fn read(path: &Path) -> Result<Blocks<BufReader<File>>, SnapshotError> {
    let file = File::open(path).map_err(SnapshotError::io(path, "open"))?;
    Blocks::start(BufReader::new(file), path)
}

#[cfg(test)]
mod tests {
    use super::disk_tests::noise;
    use super::layout::{Checksums, Lengths};
    use super::*;

    /// Returns the file of some blocks.
    fn file_of(blocks: &[Vec<u8>]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = BlockWriter::start(&mut file, Path::new("a.snapshot")).unwrap();
        blocks.iter().for_each(|block| writer.block(block).unwrap());
        writer.finish().unwrap();
        file
    }

    /// Returns the blocks until the end or an error, which is `None` at the end.
    fn blocks_of(file: &[u8]) -> (Vec<Vec<u8>>, Option<SnapshotError>) {
        let mut found = Vec::new();
        let mut blocks = match Blocks::start(file, Path::new("a.snapshot")) {
            Ok(blocks) => blocks,
            Err(error) => return (found, Some(error)),
        };
        loop {
            match blocks.next_block() {
                Ok(Some(block)) => found.push(block.bytes),
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error)),
            }
        }
    }

    /// Returns three blocks: one that is compressed, an empty one, and one that cannot be compressed.
    fn small() -> Vec<Vec<u8>> {
        vec![b"to be or not to be or not to be or not".to_vec(), Vec::new(), noise(20)]
    }

    /// Returns the message of the error of reading `file`, of which only whole blocks of `blocks` may be read.
    fn refused(file: &[u8], blocks: &[Vec<u8>]) -> String {
        let (found, error) = blocks_of(file);
        assert!(blocks.starts_with(&found));
        error.expect("the file is wrong").to_string()
    }

    #[test]
    fn the_end_stays_the_end() {
        let file = file_of(&small());
        let mut blocks = Blocks::start(&file[..], Path::new("a.snapshot")).unwrap();
        while blocks.next_block().unwrap().is_some() {}
        assert!(blocks.next_block().unwrap().is_none());
    }

    #[test]
    fn the_format_stays_the_same() {
        let found: Vec<String> =
            file_of(&[b"abc".to_vec()]).iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [
            "89 4d 54 53 0d 0a 1a 0a 01 00 00 00 00 00 00 00 b1 ba ae 69 80 bf ce 74",
            "03 00 00 00 04 00 00 00 92 0f 3a 3a 00 21 fa e7 30 61 62 63",
            "ff ff ff ff 00 00 00 00 01 00 00 00 00 00 00 00 37 50 57 55 a7 c8 17 54",
        ];
        assert_eq!(found.join(" "), parts.join(" "));
    }

    #[test]
    fn every_shorter_file_is_an_error() {
        let file = file_of(&small());
        for len in 0..file.len() {
            let message = refused(&file[..len], &small());
            assert!(message.contains("the file ends"), "{len}: {message}");
        }
    }

    #[test]
    fn every_flipped_bit_is_an_error() {
        let file = file_of(&small());
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused(&flipped, &small());
        }
    }

    #[test]
    fn a_flipped_version_is_not_taken_for_a_newer_one() {
        let file = file_of(&small());
        for bit in 8 * 8..24 * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                refused(&flipped, &[]).ends_with("damaged at byte 0: the checksum of the header is wrong")
            );
        }
    }

    #[test]
    fn a_longer_file_is_an_error() {
        for byte in [0, 1, 0xff] {
            let file = [file_of(&small()), vec![byte]].concat();
            assert!(refused(&file, &small()).ends_with("there are more bytes after the end mark"));
        }
    }

    #[test]
    fn blocks_that_are_missing_repeated_moved_or_of_another_file_are_an_error() {
        let file = file_of(&[noise(9), noise(9), noise(10), noise(10)]);
        let other = file_of(&[noise(8), vec![5; 9]]);
        // The header has 24 bytes; blocks of noise have 17 and 1 more than they are long, and the end mark 24.
        let (head, rest) = file.split_at(24);
        let (first, rest) = rest.split_at(26);
        let (second, rest) = rest.split_at(26);
        let foreign = &other[24 + 25..][..26];
        assert!(blocks_of(&[head, first, second, rest].concat()).1.is_none());
        for parts in [
            &[head, second, rest][..],
            &[head, first, rest],
            &[head, first, first, second, rest],
            &[head, second, first, rest],
            &[head, first, first, rest],
            &[head, first, foreign, rest],
            &[head, &rest[rest.len() - 24..]],
        ] {
            assert!(blocks_of(&parts.concat()).1.is_some());
        }
    }

    /// Returns a file of one block, whose checksum is right.
    fn forged(lengths: Lengths, compressed: &[u8]) -> Vec<u8> {
        let header = layout::header(layout::VERSION, 0);
        let frame = [&lengths.to_bytes()[..], compressed].concat();
        let checksum = Checksums::new(&header).of_next(&frame).to_le_bytes();
        [&header[..], &lengths.to_bytes(), &checksum, compressed].concat()
    }

    #[test]
    fn a_forged_block_is_an_error_before_its_length_is_allocated() {
        let refused =
            |raw, compressed, bytes: &[u8]| refused(&forged(Lengths { raw, compressed }, bytes), &[]);
        let found = refused(u32::MAX - 1, 4, b"0abc");
        assert!(found.ends_with("its length is 4294967294, and the limit 67108864"), "{found}");
        let found = refused(3, u32::MAX, b"0abc");
        assert!(found.contains("3 bytes are compressed to 4294967295, and the limit is "), "{found}");
        let found = refused(1 << 26, 1 << 26, b"0abc");
        assert!(found.ends_with("the file ends after 4 of the 67108864 bytes of a block"), "{found}");
        let found = refused(2, 4, b"0abc");
        assert!(found.contains("it cannot be decompressed"), "{found}");
        let found = refused(9, 4, b"0abc");
        assert!(found.ends_with("the length is 3, and 9 was expected"), "{found}");
    }

    #[test]
    fn other_files_and_newer_versions_have_errors_of_their_own() {
        let foreign = blocks_of(b"{\"account\":\"acme\"}").1.unwrap();
        assert!(matches!(&foreign, SnapshotError::NotASnapshot { found, .. } if found == b"{\"accoun"));
        assert!(matches!(blocks_of(b"PK").1, Some(SnapshotError::NotASnapshot { .. })));
        let newer = blocks_of(&layout::header(2, 5)).1.unwrap();
        assert!(matches!(newer, SnapshotError::NewerVersion { found: 2, known: 1, .. }));
        assert_eq!(
            [foreign, newer].map(|error| error.to_string()),
            [
                r#"`a.snapshot` is not a snapshot: it starts with `{\"accoun`, and a snapshot with `\x89MTS\r\n\x1a\n`"#,
                "`a.snapshot` is a snapshot of format 2, and the newest format known here is 1",
            ]
        );
        assert!(refused(&layout::header(0, 0), &[]).ends_with("the version is 0, and 1 to 1 was expected"));
        assert!(refused(&layout::header(1, 2), &[]).ends_with("the flags are 2, and 0 was expected"));
        assert!(refused(b"", &[]).ends_with("the file ends after 0 of the 24 bytes of its header"));
    }
}
