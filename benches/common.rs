//! What the benches share: numbers that look random and are the same on every machine.

/// A source of such numbers (xorshift64*), enough to make up mail.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    state: u64,
}

impl Numbers {
    /// The numbers of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// A number below `bound`, which is above 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    /// Whether something is so that is so `percent` times in a hundred.
    pub(crate) fn is_so(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`; the first is the most frequent, as names are in mail.
    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let count = items.len() as u64;
        let place = self.below(count).min(self.below(count));
        &items[usize::try_from(place).expect("it is below the length of a slice")]
    }
}
