//! Forgetting messages and accounts.

use chrono::{DateTime, Utc};
use clickhouse::Row;

use super::batch::{Batch, Numbers};
use super::cluster::Cluster;
use super::error::ClickHouseError;
use super::history::History;
use super::literal::literal;
use super::mail::Mail;
use super::node::Node;
use super::row::{EventRow, FORGOTTEN, hash, instant, parsed};
use super::state::{FORGETS, State};
use super::sums::{OF_STATUSES, what_of_status};
use crate::contribution::{Contribution, Known, Selection};
use crate::dimension::Dimension;
use crate::event::{AccountId, MessageId};
use crate::kind::Kind;
use crate::message::MILLIS_PER_DAY;
use crate::metric::Metric;
use crate::query::{Scope, Timing};
use crate::status::Status;
use crate::store::StoreError;

/// How long a statement that forgets may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3000);

/// A row of the table `sums`.
#[derive(Clone, Debug, Row, serde::Serialize)]
struct SumRow {
    account: String,
    batch: u64,
    content: u8,
    dimension: String,
    value: String,
    slot: i64,
    what: String,
    total: i64,
    of_type: i64,
    of_kind: i64,
    of_day: i64,
}

/// Returns the statement that reads all rows of a message.
pub(super) fn message_sql(state: &State, account: &str, message: &str) -> String {
    format!(
        "SELECT ?fields FROM events WHERE account = {} AND message = {} AND {}",
        literal(account),
        literal(message),
        state.visible()
    )
    .replace("?fields", &<EventRow as Row>::COLUMN_NAMES.join(", "))
}

/// Reads a message.
pub(super) async fn history(
    cluster: &Cluster,
    state: &State,
    account: &str,
    message: &str,
) -> Result<History, ClickHouseError> {
    let node = &cluster.nodes()[cluster.shard(hash(account, message))];
    let rows = node.rows::<EventRow>(&message_sql(state, account, message)).await?;
    History::new(rows, state.levels.kept_from())
}

/// Forgets a message. Returns whether it was known.
pub(super) async fn message(
    cluster: &Cluster,
    numbers: &Numbers,
    state: &State,
    account: &AccountId,
    message: &MessageId,
) -> Result<bool, StoreError> {
    let (account_id, message_id) = (account.as_str(), message.as_str());
    let history = history(cluster, state, account_id, message_id).await?;
    if !history.is_known() {
        return Ok(false);
    }
    let batch = numbers.open(cluster.first(), state, FORGETS).await?;
    let sums = match &history.rest {
        Some(rest) => left(account, rest, batch.number)?,
        None => Vec::new(),
    };
    let node = &cluster.nodes()[cluster.shard(hash(account_id, message_id))];
    let mark = EventRow::forgotten(account_id, message_id, batch.number);
    let write = async {
        node.insert("events", &[mark]).await?;
        if sums.is_empty() { Ok(()) } else { node.patient(PATIENCE).insert("sums", &sums).await }
    };
    finish(batch, write.await).await?;
    Ok(true)
}

/// Forgets an account. Returns how many messages it had.
pub(super) async fn account(
    cluster: &Cluster,
    numbers: &Numbers,
    state: &State,
    account: &AccountId,
) -> Result<u64, StoreError> {
    let scope = Scope::Account(account.clone());
    let mail = Mail::new(state, &scope).sql();
    let count = format!("SELECT toUInt64(count()) FROM ({mail})");
    let counts: Vec<u64> = cluster.all(|_, node| node.row(&count)).await?;
    let batch = numbers.open(cluster.first(), state, FORGETS).await?;
    let (of, visible, number) = (literal(account.as_str()), state.visible(), batch.number);
    let marks = format!(
        "INSERT INTO events (account, message, row, batch, hash) SELECT account, message, toUInt8({FORGOTTEN}), \
         toUInt64({number}), any(hash) FROM events WHERE account = {of} AND {visible} GROUP BY account, message"
    );
    let sums = format!(
        "INSERT INTO sums (account, batch, content, dimension, value, slot, what, total, of_type, of_kind, of_day) \
         SELECT account, toUInt64({number}), content, dimension, value, slot, what, -sum(total), -sum(of_type), \
         -sum(of_kind), -sum(of_day) FROM sums WHERE account = {of} AND {visible} \
         GROUP BY account, content, dimension, value, slot, what"
    );
    let write = async |node: &Node| {
        let node = node.patient(PATIENCE);
        node.run_once(&marks).await?;
        node.run_once(&sums).await
    };
    let written = cluster.all(|_, node| write(node)).await.map(|_: Vec<()>| ());
    finish(batch, written).await?;
    Ok(counts.into_iter().sum())
}

/// Makes a batch count if it was written, and gives it up if not.
pub(super) async fn finish(
    batch: Batch<'_>,
    written: Result<(), ClickHouseError>,
) -> Result<(), ClickHouseError> {
    match written {
        Ok(()) => batch.complete(None).await,
        Err(error) => {
            batch.give_up().await;
            Err(error)
        }
    }
}

/// Returns the sums that stay of a message whose events were dropped: the status that they lead to.
fn left(account: &AccountId, rest: &EventRow, batch: u64) -> Result<Vec<SumRow>, StoreError> {
    if rest.status.is_empty() {
        return Ok(Vec::new());
    }
    let status: Status = parsed("status", &rest.status)?;
    let created = instant("created", rest.created)?;
    let known = Known { account, fields: rest.message_fields()?, created, status: Some(status) };
    let mut rows = Vec::new();
    let none = std::iter::once(None);
    let of_messages = Dimension::ALL.into_iter().filter(|dimension| !dimension.belongs_to_event());
    for dimension in none.chain(of_messages.map(Some)) {
        let dimensions: Vec<Dimension> = dimension.into_iter().collect();
        let selection =
            Selection { filters: &[], dimensions: &dimensions, timing: Timing::Send, kinds: &Kind::ALL };
        let unit = if dimension.is_some() { MILLIS_PER_DAY } else { MILLIS_PER_DAY / 24 };
        let slot = |at: DateTime<Utc>| Some(at.timestamp_millis().div_euclid(unit) * unit);
        let contribution = Contribution::of(&known, std::iter::empty(), &selection, slot)
            .map_err(crate::tally::TallyError::from)?;
        rows.extend(contribution.cells().map(|(slot, group, counts)| SumRow {
            account: account.as_str().to_owned(),
            batch,
            content: OF_STATUSES,
            dimension: dimension.map_or("", Dimension::name).to_owned(),
            value: group.first().and_then(|value| value.as_deref()).unwrap_or_default().to_owned(),
            slot: *slot,
            what: what_of_status(status),
            total: i64::try_from(counts.value(Metric::Status(status))).unwrap_or(i64::MAX),
            of_type: 0,
            of_kind: 0,
            of_day: 0,
        }));
    }
    Ok(rows)
}
