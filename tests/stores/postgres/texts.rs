//! Texts with NUL characters, which PostgreSQL cannot store.

use mailtally::store::{Figure, Messages, RecordError, Retention, Sink, Store, StoreError, Timeline};
use mailtally::{Event, Kind, Metric, Period, PostgresStore, Query, Scope};

use super::{Schema, runtime, url};
use crate::common::at;

#[test]
fn a_nul_in_an_account_or_a_message_is_refused_by_name() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        let good = Event::new("acme", "m", "1", Kind::Sent, at(0));
        for (account, message, named) in [("ac\0me", "m", "account"), ("acme", "\0", "message")] {
            let bad = Event::new(account, message, "1", Kind::Sent, at(0));
            let error = store.record(&[good.clone(), bad]).await.unwrap_err();
            assert!(error.is_client_error());
            let StoreError::Record { source, .. } = error else { panic!("{error}") };
            assert!(matches!(source, RecordError::Nul { field, .. } if field == named), "{source}");
            let text = format!("the {named} has a NUL character, which PostgreSQL cannot store");
            assert_eq!(source.to_string(), text);
        }
        assert_eq!(store.events(&"acme".into(), &"m".into()).await.unwrap(), []);
    });
}

#[test]
fn other_texts_keep_their_nul() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        let event = Event::new("acme", "m", "\0", Kind::Sent, at(0)).campaign("a\0b").attribute("x", "\0");
        store.record(std::slice::from_ref(&event)).await.unwrap();
        assert_eq!(store.events(&"acme".into(), &"m".into()).await.unwrap(), [event]);
        let query = Query::new("acme", Period::all())
            .filter(mailtally::Filter::is(mailtally::Dimension::Campaign, ["a\0b"]));
        assert_eq!(store.count(&[query.plan(at(0)).unwrap()]).await.unwrap().rows[0].len(), 1);
    });
}

#[test]
fn questions_with_a_nul_find_nothing() {
    let Some(url) = url() else { return };
    let schema = Schema::new(&url);
    runtime().block_on(async {
        let store = PostgresStore::connect(schema.options()).await.unwrap();
        let ids = ["a", "ab", "ab\u{1}", "abc", "b"];
        let events: Vec<Event> =
            ids.iter().map(|id| Event::new("acme", *id, "1", Kind::Sent, at(0))).collect();
        store.record(&events).await.unwrap();
        let scope = Scope::Accounts(["ac\0me".into(), "acme".into()].into());
        let plan = |scope| Query::new(scope, Period::all()).plan(at(0)).unwrap();
        let counted = store.count(&[plan("ac\0me".into()), plan(scope)]).await.unwrap().rows;
        assert_eq!((counted[0].len(), counted[1].len()), (0, 1));
        assert_eq!(store.events(&"acme".into(), &"a\0".into()).await.unwrap(), []);
        assert_eq!(store.forget_account(&"ac\0me".into()).await.unwrap(), 0);
        assert!(!store.forget_message(&"acme".into(), &"a\0".into()).await.unwrap());
        let group = Default::default();
        let figure = Figure::new(plan("acme".into()), 0, group, Metric::Total(Kind::Sent)).unwrap();
        // Between `ab` and `ab\u{1}`.
        let after = ("acme".into(), "ab\0c".into());
        let page = store.messages(&figure, Some(&after), 10).await.unwrap();
        let page: Vec<&str> = page.iter().map(|message| message.message.as_str()).collect();
        assert_eq!(page, ["ab\u{1}", "abc", "b"]);
    });
}
