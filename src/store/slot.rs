//! Slots: the quarters of an hour since 1970, the finest time of which sums are kept.

/// The milliseconds of a slot: a quarter of an hour, of which every offset of a time zone is a multiple.
pub(super) const MILLIS_PER_SLOT: i64 = 15 * 60 * 1000;

/// The number of slots in an hour.
pub(super) const SLOTS_PER_HOUR: u32 = 4;

/// The milliseconds of an hour.
pub(super) const MILLIS_PER_HOUR: i64 = SLOTS_PER_HOUR as i64 * MILLIS_PER_SLOT;

/// The number of slots in a day of UTC.
pub(super) const SLOTS_PER_DAY: u32 = 96;

/// No instant is in this slot or a later one.
pub(super) const MAX_SLOT: u32 = (1 << 29) - 1;

/// Returns the slot of an instant. Instants of events are from 2000 to 9999; those before all slots are in the first one, and those
/// after all slots in the last.
pub(super) fn slot_of(at: i64) -> u32 {
    let slot = at.div_euclid(MILLIS_PER_SLOT).clamp(0, MAX_SLOT.into());
    u32::try_from(slot).unwrap_or(0)
}

/// Returns the first instant of a slot, in milliseconds since 1970.
pub(super) fn start_of(slot: u32) -> i64 {
    i64::from(slot) * MILLIS_PER_SLOT
}
