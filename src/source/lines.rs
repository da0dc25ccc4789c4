//! Splits bytes into lines, without a copy where a line lies whole in the given bytes.

use memchr::memchr;

use super::Reason;

/// The bytes that some programs write before the first character of a UTF-8 text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Splits bytes that arrive in pieces into lines.
///
/// A line ends with `\n` or `\r\n`; the last line may have no end ([`LineSplitter::finish`]). Lines are returned without
/// their end, and the first without a byte order mark. Between two pieces, at most the maximum length of a line is held.
///
/// ```
/// use mailtally::source::{LineSplitter, Reason};
///
/// let mut splitter = LineSplitter::new(10);
/// let mut lines = Vec::new();
/// for mut piece in [&b"one\r\nt"[..], b"wo\n", b"this is too long\nthr", b"ee"] {
///     while let Some(line) = splitter.next_line(&mut piece) {
///         lines.push(line.map(<[u8]>::to_vec));
///     }
/// }
/// if let Some(line) = splitter.finish() {
///     lines.push(line.map(<[u8]>::to_vec));
/// }
/// let long = Err(Reason::TooLong { limit: 10 });
/// assert_eq!(lines, [Ok(b"one".to_vec()), Ok(b"two".to_vec()), long, Ok(b"three".to_vec())]);
/// ```
#[derive(Clone, Debug)]
pub struct LineSplitter {
    max_line_bytes: usize,
    /// The bytes of a line whose end has not arrived, or of the line that was returned last.
    partial: Vec<u8>,
    /// Whether the partial line is longer than the maximum; its bytes are dropped then.
    is_too_long: bool,
    /// Whether the partial line was returned, and has to be cleared.
    is_returned: bool,
    is_first_line: bool,
}

impl LineSplitter {
    /// Returns a splitter for lines of at most `max_line_bytes` bytes, counted without `\n` but with `\r`. A longer line is
    /// [`Reason::TooLong`].
    pub fn new(max_line_bytes: usize) -> Self {
        Self {
            max_line_bytes,
            partial: Vec::new(),
            is_too_long: false,
            is_returned: false,
            is_first_line: true,
        }
    }

    /// Returns the next line that ends in `bytes`, and removes it from `bytes`. Without such a line, takes all of `bytes` as
    /// the start of the next line and returns `None`.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLong`] for a line that is longer than the maximum; the next call returns the next line.
    #[inline]
    pub fn next_line<'s, 'b: 's>(&'s mut self, bytes: &mut &'b [u8]) -> Option<Result<&'s [u8], Reason>> {
        self.clear_returned();
        let Some(end) = memchr(b'\n', bytes) else {
            self.extend_partial(bytes);
            *bytes = b"";
            return None;
        };
        let line = &bytes[..end];
        *bytes = &bytes[end + 1..];
        if self.partial.is_empty() && !self.is_too_long && line.len() <= self.max_line_bytes {
            return Some(Ok(trim(line, &mut self.is_first_line)));
        }
        self.extend_partial(line);
        Some(self.return_partial())
    }

    /// Returns the last line if it has no end; `None` if the bytes ended with `\n` or there were none.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLong`] if the line is longer than the maximum.
    pub fn finish(&mut self) -> Option<Result<&[u8], Reason>> {
        self.clear_returned();
        (self.is_too_long || !self.partial.is_empty()).then(|| self.return_partial())
    }

    #[inline]
    fn clear_returned(&mut self) {
        if self.is_returned {
            self.partial.clear();
            self.is_too_long = false;
            self.is_returned = false;
        }
    }

    fn extend_partial(&mut self, bytes: &[u8]) {
        if self.is_too_long || self.partial.len() + bytes.len() > self.max_line_bytes {
            self.is_too_long = true;
            self.partial.clear();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn return_partial(&mut self) -> Result<&[u8], Reason> {
        self.is_returned = true;
        if self.is_too_long {
            return Err(Reason::TooLong { limit: self.max_line_bytes });
        }
        Ok(trim(&self.partial, &mut self.is_first_line))
    }
}

/// Returns the line without a carriage return at its end and, if it is the first, without a byte order mark.
#[inline]
fn trim<'a>(line: &'a [u8], is_first_line: &mut bool) -> &'a [u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if std::mem::take(is_first_line) { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns every line; `None` for a line that is too long.
    fn split<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, max: usize) -> Vec<Option<Vec<u8>>> {
        let mut splitter = LineSplitter::new(max);
        let mut lines = Vec::new();
        for mut piece in pieces {
            while let Some(line) = splitter.next_line(&mut piece) {
                lines.push(line.ok().map(<[u8]>::to_vec));
            }
            assert!(piece.is_empty());
        }
        lines.extend(splitter.finish().map(|line| line.ok().map(<[u8]>::to_vec)));
        assert_eq!(splitter.finish(), None);
        lines
    }

    /// Splits in the simplest way.
    fn simple_split(input: &[u8], max: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines: Vec<&[u8]> = input.split(|&byte| byte == b'\n').collect();
        if lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        let checked =
            |line: &[u8]| (line.len() <= max).then(|| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
        lines.into_iter().map(checked).collect()
    }

    #[test]
    fn a_byte_order_mark_is_removed_from_the_first_line_only() {
        assert_eq!(
            split([&b"\xef\xbb"[..], b"\xbfa\n\xef\xbb\xbfb"], 9),
            [Some(b"a".to_vec()), Some(b"\xef\xbb\xbfb".to_vec())]
        );
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_input_is_divided(
            input in "[ab\r\n]{0,80}",
            size in 1_usize..20,
            max in 1_usize..12,
        ) {
            let expected = simple_split(input.as_bytes(), max);
            prop_assert_eq!(&split(input.as_bytes().chunks(size), max), &expected);
            prop_assert_eq!(&split([input.as_bytes()], max), &expected);
        }
    }
}
