//! Where the events are: in memory, or in a store that later runs read again (`--store`).

use chrono::{DateTime, TimeDelta, Utc};
use mailtally::report::Report;
use mailtally::store::{CountedMessage, Figure, StoreError};
use mailtally::{Error, MemoryStore, Query};

use crate::lasting::Lasting;
use crate::load::Extent;
use crate::messages::all;
use crate::place::Place;
use crate::wait::Wait;

/// The events that reports are about.
pub(crate) enum Kept {
    Memory(Box<MemoryStore>),
    Lasting(Box<dyn Lasting>, Wait),
}

impl Kept {
    /// Opens a store.
    pub(crate) fn open(place: &Place) -> Result<Self, StoreError> {
        let wait = Wait::new().map_err(|error| StoreError::backend("the runtime", error))?;
        let store = wait.until(place.open())?;
        Ok(store.map_or_else(|| Self::Memory(Box::default()), |store| Self::Lasting(store, wait)))
    }

    pub(crate) fn report(&self, query: &Query, now: DateTime<Utc>) -> Result<Report, Error> {
        match self {
            Self::Memory(store) => store.report(query, now),
            Self::Lasting(store, wait) => wait.until(query.report(&**store, now)),
        }
    }

    /// Returns all messages of a figure.
    pub(crate) fn messages(&self, figure: &Figure) -> Result<Vec<CountedMessage>, StoreError> {
        match self {
            Self::Memory(store) => all(&**store, &Wait::Alone, figure),
            Self::Lasting(store, wait) => all(&**store, wait, figure),
        }
    }

    /// Returns when the events happened; `None` if there are none. Of a store that lasts, these are whole days in UTC.
    pub(crate) fn extent(&self) -> Result<Option<Extent>, Error> {
        match self {
            Self::Memory(store) => {
                let extent = |(start, last)| Extent { start, end: last + TimeDelta::milliseconds(1) };
                Ok(store.first_and_last().map(extent))
            }
            Self::Lasting(..) => days::extent(self),
        }
    }

    pub(crate) fn has_several_accounts(&self) -> Result<bool, Error> {
        match self {
            Self::Memory(store) => Ok(store.account_count() > 1),
            Self::Lasting(..) => days::has_several_accounts(self),
        }
    }

    /// Ends the program's use of the events.
    pub(crate) fn close(self) {
        match self {
            // Freeing every event one by one would only take time.
            Self::Memory(store) => std::mem::forget(store),
            Self::Lasting(store, _) => drop(store),
        }
    }
}

/// What a store is asked for to find out what is in it.
mod days {
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
    use mailtally::{By, Counts, Dimension, Error, Period, Query, Resolution, Scope};

    use super::Kept;
    use crate::load::Extent;

    /// Years in which events may be.
    const YEARS: std::ops::Range<i32> = 2000..2100;

    pub(super) fn extent(kept: &Kept) -> Result<Option<Extent>, Error> {
        let years = with_events(kept, year(YEARS.start)..year(YEARS.end), Resolution::Year)?;
        let (Some(first), Some(last)) = (years.first(), years.last()) else { return Ok(None) };
        let days = |index: &usize| {
            let start = YEARS.start + i32::try_from(*index).unwrap_or(0);
            let range = year(start)..year(start + 1);
            let days = with_events(kept, range.clone(), Resolution::Day)?;
            let day = |index: usize| range.start + TimeDelta::days(i64::try_from(index).unwrap_or(0));
            Ok::<_, Error>(days.into_iter().map(day).collect::<Vec<_>>())
        };
        let (first, last) = (days(first)?, days(last)?);
        let extent = |(start, last): (&DateTime<Utc>, &DateTime<Utc>)| Extent {
            start: *start,
            end: *last + TimeDelta::days(1),
        };
        Ok(first.first().zip(last.last()).map(extent))
    }

    pub(super) fn has_several_accounts(kept: &Kept) -> Result<bool, Error> {
        let query = Query::new(Scope::All, Period::all()).by(By::Dimension(Dimension::Account)).top(2);
        Ok(kept.report(&query, year(YEARS.end))?.rows().len() > 1)
    }

    /// Returns the indexes of the buckets that have events.
    fn with_events(
        kept: &Kept,
        range: std::ops::Range<DateTime<Utc>>,
        resolution: Resolution,
    ) -> Result<Vec<usize>, Error> {
        let query = Query::new(Scope::All, Period::between(range.start, range.end)).resolution(resolution);
        let report = kept.report(&query, range.end)?;
        let has_events = |(_, counts): &(usize, &Counts)| counts.events() > 0;
        Ok(report.totals().iter().enumerate().filter(has_events).map(|(index, _)| index).collect())
    }

    /// Returns the start of a year.
    fn year(year: i32) -> DateTime<Utc> {
        let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        day.and_time(NaiveTime::MIN).and_utc()
    }
}
