//! Wrong sinks, and wrong stores of messages, fail the checks.

use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use mailtally::conformance::{self, Harness};
use mailtally::message::{AccountId, MessageId};
use mailtally::store::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Recorded, Sink, Store, StoreError, Timeline,
};
use mailtally::{Event, MemoryStore};

use super::{InMemory, quarter};
use crate::common::run;

/// A bug of [`WrongStore`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    CountsEachPlanAlone,
    RecordsInvalidEvents,
    RecordsAPartOfABatch,
    CallsConflictsRepeats,
    IgnoresAfter,
    SkipsOne,
    FindsAfterByEquality,
    IncludesAfter,
    CountsEachMessageOnce,
    ListsAllAccounts,
    TimelineInReverse,
    TimelineOfAllAccounts,
    TimelineIgnoresCase,
    TimelineWithAttributesAsText,
}

struct WrongStore {
    store: MemoryStore,
    bug: Bug,
}

impl Store for WrongStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            if self.bug != Bug::CountsEachPlanAlone {
                return self.store.count(plans).await;
            }
            let mut rows = Vec::new();
            for plan in plans {
                rows.extend(self.store.count(std::slice::from_ref(plan)).await?.rows);
                Yield(AtomicBool::new(false)).await;
            }
            Ok(Counted::new(rows))
        })
    }
}

impl Sink for WrongStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            Yield(AtomicBool::new(false)).await;
            match self.bug {
                Bug::RecordsInvalidEvents => {
                    let valid: Vec<Event> =
                        events.iter().filter(|event| event.check().is_ok()).cloned().collect();
                    self.store.record(&valid).await
                }
                Bug::RecordsAPartOfABatch => self.store.extend(events.iter().cloned()),
                Bug::CallsConflictsRepeats => {
                    let mut recorded = self.store.record(events).await?;
                    recorded.repeats += recorded.conflicts;
                    recorded.conflicts = 0;
                    Ok(recorded)
                }
                _ => self.store.record(events).await,
            }
        })
    }
}

impl Messages for WrongStore {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let of = async |figure: &Figure, after, limit| self.store.messages(figure, after, limit).await;
            match self.bug {
                Bug::IgnoresAfter => of(figure, None, limit).await,
                Bug::SkipsOne if after.is_some() => {
                    Ok(of(figure, after, limit).await?.into_iter().skip(1).collect())
                }
                Bug::FindsAfterByEquality => {
                    let all = of(figure, None, usize::MAX).await?;
                    let is_after = |(account, id): &(AccountId, MessageId)| {
                        let position =
                            all.iter().position(|one| (&one.account, &one.message) == (account, id));
                        position.map_or(all.len(), |position| position + 1)
                    };
                    Ok(all[after.map_or(0, is_after)..].iter().take(limit).cloned().collect())
                }
                Bug::IncludesAfter => {
                    let mut all = of(figure, None, usize::MAX).await?;
                    all.retain(|one| {
                        after.is_none_or(|(account, id)| (&one.account, &one.message) >= (account, id))
                    });
                    all.truncate(limit);
                    Ok(all)
                }
                Bug::CountsEachMessageOnce => {
                    let mut page = of(figure, after, limit).await?;
                    page.iter_mut().for_each(|message| message.count = 1);
                    Ok(page)
                }
                Bug::ListsAllAccounts => {
                    let everyone = figure.plan().query().clone().scope(mailtally::Scope::All);
                    let plan = everyone.plan(figure.plan().now()).expect("a valid query");
                    let wide = Figure::new(plan, figure.bucket(), figure.group().clone(), figure.metric());
                    of(&wide.expect("a figure"), after, limit).await
                }
                _ => of(figure, after, limit).await,
            }
        })
    }
}

impl Timeline for WrongStore {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move {
            let mut events = self.store.timeline(account, message);
            match self.bug {
                Bug::TimelineInReverse => events.reverse(),
                Bug::TimelineOfAllAccounts => events.extend(self.store.timeline(&"globex".into(), message)),
                Bug::TimelineIgnoresCase => {
                    events.sort_by_key(|event| (event.at(), event.id().as_str().to_lowercase()));
                }
                Bug::TimelineWithAttributesAsText => {
                    let wrong = |event: Event| match event.attributes().get("value") {
                        Some(value) if *value == serde_json::json!([1]) => {
                            event.attribute("value", serde_json::json!([1, 2]))
                        }
                        _ => event,
                    };
                    events = events.into_iter().map(wrong).collect();
                }
                _ => {}
            }
            Ok(events)
        })
    }
}

/// Lets other futures of the task run once.
struct Yield(AtomicBool);

impl Future for Yield {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

struct WithBug(Bug);

impl Harness for WithBug {
    type Store = WrongStore;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (WrongStore, ()) {
        (WrongStore { store: InMemory.open(events).await.0, bug: self.0 }, ())
    }

    fn rounds(&self, usual: usize) -> usize {
        quarter(usual)
    }
}

/// Returns what the checks of sinks, messages and timelines say of a store with a bug; empty if it passes.
fn verdict(bug: Bug) -> String {
    let sink = catch_unwind(|| run(conformance::run_sink(&WithBug(bug)))).err();
    let messages = catch_unwind(|| run(conformance::run_messages(&WithBug(bug)))).err();
    let timeline = catch_unwind(|| run(conformance::run_timeline(&WithBug(bug)))).err();
    let text = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().expect("a text");
    sink.into_iter().chain(messages).chain(timeline).map(text).collect()
}

#[test]
fn every_bug_of_a_sink_or_of_messages_is_found_and_named() {
    assert_eq!(verdict(Bug::None), "");
    for (bug, rule) in [
        (Bug::CountsEachPlanAlone, "the plans of one call are answered over one state"),
        (Bug::RecordsInvalidEvents, "a batch with an invalid event is refused whole"),
        (Bug::RecordsAPartOfABatch, "a batch with an invalid event is refused whole"),
        (Bug::CallsConflictsRepeats, "recording returns what became of the events"),
        (Bug::IgnoresAfter, "the pages are the messages of the figure"),
        (Bug::SkipsOne, "the pages are the messages of the figure"),
        (Bug::FindsAfterByEquality, "the pages are the messages of the figure"),
        (Bug::IncludesAfter, "the pages are the messages of the figure"),
        (Bug::CountsEachMessageOnce, "the pages are the messages of the figure"),
        (Bug::ListsAllAccounts, "the pages are the messages of the figure"),
        (Bug::TimelineInReverse, "a timeline is ordered and deduplicated"),
        (Bug::TimelineOfAllAccounts, "a timeline is ordered and deduplicated"),
        (Bug::TimelineIgnoresCase, "a timeline is ordered and deduplicated"),
        (Bug::TimelineWithAttributesAsText, "a timeline is ordered and deduplicated"),
    ] {
        let verdict = verdict(bug);
        assert!(verdict.contains(rule), "{bug:?}: {verdict}");
    }
}

#[test]
fn a_store_that_panics_fails_a_check_and_the_others_run() {
    struct Panics;

    impl Store for Panics {
        fn count<'a>(&'a self, _: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
            panic!("not today")
        }
    }

    struct Panicking;

    impl Harness for Panicking {
        type Store = Panics;
        type Guard = ();

        async fn open(&self, _: &[Event]) -> (Panics, ()) {
            (Panics, ())
        }
    }

    let panic = catch_unwind(|| run(conformance::run(&Panicking))).unwrap_err();
    let text = *panic.downcast::<String>().unwrap();
    assert!(text.matches("the store panicked: not today").count() > 20, "{text}");
}
