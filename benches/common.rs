//! Pseudorandom numbers for the benches, the same on every machine.

/// A pseudorandom number generator (xorshift64*).
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// Creates the generator of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// Returns a number less than `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    /// Returns `true` with a probability of `percent` %.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Returns one of `items`. Earlier items are more frequent, as names are in mail.
    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let count = items.len() as u64;
        let index = self.below(count).min(self.below(count));
        &items[usize::try_from(index).expect("an index of a slice")]
    }
}
