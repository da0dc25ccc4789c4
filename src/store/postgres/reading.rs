//! Transactions that read.

use std::time::Duration;

use deadpool_postgres::Transaction;
use tokio_postgres::{Portal, Row};

use super::error::Error;
use super::wait::{Params, within};

/// The number of rows that are fetched at once.
const ROWS: i32 = 1000;

/// One state of the database.
#[derive(Debug)]
pub(super) struct Reading<'c> {
    transaction: Transaction<'c>,
    limit: Duration,
}

impl<'c> Reading<'c> {
    pub(super) fn new(transaction: Transaction<'c>, limit: Duration) -> Self {
        Self { transaction, limit }
    }

    /// Returns all rows of a statement that has few.
    pub(super) async fn query(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Error> {
        let statement = within(self.limit, self.transaction.prepare_cached(sql)).await?;
        within(self.limit, self.transaction.query(&statement, params)).await
    }

    /// Starts a statement that can have many rows.
    pub(super) async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Rows<'_>, Error> {
        let statement = within(self.limit, self.transaction.prepare_cached(sql)).await?;
        let portal = within(self.limit, self.transaction.bind(&statement, params)).await?;
        Ok(Rows { reading: self, portal: Some(portal) })
    }
}

/// The rows of a statement, some at a time.
pub(super) struct Rows<'r> {
    reading: &'r Reading<'r>,
    /// `None` once all were fetched.
    portal: Option<Portal>,
}

impl Rows<'_> {
    /// Returns the next rows; `None` if there are no more.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, Error> {
        let Some(portal) = &self.portal else { return Ok(None) };
        let rows = within(self.reading.limit, self.reading.transaction.query_portal(portal, ROWS)).await?;
        if rows.len() < usize::try_from(ROWS).unwrap_or(0) {
            self.portal = None;
        }
        Ok(Some(rows))
    }
}
