//! One store over two, split at an instant.

use chrono::{DateTime, Utc};

use super::merged::{self, Place, Sum};
use super::{
    BoxFuture, Counted, CountedMessage, Figure, Messages, Plan, Store, StoreError, Timeline, together,
};
use crate::event::{AccountId, Event, MessageId};
use crate::message::Message;
use crate::plan::Clipped;

/// The name of the store in errors.
const NAME: &str = "tiered";

/// One store over two: one is asked about the time before an instant, the split, and the other about the time from it on.
///
/// A platform often has its past in a large store that is filled by a job, and its present in a fast one: "past days are from the
/// nightly table, today is counted live". Every event counts at one instant, its own or that of its message's creation, and so
/// does every status. So a plan is cut at the split, each store is asked about its side, and the answers add up. A bucket that
/// contains the split is asked from both and stays one bucket. A question about one side asks only that store.
///
/// # What each store must have
///
/// The answers equal those of one store with all events if
///
/// * the **earlier** store has every event, also the later ones, of each message that was [created](Message::created) before the
///   split;
/// * the **recent** store has every event, also the earlier ones, of each message that has an event at or after the split.
///
/// A message that was created before the split and goes on after it is in both, whole. Less is not enough: a bounce today changes
/// the status of yesterday's message, and an open can bring its first tag, so the past depends on them; and whether the open is the
/// first depends on yesterday.
///
/// A store may have other messages as well, whole or in part, since they add nothing to its side. (If copies of an event differ,
/// it must have the copy that [counts](Message), if any.) So the earlier store may lag in all that was created since the split,
/// and the recent one may have dropped each message that has been quiet since.
///
/// [`Tiered::is_in_earlier`] and [`Tiered::is_in_recent`] say for a message which store must have it. A host whose data breaks
/// this gets other numbers, not an error: a store cannot know what it was not given.
///
/// # How a host moves the split
///
/// So that each answer is exact, also in between:
///
/// 1. Record each new event in the recent store. If that no longer has its message, record the message's
///    [timeline](Timeline) in the earlier store there as well. Then, if the earlier store has the message, or if it was created
///    before the split (from the start of step 2 on: before the next one), record its timeline in the earlier store.
/// 2. Each night, record in the earlier store the timeline of every message in the recent store that was created before the next
///    split. What is known there is a repeat.
/// 3. Make a new `Tiered` with the next split. It is a value of two stores and an instant, so one over `Arc`s can be made for
///    each request.
/// 4. Drop from the recent store the messages without events since the split.
///
/// A host that leaves out the last sentence of step 1 has the past as of its last nightly run, as Krafter's table is. Its earlier
/// store should say so: [`Provenance::complete_until`](super::Provenance::complete_until) of an answer is the earlier of both
/// stores', and that of the recent one if only that is asked.
///
/// A split at midnight in UTC is best if the earlier store is [thinned](super::Retention): sums cannot be cut within their
/// period.
///
/// The two stores are asked at the same time. Each answers over one state of its own, so while an event of a message that is in
/// both is being recorded, one side may show it and the other not yet.
///
/// ```
/// use mailtally::store::Tiered;
/// use mailtally::{Event, Kind, MemoryStore, Period, Query, Resolution, Status};
///
/// # fn ready<T>(future: impl Future<Output = T>) -> T {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(output) => output,
/// #         std::task::Poll::Pending => unreachable!("a small store in memory is ready"),
/// #     }
/// # }
/// let yesterday = Event::new("acme", "m-1", "e-1", Kind::Sent, "2026-02-01T23:00:00Z".parse()?);
/// let today = Event::new("acme", "m-1", "e-2", Kind::Delivered, "2026-02-02T07:00:00Z".parse()?);
/// let new = Event::new("acme", "m-2", "e-1", Kind::Sent, "2026-02-02T08:00:00Z".parse()?);
/// let (earlier, recent) = (MemoryStore::new(), MemoryStore::new());
/// earlier.extend([yesterday.clone(), today.clone()])?; // `m-1` is in both
/// recent.extend([yesterday, today, new])?;
///
/// let store = Tiered::new(&earlier, &recent, "2026-02-02T00:00:00Z".parse()?);
/// let query = Query::new("acme", "2026-02-01..=2026-02-02".parse::<Period>()?).resolution(Resolution::Day);
/// let report = ready(query.report(&store, "2026-02-02T12:00:00Z".parse()?))?;
/// let sent: Vec<u64> = report.rows().map(|day| day.counts.total(Kind::Sent)).collect();
/// assert_eq!((sent, report.total().status(Status::Delivered)), (vec![1, 1], 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tiered<E, R> {
    earlier: E,
    recent: R,
    split: DateTime<Utc>,
}

/// The parts of plans that are on one side of the split.
#[derive(Debug, Default)]
struct Side {
    plans: Vec<Plan>,
    places: Vec<Place>,
}

impl Side {
    /// Collects the parts of the plans that have any.
    fn of(plans: &[Plan], clip: impl Fn(&Plan) -> Option<Clipped>) -> Self {
        let mut side = Self::default();
        for (index, part) in plans.iter().map(clip).enumerate() {
            let Some(Clipped { plan, first }) = part else { continue };
            side.plans.push(plan);
            side.places.push(Place { plan: index, first });
        }
        side
    }
}

impl<E, R> Tiered<E, R> {
    /// Makes one store of `earlier`, which is asked about the time before `split`, and `recent`, which is asked about the time
    /// from `split` on.
    pub fn new(earlier: E, recent: R, split: DateTime<Utc>) -> Self {
        Self { earlier, recent, split }
    }

    /// Returns the store of the time before the split.
    pub fn earlier(&self) -> &E {
        &self.earlier
    }

    /// Returns the store of the time from the split on.
    pub fn recent(&self) -> &R {
        &self.recent
    }

    /// Returns the split: the first instant that the recent store is asked about.
    pub fn split(&self) -> DateTime<Utc> {
        self.split
    }

    /// Returns whether the earlier store must have every event of a message: if it was created before the split.
    pub fn is_in_earlier(&self, message: &Message) -> bool {
        message.created() < self.split
    }

    /// Returns whether the recent store must have every event of a message: if any happened at or after the split.
    pub fn is_in_recent(&self, message: &Message) -> bool {
        message.events().iter().any(|event| event.at() >= self.split)
    }
}

impl<E: Store, R: Store> Store for Tiered<E, R> {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let before = Side::of(plans, |plan| plan.clipped_until(self.split));
            let after = Side::of(plans, |plan| plan.clipped_from(self.split));
            let mut asked: Vec<(&Side, BoxFuture<'_, _>)> = Vec::new();
            if !before.plans.is_empty() {
                asked.push((&before, self.earlier.count(&before.plans)));
            }
            if !after.plans.is_empty() {
                asked.push((&after, self.recent.count(&after.plans)));
            }
            let (sides, answers): (Vec<&Side>, Vec<_>) = asked.into_iter().unzip();
            let answers = together::until_one_fails(answers).await?;
            let mut sum = Sum::new(NAME, plans);
            sides.into_iter().zip(answers).try_for_each(|(side, answer)| sum.add(&side.places, answer))?;
            Ok(sum.counted())
        })
    }
}

impl<E: Timeline, R: Timeline> Timeline for Tiered<E, R> {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move {
            // One of them has the whole message, but not which one is known before it is read.
            let asked = vec![self.earlier.events(account, message), self.recent.events(account, message)];
            Ok(merged::timeline(together::until_one_fails(asked).await?))
        })
    }
}

impl<E: Messages, R: Messages> Messages for Tiered<E, R> {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(async move {
            let before = figure_of(figure, figure.plan().clipped_until(self.split))?;
            let since = figure_of(figure, figure.plan().clipped_from(self.split))?;
            let mut asked = Vec::new();
            asked.extend(before.as_ref().map(|figure| self.earlier.messages(figure, after, limit)));
            asked.extend(since.as_ref().map(|figure| self.recent.messages(figure, after, limit)));
            Ok(merged::page(together::until_one_fails(asked).await?, limit))
        })
    }
}

/// Returns the part of a figure in a part of its plan; `None` if its bucket has no instant there.
fn figure_of(figure: &Figure, part: Option<Clipped>) -> Result<Option<Figure>, StoreError> {
    let Some(Clipped { plan, first }) = part else { return Ok(None) };
    let bucket = figure.bucket().checked_sub(first).filter(|bucket| *bucket < plan.buckets().len());
    let of = |bucket| Figure::new(plan, bucket, figure.group().clone(), figure.metric());
    bucket.map(of).transpose().map_err(|error| StoreError::backend(NAME, error))
}
