//! The store that keeps events in ClickHouse.

use std::sync::Arc;

use tokio::sync::RwLock;

use super::{BoxFuture, Messages, Recorded, Retention, Sink, Store, StoreError, Thinned, Timeline};
use crate::counted::{Counted, Provenance};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::{Plan, Row};
use answer::{Answer, CountRow};
use batch::Numbers;
use buckets::Buckets;
use cluster::Cluster;
use levels::Level;
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
mod levels;
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
        let kept = state.levels.end().unwrap_or(i64::MIN);
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
            && let Some(level) = state.levels.within(start, end).next()
        {
            self.check_none_dropped(figure.plan(), &state, (start, end), level.error()).await?;
        }
        let Some(question) = Question::new(figure.plan(), &state) else { return Ok(Vec::new()) };
        let after = after.map(|(account, message)| (account.as_str(), message.as_str()));
        let sql = question.messages_sql(figure, after, limit);
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
        let level = Level::new(thinned)?;
        let _changing = self.changes.write().await;
        let state = self.state().await?;
        if !state.levels.clone().insert(level) {
            return Ok(level.thinned());
        }
        let batch = self.numbers.open(self.cluster.first(), &state, THINS).await?;
        let statements = sums::thin_sql(&state, level, batch.number);
        let write = async |node: &Node| {
            let node = node.patient(PATIENCE);
            for statement in &statements {
                node.run_once(statement).await?;
            }
            Ok::<(), ClickHouseError>(())
        };
        match self.cluster.all(|_, node| write(node)).await {
            Ok::<Vec<()>, _>(_) => batch.complete(Some(level)).await?,
            Err(error) => {
                batch.give_up().await;
                return Err(StoreError::from(error));
            }
        }
        Ok(level.thinned())
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
