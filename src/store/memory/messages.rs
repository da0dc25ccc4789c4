//! The messages that a figure is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::Chunk;
use super::parallel::{Yield, step, take_step};
use super::scan::Scan;
use crate::event::{AccountId, MessageId};
use crate::figure::{CountedMessage, Figure};

/// Returns the first `limit` messages of a figure after the message `after`, ascending by account, then by id.
pub(super) async fn page(
    figure: &Figure,
    mut chunks: &[Arc<Chunk>],
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
) -> Vec<CountedMessage> {
    let bucket = figure.plan().buckets()[figure.bucket()];
    let range = bucket.start..bucket.end;
    let mut page: BTreeMap<(&AccountId, &MessageId), u64> = BTreeMap::new();
    let mut scan = Scan::new(figure.plan());
    while !chunks.is_empty() {
        let step = take_step(&mut chunks, step(figure.plan()));
        for stored in step.iter().flat_map(|chunk| &chunk.messages) {
            let key = (stored.message.account(), stored.message.id());
            let is_before = after.is_some_and(|(account, id)| key <= (account, id));
            let is_beyond = page.len() >= limit && page.last_key_value().is_none_or(|(last, _)| key > *last);
            if is_before || is_beyond || !stored.can_touch(&range) {
                continue;
            }
            let count = scan.count_in(figure, stored);
            if count > 0 {
                page.insert(key, count);
            }
            if page.len() > limit {
                page.pop_last();
            }
        }
        if !chunks.is_empty() {
            Yield::default().await;
        }
    }
    let counted = |((account, message), count): ((&AccountId, &MessageId), u64)| CountedMessage {
        account: account.clone(),
        message: message.clone(),
        count,
    };
    page.into_iter().map(counted).collect()
}
