//! The offset of local time from UTC, as the ids of messages tell it.

/// A quarter of an hour in seconds. The offset of every local time is a multiple of it.
const QUARTER: i64 = 900;

/// How long after the start of its reception the line about a message may be written for it to tell the offset, in seconds.
const MAX_DELAY: i64 = 60;

/// How much the clock of a line may be behind, in seconds.
const MAX_LAG: i64 = 2;

/// The offsets that there are, in seconds.
const OFFSETS: std::ops::RangeInclusive<i64> = -12 * 3600..=14 * 3600;

/// The offset of local time from UTC. A line about the reception of a message has a local time, and an id with the time in
/// UTC.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offset {
    /// In seconds; `None` before the first line that tells.
    known: Option<i64>,
    /// A greater offset, which only the last line about a reception told.
    candidate: Option<i64>,
}

impl Offset {
    /// Returns how far local time is ahead of UTC, in seconds: 0 if no line told.
    pub(super) fn seconds(self) -> i64 {
        self.known.unwrap_or(0)
    }

    pub(super) fn is_known(self) -> bool {
        self.known.is_some()
    }

    /// Notes a message that began to come in at the second `received` and was received at the local time `local`, both in
    /// seconds since 1970.
    ///
    /// The reception takes time, which makes the offset seem greater. So a greater one has to be told twice.
    pub(super) fn note(&mut self, local: i64, received: i64) {
        let Some(found) = quarters(local - received) else { return };
        let is_certain = self.known.is_none_or(|known| found < known) || self.candidate == Some(found);
        if is_certain {
            self.known = Some(found);
        }
        self.candidate = (!is_certain && self.known != Some(found)).then_some(found);
    }
}

/// Returns the offset that is a little less than `difference`; `None` if there is none.
fn quarters(difference: i64) -> Option<i64> {
    let offset = (difference + MAX_LAG).div_euclid(QUARTER) * QUARTER;
    (difference - offset <= MAX_DELAY && OFFSETS.contains(&offset)).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_a_little_less_than_the_difference() {
        for (difference, expected) in [
            (0, Some(0)),
            (3600, Some(3600)),
            (3603, Some(3600)),
            (3598, Some(3600)),
            (20_701, Some(20_700)),
            (-12_600, Some(-12_600)),
            (-12_590, Some(-12_600)),
            (3700, None),
            (500, None),
            (15 * 3600, None),
            (-13 * 3600, None),
        ] {
            assert_eq!(quarters(difference), expected, "{difference}");
        }
    }

    #[test]
    fn a_greater_offset_has_to_be_told_twice() {
        let mut offset = Offset::default();
        let mut after = |difference: i64| {
            offset.note(1_000_000 + difference, 1_000_000);
            offset.seconds()
        };
        assert_eq!([after(100), after(3600), after(3601)], [0, 3600, 3600]);
        // A slow reception that takes just an hour tells nothing by itself.
        assert_eq!([after(7201), after(3600), after(7201), after(3602)], [3600; 4]);
        // The clocks are set on, and back.
        assert_eq!([after(7201), after(7200), after(7230)], [3600, 7200, 7200]);
        assert_eq!([after(3600), after(3600)], [3600; 2]);
    }
}
