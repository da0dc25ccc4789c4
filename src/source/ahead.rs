//! An input whose start can be looked at before it is read.

use std::io::{self, BufRead, Read};

/// An input whose start can be looked at before it is read.
#[derive(Debug)]
pub(super) struct Ahead<R> {
    /// The bytes that were looked at.
    start: Vec<u8>,
    /// How many of them are read.
    used: usize,
    /// The error that follows them.
    error: Option<io::Error>,
    input: R,
}

impl<R: BufRead> Ahead<R> {
    pub(super) fn new(input: R) -> Self {
        Self { start: Vec::new(), used: 0, error: None, input }
    }

    /// Returns the first bytes of the input, before any is read: `bytes` of them or a few more, fewer only if there are no
    /// more or the input fails.
    pub(super) fn look(&mut self, bytes: usize) -> &[u8] {
        while self.start.len() < bytes && self.error.is_none() {
            match self.input.fill_buf() {
                Ok([]) => break,
                Ok(buffer) => {
                    let used = buffer.len().min(bytes - self.start.len());
                    self.start.extend_from_slice(&buffer[..used]);
                    self.input.consume(used);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.error = Some(error),
            }
        }
        &self.start
    }
}

impl<R: BufRead> Read for Ahead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used < self.start.len() {
            return Ok(&self.start[self.used..]);
        }
        self.error.take().map_or(Ok(()), Err)?;
        self.input.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        if self.used == self.start.len() {
            return self.input.consume(bytes);
        }
        self.used += bytes;
        if self.used == self.start.len() {
            (self.start, self.used) = (Vec::new(), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn what_was_looked_at_is_read_as_well() {
        let text: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for capacity in [1, 7, 10_000] {
            for bytes in [0, 1, 100, 5000, 9000] {
                let mut input = Ahead::new(BufReader::with_capacity(capacity, &text[..]));
                assert_eq!(input.look(bytes), &text[..bytes.min(text.len())]);
                assert_eq!(input.look(bytes / 2).len(), bytes.min(text.len()));
                let mut read = Vec::new();
                input.read_to_end(&mut read).unwrap();
                assert_eq!(read, text);
            }
        }
    }

    #[test]
    fn an_error_comes_after_the_bytes_before_it() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let mut input = Ahead::new(BufReader::new((&b"abc"[..]).chain(Failing)));
        assert_eq!(input.look(10), b"abc");
        assert_eq!(input.fill_buf().unwrap(), b"abc");
        input.consume(3);
        assert_eq!(input.fill_buf().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
