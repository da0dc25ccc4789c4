//! Mail that goes through a content filter and comes back under another queue id: one message with one delivery.
//!
//! A delivery was only a handing over if its mail came back, which another line tells: that of the queue file that the
//! filter's answer names (`queued as`), or that of a queue file with the same message id from the host that took the mail.
//! Such a line mostly precedes the delivery's. Where it may follow, the event waits for it.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::entry::Program;
use super::queue::Queue;
use super::queue_file::{Origin, QueueFile};
use super::queue_key::QueueKey;
use super::text::Attempt;
use crate::event::Event;
use crate::source::hash::hash;

/// A delivery that may have been to a content filter. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    search: Search,
    pub(super) origin: Origin,
    /// How long the mail may take to come back after the line of the delivery.
    wait: i64,
}

/// A search for the queue file by which mail came back.
#[derive(Clone, Copy, Debug)]
struct Search {
    /// The queue file that was delivered.
    from: QueueKey,
    /// The time of its first line.
    since: i64,
    /// Whether no file with its message id was known before it.
    is_first: bool,
    /// The hash of the recipient.
    recipient: u64,
    target: Target,
}

/// What tells that mail came back.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// A queue file with the id of this key, at any host.
    QueueId(QueueKey),
    /// A queue file with a message id of this hash, from the client with this hash.
    MessageId { hash: u64, client: u64 },
}

/// The queue file by which mail came back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Returned {
    pub(super) key: QueueKey,
    /// Whether it is for the same recipient; if not, no recipient of it is known yet.
    pub(super) is_certain: bool,
}

/// The hosts of a log, as the hashes of their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(Vec<u64>);

impl Hosts {
    const MAX_HOSTS: usize = 64;

    /// Adds a host.
    pub(super) fn insert(&mut self, host: u64) {
        if self.0.len() < Self::MAX_HOSTS && !self.0.contains(&host) {
            self.0.push(host);
        }
    }
}

impl Claim {
    /// How long mail takes to come back that a filter takes before its answer.
    const WAIT: i64 = 2;

    /// How long mail takes to come back that a program takes, and how long it takes until its next attempt.
    const LONG_WAIT: i64 = 60;

    /// How far the clocks of two hosts may differ.
    const MAX_SKEW: i64 = 60;

    /// Returns the claim of an attempt of `program` that delivered the queue file of `key` to the recipient with the hash
    /// `recipient`; `None` if no filter can have taken it.
    pub(super) fn new(
        key: QueueKey,
        file: &QueueFile,
        attempt: &Attempt<'_>,
        recipient: u64,
        program: Program,
    ) -> Option<Self> {
        let is_first = file.filtered.is_none();
        let search = |target| Search { from: key, since: file.first_at, is_first, recipient, target };
        let claim = |target, wait| Self { search: search(target), origin: file.origin(key), wait };
        let by_id = attempt.reply.and_then(queued_as).and_then(|id| QueueKey::new(key.host(), id));
        if let Some(other) = by_id.filter(|other| *other != key) {
            return Some(claim(Target::QueueId(other), Self::WAIT));
        }
        let hash = Some(file.message_id).filter(|hash| *hash != 0)?;
        match program {
            Program::Pipe => Some(claim(Target::MessageId { hash, client: 0 }, Self::LONG_WAIT)),
            Program::Smtp | Program::Relay | Program::Lmtp => {
                let address = attempt.relay.and_then(address_of)?;
                // Servers of others take mail at port 25, and do not hand it back.
                let wait = if is_loopback(address) || attempt.mx_host().is_none() { Self::WAIT } else { 0 };
                Some(claim(Target::MessageId { hash, client: client_hash(address) }, wait))
            }
            Program::Smtpd
            | Program::Cleanup
            | Program::QueueManager
            | Program::Discard
            | Program::Error
            | Program::Local
            | Program::Retry
            | Program::Virtual
            | Program::Other => None,
        }
    }

    /// Returns the queue file by which the mail came back, if it did.
    pub(super) fn returned(&self, queue: &Queue, hosts: &Hosts) -> Option<Returned> {
        self.search.run(queue, hosts)
    }

    /// Returns whether no other queue file with the same message id is known, by which alone the mail could have come back.
    pub(super) fn is_alone(&self, queue: &Queue) -> bool {
        self.search.is_alone(queue)
    }

    /// Returns the claim of mail that seems to have come back, but of which the recipient is not known yet.
    pub(super) fn until_attempt(self) -> Self {
        Self { wait: Self::LONG_WAIT, ..self }
    }
}

impl Search {
    fn is_alone(&self, queue: &Queue) -> bool {
        match self.target {
            Target::QueueId(_) => false,
            Target::MessageId { hash, .. } => self.is_first && queue.is_latest(self.from, hash),
        }
    }

    /// Returns the queue file that is searched for, if it is known.
    fn run(&self, queue: &Queue, hosts: &Hosts) -> Option<Returned> {
        match self.target {
            Target::QueueId(key) => {
                let is_later = |key: &QueueKey| {
                    let skew = if key.host() == self.from.host() { 0 } else { Claim::MAX_SKEW };
                    queue.get(*key).is_some_and(|file| file.first_at >= self.since - skew)
                };
                let others = hosts.0.iter().map(|host| key.at_host(*host));
                let found = std::iter::once(key).chain(others).find(is_later)?;
                Some(Returned { key: found, is_certain: true })
            }
            Target::MessageId { hash, client } => {
                let mut possible = None;
                for (key, file) in queue.with_message_id(hash) {
                    if key == self.from || file.client != client || file.first_at < self.since {
                        continue;
                    }
                    match file.is_for(self.recipient) {
                        Some(true) => return Some(Returned { key, is_certain: true }),
                        Some(false) => possible = possible.or(Some(Returned { key, is_certain: false })),
                        None => {}
                    }
                }
                possible
            }
        }
    }
}

fn id_hash(key: &QueueKey) -> u64 {
    hash(1, key.id())
}

/// Returns the hash of a client's address.
pub(super) fn client_hash(address: &[u8]) -> u64 {
    // 0 stands for no client.
    hash(0, address).max(1)
}

/// Returns the hash of the address in `HOST[ADDRESS]`; 0 if there is none.
pub(super) fn client_of(text: &[u8]) -> u64 {
    address_of(text).map_or(0, client_hash)
}

/// Returns `ADDRESS` of `HOST[ADDRESS]:PORT`.
fn address_of(text: &[u8]) -> Option<&[u8]> {
    let start = memchr::memchr(b'[', text)? + 1;
    let end = memchr::memchr(b']', &text[start..])?;
    Some(&text[start..start + end])
}

fn is_loopback(address: &[u8]) -> bool {
    address.starts_with(b"127.") || address == b"::1"
}

/// Returns the queue id that follows `queued as ` in an answer.
#[inline]
fn queued_as(reply: &[u8]) -> Option<&[u8]> {
    // Faster than to search for the whole in such a short text.
    let start = memchr::memrchr_iter(b'q', reply).find(|&at| reply[at..].starts_with(b"queued as "))?
        + b"queued as ".len();
    let rest = &reply[start..];
    // Most answers that have one end with it.
    let end =
        memchr::memchr(b' ', rest).and_then(|_| rest.iter().position(|byte| !byte.is_ascii_alphanumeric()));
    Some(&rest[..end.unwrap_or(rest.len())])
}

/// Events of deliveries that wait for a line which shows that they were none.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// Those that wait shortly, and those that wait long, in the order of their lines.
    events: [VecDeque<(i64, Search, Event)>; 2],
    /// The origins of mail that may come back, by the hash of the queue id that it has then.
    of_files: FxHashMap<u64, Origin>,
    /// The same, by the hash of its message id.
    of_messages: FxHashMap<u64, OfMessage>,
    /// The second at whose end the first event has waited long enough.
    due: Option<i64>,
}

/// The origin of mail that may come back with its message id.
#[derive(Clone, Copy, Debug)]
struct OfMessage {
    origin: Origin,
    /// Whether no other queue file with the message id is known, so that the mail cannot have come back.
    is_alone: bool,
}

impl Waiting {
    /// The number of events that wait in each order.
    const MAX_EVENTS: usize = 1 << 15;

    /// Keeps the event of a delivery at the second `at`; returns it if it need not wait.
    /// `is_alone` is that of the claim.
    pub(super) fn keep(&mut self, at: i64, claim: Claim, is_alone: bool, event: Event) -> Option<Event> {
        let events = &mut self.events[usize::from(claim.wait > Claim::WAIT)];
        // An event that must be refused does not wait, so that the error is that of its line.
        if claim.wait == 0 || events.len() >= Self::MAX_EVENTS || event.check().is_err() {
            return Some(event);
        }
        match claim.search.target {
            Target::QueueId(key) => {
                self.of_files.insert(id_hash(&key), claim.origin);
            }
            Target::MessageId { hash, .. } => {
                let new = OfMessage { origin: claim.origin, is_alone };
                let of_message = self.of_messages.entry(hash).or_insert(new);
                // Of two deliveries with the same message id, both must be alone.
                *of_message = OfMessage { is_alone: is_alone && of_message.is_alone, ..new };
            }
        }
        let due = at + claim.wait;
        // The lines of a log are in order, so that the first that came waits shortest.
        if events.is_empty() {
            self.due = Some(self.due.map_or(due, |first| first.min(due)));
        }
        events.push_back((due, claim.search, event));
        None
    }

    /// Returns whether no event waits.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.of_files.is_empty() && self.of_messages.is_empty()
    }

    /// Returns whether an event has waited until the second `at`.
    #[inline]
    pub(super) fn is_due(&self, at: i64) -> bool {
        self.due.is_some_and(|due| due < at)
    }

    /// Returns the origin of the queue file of `key` if its mail was waited for.
    pub(super) fn origin_of_file(&self, key: &QueueKey) -> Option<Origin> {
        if self.of_files.is_empty() { None } else { self.of_files.get(&id_hash(key)).copied() }
    }

    /// Notes that a queue file has a message id of this hash; returns the origin of its mail if it was waited for.
    pub(super) fn see_message_id(&mut self, hash: u64) -> Option<Origin> {
        let of_message = self.of_messages.get_mut(&hash)?;
        of_message.is_alone = false;
        Some(of_message.origin)
    }

    /// Appends to `out` the events that have waited until the second `at`, and whose mail has not come back.
    pub(super) fn release(&mut self, at: i64, queue: &Queue, hosts: &Hosts, out: &mut impl Extend<Event>) {
        for events in &mut self.events {
            while events.front().is_some_and(|(due, ..)| *due < at) {
                let Some((_, search, event)) = events.pop_front() else { break };
                let is_alone = match search.target {
                    Target::QueueId(key) => {
                        self.of_files.remove(&id_hash(&key));
                        false
                    }
                    Target::MessageId { hash, .. } => {
                        self.of_messages.remove(&hash).is_some_and(|of_message| of_message.is_alone)
                    }
                };
                if is_alone || search.run(queue, hosts).is_none() {
                    out.extend([event]);
                }
            }
        }
        self.due = self.events.iter().filter_map(|events| events.front().map(|(due, ..)| *due)).min();
        // Two deliveries may have waited for the same.
        if self.events.iter().all(VecDeque::is_empty) {
            self.of_files.clear();
            self.of_messages.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_queue_file() {
        for (reply, id) in [
            ("250 2.0.0 Ok: queued as 4C01A1B2C3D02", Some("4C01A1B2C3D02")),
            ("250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4C01", Some("4C01")),
            ("250 2.6.0 Ok: queued as 4C01, id=1", Some("4C01")),
            ("250 2.0.0 Ok", None),
            ("250", None),
        ] {
            assert_eq!(queued_as(reply.as_bytes()), id.map(str::as_bytes), "{reply}");
        }
    }
}
