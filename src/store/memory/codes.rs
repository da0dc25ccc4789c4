//! A column of codes.

/// Codes, each in as few bytes as the greatest of them needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Codes {
    /// All are equal, and none is stored.
    Same(u32),
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
}

impl Codes {
    /// Stores codes.
    #[expect(clippy::cast_possible_truncation, reason = "no code is greater than `max`")]
    pub(super) fn new(codes: &[u32]) -> Self {
        let (min, max) =
            codes.iter().fold((u32::MAX, 0), |(min, max), code| (min.min(*code), max.max(*code)));
        match max {
            _ if min >= max => Self::Same(max),
            0..=0xff => Self::Bytes(codes.iter().map(|code| *code as u8).collect()),
            0x100..=0xffff => Self::Shorts(codes.iter().map(|code| *code as u16).collect()),
            _ => Self::Words(codes.to_vec()),
        }
    }

    /// Returns the code at an index.
    #[inline]
    pub(super) fn get(&self, index: usize) -> u32 {
        match self {
            Self::Same(code) => *code,
            Self::Bytes(codes) => codes[index].into(),
            Self::Shorts(codes) => codes[index].into(),
            Self::Words(codes) => codes[index],
        }
    }

    /// Appends the codes of a range to `out`.
    pub(super) fn extend_into(&self, range: std::ops::Range<usize>, out: &mut Vec<u32>) {
        match self {
            Self::Same(code) => out.resize(out.len() + range.len(), *code),
            Self::Bytes(codes) => out.extend(codes[range].iter().map(|code| u32::from(*code))),
            Self::Shorts(codes) => out.extend(codes[range].iter().map(|code| u32::from(*code))),
            Self::Words(codes) => out.extend_from_slice(&codes[range]),
        }
    }

    /// Returns the number of bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Same(_) => 0,
            Self::Bytes(codes) => codes.capacity(),
            Self::Shorts(codes) => 2 * codes.capacity(),
            Self::Words(codes) => 4 * codes.capacity(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_width_are_returned_as_they_were() {
        for max in [0, 1, 0xff, 0x100, 0xffff, 0x1_0000, u32::MAX] {
            let codes = [0, max / 2, max];
            let column = Codes::new(&codes);
            assert_eq!([0, 1, 2].map(|index| column.get(index)), codes);
            let mut out = vec![7];
            column.extend_into(1..3, &mut out);
            assert_eq!(out, [7, codes[1], codes[2]]);
        }
        assert_eq!(Codes::new(&[5, 5]), Codes::Same(5));
        assert_eq!(Codes::new(&[]), Codes::Same(0));
    }
}
