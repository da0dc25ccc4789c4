//! The parts of a snapshot file, as the writer and the reader share them.

use twox_hash::XxHash3_64;

/// The first bytes of every snapshot. Like those of PNG, they show if line ends were translated.
pub(super) const MAGIC: [u8; 8] = *b"\x89MTS\r\n\x1a\n";

/// The version of the format, and of what the blocks mean.
pub(super) const VERSION: u32 = 1;

/// The maximum length of a block before it is compressed: 64 MiB.
pub(in super::super) const MAX_BLOCK_BYTES: usize = 64 << 20;

/// The lengths of the end mark, which no block has.
pub(super) const END: Lengths = Lengths { raw: u32::MAX, compressed: 0 };

/// The length of the header.
pub(super) const HEADER_BYTES: usize = 24;

/// Returns the header of a file of the version `version` with the flags `flags`.
pub(super) fn header(version: u32, flags: u32) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&version.to_le_bytes());
    bytes[12..16].copy_from_slice(&flags.to_le_bytes());
    let hash = XxHash3_64::oneshot(&bytes[..16]);
    bytes[16..].copy_from_slice(&hash.to_le_bytes());
    bytes
}

/// The lengths of a block in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) raw: u32,
    pub(super) compressed: u32,
}

impl Lengths {
    /// The number of bytes that lengths take.
    pub(super) const BYTES: usize = 8;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        (u64::from(self.raw) | u64::from(self.compressed) << 32).to_le_bytes()
    }

    #[expect(clippy::cast_possible_truncation, reason = "each half is taken by itself")]
    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let both = u64::from_le_bytes(bytes);
        Self { raw: both as u32, compressed: (both >> 32) as u32 }
    }
}

/// The checksums of a file, as far as it is written or read.
#[derive(Debug)]
pub(super) struct Checksums {
    blocks: u64,
    chain: u64,
}

impl Checksums {
    pub(super) fn new(header: &[u8; HEADER_BYTES]) -> Self {
        Self { blocks: 0, chain: XxHash3_64::oneshot(header) }
    }

    /// Returns the number of blocks so far, which is that of the next block.
    pub(super) fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Returns the checksum of the next block. `frame` has its lengths and its compressed bytes.
    pub(super) fn of_next(&self, frame: &[u8]) -> u64 {
        XxHash3_64::oneshot_with_seed(self.blocks, frame)
    }

    /// Adds a block with its checksum.
    pub(super) fn add(&mut self, checksum: u64) {
        let mut both = [0; 16];
        both[..8].copy_from_slice(&self.chain.to_le_bytes());
        both[8..].copy_from_slice(&checksum.to_le_bytes());
        self.chain = XxHash3_64::oneshot(&both);
        self.blocks += 1;
    }

    /// Returns the checksum of the end mark.
    pub(super) fn of_end(&self) -> u64 {
        XxHash3_64::oneshot_with_seed(self.blocks, &self.chain.to_le_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_one_after_the_other() {
        let lengths = Lengths { raw: 0x0403_0201, compressed: 0x0807_0605 };
        assert_eq!(lengths.to_bytes(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Lengths::from_bytes(lengths.to_bytes()), lengths);
    }
}
