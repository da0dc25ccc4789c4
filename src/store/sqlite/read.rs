//! Answering questions.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::{Connection, Transaction, params};
use rustc_hash::FxHashSet;

use super::error::{Error, NAME};
use super::tables::{account_number, all_accounts, blob, history, levels, message, text};
use crate::counted::{Counted, Provenance};
use crate::event::{AccountId, Event, MessageId};
use crate::figure::{CountedMessage, Figure};
use crate::plan::{Plan, Row};
use crate::query::Scope;
use crate::store::levels::Levels;
use crate::store::relational::{Answer, Question};

/// The number of accounts up to which each is asked for alone.
const MAX_ASKED_ALONE: usize = 16;

/// Accounts by number, each with its place in the answer.
type Accounts = BTreeMap<i64, (u32, AccountId)>;

/// Counts what plans select, all over one state. `is_wanted` returns whether the answer is still waited for.
pub(super) fn count(
    connection: &mut Connection,
    plans: &[Plan],
    is_wanted: &dyn Fn() -> bool,
) -> Result<Counted, Error> {
    let reading = Reading { transaction: connection.transaction()?, is_wanted };
    let levels = levels(&reading.transaction)?;
    let (mut rows, mut provenance) = (Vec::with_capacity(plans.len()), Provenance::default());
    for plan in plans {
        let question = Question::new(plan, &levels);
        rows.push(reading.rows(&question)?);
        provenance.thinned.extend(&question.thinned);
        provenance.paths.extend(question.paths().map(Into::into));
    }
    Ok(Counted::new(rows).provenance(provenance))
}

/// Returns the events of one message, in their order.
pub(super) fn events(
    connection: &mut Connection,
    account: &AccountId,
    id: &MessageId,
) -> Result<Vec<Event>, Error> {
    let transaction = connection.transaction()?;
    let Some(a) = account_number(&transaction, account)? else { return Ok(Vec::new()) };
    Ok(message(&transaction, a, account, id)?.map_or_else(Vec::new, |(_, history)| history.events))
}

/// Returns a page of the messages of a figure.
pub(super) fn messages(
    connection: &mut Connection,
    figure: &Figure,
    after: Option<&(AccountId, MessageId)>,
    limit: usize,
    is_wanted: &dyn Fn() -> bool,
) -> Result<Vec<CountedMessage>, Error> {
    let reading = Reading { transaction: connection.transaction()?, is_wanted };
    let levels = levels(&reading.transaction)?;
    reading.page(figure, &levels, after, limit)
}

/// One state of the database.
struct Reading<'c> {
    transaction: Transaction<'c>,
    is_wanted: &'c dyn Fn() -> bool,
}

impl Reading<'_> {
    fn rows(&self, question: &Question<'_>) -> Result<Vec<Row>, Error> {
        let mut answer = Answer::new(question, NAME);
        let mut accounts = Accounts::new();
        for (a, account) in self.accounts(question.plan.scope)? {
            if let Some(place) = answer.account(&account) {
                accounts.insert(a, (place, account));
            }
        }
        self.read_sums(question, &accounts, &mut answer)?;
        for (a, (_, account)) in &accounts {
            self.read_messages(question, *a, account, &mut answer)?;
        }
        Ok(answer.finish()?)
    }

    /// Returns the accounts of a scope with their numbers, ascending by account.
    fn accounts(&self, scope: &Scope) -> Result<Vec<(i64, AccountId)>, Error> {
        let known = |account: &AccountId| {
            let number = account_number(&self.transaction, account);
            number.map(|number| number.map(|number| (number, account.clone()))).transpose()
        };
        match scope {
            Scope::Account(one) => known(one).into_iter().collect(),
            Scope::Accounts(several) => several.iter().filter_map(known).collect(),
            Scope::All => all_accounts(&self.transaction),
        }
    }

    fn read_sums(
        &self,
        question: &Question<'_>,
        accounts: &Accounts,
        answer: &mut Answer<'_>,
    ) -> Result<(), Error> {
        let wanted = question.sums();
        if wanted.is_empty() || accounts.is_empty() {
            return Ok(());
        }
        if accounts.len() <= MAX_ASKED_ALONE {
            for a in accounts.keys() {
                for (cube, days) in &wanted {
                    self.read_days(*cube, days, Some(*a), accounts, answer)?;
                }
                self.read_recent(Some(*a), accounts, answer)?;
            }
            return Ok(());
        }
        for (cube, days) in &wanted {
            self.read_days(*cube, days, None, accounts, answer)?;
        }
        self.read_recent(None, accounts, answer)
    }

    /// Reads the sums of a cube on some days, of one account or of all.
    fn read_days(
        &self,
        cube: u8,
        days: &Range<i32>,
        only: Option<i64>,
        accounts: &Accounts,
        answer: &mut Answer<'_>,
    ) -> Result<(), Error> {
        let sql = match only {
            Some(_) => "SELECT a, day, cells FROM sums WHERE cube = ?1 AND day >= ?2 AND day < ?3 AND a = ?4",
            None => {
                "SELECT a, day, cells FROM sums WHERE cube = ?1 AND day >= ?2 AND day < ?3 AND ?4 IS NULL"
            }
        };
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows = statement.query(params![cube, days.start, days.end, only])?;
        while let Some(row) = rows.next()? {
            self.check_wanted()?;
            if let Some((place, _)) = accounts.get(&row.get(0)?) {
                let cells = blob(row, 2)?;
                answer.add_sums(*place, cube, row.get(1)?, cells)?;
            }
        }
        Ok(())
    }

    /// Reads the sums that are not merged yet, of one account or of all.
    fn read_recent(
        &self,
        only: Option<i64>,
        accounts: &Accounts,
        answer: &mut Answer<'_>,
    ) -> Result<(), Error> {
        let sql = match only {
            Some(_) => "SELECT a, sums FROM recent_sums WHERE a = ?1",
            None => "SELECT a, sums FROM recent_sums WHERE ?1 IS NULL",
        };
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows = statement.query([only])?;
        while let Some(row) = rows.next()? {
            if let Some((place, _)) = accounts.get(&row.get(0)?) {
                answer.add_recent(*place, blob(row, 1)?)?;
            }
        }
        Ok(())
    }

    /// Reads the messages of an account that can have an event or their creation in what no sums tell.
    fn read_messages(
        &self,
        question: &Question<'_>,
        a: i64,
        account: &AccountId,
        answer: &mut Answer<'_>,
    ) -> Result<(), Error> {
        let days = question.message_days();
        let mut seen = FxHashSet::default();
        let mut statement = self.transaction.prepare_cached(
            "SELECT n, message, history FROM messages INDEXED BY messages_by_day
             WHERE a = ?1 AND last_day >= ?2 AND first_day < ?3",
        )?;
        for range in &days {
            let mut rows = statement.query(params![a, range.start, range.end])?;
            while let Some(row) = rows.next()? {
                self.check_wanted()?;
                let is_new = days.len() == 1 || seen.insert(row.get::<_, i64>(0)?);
                if is_new {
                    let id = MessageId::from(text(row, 1)?);
                    let bytes = blob(row, 2)?;
                    answer.add_message(account, &history(account, &id, bytes)?)?;
                }
            }
        }
        Ok(())
    }

    fn page(
        &self,
        figure: &Figure,
        levels: &Levels,
        after: Option<&(AccountId, MessageId)>,
        limit: usize,
    ) -> Result<Vec<CountedMessage>, Error> {
        let question = Question::of_messages(figure.plan(), figure.bucket(), levels);
        // An answer without the messages: it fails if the figure is of a time of which only sums are kept.
        let mut answer = Answer::new(&question, NAME);
        let accounts = self.accounts(question.plan.scope)?;
        let places = accounts
            .iter()
            .filter_map(|(a, account)| Some((*a, (answer.account(account)?, account.clone()))));
        let places: Accounts = places.collect();
        self.read_sums(&question, &places, &mut answer)?;
        answer.finish()?;
        let mut page = Vec::new();
        for (a, account) in accounts.iter().filter(|(a, _)| places.contains_key(a)) {
            let last = match after {
                Some((before, _)) if account < before => continue,
                Some((same, message)) if account == same => Some(message),
                Some(_) | None => None,
            };
            for days in question.message_days() {
                self.read_page(figure, (*a, account), &days, last, limit, &mut page)?;
            }
        }
        Ok(page)
    }

    /// Adds the messages of an account to a page that has at most `limit`.
    fn read_page(
        &self,
        figure: &Figure,
        (a, account): (i64, &AccountId),
        days: &Range<i32>,
        after: Option<&MessageId>,
        limit: usize,
        page: &mut Vec<CountedMessage>,
    ) -> Result<(), Error> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT message, history FROM messages INDEXED BY messages_by_id
             WHERE a = ?1 AND message > ?2 AND last_day >= ?3 AND first_day < ?4 ORDER BY message",
        )?;
        // No id is empty.
        let after = after.map_or("", MessageId::as_str);
        let mut rows = statement.query(params![a, after, days.start, days.end])?;
        while page.len() < limit
            && let Some(row) = rows.next()?
        {
            self.check_wanted()?;
            let id = MessageId::from(text(row, 0)?);
            let history = history(account, &id, blob(row, 1)?)?;
            let settled = history.settle();
            let count = figure.count_known(&settled.known(account), settled.known_events());
            if count > 0 {
                page.push(CountedMessage { account: account.clone(), message: id, count });
            }
        }
        Ok(())
    }

    /// Stops if nobody waits for the answer.
    fn check_wanted(&self) -> Result<(), Error> {
        if (self.is_wanted)() { Ok(()) } else { Err(interrupted().into()) }
    }
}

fn interrupted() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT), None)
}
