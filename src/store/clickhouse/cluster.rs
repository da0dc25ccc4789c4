//! The servers, one for each shard.

use std::pin::Pin;
use std::task::Poll;

use super::error::ClickHouseError;
use super::node::Node;
use super::options::ClickHouseOptions;
use super::schema;

/// The servers, one for each shard. The first also keeps which batches are complete.
#[derive(Debug)]
pub(super) struct Cluster {
    nodes: Vec<Node>,
}

impl Cluster {
    /// Connects to the servers, and makes what is missing of their tables.
    pub(super) async fn connect(options: &ClickHouseOptions) -> Result<Self, ClickHouseError> {
        check_name("database", &options.database)?;
        if let Some(cluster) = &options.cluster {
            check_name("cluster", cluster)?;
        }
        let mut nodes = Vec::new();
        for url in &options.nodes {
            let server = Node::new(url, options);
            nodes.push(schema::prepare(&server, &options.database, options.cluster.as_deref()).await?);
        }
        if nodes.is_empty() { Err(ClickHouseError::NoNodes) } else { Ok(Self { nodes }) }
    }

    /// Returns the server that keeps which batches are complete.
    pub(super) fn first(&self) -> &Node {
        // There is at least one.
        &self.nodes[0]
    }

    /// Returns the index of the shard that has the messages with a hash.
    pub(super) fn shard(&self, hash: u64) -> usize {
        let count = self.nodes.len() as u64;
        usize::try_from(hash % count).unwrap_or_default()
    }

    /// Returns all servers, in the order of their shards.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Asks all shards at once, and returns their answers in their order, or the first error.
    pub(super) async fn all<'a, T, E, F>(&'a self, ask: impl Fn(usize, &'a Node) -> F) -> Result<Vec<T>, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let answers = self.nodes.iter().enumerate().map(|(shard, node)| ask(shard, node)).collect();
        at_once(answers).await.into_iter().collect()
    }
}

/// Waits for all futures at once.
async fn at_once<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in waiting.iter_mut().zip(&mut outputs).filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

/// Checks a name that is written into statements as it is.
fn check_name(what: &'static str, name: &str) -> Result<(), ClickHouseError> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match is_plain && (1..=64).contains(&name.len()) {
        true => Ok(()),
        false => Err(ClickHouseError::Name { what, found: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_written_into_statements() {
        for name in ["mailtally", "a1_B"] {
            assert!(check_name("database", name).is_ok());
        }
        let long = "a".repeat(65);
        for name in ["", "a-b", "a.b", "`", "a b", "ä", "a'; DROP", &long] {
            assert!(check_name("database", name).is_err(), "{name}");
        }
    }
}
