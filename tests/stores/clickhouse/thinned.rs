//! Thinning changes no sum, and random questions have the reference's answers: a few of the conformance checks, in seconds.

use mailtally::conformance::{Harness, RandomMail};
use mailtally::store::{Plan, Retention, Row, Store, StoreError, Thinned};
use mailtally::{ClickHouseStore, Dimension, Event, Filter, Period, Query, Resolution, Scope, Timing};

use super::{Servers, block_on};
use crate::common::at;

const DAY: i64 = 86_400;

async fn rows(store: &ClickHouseStore, plan: &Plan) -> Vec<Row> {
    let mut rows = store.count(std::slice::from_ref(plan)).await.unwrap().rows.remove(0);
    rows.sort_by(|one, other| (one.bucket, &one.group).cmp(&(other.bucket, &other.group)));
    rows
}

#[test]
fn random_questions_have_the_answers_of_the_reference() {
    for servers in Servers::all() {
        block_on(async {
            let mut mail = RandomMail::new(7);
            let events = mail.events(60);
            let (store, _database) = servers.open(&events).await;
            for _ in 0..25 {
                let plan = mail.query().plan(at(0)).unwrap();
                assert_eq!(
                    rows(&store, &plan).await,
                    plan.tally(events.clone()).unwrap(),
                    "{servers:?} {plan:?}"
                );
            }
        });
    }
}

#[test]
fn thinning_changes_no_sum_and_a_forgotten_account_is_in_none() {
    for servers in Servers::all() {
        block_on(async {
            let events = RandomMail::new(41).events(60);
            let (store, _database) = servers.open(&events).await;
            let thinned = Thinned { before: at(5 * DAY), resolution: Resolution::Day };
            assert_eq!(store.thin(thinned).await.unwrap(), thinned);
            let days =
                || Query::new("acme", Period::between(at(DAY), at(9 * DAY))).resolution(Resolution::Day);
            for query in [
                Query::new(Scope::All, Period::all()),
                days(),
                days().timing(Timing::Send),
                days().by(Dimension::Tag),
                days().by(Dimension::Ip).timing(Timing::Send),
                days().filter(Filter::is_present(Dimension::Country)),
            ] {
                let plan = query.plan(at(0)).unwrap();
                assert_eq!(
                    rows(&store, &plan).await,
                    plan.tally(events.clone()).unwrap(),
                    "{servers:?} {plan:?}"
                );
            }
            let finer = days().by(Dimension::Domain).by(Dimension::Category).plan(at(0)).unwrap();
            assert!(matches!(store.count(&[finer]).await, Err(StoreError::Thinned { .. })), "{servers:?}");
            assert!(store.forget_account(&"acme".into()).await.unwrap() > 0);
            let plan = Query::new(Scope::All, Period::all()).by(Dimension::Account).plan(at(0)).unwrap();
            let left: Vec<Event> =
                events.into_iter().filter(|event| event.account().as_str() != "acme").collect();
            assert_eq!(rows(&store, &plan).await, plan.tally(left).unwrap(), "{servers:?}");
        });
    }
}
