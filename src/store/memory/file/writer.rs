//! Writes the blocks of a snapshot file.

use std::io::{self, Write};
use std::path::Path;

use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};

use super::layout::{self, Checksums, END, Lengths, MAX_BLOCK_BYTES};
use crate::store::snapshot_error::SnapshotError;

/// Writes blocks, each compressed, with its lengths and its checksum.
pub(in super::super) struct BlockWriter<'a> {
    out: &'a mut dyn Write,
    path: &'a Path,
    checksums: Checksums,
    table: CompressTable,
    /// The lengths and the compressed bytes of a block. It is kept to be used again.
    frame: Vec<u8>,
    /// Whether a block was not written completely.
    is_broken: bool,
}

impl<'a> BlockWriter<'a> {
    /// Writes the header to `out`, the file at `path`.
    pub(in super::super) fn start(out: &'a mut dyn Write, path: &'a Path) -> Result<Self, SnapshotError> {
        let header = layout::header(layout::VERSION, 0);
        let mut writer = Self {
            out,
            path,
            checksums: Checksums::new(&header),
            table: CompressTable::default(),
            frame: Vec::new(),
            is_broken: false,
        };
        writer.put(&header)?;
        Ok(writer)
    }

    /// Writes one block, of at most [`MAX_BLOCK_BYTES`]. After an error, the file cannot be finished.
    pub(in super::super) fn block(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.is_broken = true;
        let lengths = self.compress(bytes)?;
        let end = Lengths::BYTES + lengths.compressed as usize;
        let checksum = self.checksums.of_next(&self.frame[..end]);
        self.put(&lengths.to_bytes())?;
        self.put(&checksum.to_le_bytes())?;
        self.out
            .write_all(&self.frame[Lengths::BYTES..end])
            .map_err(SnapshotError::io(self.path, "write"))?;
        self.checksums.add(checksum);
        self.is_broken = false;
        Ok(())
    }

    /// Writes the end mark, and flushes.
    pub(in super::super) fn finish(mut self) -> Result<(), SnapshotError> {
        if self.is_broken {
            let cause = io::Error::other("a block was not written, and its error ignored");
            return Err(SnapshotError::io(self.path, "finish")(cause));
        }
        self.put(&END.to_bytes())?;
        self.put(&self.checksums.blocks().to_le_bytes())?;
        self.put(&self.checksums.of_end().to_le_bytes())?;
        self.out.flush().map_err(SnapshotError::io(self.path, "write"))
    }

    /// Makes the frame of a block. It may be followed by bytes without meaning.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a block and its compressed form have less than 2^32 bytes"
    )]
    fn compress(&mut self, bytes: &[u8]) -> Result<Lengths, SnapshotError> {
        if bytes.len() > MAX_BLOCK_BYTES {
            let path = self.path.to_owned();
            return Err(SnapshotError::TooLarge { path, bytes: bytes.len(), limit: MAX_BLOCK_BYTES });
        }
        let needed = Lengths::BYTES + get_maximum_output_size(bytes.len());
        if self.frame.len() < needed {
            self.frame.resize(needed, 0);
        }
        let compressed = compress_into_with_table(bytes, &mut self.frame[Lengths::BYTES..], &mut self.table)
            .map_err(|error| SnapshotError::io(self.path, "compress")(io::Error::other(error)))?;
        let lengths = Lengths { raw: bytes.len() as u32, compressed: compressed as u32 };
        self.frame[..Lengths::BYTES].copy_from_slice(&lengths.to_bytes());
        Ok(lengths)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.out.write_all(bytes).map_err(SnapshotError::io(self.path, "write"))
    }
}
