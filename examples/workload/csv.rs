//! Splits the rows of a CSV.

/// The number of columns.
pub(crate) const COLUMNS: usize = 13;

/// Takes the fields of the next row, and the end of its line; `None` if it has not as many fields as there are columns, or a field
/// with quotes in it, which is not supported.
pub(crate) fn row<'a>(lines: &mut &'a str) -> Option<[&'a str; COLUMNS]> {
    let mut fields = [""; COLUMNS];
    let mut rest = *lines;
    for (index, field) in fields.iter_mut().enumerate() {
        let is_last = index + 1 == COLUMNS;
        (*field, rest) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = find(quoted.as_bytes(), b'"')?;
                (&quoted[..end], &quoted[end + 1..])
            }
            None if is_last => rest.split_at(find(rest.as_bytes(), b'\n').unwrap_or(rest.len())),
            None => rest.split_at(find(rest.as_bytes(), b',')?),
        };
        if !is_last {
            rest = rest.strip_prefix(',')?;
        }
    }
    rest = rest.strip_prefix('\r').unwrap_or(rest);
    *lines = if rest.is_empty() { rest } else { rest.strip_prefix('\n')? };
    Some(fields)
}

/// Returns the index of the first of these bytes. Fields are short, so that eight bytes at a time are faster than a call of memchr.
fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xff;
    let mut start = 0;
    while let Some(word) = bytes.get(start..).and_then(|rest| rest.first_chunk()) {
        // A byte that is equal becomes zero, and the highest bit of the first zero is kept.
        let differs = u64::from_le_bytes(*word) ^ (ONES * u64::from(byte));
        let zeros = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
        if zeros != 0 {
            return Some(start + zeros.trailing_zeros() as usize / 8);
        }
        start += 8;
    }
    let rest = bytes.get(start..)?;
    Some(start + rest.iter().position(|known| *known == byte)?)
}
