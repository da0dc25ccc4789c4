//! One store over several with different messages.

use twox_hash::XxHash3_64;

use super::merged::{self, Place, Sum};
use super::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Recorded, Retention, Sink, Store, StoreError,
    Thinned, Timeline, together,
};
use crate::event::{AccountId, Event, MessageId};

/// The name of the store in errors.
const NAME: &str = "sharded";

/// One store over several stores, the shards, of which each has other messages.
///
/// It asks all shards at the same time, on the task of the caller, and adds their answers: each message is in one shard, with all
/// of its events, so each shard counts it exactly, and the counts add up. A message must never be in two shards. Which shard has
/// it does not matter for reading; a host that fills the shards itself can divide messages as it likes.
///
/// All shards are of one type; to mix several, use `Sharded<Arc<dyn Store>>`.
///
/// ```
/// use mailtally::store::{Sharded, Sink};
/// use mailtally::{Dimension, Event, Kind, MemoryStore, Period, Query};
///
/// # fn ready<T>(future: impl Future<Output = T>) -> T {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(output) => output,
/// #         std::task::Poll::Pending => unreachable!("a small store in memory is ready"),
/// #     }
/// # }
/// let store = Sharded::new([MemoryStore::new(), MemoryStore::new(), MemoryStore::new()])?;
/// let at = "2026-02-02T09:00:00Z".parse()?;
/// let events: Vec<Event> =
///     (0..30).map(|number| Event::new("acme", format!("m-{number}"), "e-1", Kind::Delivered, at)).collect();
/// ready(store.record(&events))?;
/// assert!(store.shards().iter().all(|shard| shard.message_count() > 0));
///
/// let query = Query::new("acme", Period::last_days(7)).by(Dimension::Domain);
/// let report = ready(query.report(&store, "2026-02-03T00:00:00Z".parse()?))?;
/// assert_eq!(report.total().total(Kind::Delivered), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Recording
///
/// [`Sink::record`] gives each event to the shard [`Sharded::shard_of`] its message. So the number and the order of the shards
/// are part of the data: with another number, later events of a message go to another shard than its earlier ones, and both count
/// it. To change the number, move the messages first.
///
/// Each shard records its part of a batch completely or not at all, and no shard gets any of it if an event is
/// [invalid](Event::check). But the shards cannot promise each other anything, so a batch that is for several shards can be
/// recorded in part:
///
/// * If a shard fails, or refuses its part for a reason of its own, the others keep theirs, and the error is returned. Record the
///   whole batch again: what is known is a repeat, so the state is then the same as if nothing had failed.
/// * A question that is asked at the same time may see the part of one shard and not yet that of another. It sees each message in
///   one state, in all plans of the call, so rows still add up to their totals.
///
/// With one shard, both promises of a [sink](crate::store#contract-of-a-sink) hold as they are.
///
/// [`Retention`] asks all shards. If one fails, the others have done it; the same call again completes it.
#[derive(Clone, Debug)]
pub struct Sharded<S> {
    /// At least one.
    shards: Vec<S>,
}

/// Why there is no [`Sharded`] store: it has no shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no shards, expected at least one")]
pub struct NoShards;

impl<S> Sharded<S> {
    /// Makes one store of several with different messages.
    ///
    /// # Errors
    ///
    /// [`NoShards`] if there are none.
    pub fn new(shards: impl IntoIterator<Item = S>) -> Result<Self, NoShards> {
        let shards: Vec<S> = shards.into_iter().collect();
        if shards.is_empty() { Err(NoShards) } else { Ok(Self { shards }) }
    }

    /// Returns the shards, in the order in which they were given.
    pub fn shards(&self) -> &[S] {
        &self.shards
    }

    /// Returns the index of the shard to which the events of a message are recorded.
    ///
    /// It is the remainder of a hash divided by the number of shards. The hash is the XXH3 of 64 bits, with seed 0, of the bytes
    /// of the account's id, one byte `0xFF`, which is in no UTF-8 text, and the bytes of the message's id. It never changes:
    /// events are in people's databases by it.
    ///
    /// ```
    /// use mailtally::MemoryStore;
    /// use mailtally::store::Sharded;
    ///
    /// let store = Sharded::new(std::iter::repeat_with(MemoryStore::new).take(16))?;
    /// assert_eq!(store.shard_of(&"acme".into(), &"m-1".into()), 9);
    /// assert_eq!(store.shard_of(&"acme".into(), &"m-2".into()), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shard_of(&self, account: &AccountId, message: &MessageId) -> usize {
        let key = [account.as_str().as_bytes(), &[0xFF], message.as_str().as_bytes()].concat();
        let shard = XxHash3_64::oneshot(&key) % self.shards.len() as u64;
        // It is less than the number of shards.
        usize::try_from(shard).unwrap_or(0)
    }

    /// Returns the events of each shard, in the order of the batch.
    fn parts(&self, events: &[Event]) -> Vec<Vec<Event>> {
        let mut parts = vec![Vec::new(); self.shards.len()];
        for event in events {
            parts[self.shard_of(event.account(), event.message())].push(event.clone());
        }
        parts
    }

    /// Asks every shard at the same time.
    fn all<'a, T>(&'a self, ask: impl FnMut(&'a S) -> BoxFuture<'a, T>) -> Vec<BoxFuture<'a, T>> {
        self.shards.iter().map(ask).collect()
    }
}

impl<S: Store> Store for Sharded<S> {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let answers = together::until_one_fails(self.all(|shard| shard.count(plans))).await?;
            let places: Vec<Place> = (0..plans.len()).map(|plan| Place { plan, first: 0 }).collect();
            let mut sum = Sum::new(NAME, plans);
            answers.into_iter().try_for_each(|answer| sum.add(&places, answer))?;
            Ok(sum.counted())
        })
    }
}

impl<S: Timeline> Timeline for Sharded<S> {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move {
            let asked = self.all(|shard| shard.events(account, message));
            Ok(merged::timeline(together::until_one_fails(asked).await?))
        })
    }
}

impl<S: Messages> Messages for Sharded<S> {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let asked = self.all(|shard| shard.messages(figure, after, limit));
            Ok(merged::page(together::until_one_fails(asked).await?, limit))
        })
    }
}

impl<S: Sink> Sink for Sharded<S> {
    /// Records all of `events`. An error means that each shard has recorded its part or nothing of it: see
    /// [Recording](Sharded#recording).
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            for event in events {
                event.check().map_err(|error| StoreError::record(event, error))?;
            }
            if let [shard] = &self.shards[..] {
                return shard.record(events).await;
            }
            let parts = self.parts(events);
            let with_events = self.shards.iter().zip(&parts).filter(|(_, part)| !part.is_empty());
            let asked = with_events.map(|(shard, part)| shard.record(part)).collect();
            let mut sum = Recorded::default();
            together::until_all_end(asked).await?.into_iter().for_each(|recorded| sum += recorded);
            Ok(sum)
        })
    }
}

impl<S: Retention> Retention for Sharded<S> {
    /// Thins all shards. Returns the part of the shard in which it ends first, should they differ.
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
        Box::pin(async move {
            let done = together::until_all_end(self.all(|shard| shard.thin(thinned))).await?;
            Ok(done.into_iter().min_by_key(|thinned| thinned.before).unwrap_or(thinned))
        })
    }

    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let counts = together::until_all_end(self.all(|shard| shard.forget_account(account))).await?;
            Ok(counts.into_iter().fold(0, u64::saturating_add))
        })
    }

    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let asked = self.all(|shard| shard.forget_message(account, message));
            Ok(together::until_all_end(asked).await?.contains(&true))
        })
    }
}
