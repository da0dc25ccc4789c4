//! Deleting from the disks what no question reads any more.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cluster::Cluster;
use super::error::ClickHouseError;
use super::literal::{list, literal};
use super::node::Node;
use super::row::{EVENT, FORGOTTEN};
use super::state::State;

/// The number of forgotten messages whose rows one statement deletes.
const DELETED: usize = 5000;

/// How often it is looked whether a server has deleted the rows, and the pause between two looks.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(500);

/// Deletes the rows of batches that were given up, of forgotten messages, and of dropped events: as far as all that is settled,
/// so that no question which is being answered reads them.
pub(super) async fn tidy(cluster: &Cluster, state: &State) -> Result<(), ClickHouseError> {
    let tidied: Vec<()> = cluster.all(|_, node| tidy_node(node, state)).await?;
    drop(tidied);
    Ok(())
}

async fn tidy_node(node: &Node, state: &State) -> Result<(), ClickHouseError> {
    let mut deletions = Vec::new();
    if let Some(given_up) = list(&state.given_up) {
        deletions.push(format!("batch IN ({given_up})"));
    }
    if let Some(end) = state.settled_levels.kept_from() {
        deletions.push(format!("row = {EVENT} AND at < {end}"));
    }
    let settled = state.settled;
    let marks: Vec<(String, String, u64)> = node
        .rows(&format!(
            "SELECT account, message, max(batch) AS gone FROM events WHERE row = {FORGOTTEN} AND batch <= {settled} AND {} \
             GROUP BY account, message",
            state.visible()
        ))
        .await?;
    deletions.extend(marks.chunks(DELETED).map(forgotten));
    for deletion in deletions {
        node.run_once(&format!("ALTER TABLE events DELETE WHERE {deletion}")).await?;
    }
    wait(node).await?;
    if marks.is_empty() {
        return Ok(());
    }
    // The marks last: until now, they hid the rows.
    node.run_once(&format!("ALTER TABLE events DELETE WHERE row = {FORGOTTEN} AND batch <= {settled}"))
        .await?;
    wait(node).await
}

/// Returns the condition on the rows that marks hide, by the batch of each.
fn forgotten(marks: &[(String, String, u64)]) -> String {
    let mut by_batch: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (account, message, gone) in marks {
        by_batch.entry(*gone).or_default().push(format!("({}, {})", literal(account), literal(message)));
    }
    let hidden = by_batch.into_iter().map(|(gone, messages)| {
        format!("batch < {gone} AND (account, message) IN ({})", messages.join(", "))
    });
    hidden.collect::<Vec<_>>().join(" OR ")
}

/// Waits until a server has deleted what it was told to.
async fn wait(node: &Node) -> Result<(), ClickHouseError> {
    let sql = "SELECT toUInt64(count()) FROM system.mutations WHERE database = currentDatabase() AND table = 'events' AND \
               is_done = 0";
    for _ in 0..LOOKS {
        if node.row::<u64>(sql).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(ClickHouseError::NotDeleted { waited: PAUSE * LOOKS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_deleted_that_are_older_than_the_mark_of_their_message() {
        let mark = |message: &str, gone| ("a'".to_owned(), message.to_owned(), gone);
        assert_eq!(
            forgotten(&[mark("m-1", 9), mark("m-2", 7), mark("m-3", 9)]),
            "batch < 7 AND (account, message) IN (('a\\x27', 'm-2')) OR \
             batch < 9 AND (account, message) IN (('a\\x27', 'm-1'), ('a\\x27', 'm-3'))"
        );
    }
}
