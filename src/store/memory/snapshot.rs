//! Snapshots: the accounts of a store as the blocks of a [file](super::file).
//!
//! The blocks are a sequence of records, and the sequence is cut into blocks between any two of them. Numbers are varints unless
//! said otherwise, and a list follows its length. Instants are in milliseconds since 1970.
//!
//! | records | content |
//! |---|---|
//! | one | the [names](names) of what is numbered: event types, statuses, dimensions, the dimensions of each part |
//! | one | of what time only sums are kept: the end and the unit of each part |
//! | one | the number of accounts |
//! | each account, ascending by id | |
//! | – one | its id |
//! | – one and one for each value | for each dimension: the number of values, then the values |
//! | – one and one for each combination | for each part: the number of combinations, then their codes |
//! | – one | the number of days |
//! | – each day, ascending: one | the day, counted from 1970, and the number of its messages |
//! | – – each message: one | id, creation after the start of the day, codes of its fields, the number of events |
//! | – – – each event: one | id, instant after the creation, type, codes, attributes |
//! | – one | the number of cubes |
//! | – each cube: one | what it has cells for, what it counts, the number of lists |
//! | – – each list: one and one for each cell | the number of cells, then the keys and the sums |
//!
//! What follows from the events is not in the file, but is worked out again: when messages were created, their status, which event
//! is the first, how many there are, and where they are. Hashes are not, because each process has another key.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::account::Account;
use super::file::{self, BlockWriter, Decoder};
use crate::event::{AccountId, Event};
use crate::store::levels::Levels;
use crate::store::snapshot_error::SnapshotError;

mod attributes;
mod cells;
#[cfg(test)]
mod damage_tests;
mod day;
mod dictionary;
mod input;
mod names;
mod output;
#[cfg(test)]
mod tests;

use input::Input;
use names::Names;
use output::Output;

/// Replaces the file at `path` by a snapshot of accounts.
pub(super) fn write(path: &Path, accounts: Vec<Arc<Account>>, thinned: &Levels) -> Result<(), SnapshotError> {
    file::write(path, |blocks| write_accounts(accounts, thinned, blocks))
}

/// Reads the accounts of the snapshot at `path`, and of what time only sums are kept. `hash` returns the hash of the id of a
/// message.
pub(super) fn read(path: &Path, hash: impl Fn(&str) -> u32) -> Result<(Vec<Account>, Levels), SnapshotError> {
    read_accounts(Input::new(file::read(path)?), &hash)
}

fn write_accounts(
    accounts: Vec<Arc<Account>>,
    thinned: &Levels,
    blocks: &mut BlockWriter<'_>,
) -> Result<(), SnapshotError> {
    let mut output = Output::new(blocks);
    write_records(accounts, thinned, &mut output)?;
    output.finish()
}

fn write_records(
    mut accounts: Vec<Arc<Account>>,
    thinned: &Levels,
    output: &mut Output<'_, '_>,
) -> Result<(), SnapshotError> {
    accounts.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    names::write(output)?;
    output.record(|encoder| {
        encoder.varint(thinned.numbers().len() as u64);
        for (end, unit) in thinned.numbers() {
            encoder.varint(end.into());
            encoder.u8(unit);
        }
    })?;
    output.count(accounts.len())?;
    for account in accounts {
        output.record(|encoder| encoder.str(account.id.as_str()))?;
        dictionary::write(output, &account.dictionary)?;
        output.count(account.days.len())?;
        account.days.iter().try_for_each(|day| day::write(output, day))?;
        cells::write(output, &account.cubes)?;
    }
    Ok(())
}

fn read_accounts<R: Read>(
    mut input: Input<R>,
    hash: &dyn Fn(&str) -> u32,
) -> Result<(Vec<Account>, Levels), SnapshotError> {
    let names = Names::read(&mut input)?;
    let thinned = input.record(read_levels)?;
    let mut accounts: Vec<Account> = Vec::new();
    for _ in 0..input.count()? {
        let account = Account { thinned: thinned.clone(), ..read_account(&mut input, &names, hash)? };
        if accounts.last().is_some_and(|last| last.id >= account.id) {
            return Err(input.damaged(format!("the account `{}` after a greater id", account.id)));
        }
        accounts.push(account);
    }
    input.finish()?;
    Ok((accounts, thinned))
}

fn read_levels(decoder: &mut Decoder<'_>) -> Result<Levels, SnapshotError> {
    let mut numbers = Vec::new();
    for _ in 0..decoder.count(2)? {
        let end = u32::try_from(decoder.varint()?).map_err(|_| decoder.damaged("the end of thinned time"))?;
        numbers.push((end, decoder.u8()?));
    }
    Levels::from_numbers(&numbers).ok_or_else(|| decoder.damaged("parts of thinned time"))
}

fn read_account<R: Read>(
    input: &mut Input<R>,
    names: &Names,
    hash: &dyn Fn(&str) -> u32,
) -> Result<Account, SnapshotError> {
    let id = input.record(|decoder| decoder.text(Event::MAX_TEXT_BYTES).map(AccountId::from))?;
    let mut account = Account::new(id);
    account.dictionary = Arc::new(dictionary::read(input, names)?);
    day::read_all(input, names, hash, &mut account)?;
    (account.cubes, account.places) = cells::read(input, names, &account.dictionary)?;
    Ok(account)
}
