//! The store that keeps events in ClickHouse (feature `clickhouse`).
//!
//! ```no_run
//! use mailtally::store::clickhouse::ClickHouseOptions;
//! use mailtally::store::{Sink, Store};
//! use mailtally::{ClickHouseStore, Event, Kind, Period, Query};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = ClickHouseStore::connect(ClickHouseOptions::new("http://127.0.0.1:8123")).await?;
//! let now = "2026-02-02T00:00:00Z".parse()?;
//! store.record(&[Event::new("acme", "m-1", "e-1", Kind::Delivered, now)]).await?;
//! let counted = store.count(&[Query::new("acme", Period::last_days(7)).plan(now)?]).await?;
//! # drop(counted);
//! # Ok(())
//! # }
//! ```
//!
//! The store was made for servers from version 18.16, that of Debian 12, to today's: it uses one text of each statement for
//! all of them. Its futures need a runtime of tokio, because its client does; they do not block.
//!
//! # Tables
//!
//! Every server has these in the database of [`ClickHouseOptions`]:
//!
//! | table | a row is | sorted by | partitions |
//! |---|---|---|---|
//! | `events` | a copy of an event; or what is left of a message whose events were thinned; or the mark that a message is forgotten | account, message, instant, id | month |
//! | `sums` | a sum of what was thinned | account, dimension, content, slot | – |
//! | `batches` | on the first server: that a batch is announced, complete or given up | batch | – |
//! | `versions` | a version of the tables | version | – |
//! | `events_all` | of a cluster: all rows of `events`, through the engine `Distributed` | | |
//!
//! Each field of an event is a column; what is absent is empty, or 0. `at` and `created` are milliseconds since 1970.
//! `copy_key` is [`Event::copy_key`]. Texts of which there are few are `LowCardinality` if the server is not older than
//! version 20.
//!
//! # Batches
//!
//! ClickHouse has no transactions: an insert into several months or several servers can be seen in part. So every row has the
//! number of its batch, and counts only if the batch is complete.
//!
//! 1. The batch is announced in `batches`, with a number that follows the clock of the first server, and a deadline: a minute for
//!    events, an hour for thinning and forgetting.
//! 2. Its rows are written to the shards.
//! 3. One row in `batches` makes it complete, unless the deadline is over or two processes have announced the same number. This
//!    is one insert of one row, so it happens or not.
//!
//! A call first reads which batches are complete, and passes that to each of its statements, on every shard. So **all plans of a
//! call, and all shards, are counted over one state**, also beside writers. After two minutes a batch is settled, and is not
//! listed in statements any more; those that were given up are listed until the process ends.
//!
//! What holds: a batch counts as a whole or not at all, on one server and on a cluster. If a call of `record` fails, its batch
//! does not count, with one exception: if the first server cannot be reached just when the batch becomes complete, the caller has
//! an error and the batch may count. Recording it again is right in each case. The clock of the first server must not be set
//! back by more than a minute.
//!
//! A recorded batch is as durable as ClickHouse makes it. From version 20 on, tables are made with `fsync_after_insert`; older
//! servers leave it to the operating system when an insert is on the disk, so a loss of power can lose the last seconds.
//!
//! # Repeats
//!
//! `record` reads which copies are known of the events of its batch, writes only those that are new or less than the known one,
//! and returns exact numbers if there is one writer. Writers that do not know of each other can write an event several times:
//! then their numbers can count an event as new twice, and the copies vanish when they are read, before and after any merge. A
//! question sorts the rows of a message by instant, id and `copy_key`, and keeps the first of each id.
//!
//! # What a question reads
//!
//! One statement for each plan and shard. It reads the rows of `events` of the accounts in scope, in the columns that the plan
//! needs, groups them by message, and derives firsts, fields and status of each message from arrays of its events. If the plan
//! has a period, it first selects the messages that have an event, or a told creation, in it, and reads only these, but from
//! all months: an earlier event can be the first. The selection reads the months from the start of the period on, because a
//! later event can tell a creation in it; if neither statuses nor creations are asked for, the months of the period only.
//!
//! With at most 64 buckets, an instant is compared with each edge; with more, its bucket is looked up by the hour, or whatever
//! all edges are multiples of, so the time does not depend on the number of buckets.
//!
//! A [timeline](Timeline) reads the rows of one message, by the order of the table. [`Messages`] runs such a statement for the
//! bucket of the figure alone, with what its metric needs, from the message after which it is asked.
//!
//! A server needs some time for a statement before it reads anything: 15 to 25 ms of a processor with both versions, for the
//! texts of these statements are long.
//!
//! Values are never text in a statement: every byte of a literal but letters, digits, ` ` and `-_.@` is written as `\xHH`. Every
//! selection begins with the accounts in scope.
//!
//! # Failures
//!
//! Each request has a [time limit](ClickHouseOptions::timeout). Questions, and inserts that may happen twice, are
//! [repeated](ClickHouseOptions::retries) if the connection fails, after 50 ms, then 100 ms; not after the time limit, and not if
//! the server answers with an error. The cause is a [`ClickHouseError`].
//!
//! # Clusters
//!
//! A cluster has one server for each shard. A message is on the shard that a hash of its account and id says, in the column
//! `hash`; so is everything that belongs to it. Therefore the answer of each shard is exact, and answers add up. The store
//! sends rows to the shards itself and asks each of them itself, at once: through `events_all` a server would first collect all rows
//! in one place, or would, with settings that differ between versions, send partial groups. `events_all` is for everything
//! else: it has the rows of all shards, and writes by the same hash. Read it with [`Event::copy_key`] and `batches` in mind: it
//! has rows of batches that are not complete, and copies.
//!
//! The number and the order of the shards must not change: to get more, load the events into a new cluster. A shard that is away
//! makes every question fail, rather than return a part of the mail. Replicas are outside of this store.
//!
//! # Keeping less
//!
//! [`Retention::thin`] writes sums by hour (without a dimension, if hours were asked for) or day (all others; a sum by month is the
//! sum of its days), and a row for each message of what must stay known of it, and then makes both count at once. Events before
//! the end are no longer read. A process that records events beside *another* process that thins can write events into the
//! thinned time; they do not count.
//!
//! Forgetting marks rows. [`ClickHouseStore::tidy`] deletes from the disks what is forgotten, thinned or given up. The sums of a
//! forgotten account, and their opposites, stay until the table is written anew: they add up to nothing, and have its name
//! and values.
//!
//! # Versions of the tables
//!
//! `connect` brings tables of an earlier version to this one: it only adds tables and columns, and can be repeated after a
//! failure. Tables of a later version are refused with [`ClickHouseError::NewerSchema`]. Stop processes of the earlier version
//! first. Before: a backup.
//!
//! # Backup
//!
//! Freeze (`ALTER TABLE … FREEZE`) `batches` first and `events` and `sums` after it, on all servers: rows without their batch are
//! invisible, but a complete batch without its rows would be missing from counts. Copy `versions` as well. After restoring an
//! older state, record again what came since: repeats do not count.
//!
//! # What to monitor
//!
//! * Parts of `events` and `batches` (`system.parts`): each batch makes one part for each month and shard it has rows of. Above
//!   1000 parts the server slows inserts down. Record thousands of events at a time.
//! * Batches that are announced and not complete: `SELECT count() FROM (SELECT max(state) AS s FROM batches GROUP BY batch) WHERE
//!   s != 2`. Each is a process that stopped or failed.
//! * `system.mutations`, after [`ClickHouseStore::tidy`].
//! * The clocks: only that of the first server counts.
//!
//! # A billion messages a day
//!
//! Computed, not tried, from what was measured with one server of version 18.16 on one shared machine: 1,000,000 events of 333,333
//! messages took 39 bytes each on the disk (20 of them `copy_key`); recording 10,000 new events at once took the server 0.4 seconds
//! of processor time, and a batch of one event 0.07; a question about the totals of all 1,000,000 events 1.2 seconds of processor
//! time, by domain the same, by three dimensions 2.5, and about one account with 50,000 of them 0.07. `SELECT domain, count() …
//! GROUP BY domain` over the same table took 0.02: a question is dearer because it puts every message together.
//!
//! * *Events*: three a message make 3,000,000,000 rows and 117 GB a day, 10.8 TB in 92 days. With 16 shards, that is 680 GB a shard,
//!   7.3 GB a day; twice that with a replica of the disk.
//! * *Recording*: 35,000 events a second, or 105,000 in a busy hour: 6,500 a shard, at 40 µs of a processor each a quarter of one
//!   processor. Record batches of 100,000 events, one a second, from a queue: each makes a part on each shard, and one part a second
//!   is what a server merges easily. The list of recent batches has about 120 numbers then.
//! * *Questions about an account* with a ten-thousandth of the mail, 300,000 events a day: 31 days are 580,000 events a shard, 0.7
//!   seconds of a processor on each, asked of `events` at once. Larger accounts take proportionally longer. Questions about all
//!   accounts read 190,000,000 events a shard and day, minutes of all processors: ask them of the store in memory, or of sums
//!   that a host keeps by [`Contribution`](super::Contribution).
//! * *Keeping less*: after 92 days, `sums` by day answer questions by at most one dimension. They are read from one table in the order of
//!   account, dimension and day. What stays known of a message takes a row, some 60 bytes: 60 GB a day of messages, until they are
//!   forgotten. Thinning groups the messages of a shard in memory: set `max_bytes_before_external_group_by` for the user.

use std::sync::Arc;

use tokio::sync::RwLock;

use super::{BoxFuture, Messages, Recorded, Retention, Sink, Store, StoreError, Thinned, Timeline};
use crate::counted::{Counted, Provenance};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::{Plan, Row};
use crate::store::levels::{Level, Levels};
use answer::{Answer, CountRow};
use batch::Numbers;
use buckets::Buckets;
use cluster::Cluster;
use node::Node;
use question::Question;
use state::{State, States, THINS};

mod answer;
mod batch;
mod buckets;
mod cluster;
mod error;
mod forget;
mod history;
mod literal;
mod mail;
mod node;
mod options;
mod question;
mod record;
mod row;
mod schema;
mod state;
mod sums;
mod thin;
mod tidy;
mod values;

pub use error::ClickHouseError;
pub use options::ClickHouseOptions;

/// How long a statement that thins may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3000);

/// Keeps events in ClickHouse: on one server, or spread over the shards of a cluster. See [the module](self).
///
/// Clones share their connections. Its futures need a runtime of tokio, with its timers and its network.
#[derive(Clone, Debug)]
pub struct ClickHouseStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    cluster: Cluster,
    states: States,
    numbers: Numbers,
    /// Recording reads it, thinning and forgetting write it: so nothing is recorded into a time while it is thinned.
    changes: RwLock<()>,
}

impl ClickHouseStore {
    /// Connects to the servers, and makes the database and the tables if they are missing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] with a [`ClickHouseError`] if a server does not answer, refuses, or has tables of a later
    /// version of this crate.
    pub async fn connect(options: ClickHouseOptions) -> Result<Self, StoreError> {
        let cluster = Cluster::connect(&options).await?;
        let (states, numbers, changes) = Default::default();
        Ok(Self { shared: Arc::new(Shared { cluster, states, numbers, changes }) })
    }

    /// Deletes from the servers' disks what no question reads any more: the rows of forgotten messages, of events that were
    /// thinned, and of batches that were never complete. What happened in the last two minutes is left for the next call.
    /// It changes no answer. A host calls it once a day, say, and after it has forgotten someone.
    ///
    /// # Errors
    ///
    /// [`StoreError::Backend`] if a server fails, or has not deleted the rows within five minutes; then it goes on.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        let state = self.shared.state().await?;
        Ok(tidy::tidy(&self.shared.cluster, &state).await?)
    }
}

impl Shared {
    async fn state(&self) -> Result<State, StoreError> {
        Ok(self.states.read(self.cluster.first()).await?)
    }

    /// Counts a plan over a state.
    async fn rows(
        &self,
        plan: &Plan,
        state: &State,
        provenance: &mut Provenance,
    ) -> Result<Vec<Row>, StoreError> {
        let mut answer = Answer::new(plan.parts().max_rows);
        match sums::of(plan, state) {
            Ok(None) => {}
            Ok(Some(question)) => {
                for row in self.ask(&question.sql()).await? {
                    answer.add(row)?;
                }
                provenance.paths.insert("sums".into());
                provenance.thinned.extend(question.levels().map(Level::thinned));
            }
            Err(error) => self.check_no_mail(plan, state, error).await?,
        }
        if let Some(question) = Question::new(plan, state) {
            provenance.paths.insert("events".into());
            for row in self.ask(&question.sql()).await? {
                answer.add(row)?;
            }
        }
        Ok(answer.rows())
    }

    /// Asks all shards for rows.
    async fn ask(&self, sql: &str) -> Result<Vec<CountRow>, StoreError> {
        let answers: Vec<Vec<CountRow>> = self.cluster.all(|_, node| node.rows(sql)).await?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// Returns the error of a question that needs events which were dropped, unless there were none.
    async fn check_no_mail(&self, plan: &Plan, state: &State, error: StoreError) -> Result<(), StoreError> {
        let range = Buckets::new(plan.edges_in_millis()).range();
        let Some((start, end)) = range else { return Ok(()) };
        self.check_none_dropped(plan, state, (start, end), error).await
    }

    async fn check_none_dropped(
        &self,
        plan: &Plan,
        state: &State,
        range: (i64, i64),
        error: StoreError,
    ) -> Result<(), StoreError> {
        let kept = state.levels.kept_from().unwrap_or(i64::MIN);
        let sql = sums::count_sql(plan.parts().scope, state, (range.0, range.1.min(kept)));
        let counts: Vec<u64> = self.cluster.all(|_, node| node.row(&sql)).await?;
        if counts.iter().all(|count| *count == 0) { Ok(()) } else { Err(error) }
    }

    async fn page(
        &self,
        figure: &Figure,
        after: Option<&(AccountId, MessageId)>,
        limit: usize,
    ) -> Result<Vec<CountedMessage>, StoreError> {
        let state = self.state().await?;
        let edges = figure.plan().edges_in_millis();
        if let [start, end] = edges[figure.bucket()..figure.bucket() + 2]
            && let Some((level, _)) = state.levels.within(start, end).next()
        {
            self.check_none_dropped(figure.plan(), &state, (start, end), level.error()).await?;
        }
        let Some(question) = Question::of_figure(figure, &state) else { return Ok(Vec::new()) };
        let after = after.map(|(account, message)| (account.as_str(), message.as_str()));
        let sql = question.messages_sql(figure.group(), after, limit);
        let pages: Vec<Vec<(String, String, u64)>> = self.cluster.all(|_, node| node.rows(&sql)).await?;
        let message = |(account, message, count): (String, String, u64)| CountedMessage {
            account: account.into(),
            message: message.into(),
            count,
        };
        let mut messages: Vec<CountedMessage> = pages.into_iter().flatten().map(message).collect();
        messages.sort_by(|one, other| (&one.account, &one.message).cmp(&(&other.account, &other.message)));
        messages.truncate(limit);
        Ok(messages)
    }

    async fn thin(&self, thinned: Thinned) -> Result<Thinned, StoreError> {
        // Sums that are not kept are an error before any server is asked.
        let thinned = Levels::default().add(thinned)?;
        let _changing = self.changes.write().await;
        let state = self.state().await?;
        let mut levels = state.levels.clone();
        levels.add(thinned)?;
        if levels == state.levels {
            return Ok(thinned);
        }
        let batch = self.numbers.open(self.cluster.first(), &state, THINS).await?;
        let statements = sums::thin_sql(&state, thinned, batch.number);
        let end = thinned.before.timestamp_millis();
        let write = async |node: &Node| {
            let node = node.patient(PATIENCE);
            for statement in &statements {
                node.run_once(statement).await?;
            }
            thin::keep_split(&node, &state, end, batch.number).await
        };
        match self.cluster.all(|_, node| write(node)).await {
            Ok::<Vec<()>, _>(_) => batch.complete(Some(thinned)).await?,
            Err(error) => {
                batch.give_up().await;
                return Err(StoreError::from(error));
            }
        }
        Ok(thinned)
    }
}

impl Store for ClickHouseStore {
    fn count<'a>(&'a self, plans: &'a [Plan]) -> BoxFuture<'a, Result<Counted, StoreError>> {
        Box::pin(async move {
            let state = self.shared.state().await?;
            let mut provenance = Provenance::default();
            let mut rows = Vec::with_capacity(plans.len());
            for plan in plans {
                rows.push(self.shared.rows(plan, &state, &mut provenance).await?);
            }
            Ok(Counted::new(rows).provenance(provenance))
        })
    }
}

impl Timeline for ClickHouseStore {
    fn events<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<Vec<Event>, StoreError>> {
        Box::pin(async move {
            let state = self.shared.state().await?;
            let history = forget::history(&self.shared.cluster, &state, account.as_str(), message.as_str());
            Ok(history.await?.events)
        })
    }
}

impl Messages for ClickHouseStore {
    fn messages<'a>(
        &'a self,
        figure: &'a Figure,
        after: Option<&'a (AccountId, MessageId)>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<CountedMessage>, StoreError>> {
        Box::pin(self.shared.page(figure, after, limit))
    }
}

impl Sink for ClickHouseStore {
    fn record<'a>(&'a self, events: &'a [Event]) -> BoxFuture<'a, Result<Recorded, StoreError>> {
        Box::pin(async move {
            for event in events {
                event.check().map_err(|error| StoreError::record(event, error))?;
            }
            if events.is_empty() {
                return Ok(Recorded::default());
            }
            let _recording = self.shared.changes.read().await;
            let state = self.shared.state().await?;
            record::record(&self.shared.cluster, &self.shared.numbers, &state, events).await
        })
    }
}

impl Retention for ClickHouseStore {
    fn thin<'a>(&'a self, thinned: Thinned) -> BoxFuture<'a, Result<Thinned, StoreError>> {
        Box::pin(self.shared.thin(thinned))
    }

    fn forget_account<'a>(&'a self, account: &'a AccountId) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let _changing = self.shared.changes.write().await;
            let state = self.shared.state().await?;
            forget::account(&self.shared.cluster, &self.shared.numbers, &state, account).await
        })
    }

    fn forget_message<'a>(
        &'a self,
        account: &'a AccountId,
        message: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let _changing = self.shared.changes.write().await;
            let state = self.shared.state().await?;
            forget::message(&self.shared.cluster, &self.shared.numbers, &state, account, message).await
        })
    }
}
