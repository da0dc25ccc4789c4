//! No text means anything in a statement.

use mailtally::store::{Figure, Messages, Sink, Store, Timeline};
use mailtally::{Dimension, Event, Filter, Kind, Metric, Period, Query};

use super::{Servers, block_on};
use crate::common::{at, with_value};

/// Texts that would end a literal, start a comment, be a parameter, or that a careless server changes.
const HOSTILE: [&str; 22] = [
    "'",
    "''",
    "\\",
    "\\'",
    "\\\\'",
    "' OR '1' = '1",
    "'; DROP TABLE events; --",
    "') OR 1 = 1 --",
    "/* */ -- #",
    "\0",
    "a\0b",
    "\n\r\t\u{8}\u{c}",
    "\\x41\\0\\N\\n",
    "?",
    "?fields ??",
    "{a:String}",
    "`\"[](){}<>;,",
    "%_*",
    "ÜBER ß İ ı",
    "😀\u{200d}\u{fffd}\u{2028}",
    " leading and trailing ",
    "NULL",
];

fn is_free(dimension: Dimension) -> bool {
    let is_code = [Dimension::Code, Dimension::CodeSubject, Dimension::CodeClass].contains(&dimension);
    dimension.possible_values().is_none() && !is_code && dimension != Dimension::Account
}

#[test]
fn hostile_texts_are_values_like_any_other_in_every_dimension_and_filter() {
    for servers in Servers::all() {
        let database = servers.database();
        block_on(async {
            let store = database.connect().await;
            let mut events = Vec::new();
            for (index, text) in HOSTILE.iter().enumerate() {
                let event = Event::new("acme", format!("m-{index}"), "e-1", Kind::Opened, at(index as i64));
                let all = Dimension::ALL.into_iter().filter(|dimension| is_free(*dimension));
                events.push(all.fold(event, |event, dimension| with_value(event, dimension, text)));
            }
            store.record(&events).await.unwrap();
            for dimension in Dimension::ALL.into_iter().filter(|dimension| is_free(*dimension)) {
                let query = || Query::new("acme", Period::all());
                let mut queries = vec![query().by(dimension)];
                for text in HOSTILE {
                    queries.push(query().filter(Filter::is(dimension, [text])));
                    queries.push(query().filter(Filter::is_not(dimension, [text]).ignoring_case()));
                    queries.push(query().filter(Filter::contains(dimension, [text, "\\"])));
                }
                let plans: Vec<_> = queries.iter().map(|query| query.plan(at(0)).unwrap()).collect();
                for plan in &plans {
                    let counted = store.count(std::slice::from_ref(plan)).await.unwrap();
                    let mut found = counted.rows.into_iter().next().unwrap();
                    found.sort_by(|one, other| (one.bucket, &one.group).cmp(&(other.bucket, &other.group)));
                    assert_eq!(found, plan.tally(events.iter().cloned()).unwrap(), "{dimension} {plan:?}");
                }
            }
        });
    }
}

#[test]
fn hostile_ids_are_ids_like_any_other() {
    for servers in Servers::all() {
        let database = servers.database();
        block_on(async {
            let store = database.connect().await;
            let event = |text: &str| Event::new(text, text, text, Kind::Sent, at(0)).attribute(text, text);
            let events: Vec<Event> = HOSTILE.iter().map(|text| event(text)).collect();
            assert_eq!(store.record(&events).await.unwrap().new, HOSTILE.len() as u64);
            assert_eq!(store.record(&events).await.unwrap().repeats, HOSTILE.len() as u64);
            for (text, event) in HOSTILE.into_iter().zip(&events) {
                assert_eq!(
                    store.events(&text.into(), &text.into()).await.unwrap(),
                    std::slice::from_ref(event)
                );
                let plan = Query::new(text, Period::all()).plan(at(0)).unwrap();
                let counted = store.count(std::slice::from_ref(&plan)).await.unwrap();
                assert_eq!(counted.rows[0].len(), 1, "{text:?}");
                assert_eq!(counted.rows[0][0].counts.total(Kind::Sent), 1, "{text:?}");
                let figure = Figure::new(plan, 0, Default::default(), Metric::Total(Kind::Sent)).unwrap();
                let page = store.messages(&figure, None, 9).await.unwrap();
                assert_eq!(page.iter().map(|message| message.message.as_str()).collect::<Vec<_>>(), [text]);
                let after = (text.into(), text.into());
                assert!(store.messages(&figure, Some(&after), 9).await.unwrap().is_empty());
            }
        });
    }
}
