//! The messages that a figure is made of.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;

use super::account::Account;
use super::clock::Clock;
use super::columns::Part;
use super::day::DayPart;
use super::dictionary::ABSENT;
use super::parallel::Yield;
use super::question::Question;
use super::segment::Segment;
use super::split::check_kept;
use super::tables::{NOT_KEPT, Table};
use crate::contribution::{Known, KnownEvent};
use crate::dimension::Dimension;
use crate::event::{AccountId, MessageId};
use crate::event_type::EventType;
use crate::figure::{CountedMessage, Figure};
use crate::query::Timing;
use crate::store::StoreError;
use crate::store::piece::Piece;

/// The number of messages that are looked at between two points at which the caller can stop.
const STEP: usize = 1 << 15;

/// The first messages of a figure, ascending by account, then by id.
struct Page<'a> {
    figure: &'a Figure,
    after: Option<&'a (AccountId, MessageId)>,
    limit: usize,
    messages: BTreeMap<(&'a str, &'a str), u64>,
}

/// Tells which messages of an account may be in a figure.
struct Candidates<'a> {
    timing: Timing,
    clock: Clock,
    /// The code of each value of the group; `None` if no mail of the account has it.
    group: Vec<Option<u32>>,
    tables: [Table<'a>; 3],
    /// A bit for each event type that the figure counts; `None` if it counts statuses.
    event_types: Option<u64>,
}

/// Returns the first `limit` messages of a figure after the message `after`, ascending by account, then by id.
///
/// # Errors
///
/// [`StoreError::Thinned`] if the events of the figure were dropped.
pub(super) async fn page(
    figure: &Figure,
    accounts: &[Arc<Account>],
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
) -> Result<Vec<CountedMessage>, StoreError> {
    let question = Question::new(figure.plan());
    let mut page = Page { figure, after, limit, messages: BTreeMap::new() };
    let mut steps = 0;
    for account in accounts.iter().filter(|account| question.keeps(&account.id)) {
        let mut candidates = Candidates::new(&question, figure, account);
        check_kept(&question, account, candidates.clock.pieces())?;
        for part in account.days.iter().flat_map(|day| &day.parts) {
            if !candidates.overlaps(&part.segment) {
                continue;
            }
            for row in part.rows() {
                page.add(account, part, row, &mut candidates);
            }
            steps += part.segment.len();
            if steps > STEP {
                steps = 0;
                Yield::default().await;
            }
        }
    }
    let counted = |((account, message), count): ((&str, &str), u64)| CountedMessage {
        account: account.into(),
        message: message.into(),
        count,
    };
    Ok(page.messages.into_iter().map(counted).collect())
}

impl<'a> Page<'a> {
    /// Adds a message if it is in the figure and among the first ones so far.
    fn add(&mut self, account: &'a Account, part: &'a DayPart, row: usize, candidates: &mut Candidates<'_>) {
        let key = (account.id.as_str(), part.segment.id(row));
        let is_before = self.after.is_some_and(|(account, id)| key <= (account.as_str(), id.as_str()));
        let is_full = self.messages.len() >= self.limit;
        let is_beyond = is_full && self.messages.last_key_value().is_none_or(|(last, _)| key > *last);
        if is_before || is_beyond || !candidates.may_count(&part.segment, row) {
            return;
        }
        let count = count(self.figure, account, &part.segment, row);
        if count > 0 {
            self.messages.insert(key, count);
        }
        if self.messages.len() > self.limit {
            self.messages.pop_last();
        }
    }
}

impl<'a> Candidates<'a> {
    fn new(question: &'a Question<'a>, figure: &Figure, account: &'a Account) -> Self {
        let (plan, dictionary) = (question.plan, &*account.dictionary);
        let edges = figure.plan().edges_in_millis();
        let (start, end) = (edges[figure.bucket()], edges[figure.bucket() + 1]);
        let code = |(dimension, value): (&Dimension, &Option<Arc<str>>)| match value {
            None => Some(ABSENT),
            Some(value) => dictionary.code(*dimension, value),
        };
        let table = |part| Table::new(part, dictionary, &question.filters, plan.dimensions);
        let event_types = figure.metric().kind().map(|_| {
            let counted = EventType::ALL.into_iter().filter(|event_type| figure.metric().counts(*event_type));
            counted.fold(0, |bits, event_type| bits | event_type.bit())
        });
        Self {
            timing: plan.timing,
            clock: Clock::of_few(vec![Piece { start, end, bucket: 0 }]),
            group: plan.dimensions.iter().zip(figure.group().iter()).map(code).collect(),
            tables: [table(Part::Sender), table(Part::Recipient), table(Part::Content)],
            event_types,
        }
    }

    fn overlaps(&self, segment: &Segment) -> bool {
        let (first, last) = segment.span(self.timing);
        self.clock.overlaps(first, last)
    }

    /// Returns whether a message may be in the figure: the filters and values of events are not looked at.
    fn may_count(&mut self, segment: &Segment, row: usize) -> bool {
        let created = segment.created(row);
        let has_event = match (self.event_types, self.timing) {
            (None, _) | (_, Timing::Send) => self.clock.bucket(created).is_some(),
            (Some(event_types), Timing::Event) => segment.events_of(row).any(|event| {
                let of_type = event_types >> segment.events.mark[event].type_index() & 1 > 0;
                of_type && self.clock.bucket(segment.at(created, event)).is_some()
            }),
        };
        let facts = segment.facts(row);
        has_event
            && self.tables.iter_mut().zip([facts.sender, facts.recipient, facts.content]).all(
                |(table, code)| {
                    let group = &self.group;
                    let is_group = |table: &Table<'_>, local| {
                        table.values(local).iter().all(|(index, code)| group[*index] == Some(*code))
                    };
                    match table.answer(code) {
                        NOT_KEPT => false,
                        answer => match table.list(answer) {
                            None => is_group(table, answer),
                            Some(several) => several.iter().any(|local| is_group(table, *local)),
                        },
                    }
                },
            )
    }
}

/// Returns how often a message is counted in a figure.
fn count(figure: &Figure, account: &Account, segment: &Segment, row: usize) -> u64 {
    let (history, dictionary) = (segment.history(row), &account.dictionary);
    let instant = |at| DateTime::from_timestamp_millis(at).unwrap_or_default();
    let known = Known {
        account: &account.id,
        fields: dictionary.message_fields(&history.facts),
        created: instant(history.created),
        status: history.status,
    };
    let events = history.entries.iter().map(|entry| KnownEvent {
        at: instant(entry.at),
        event_type: entry.event_type,
        own: Cow::Owned(dictionary.event_fields(entry.own)),
        first_of: entry.first_of,
    });
    figure.count_known(&known, events)
}
