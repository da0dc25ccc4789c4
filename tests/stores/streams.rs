//! The stores of servers count random streams as the reference does.

use std::fmt::Debug;

use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::common::{AnyStore, run};
use crate::engine::instants::{ANY, EDGES};
use crate::engine::plans::Focus::{All, Time, Values};
use crate::engine::script::{Focus, Script, script};
use crate::engine::{ANYTHING, config};

/// Runs a stream through a store, which a runtime must be around.
fn check<S: AnyStore + 'static, E: Debug>(
    script: &Script,
    connect: impl Future<Output = Result<S, E>>,
) -> Result<(), TestCaseError> {
    let runtime: Runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _entered = runtime.enter();
    script.check_store(Box::new(run(connect).unwrap()))
}

/// A stream of anything, with times at the edges of days and hours, or with many values.
fn any_script() -> impl Strategy<Value = Script> {
    prop_oneof![
        script(&Focus { instants: ANY, plans: All, retention: true, ..ANYTHING }),
        script(&Focus { instants: EDGES, messages: 3, values: 1, plans: Time, retention: true, ..ANYTHING }),
        script(&Focus { messages: 4, steps: 3, values: 8, plans: Values, ..ANYTHING }),
    ]
}

#[cfg(feature = "postgres")]
mod postgres {
    use mailtally::PostgresStore;

    use super::*;
    use crate::stores::postgres::{Schema, url};

    proptest! {
        #![proptest_config(config(60))]

        #[test]
        fn the_postgres_store_counts_any_stream_as_the_reference_does(script in any_script()) {
            let Some(url) = url() else { return Ok(()) };
            let schema = Schema::new(&url);
            check(&script, PostgresStore::connect(schema.options()))?;
        }
    }
}

#[cfg(feature = "clickhouse")]
mod clickhouse {
    use super::*;
    use crate::stores::clickhouse::Servers;

    proptest! {
        #![proptest_config(config(20))]

        #[test]
        fn the_clickhouse_store_counts_any_stream_as_the_reference_does(script in any_script()) {
            let Some(servers) = Servers::old() else { return Ok(()) };
            let database = servers.database();
            check(&script, mailtally::ClickHouseStore::connect(database.options()))?;
        }
    }
}
