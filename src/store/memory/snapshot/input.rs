//! Reads records from blocks.

use std::io::Read;

use super::super::file::{Block, Blocks, Decoder};
use crate::store::snapshot_error::SnapshotError;

/// The records of a file, in their order.
#[derive(Debug)]
pub(super) struct Input<R> {
    blocks: Blocks<R>,
    /// `None` before the first block.
    block: Option<Block>,
    /// The number of the next byte of the block.
    at: usize,
}

impl<R: Read> Input<R> {
    /// Starts before the first block.
    pub(super) fn new(blocks: Blocks<R>) -> Self {
        Self { blocks, block: None, at: 0 }
    }

    /// Reads the next record.
    pub(super) fn record<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'_>) -> Result<T, SnapshotError>,
    ) -> Result<T, SnapshotError> {
        while self.decoder().is_none_or(|decoder| decoder.is_empty()) {
            let Some(block) = self.blocks.next_block()? else {
                return Err(self.blocks.damaged("the end mark is before the last record"));
            };
            (self.block, self.at) = (Some(block), 0);
        }
        // There is a block here.
        let Some(mut decoder) = self.decoder() else { return Err(self.damaged("no block")) };
        let value = read(&mut decoder)?;
        self.at = decoder.position();
        Ok(value)
    }

    /// Reads a record that is the number of those that follow. It may be anything, so nothing of this size can be allocated.
    pub(super) fn count(&mut self) -> Result<u64, SnapshotError> {
        self.record(|decoder| decoder.varint())
    }

    /// Checks that there are no more records.
    pub(super) fn finish(mut self) -> Result<(), SnapshotError> {
        self.decoder().map_or(Ok(()), Decoder::finish)?;
        match self.blocks.next_block()? {
            Some(_) => Err(self.blocks.damaged("there is a block after the last record")),
            None => Ok(()),
        }
    }

    /// Makes the error of a record that was just read. `found` says what it is.
    pub(super) fn damaged(&self, found: impl AsRef<str>) -> SnapshotError {
        match self.decoder() {
            Some(decoder) => decoder.damaged(found),
            None => self.blocks.damaged(found),
        }
    }

    fn decoder(&self) -> Option<Decoder<'_>> {
        self.block.as_ref().map(|block| Decoder::new(block, self.at))
    }
}
