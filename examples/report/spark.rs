//! Little pictures made of letters.

use mailtally::Resolution;
use mailtally::store::Plan;

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The most letters of a line.
const LONGEST: usize = 31;

/// The finest resolution at which the plan's time fits into a line; `None` if there is none that shows more than one
/// letter, or if rows are by date anyway.
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
        let buckets = resolution.buckets(plan.range(), plan.zone(), plan.now(), LONGEST);
        buckets.is_ok_and(|buckets| buckets.len() > 1)
    })
}

/// A line: one letter a value, the highest for the largest, a dot for none.
pub(crate) fn line(values: &[u64]) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    let letter = |value: u64| match value {
        0 => '·',
        value => STEPS[usize::try_from(u128::from(value - 1) * 8 / u128::from(most)).unwrap_or(0).min(7)],
    };
    values.iter().copied().map(letter).collect()
}

/// A bar of at most `width` letters, as long as `value` is of `most`; what is not nothing shows at least a sliver.
pub(crate) fn bar(value: u64, most: u64, width: usize) -> String {
    if value == 0 || most == 0 {
        return String::new();
    }
    let eighths = u128::from(value) * width as u128 * 8 / u128::from(most);
    let eighths = usize::try_from(eighths).unwrap_or(0).max(1);
    let mut bar = "█".repeat(eighths / 8);
    if eighths % 8 > 0 {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}
