//! Writes records into blocks.

use super::super::file::{BlockWriter, Encoder};
use crate::store::snapshot_error::SnapshotError;

/// The number of bytes from which on a block is written.
const BLOCK_BYTES: usize = 1 << 20;

/// Collects records until they are a block.
pub(super) struct Output<'a, 'b> {
    blocks: &'a mut BlockWriter<'b>,
    encoder: Encoder,
    block_bytes: usize,
}

impl<'a, 'b> Output<'a, 'b> {
    /// Starts with the first block.
    pub(super) fn new(blocks: &'a mut BlockWriter<'b>) -> Self {
        Self::with_block_bytes(blocks, BLOCK_BYTES)
    }

    /// Starts with the first block. A block is written once it has this number of bytes.
    pub(super) fn with_block_bytes(blocks: &'a mut BlockWriter<'b>, block_bytes: usize) -> Self {
        Self { blocks, encoder: Encoder::default(), block_bytes }
    }

    /// Appends a record.
    pub(super) fn record(&mut self, write: impl FnOnce(&mut Encoder)) -> Result<(), SnapshotError> {
        write(&mut self.encoder);
        if self.encoder.as_bytes().len() < self.block_bytes {
            return Ok(());
        }
        self.flush()
    }

    /// Appends a record that is the number of those that follow.
    pub(super) fn count(&mut self, count: usize) -> Result<(), SnapshotError> {
        self.record(|encoder| encoder.varint(count as u64))
    }

    /// Writes the last block.
    pub(super) fn finish(mut self) -> Result<(), SnapshotError> {
        self.flush()
    }

    fn flush(&mut self) -> Result<(), SnapshotError> {
        if self.encoder.as_bytes().is_empty() {
            return Ok(());
        }
        self.blocks.block(self.encoder.as_bytes())?;
        self.encoder.clear();
        Ok(())
    }
}
