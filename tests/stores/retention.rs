//! Stores that keep too much, or too little, fail the checks.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Duration, Utc};
use mailtally::conformance::{self, Harness};
use mailtally::message::{AccountId, MessageId};
use mailtally::store::{
    BoxFuture, Counted, Plan, RecordError, Recorded, Retention, Sink, Store, StoreError, Thinned,
};
use mailtally::{Event, MemoryStore, Resolution};

use super::{InMemory, quarter};
use crate::common::run;

/// A bug of [`WrongStore`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    DropsNothing,
    CountsLateEvents,
    CallsLateEventsRepeats,
    ForgetsHowManyWereTooLate,
    RefusesABatchWithALateEvent,
    CountsFirstsAgain,
    AnswersWhatItCannot,
    RoundsUp,
    KeepsHours,
    AcceptsWeeks,
    LeavesTheSumsOfAMessage,
    ForgetsTheMessageInAllAccounts,
    ForgetsWithTheMessageWhatWasThinned,
    LeavesTheSumsOfAThinnedAccount,
    ReturnsThatAMessageWasKnown,
}

/// A store with a bug.
struct WrongStore {
    store: MemoryStore,
    /// What the bug records elsewhere.
    other: MemoryStore,
    state: Mutex<State>,
    bug: Bug,
}

#[derive(Default)]
struct State {
    end: Option<DateTime<Utc>>,
    forgotten: BTreeSet<(AccountId, MessageId)>,
}

impl WrongStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn is_late(&self, event: &Event) -> bool {
        self.state().end.is_some_and(|end| event.at() < end)
    }
}

impl Store for WrongStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let counted = match self.store.tally(plans) {
                Err(StoreError::Thinned { .. }) if self.bug == Bug::AnswersWhatItCannot => {
                    return Ok(Counted::new(vec![Vec::new(); plans.len()]));
                }
                counted => counted?,
            };
            let others = self.other.tally(plans)?;
            let both = counted.rows.into_iter().zip(others.rows).map(|(one, other)| [one, other].concat());
            Ok(Counted::new(both.collect()))
        })
    }
}

impl Sink for WrongStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            let (late, in_time): (Vec<Event>, Vec<Event>) =
                events.iter().cloned().partition(|event| self.is_late(event));
            match self.bug {
                Bug::CountsLateEvents => {
                    let recorded = self.store.record(&in_time).await?;
                    self.other.record(&late).await?;
                    Ok(recorded)
                }
                Bug::CountsFirstsAgain if self.state().end.is_some() => {
                    self.other.record(&in_time).await?;
                    self.store.record(&late).await
                }
                Bug::RefusesABatchWithALateEvent => match late.first() {
                    Some(late) => {
                        let limit = self.store.message_count();
                        Err(StoreError::record(late, RecordError::AccountFull { limit }))
                    }
                    None => self.store.record(events).await,
                },
                _ => {
                    let mut recorded = self.store.record(events).await?;
                    match self.bug {
                        Bug::CallsLateEventsRepeats => {
                            recorded.repeats += std::mem::take(&mut recorded.too_late)
                        }
                        Bug::ForgetsHowManyWereTooLate => recorded.too_late = 0,
                        _ => {}
                    }
                    Ok(recorded)
                }
            }
        })
    }
}

impl Retention for WrongStore {
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
        Box::pin(async move {
            let thinned = match self.bug {
                Bug::RoundsUp => Thinned { before: thinned.before + Duration::days(1), ..thinned },
                Bug::KeepsHours => Thinned { resolution: Resolution::Hour, ..thinned },
                Bug::AcceptsWeeks if thinned.resolution == Resolution::Week => return Ok(thinned),
                _ => thinned,
            };
            let done = match self.bug {
                Bug::DropsNothing => MemoryStore::new().thin(thinned).await?,
                _ => self.store.thin(thinned).await?,
            };
            self.state().end = Some(done.before);
            Ok(done)
        })
    }

    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            match self.bug {
                Bug::LeavesTheSumsOfAThinnedAccount if self.state().end.is_some() => Ok(0),
                _ => self.store.forget_account(account).await,
            }
        })
    }

    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            match self.bug {
                Bug::LeavesTheSumsOfAMessage => {
                    Ok(self.state().forgotten.insert((account.clone(), message.clone())))
                }
                Bug::ForgetsTheMessageInAllAccounts => {
                    let mut is_known = false;
                    for other in ["acme", "globex", "initech"].map(AccountId::from) {
                        is_known |= self.store.forget_message(&other, message).await? && other == *account;
                    }
                    Ok(is_known)
                }
                Bug::ForgetsWithTheMessageWhatWasThinned if self.state().end.is_some() => {
                    Ok(self.store.forget_account(account).await? > 0)
                }
                Bug::ReturnsThatAMessageWasKnown => {
                    self.store.forget_message(account, message).await?;
                    Ok(true)
                }
                _ => self.store.forget_message(account, message).await,
            }
        })
    }
}

struct WithBug(Bug);

impl Harness for WithBug {
    type Store = WrongStore;
    type Guard = ();

    async fn open(&self, events: &[Event]) -> (WrongStore, ()) {
        let (store, other) = (InMemory.open(events).await.0, MemoryStore::new());
        (WrongStore { store, other, state: Mutex::default(), bug: self.0 }, ())
    }

    fn rounds(&self, usual: usize) -> usize {
        quarter(usual)
    }
}

/// Returns what the checks say of a store with a bug; empty if it passes.
fn verdict(bug: Bug) -> String {
    let panic = catch_unwind(|| run(conformance::run_retention(&WithBug(bug)))).err();
    panic.map_or_else(String::new, |panic| *panic.downcast::<String>().expect("a text"))
}

#[test]
fn every_bug_of_a_store_that_keeps_less_is_found_and_named() {
    assert_eq!(verdict(Bug::None), "");
    for (bug, rule) in [
        (Bug::DropsNothing, "thinning changes no sum"),
        (Bug::CountsLateEvents, "events of a thinned time are too late"),
        (Bug::CallsLateEventsRepeats, "events of a thinned time are too late"),
        (Bug::ForgetsHowManyWereTooLate, "events of a thinned time are too late"),
        (Bug::RefusesABatchWithALateEvent, "events of a thinned time are too late"),
        (Bug::CountsFirstsAgain, "later events know what was dropped"),
        (Bug::AnswersWhatItCannot, "thinning changes no sum"),
        (Bug::RoundsUp, "thinning changes no sum"),
        (Bug::KeepsHours, "thinning changes no sum"),
        (Bug::AcceptsWeeks, "sums by week are refused"),
        (Bug::LeavesTheSumsOfAMessage, "a forgotten message leaves no trace"),
        (Bug::ForgetsTheMessageInAllAccounts, "a forgotten message leaves no trace"),
        (Bug::ForgetsWithTheMessageWhatWasThinned, "stays in the sums"),
        (Bug::LeavesTheSumsOfAThinnedAccount, "a forgotten account leaves no trace"),
        (Bug::ReturnsThatAMessageWasKnown, "a forgotten message leaves no trace"),
    ] {
        let verdict = verdict(bug);
        assert!(verdict.contains(rule), "{bug:?}: {verdict}");
    }
}
