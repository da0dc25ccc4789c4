//! The store in memory against the reference, over random streams of events.
//!
//! A [script](script) of [steps](steps) runs through a [`MemoryStore`](mailtally::MemoryStore) and through the reference:
//! messages and [`Plan::tally`](mailtally::store::Plan::tally). In between and at the end, [plans](plans) are counted, the
//! messages of figures are listed in pages, and timelines are read: every [answer](checks) is compared exactly.

use proptest::prelude::*;

use self::instants::{ANY, EDGES};
use self::plans::Focus::{All, Time, Values};
use self::script::{Focus, script};

mod checks;
pub(crate) mod instants;
mod large;
mod mail;
pub(crate) mod plans;
pub(crate) mod script;
mod steps;
mod thinned;

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 20_000, max_shrink_time: 60_000, ..ProptestConfig::default() }
}

pub(crate) const ANYTHING: Focus = Focus {
    instants: ANY,
    messages: 12,
    steps: 6,
    batch: 10,
    values: 5,
    plans: All,
    refusals: false,
    #[cfg(feature = "snapshot")]
    reopens: false,
    retention: false,
};

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn any_stream_is_counted_as_the_reference_counts_it(script in script(&ANYTHING)) {
        script.check()?;
    }

    #[test]
    fn mail_at_the_edges_of_days_and_hours_is_counted_as_the_reference_counts_it(
        script in script(&Focus { instants: EDGES, messages: 3, values: 1, plans: Time, ..ANYTHING }),
    ) {
        script.check()?;
    }

    #[test]
    fn every_value_is_grouped_and_filtered_as_the_reference_does_it(
        script in script(&Focus { messages: 4, steps: 3, values: 8, plans: Values, ..ANYTHING }),
    ) {
        script.check()?;
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn what_is_forgotten_and_thinned_is_as_the_reference_says(
        script in script(&Focus { messages: 6, steps: 9, batch: 8, values: 3, retention: true, ..ANYTHING }),
    ) {
        script.check()?;
    }

    #[test]
    fn sums_of_thinned_time_at_the_edges_of_days_and_hours_are_as_the_reference_says(
        script in script(&Focus { instants: EDGES, messages: 3, steps: 9, values: 1, plans: Time, retention: true, ..ANYTHING }),
    ) {
        script.check()?;
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn what_is_refused_leaves_no_trace_in_any_answer(
        script in script(&Focus { messages: 5, steps: 8, batch: 8, refusals: true, ..ANYTHING }),
    ) {
        script.check()?;
    }
}

#[cfg(feature = "snapshot")]
proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn a_store_that_was_saved_and_opened_goes_on_as_the_reference_does(
        script in script(&Focus { reopens: true, retention: true, ..ANYTHING }),
    ) {
        script.check()?;
    }

    #[test]
    fn a_store_that_was_saved_and_opened_refuses_what_the_reference_refuses(
        script in script(&Focus { messages: 5, steps: 8, batch: 8, refusals: true, reopens: true, ..ANYTHING }),
    ) {
        script.check()?;
    }
}
