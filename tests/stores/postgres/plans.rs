//! No statement reads a whole table, also before the server knows anything about the tables.

use std::time::Duration;

use mailtally::store::{Messages, Retention, Sink, Store, Thinned, Timeline};
use mailtally::{Filter, Kind, Metric, Period, PostgresStore, Query, Resolution, Scope};

use super::mail::batch;
use super::{Schema, runtime, url};
use crate::common::at;

#[test]
fn no_statement_scans_messages_or_sums() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    // Making the indexes is a scan of each table. The server tells what a connection did once it is closed.
    let told = Duration::from_secs(1);
    runtime().block_on(async {
        drop(PostgresStore::connect(schema.options()).await.unwrap());
        tokio::time::sleep(told).await;
    });
    schema.run("SELECT pg_stat_reset_single_table_counters(oid) FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace");
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options().max_connections(1)).await.unwrap();
        // Statements that were planned when the tables were empty are used after they have grown.
        for number in 0..40 {
            store.record(&batch(number)).await.unwrap();
            let scope = if number % 2 == 0 { Scope::All } else { "acme".into() };
            let query = Query::new(scope, Period::between(at(30), at(9 * 86_400)));
            let query = query.filter(Filter::is(mailtally::Dimension::Domain, ["example.com"]));
            let plans = [
                query.clone().plan(at(0)).unwrap(),
                query.by(mailtally::Dimension::Tag).plan(at(0)).unwrap(),
            ];
            store.count(&plans).await.unwrap();
            store.events(&"globex".into(), &"own-1-1".into()).await.unwrap();
        }
        let plan = Query::new(Scope::All, Period::all()).plan(at(0)).unwrap();
        let figure = mailtally::store::Figure::new(plan, 0, Default::default(), Metric::Total(Kind::Sent));
        assert_eq!(store.messages(&figure.unwrap(), None, 5).await.unwrap().len(), 5);
        store.merge_sums().await.unwrap();
        store.rebuild_sums().await.unwrap();
        assert_eq!(store.verify_sums().await.unwrap(), []);
        store.thin(Thinned { before: at(86_400), resolution: Resolution::Day }).await.unwrap();
        assert!(store.forget_message(&"globex".into(), &"own-1-1".into()).await.unwrap());
        assert!(store.forget_account(&"acme".into()).await.unwrap() > 0);
        drop(store);
        tokio::time::sleep(told).await;
    });
    for table in ["messages", "sums", "recent_sums"] {
        let scans = |of| {
            schema.number(&format!("SELECT {of} FROM pg_stat_user_tables WHERE relid = '{table}'::regclass"))
        };
        assert_eq!(scans("seq_scan"), 0, "{table}");
        assert!(scans("idx_scan") > 0, "{table}");
    }
}
