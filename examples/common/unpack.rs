//! Unpacks files that are packed with gzip or zstd.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use mailtally::source::{Content, detect};

/// The bytes that are read at a time.
pub(crate) const BLOCK: usize = 1 << 18;

/// Returns an input, unpacked if it begins as one that is packed with gzip or zstd. It may have several parts, as that of a log
/// that was appended to.
///
/// # Errors
///
/// The start of the input cannot be read.
pub(crate) fn unpack(raw: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let mut raw = BufReader::with_capacity(BLOCK, raw);
    Ok(match detect(raw.fill_buf()?) {
        Content::Compressed("gzip") => Box::new(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(raw))),
        Content::Compressed("zstd") => {
            let decoder = zstd::stream::read::Decoder::with_buffer(raw)?;
            Box::new(BufReader::with_capacity(BLOCK, Zstd(decoder)))
        }
        _ => Box::new(raw),
    })
}

/// Unpacks zstd, and says of damaged data that it is invalid.
struct Zstd<D>(D);

impl<D: Read> Read for Zstd<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Other => io::Error::new(io::ErrorKind::InvalidData, error),
            _ => error,
        })
    }
}
