//! Errors of periods and ranges.

/// Why a period cannot be resolved to a range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    /// The period ends before it starts, or where it starts although its end is included.
    #[error("start `{start}` is after end `{end}`")]
    Reversed {
        /// The start, as in the text of the period.
        start: String,
        /// The end, as in the text of the period.
        end: String,
    },
    /// The period reaches beyond the supported years.
    #[error("period `{period}` is not within the years -262143 to 262142")]
    OutOfCalendar {
        /// The text of the period.
        period: String,
    },
}
