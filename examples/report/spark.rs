//! Bars and sparklines made of block characters.

use mailtally::Resolution;
use mailtally::store::Plan;

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The most characters of a sparkline.
const MAX_LEN: usize = 31;

/// Returns the finest resolution at which the plan's period fits into a sparkline; `None` if rows are by date, or if no
/// resolution gives more than one character.
pub(crate) fn resolution(plan: &Plan) -> Option<Resolution> {
    if plan.resolution() != Resolution::All {
        return None;
    }
    let finer = [
        Resolution::Hour,
        Resolution::Day,
        Resolution::Week,
        Resolution::Month,
        Resolution::Quarter,
        Resolution::Year,
    ];
    finer.into_iter().find(|resolution| {
        let buckets = resolution.buckets(plan.range(), plan.zone(), plan.now(), MAX_LEN);
        buckets.is_ok_and(|buckets| buckets.len() > 1)
    })
}

/// Draws a sparkline: one character a value, the highest for the largest, a dot for 0.
pub(crate) fn line(values: &[u64]) -> String {
    let max = values.iter().copied().max().unwrap_or(0);
    let character = |value: u64| match value {
        0 => '·',
        value => STEPS[usize::try_from((u128::from(value) * 8).div_ceil(u128::from(max)) - 1).unwrap_or(7)],
    };
    values.iter().copied().map(character).collect()
}

/// Draws a bar whose length is to `width` as `value` is to `max`; a value above 0 has at least an eighth of a character.
pub(crate) fn bar(value: u64, max: u64, width: usize) -> String {
    if value == 0 || max == 0 {
        return String::new();
    }
    let eighths = u128::from(value) * width as u128 * 8 / u128::from(max);
    let eighths = usize::try_from(eighths).unwrap_or(0).max(1);
    let mut bar = "█".repeat(eighths / 8);
    if eighths % 8 > 0 {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}
