//! Answering questions.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::error::{Error, NAME};
use super::reading::Reading;
use super::sums::cube;
use super::tables::{ACCOUNTS, ALL_ACCOUNTS, THINNED, accounts, has_nul, history, levels};
use crate::counted::{Counted, Provenance};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::{Plan, Row};
use crate::query::Scope;
use crate::store::relational::{Answer, Question};

/// Accounts by number, each with its place in the answer.
type Accounts = BTreeMap<i64, (u32, AccountId)>;

/// Counts what plans select, all over one state.
pub(super) async fn count(reading: &Reading<'_>, plans: &[Plan]) -> Result<Counted, Error> {
    let levels = levels(&reading.query(THINNED, &[]).await?)?;
    let (mut rows, mut provenance) = (Vec::with_capacity(plans.len()), Provenance::default());
    for plan in plans {
        let question = Question::new(plan, &levels);
        rows.push(rows_of(reading, &question).await?);
        provenance.thinned.extend(&question.thinned);
        provenance.paths.extend(question.paths().map(Into::into));
    }
    Ok(Counted::new(rows).provenance(provenance))
}

/// Returns the events of one message, in their order.
pub(super) async fn events(
    reading: &Reading<'_>,
    account: &AccountId,
    id: &MessageId,
) -> Result<Vec<Event>, Error> {
    if has_nul(account.as_str()) || has_nul(id.as_str()) {
        return Ok(Vec::new());
    }
    let select = "SELECT history FROM messages
                  WHERE a = (SELECT a FROM accounts WHERE account = $1) AND message = $2";
    let rows = reading.query(select, &[&account.as_str(), &id.as_str()]).await?;
    match rows.first() {
        Some(row) => Ok(history(account, id, row, 0)?.events),
        None => Ok(Vec::new()),
    }
}

/// Returns a page of the messages of a figure.
pub(super) async fn messages(
    reading: &Reading<'_>,
    figure: &Figure,
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
) -> Result<Vec<CountedMessage>, Error> {
    let levels = levels(&reading.query(THINNED, &[]).await?)?;
    let question = Question::of_messages(figure.plan(), figure.bucket(), &levels);
    let in_scope = in_scope(reading, question.plan.scope).await?;
    // An answer without the messages: it fails if the figure is of a time of which only sums are kept.
    let mut answer = Answer::new(&question, NAME);
    let places = places(&in_scope, &mut answer);
    read_sums(reading, &question, &places, &mut answer).await?;
    answer.finish()?;
    let asked = in_scope
        .into_iter()
        .filter(|(a, account)| places.contains_key(a) && after.is_none_or(|(before, _)| account >= before));
    page(reading, (figure, &question), &asked.collect::<Vec<_>>(), after, limit).await
}

async fn rows_of(reading: &Reading<'_>, question: &Question<'_>) -> Result<Vec<Row>, Error> {
    let mut answer = Answer::new(question, NAME);
    let accounts = places(&in_scope(reading, question.plan.scope).await?, &mut answer);
    read_sums(reading, question, &accounts, &mut answer).await?;
    read_messages(reading, question, &accounts, &mut answer).await?;
    Ok(answer.finish()?)
}

/// Returns the accounts of a scope with their numbers, ascending by account.
async fn in_scope(reading: &Reading<'_>, scope: &Scope) -> Result<Vec<(i64, AccountId)>, Error> {
    let names: Vec<&str> = match scope {
        Scope::Account(one) => vec![one.as_str()],
        Scope::Accounts(several) => several.iter().map(AccountId::as_str).collect(),
        Scope::All => return accounts(&reading.query(ALL_ACCOUNTS, &[]).await?),
    };
    let names: Vec<&str> = names.into_iter().filter(|name| !has_nul(name)).collect();
    let mut known = accounts(&reading.query(ACCOUNTS, &[&names]).await?)?;
    known.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
    Ok(known)
}

/// Returns the accounts that are counted.
fn places(in_scope: &[(i64, AccountId)], answer: &mut Answer<'_>) -> Accounts {
    let place = |(a, account): &(i64, AccountId)| Some((*a, (answer.account(account)?, account.clone())));
    in_scope.iter().filter_map(place).collect()
}

/// Reads the sums that a question needs.
async fn read_sums(
    reading: &Reading<'_>,
    question: &Question<'_>,
    accounts: &Accounts,
    answer: &mut Answer<'_>,
) -> Result<(), Error> {
    let wanted = question.sums();
    if wanted.is_empty() || accounts.is_empty() {
        return Ok(());
    }
    let cubes: Vec<i16> = wanted.iter().map(|(cube, _)| i16::from(*cube)).collect();
    let (starts, ends): (Vec<i32>, Vec<i32>) = wanted.iter().map(|(_, days)| (days.start, days.end)).unzip();
    let numbers: Vec<i64> = accounts.keys().copied().collect();
    // `OFFSET 0` keeps the planner from making another join of it.
    let by_day = "SELECT wanted.a, asked.cube, known.day, known.cells
         FROM unnest($1::smallint[], $2::integer[], $3::integer[]) AS asked (cube, start, stop)
         CROSS JOIN unnest($4::bigint[]) AS wanted (a)
         CROSS JOIN LATERAL (
             SELECT day, cells FROM sums
             WHERE sums.a = wanted.a AND sums.cube = asked.cube
                 AND sums.day >= asked.start AND sums.day < asked.stop
             OFFSET 0
         ) AS known";
    let mut rows = reading.rows(by_day, &[&cubes, &starts, &ends, &numbers]).await?;
    while let Some(some) = rows.next().await? {
        for row in some {
            if let Some((place, _)) = accounts.get(&row.try_get(0)?) {
                answer.add_sums(*place, cube(row.try_get(1)?)?, row.try_get(2)?, row.try_get(3)?)?;
            }
        }
    }
    let recent = "SELECT wanted.a, known.sums FROM unnest($1::bigint[]) AS wanted (a)
         CROSS JOIN LATERAL (SELECT sums FROM recent_sums WHERE recent_sums.a = wanted.a OFFSET 0) AS known";
    let mut rows = reading.rows(recent, &[&numbers]).await?;
    while let Some(some) = rows.next().await? {
        for row in some {
            if let Some((place, _)) = accounts.get(&row.try_get(0)?) {
                answer.add_recent(*place, row.try_get(1)?)?;
            }
        }
    }
    Ok(())
}

/// Reads the messages that can have an event or their creation in what no sums tell.
async fn read_messages(
    reading: &Reading<'_>,
    question: &Question<'_>,
    accounts: &Accounts,
    answer: &mut Answer<'_>,
) -> Result<(), Error> {
    let ranges = question.message_days();
    let numbers: Vec<i64> = accounts.keys().copied().collect();
    let by_day = "SELECT wanted.a, known.n, known.message, known.history
         FROM unnest($1::bigint[]) AS wanted (a)
         CROSS JOIN LATERAL (
             SELECT n, message, history FROM messages
             WHERE messages.a = wanted.a AND last_day >= $2 AND first_day < $3
             OFFSET 0
         ) AS known";
    let mut seen = FxHashSet::default();
    for days in ranges.iter().filter(|_| !accounts.is_empty()) {
        let mut rows = reading.rows(by_day, &[&numbers, &days.start, &days.end]).await?;
        while let Some(some) = rows.next().await? {
            for row in some {
                let is_new = ranges.len() == 1 || seen.insert(row.try_get::<_, i64>(1)?);
                if let Some((_, account)) = accounts.get(&row.try_get(0)?)
                    && is_new
                {
                    let id = MessageId::from(row.try_get::<_, &str>(2)?);
                    answer.add_message(account, &history(account, &id, &row, 3)?)?;
                }
            }
        }
    }
    Ok(())
}

/// Reads a page of messages of accounts, ascending.
async fn page(
    reading: &Reading<'_>,
    (figure, question): (&Figure, &Question<'_>),
    accounts: &[(i64, AccountId)],
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
) -> Result<Vec<CountedMessage>, Error> {
    let by_number: BTreeMap<i64, &AccountId> = accounts.iter().map(|(a, account)| (*a, account)).collect();
    let numbers: Vec<i64> = accounts.iter().map(|(a, _)| *a).collect();
    let start = |(_, account): &(i64, AccountId)| match after {
        Some((same, message)) if account == same => before_nul(message.as_str()),
        // No id is empty.
        Some(_) | None => "",
    };
    let starts: Vec<&str> = accounts.iter().map(start).collect();
    let by_id = "SELECT wanted.a, known.message, known.history
         FROM unnest($1::bigint[], $2::text[]) AS wanted (a, start)
         CROSS JOIN LATERAL (
             SELECT message, history FROM messages
             WHERE messages.a = wanted.a AND message > wanted.start AND last_day >= $3 AND first_day < $4
             ORDER BY message
             OFFSET 0
         ) AS known";
    let mut page = Vec::new();
    for days in question.message_days() {
        let mut rows = reading.rows(by_id, &[&numbers, &starts, &days.start, &days.end]).await?;
        while page.len() < limit
            && let Some(some) = rows.next().await?
        {
            for row in some {
                let Some(account) = by_number.get(&row.try_get(0)?) else { continue };
                let id = MessageId::from(row.try_get::<_, &str>(1)?);
                let history = history(account, &id, &row, 2)?;
                let settled = history.settle();
                let count = figure.count_known(&settled.known(account), settled.known_events());
                if count > 0 && page.len() < limit {
                    page.push(CountedMessage { account: (*account).clone(), message: id, count });
                }
            }
        }
    }
    Ok(page)
}

/// Returns a text up to its first NUL character: texts without such characters are greater than it exactly if they are greater than
/// the whole text.
fn before_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or(text)
}
