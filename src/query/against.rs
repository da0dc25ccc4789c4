//! The period that a report is compared with.

use crate::names::named_enum;

named_enum! {
    /// The period to compare with. Both shift the calendar in the query's zone, not a number of hours: the month before
    /// a month, the same dates a year before (see [`Period::previous`](crate::Period::previous) and
    /// [`Period::year_before`](crate::Period::year_before)).
    #[non_exhaustive]
    pub enum Against("comparison") {
        /// The period of the same kind just before.
        Previous = "previous",
        /// The same period one calendar year before.
        Year = "year",
    }
}
