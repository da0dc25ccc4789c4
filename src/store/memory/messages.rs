//! The messages that a figure is made of.

use std::collections::BTreeMap;

use super::account::Chunk;
use super::parallel::{STEP, Yield};
use crate::event::{AccountId, MessageId};
use crate::figure::{CountedMessage, Figure};

/// Returns the first `limit` messages of a figure after the message `after`, ascending by account, then by id.
pub(super) async fn page(
    figure: &Figure,
    chunks: &[Chunk],
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
) -> Vec<CountedMessage> {
    let bucket = figure.plan().buckets()[figure.bucket()];
    let range = bucket.start..bucket.end;
    let mut page: BTreeMap<(&AccountId, &MessageId), u64> = BTreeMap::new();
    let mut steps = chunks.chunks(STEP).peekable();
    while let Some(step) = steps.next() {
        for stored in step.iter().flat_map(|chunk| chunk.iter()) {
            let message = &stored.message;
            let key = (message.account(), message.id());
            let is_before = after.is_some_and(|(account, id)| key <= (account, id));
            let is_beyond = page.len() >= limit && page.last_key_value().is_none_or(|(last, _)| key > *last);
            if is_before || is_beyond || !message.touches(&range) {
                continue;
            }
            let count = figure.count(message);
            if count > 0 {
                page.insert(key, count);
            }
            if page.len() > limit {
                page.pop_last();
            }
        }
        if steps.peek().is_some() {
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
