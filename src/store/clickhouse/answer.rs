//! The rows of answers.

use std::collections::HashMap;
use std::sync::Arc;

use clickhouse::Row;

use super::error::ClickHouseError;
use super::row::parsed;
use crate::counts::{CountOverflow, Counts};
use crate::event_type::EventType;
use crate::group::Group;
use crate::metric::Metric;
use crate::plan;
use crate::status::Status;
use crate::store::StoreError;
use crate::tally::TallyError;

/// A row of a server's answer.
#[derive(Clone, Debug, Row, serde::Deserialize)]
pub(super) struct CountRow {
    pub(super) bucket: u32,
    pub(super) group: Vec<String>,
    /// An event type, the number of a status from 1, or `status.` and the name of one.
    pub(super) what: String,
    pub(super) total: u64,
    pub(super) of_type: u64,
    pub(super) of_kind: u64,
    pub(super) of_day: u64,
}

/// The rows of an answer while the servers' answers are added.
#[derive(Debug)]
pub(super) struct Answer {
    rows: HashMap<(usize, Group), Counts>,
    max_rows: usize,
}

impl Answer {
    /// Makes an empty answer of at most this many rows.
    pub(super) fn new(max_rows: usize) -> Self {
        Self { rows: HashMap::new(), max_rows }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: CountRow) -> Result<(), StoreError> {
        let what = What::read(&row.what)?;
        let value = |value: String| (!value.is_empty()).then(|| Arc::<str>::from(value));
        let group: Group = row.group.into_iter().map(value).collect();
        let figures = [row.total, row.of_type, row.of_kind, row.of_day];
        if figures == [0; 4] {
            return Ok(());
        }
        let counts = self.rows.entry((row.bucket as usize, group)).or_default();
        add(counts, what, figures).map_err(TallyError::from)?;
        if self.rows.len() > self.max_rows {
            return Err(TallyError::TooManyRows { limit: self.max_rows }.into());
        }
        Ok(())
    }

    /// Returns the rows.
    pub(super) fn rows(self) -> Vec<plan::Row> {
        let row = |((bucket, group), counts)| plan::Row { bucket, group, counts };
        self.rows.into_iter().map(row).filter(|row| !row.counts.is_zero()).collect()
    }
}

/// What a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Event(EventType),
    Status(Status),
}

impl What {
    fn read(text: &str) -> Result<Self, ClickHouseError> {
        if let Some(name) = text.strip_prefix("status.") {
            return parsed("what", name).map(Self::Status);
        }
        match text.parse::<usize>() {
            Ok(number) => {
                let status = number.checked_sub(1).and_then(|index| Status::ALL.get(index));
                let unknown = || ClickHouseError::Row { column: "status", found: text.to_owned() };
                status.copied().map(Self::Status).ok_or_else(unknown)
            }
            Err(_) => parsed("what", text).map(Self::Event),
        }
    }
}

/// Adds the sums of an event type or status.
fn add(
    counts: &mut Counts,
    what: What,
    [total, of_type, of_kind, of_day]: [u64; 4],
) -> Result<(), CountOverflow> {
    let event_type = match what {
        What::Status(status) => return counts.add_to(Metric::Status(status), total),
        What::Event(event_type) => event_type,
    };
    let kind = event_type.kind();
    counts.add_to(Metric::TotalOf(event_type), total)?;
    counts.add_to(Metric::UniqueOf(event_type), of_type)?;
    counts.add_to(Metric::Unique(kind), of_kind)?;
    counts.add_to(Metric::DailyUnique(kind), of_day)
}
