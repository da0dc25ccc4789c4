//! The reference meaning of every plan.
//!
//! [`Plan::tally`] is written to be obviously right, not fast: the answer of every store must equal it over the same events.
//! A host with few events can use it as it is: load them and tally them.

use std::collections::BTreeMap;

use crate::contribution::Contribution;
use crate::counts::{CountOverflow, Counts};
use crate::event::Event;
use crate::group::Group;
use crate::message::Message;
use crate::plan::{Plan, PlanParts, Row, bucket_index};

/// Why counting failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TallyError {
    /// The answer has more rows than the query allows. The caller can fix the query.
    #[error("more than {limit} rows; group by less, ask for fewer buckets, filter, or raise the limit")]
    TooManyRows {
        /// The maximum number of rows.
        limit: usize,
    },
    /// A count exceeds 64 bits.
    #[error(transparent)]
    Overflow(#[from] CountOverflow),
}

impl Plan {
    /// Counts those of the `events` that the plan selects, in any order and with any repeats. Events of accounts
    /// outside its scope are not counted. Returns a row for each bucket and group that has any counts, ascending by
    /// bucket, then by group.
    ///
    /// # Errors
    ///
    /// [`TallyError`] if there are more rows than the query allows, or if a count exceeds 64 bits.
    pub fn tally(&self, events: impl IntoIterator<Item = Event>) -> Result<Vec<Row>, TallyError> {
        let PlanParts { scope, buckets, max_rows, .. } = self.parts();
        let mut rows: BTreeMap<(usize, Group), Counts> = BTreeMap::new();
        for ((account, _), message) in &Message::collect(events) {
            if !scope.contains(account) {
                continue;
            }
            let contribution = Contribution::new(message, &self.selection(), |at| bucket_index(buckets, at))?;
            for (bucket, group, counts) in contribution.cells() {
                rows.entry((*bucket, group.clone())).or_default().add(counts)?;
                if rows.len() > max_rows {
                    return Err(TallyError::TooManyRows { limit: max_rows });
                }
            }
        }
        Ok(rows.into_iter().map(|((bucket, group), counts)| Row { bucket, group, counts }).collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::dimension::{By, Dimension};
    use crate::event_type::EventType;
    use crate::filter::Filter;
    use crate::kind::Kind;
    use crate::metric::Metric;
    use crate::query::Query;
    use crate::query::Timing;
    use crate::status::Status;
    use crate::time::Period;

    const DAY: i64 = 24 * 3600;

    fn event(message: &str, id: &str, event_type: impl Into<EventType>, second: i64) -> Event {
        Event::new("a", message, id, event_type, DateTime::from_timestamp(second, 0).unwrap())
    }

    /// Returns one message that is sent and delivered on the first day and opened on the second and the third, and another that
    /// bounces on the second.
    fn mail() -> Vec<Event> {
        vec![
            event("1", "1", Kind::Sent, 10).domain("x.example").tags(["p", "q"]),
            event("1", "2", Kind::Delivered, 20),
            event("1", "3", EventType::OpenedMachine, DAY + 10).country("US"),
            event("1", "4", EventType::OpenedPerson, 2 * DAY + 10).country("DE"),
            event("2", "1", Kind::HardBounced, DAY + 20).domain("y.example").tags(["p"]),
        ]
    }

    fn days() -> Query {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        Query::new("a", Period::between(at(0), at(3 * DAY))).by(By::Date)
    }

    /// Returns the bucket, the group and one figure of each row, without zeros.
    fn figures(query: &Query, metric: Metric) -> Vec<(usize, String, u64)> {
        let rows = query.plan(DateTime::UNIX_EPOCH).unwrap().tally(mail()).unwrap();
        let name = |row: &Row| {
            row.group.iter().map(|value| value.as_deref().unwrap_or("-")).collect::<Vec<_>>().join("+")
        };
        let figures = rows.iter().map(|row| (row.bucket, name(row), row.counts.value(metric)));
        figures.filter(|(_, _, figure)| *figure > 0).collect()
    }

    fn plain(figures: &[(usize, &str, u64)]) -> Vec<(usize, String, u64)> {
        figures.iter().map(|(bucket, group, figure)| (*bucket, (*group).to_owned(), *figure)).collect()
    }

    #[test]
    fn events_count_when_they_happen_and_the_first_of_a_kind_is_unique() {
        assert_eq!(figures(&days(), Metric::Total(Kind::Opened)), plain(&[(1, "", 1), (2, "", 1)]));
        assert_eq!(figures(&days(), Metric::Unique(Kind::Opened)), plain(&[(1, "", 1)]));
        assert_eq!(figures(&days(), Metric::UniqueOf(EventType::OpenedPerson)), plain(&[(2, "", 1)]));
    }

    #[test]
    fn with_send_timing_events_count_in_the_bucket_of_their_messages_creation() {
        let cohorts = days().timing(Timing::Send);
        assert_eq!(figures(&cohorts, Metric::Total(Kind::Opened)), plain(&[(0, "", 2)]));
        assert_eq!(figures(&cohorts, Metric::Total(Kind::HardBounced)), plain(&[(1, "", 1)]));
    }

    #[test]
    fn with_send_timing_a_message_created_outside_the_period_does_not_count() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let later = Query::new("a", Period::between(at(DAY), at(3 * DAY)));
        assert_eq!(figures(&later, Metric::Total(Kind::Opened)), plain(&[(0, "", 2)]));
        assert_eq!(figures(&later.timing(Timing::Send), Metric::Total(Kind::Opened)), []);
    }

    #[test]
    fn a_status_counts_in_the_bucket_of_creation_with_either_timing_and_filters_apply() {
        for timing in [Timing::Event, Timing::Send] {
            let by_domain = days().timing(timing).by(Dimension::Domain);
            let delivered = Metric::Status(Status::Delivered);
            assert_eq!(figures(&by_domain, delivered), plain(&[(0, "x.example", 1)]));
            assert_eq!(
                figures(&by_domain, Metric::Status(Status::HardBounced)),
                plain(&[(1, "y.example", 1)])
            );
            let filtered = by_domain.filter(Filter::is_not(Dimension::Domain, ["x.example"]));
            assert_eq!(figures(&filtered, delivered), []);
        }
        assert_eq!(figures(&days().by(Dimension::Country), Metric::Status(Status::Delivered)), []);
    }

    #[test]
    fn an_open_has_the_fields_of_its_message_and_its_own() {
        let opened = Metric::Total(Kind::Opened);
        let by_domain = days().by(Dimension::Domain).by(Dimension::Country);
        assert_eq!(figures(&by_domain, opened), plain(&[(1, "x.example+US", 1), (2, "x.example+DE", 1)]));
        let by_tag = days().by(Dimension::Tag);
        assert_eq!(figures(&by_tag, opened), plain(&[(1, "p", 1), (1, "q", 1), (2, "p", 1), (2, "q", 1)]));
        let from_germany = days().filter(Filter::is(Dimension::Country, ["DE"]));
        assert_eq!(figures(&from_germany, opened), plain(&[(2, "", 1)]));
        assert_eq!(figures(&from_germany, Metric::Unique(Kind::Opened)), [], "its first open was elsewhere");
    }

    #[test]
    fn only_the_kinds_of_the_query_are_counted() {
        let bounces = days().kinds([Kind::HardBounced]);
        assert_eq!(figures(&bounces, Metric::Total(Kind::HardBounced)), plain(&[(1, "", 1)]));
        assert_eq!(figures(&bounces, Metric::Total(Kind::Opened)), []);
    }
}
