//! Reads the blocks of a snapshot file.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use lz4_flex::block::{decompress_into, get_maximum_output_size};

use super::layout::{self, Checksums, END, HEADER_BYTES, Lengths, MAGIC, MAX_BLOCK_BYTES, VERSION};
use crate::store::snapshot_error::SnapshotError;

/// The blocks of a file, in their order.
#[derive(Debug)]
pub(in super::super) struct Blocks<R> {
    input: R,
    path: Arc<Path>,
    /// Where the next block or the end mark starts.
    at: u64,
    checksums: Checksums,
    /// The lengths and the compressed bytes of a block. It is kept to be used again.
    frame: Vec<u8>,
    has_ended: bool,
}

/// A block, and where it is from.
#[derive(Debug)]
pub(in super::super) struct Block {
    pub(super) path: Arc<Path>,
    pub(super) at: u64,
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
}

impl Block {
    /// Returns the bytes.
    #[cfg(test)]
    pub(in super::super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[cfg(test)]
    pub(super) fn new(path: &Path, at: u64, number: u64, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), at, number, bytes }
    }
}

impl<R: Read> Blocks<R> {
    /// Reads the header from `input`, the file at `path`.
    pub(in super::super) fn start(mut input: R, path: &Path) -> Result<Self, SnapshotError> {
        let header = read_header(&mut input, path)?;
        Ok(Self {
            input,
            path: path.into(),
            at: HEADER_BYTES as u64,
            checksums: Checksums::new(&header),
            frame: Vec::new(),
            has_ended: false,
        })
    }

    /// Returns the next block, or `None` after a valid end mark. Only then is the file known to be complete.
    pub(in super::super) fn next_block(&mut self) -> Result<Option<Block>, SnapshotError> {
        if self.has_ended {
            return Ok(None);
        }
        let bytes = self.take("the lengths of a block")?;
        let lengths = Lengths::from_bytes(bytes);
        if lengths == END {
            self.check_end()?;
            return Ok(None);
        }
        self.check_lengths(lengths)?;
        let checksum = u64::from_le_bytes(self.take("the checksum of a block")?);
        self.frame.clear();
        self.frame.extend_from_slice(&bytes);
        self.fill_frame(lengths.compressed)?;
        self.check("checksum", checksum, self.checksums.of_next(&self.frame))?;
        let block = self.decompress(lengths)?;
        self.checksums.add(checksum);
        self.at += (self.frame.len() + size_of_val(&checksum)) as u64;
        Ok(Some(block))
    }

    /// Reads the rest of the end mark.
    fn check_end(&mut self) -> Result<(), SnapshotError> {
        let blocks = u64::from_le_bytes(self.take("the end mark")?);
        let checksum = u64::from_le_bytes(self.take("the end mark")?);
        self.check("number of blocks", blocks, self.checksums.blocks())?;
        self.check("checksum of all blocks", checksum, self.checksums.of_end())?;
        let mut rest = Vec::new();
        self.input.by_ref().take(1).read_to_end(&mut rest).map_err(SnapshotError::io(&self.path, "read"))?;
        if !rest.is_empty() {
            return Err(self.damaged("there are more bytes after the end mark"));
        }
        self.has_ended = true;
        Ok(())
    }

    /// Checks what must hold before bytes are allocated.
    fn check_lengths(&self, Lengths { raw, compressed }: Lengths) -> Result<(), SnapshotError> {
        let (raw, compressed) = (raw as usize, compressed as usize);
        if raw > MAX_BLOCK_BYTES {
            return Err(self.damaged(format!("its length is {raw}, and the limit {MAX_BLOCK_BYTES}")));
        }
        let limit = get_maximum_output_size(raw);
        if compressed > limit {
            return Err(
                self.damaged(format!("{raw} bytes are compressed to {compressed}, and the limit is {limit}"))
            );
        }
        Ok(())
    }

    /// Appends `count` bytes of the file to the frame. It allocates no more than the file has.
    fn fill_frame(&mut self, count: u32) -> Result<(), SnapshotError> {
        let found = self.input.by_ref().take(u64::from(count)).read_to_end(&mut self.frame);
        let found = found.map_err(SnapshotError::io(&self.path, "read"))?;
        if found < count as usize {
            return Err(self.damaged(format!("the file ends after {found} of the {count} bytes of a block")));
        }
        Ok(())
    }

    fn decompress(&self, lengths: Lengths) -> Result<Block, SnapshotError> {
        let mut bytes = vec![0; lengths.raw as usize];
        let found = decompress_into(&self.frame[Lengths::BYTES..], &mut bytes)
            .map_err(|error| self.damaged(format!("it cannot be decompressed: {error}")))?;
        self.check("length", found as u64, u64::from(lengths.raw))?;
        Ok(Block { path: Arc::clone(&self.path), at: self.at, number: self.checksums.blocks(), bytes })
    }

    /// Reads the next bytes, which are of `what`.
    fn take<const N: usize>(&mut self, what: &str) -> Result<[u8; N], SnapshotError> {
        let mut bytes = [0; N];
        match self.input.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(self.damaged(format!("the file ends where {what} should be")))
            }
            Err(error) => Err(SnapshotError::io(&self.path, "read")(error)),
        }
    }

    fn check(&self, what: &str, found: u64, expected: u64) -> Result<(), SnapshotError> {
        if found == expected {
            return Ok(());
        }
        Err(self.damaged(format!("the {what} is {found}, and {expected} was expected")))
    }

    /// Makes the error of a file that is not as it was written.
    pub(in super::super) fn damaged(&self, what: impl AsRef<str>) -> SnapshotError {
        let what = format!("after {} blocks, {}", self.checksums.blocks(), what.as_ref());
        SnapshotError::damaged(&self.path, self.at, what)
    }
}

/// Reads the header and checks it.
fn read_header(input: &mut impl Read, path: &Path) -> Result<[u8; HEADER_BYTES], SnapshotError> {
    let mut bytes = Vec::new();
    input.take(HEADER_BYTES as u64).read_to_end(&mut bytes).map_err(SnapshotError::io(path, "read"))?;
    let start = &bytes[..bytes.len().min(MAGIC.len())];
    if !MAGIC.starts_with(start) {
        return Err(SnapshotError::NotASnapshot { path: path.into(), found: start.into(), expected: &MAGIC });
    }
    let damaged = |what: String| SnapshotError::damaged(path, 0, what);
    let Ok(header) = <[u8; HEADER_BYTES]>::try_from(&bytes[..]) else {
        return Err(damaged(format!(
            "the file ends after {} of the {HEADER_BYTES} bytes of its header",
            bytes.len()
        )));
    };
    let [.., v0, v1, v2, v3, f0, f1, f2, f3, _, _, _, _, _, _, _, _] = header;
    let (version, flags) = (u32::from_le_bytes([v0, v1, v2, v3]), u32::from_le_bytes([f0, f1, f2, f3]));
    if header != layout::header(version, flags) {
        return Err(damaged("the checksum of the header is wrong".to_owned()));
    }
    match (version, flags) {
        (VERSION, 0) => Ok(header),
        (VERSION, _) => Err(damaged(format!("the flags are {flags}, and 0 was expected"))),
        (0, _) => Err(damaged(format!("the version is 0, and 1 to {VERSION} was expected"))),
        _ => Err(SnapshotError::NewerVersion { path: path.into(), found: version, known: VERSION }),
    }
}
