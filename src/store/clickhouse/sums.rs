//! Sums of what was thinned: which questions they answer, and the statements that make and read them.

use super::buckets::Buckets;
use super::literal::{list, literal};
use super::mail::{First, Mail, in_scope};
use super::state::State;
use super::values::{Needs, Place, condition, matches, value};
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::message::MILLIS_PER_DAY;
use crate::plan::{Plan, PlanParts};
use crate::query::{Scope, Timing};
use crate::status::Status;
use crate::store::StoreError;
use crate::store::Thinned;
use crate::store::levels::Level;
use crate::time::Resolution;

/// Sums of events by their own instants.
pub(super) const OF_EVENTS: u8 = 0;
/// Sums of events by the creation of their messages.
pub(super) const OF_EVENTS_BY_CREATION: u8 = 1;
/// Sums of statuses, of messages that were forgotten. Those of others follow from what is left of them.
pub(super) const OF_STATUSES: u8 = 2;

/// Returns what a sum of a status counts.
pub(super) fn what_of_status(status: Status) -> String {
    format!("status.{status}")
}

/// A question to the sums.
#[derive(Clone, Debug)]
pub(super) struct SumsQuestion<'a> {
    plan: &'a Plan,
    state: &'a State,
    dimension: Option<Dimension>,
    range: (i64, i64),
}

/// Returns the question to the sums that a plan needs besides the events; `None` if it is about no time that is thinned.
///
/// # Errors
///
/// [`StoreError::Thinned`] if the sums do not tell the answer.
pub(super) fn of<'a>(plan: &'a Plan, state: &'a State) -> Result<Option<SumsQuestion<'a>>, StoreError> {
    let buckets = Buckets::new(plan.edges_in_millis());
    let Some(((start, end), kept)) = buckets.range().zip(state.levels.kept_from()) else { return Ok(None) };
    let Some((first, _)) = state.levels.within(start, end).next() else { return Ok(None) };
    let Some(dimension) = plan.parts().only_dimension() else { return Err(first.error()) };
    let mut edges = buckets.edges().iter();
    match edges.find_map(|at| state.levels.cut(*at, dimension.is_some())) {
        Some((level, _)) => Err(level.error()),
        None => Ok(Some(SumsQuestion { plan, state, dimension, range: (start, end.min(kept)) })),
    }
}

/// Returns the statement that counts the sums in scope in a half-open range which are not zero.
pub(super) fn count_sql(scope: &Scope, state: &State, (start, end): (i64, i64)) -> String {
    // A sum of a month may start before the range.
    let start = start.saturating_sub(31 * MILLIS_PER_DAY);
    format!(
        "SELECT toUInt64(count()) FROM (SELECT sum(total) AS all FROM sums WHERE {} AND {} AND dimension = '' AND \
         slot >= {start} AND slot < {end} GROUP BY account, content, slot, what HAVING all != 0)",
        in_scope(scope),
        state.visible()
    )
}

impl SumsQuestion<'_> {
    /// Returns the parts of the time that it is about.
    pub(super) fn levels(&self) -> impl Iterator<Item = Level> {
        self.state.levels.within(self.range.0, self.range.1).map(|(level, _)| level)
    }

    /// Returns the statement that reads the sums, with the columns of that of events.
    pub(super) fn sql(&self) -> String {
        let PlanParts { scope, buckets: _, filters, dimensions, timing, kinds, statuses, max_rows: _ } =
            self.plan.parts();
        let of_events = match timing {
            Timing::Event => OF_EVENTS,
            Timing::Send => OF_EVENTS_BY_CREATION,
        };
        let contents =
            list([of_events].into_iter().chain(statuses.then_some(OF_STATUSES))).unwrap_or_default();
        let groups: Vec<&str> = dimensions.iter().map(|dimension| self.column(*dimension)).collect();
        let array = match groups.is_empty() {
            true => "emptyArrayString()".to_owned(),
            false => format!(
                "[{}]",
                list(groups.iter().map(|group| format!("toString({group})"))).unwrap_or_default()
            ),
        };
        let by = groups.iter().map(|group| format!(", {group}")).collect::<String>();
        let event_types =
            kinds.iter().flat_map(|kind| kind.event_types()).map(|event_type| event_type.to_string());
        let whats: Vec<String> =
            event_types.chain(Status::ALL.map(what_of_status)).map(|what| literal(&what)).collect();
        let is_kept = |filter: &Filter| match (filter.dimension(), filter.parts().includes) {
            (Dimension::Account, _) => condition(filter),
            (_, true) => matches(&filter.parts(), "value"),
            (_, false) => format!("NOT {}", matches(&filter.parts(), "value")),
        };
        let filters = filters.iter().map(|filter| format!(" AND {}", is_kept(filter))).collect::<String>();
        let (start, end) = self.range;
        format!(
            "SELECT {} AS bucket, {array} AS groups, toString(what) AS name, toUInt64(sum(total)), toUInt64(sum(of_type)), \
             toUInt64(sum(of_kind)), toUInt64(sum(of_day)) FROM sums WHERE {} AND {} AND \
             dimension = {} AND content IN ({contents}) AND slot >= {start} AND slot < {end} AND what IN ({}){filters} \
             GROUP BY bucket, name{by}",
            Buckets::new(self.plan.edges_in_millis()).index("slot"),
            in_scope(scope),
            self.state.visible(),
            literal(self.dimension.map_or("", Dimension::name)),
            whats.join(", ")
        )
    }

    fn column(&self, dimension: Dimension) -> &'static str {
        if dimension == Dimension::Account { "account" } else { "value" }
    }
}

/// Returns the statements that write what is left of events before an instant: sums of them, and for each of their messages
/// what it must keep.
pub(super) fn thin_sql(state: &State, thinned: Thinned, batch: u64) -> [String; 2] {
    [sums_sql(state, thinned, batch), rest_sql(state, thinned.before.timestamp_millis(), batch)]
}

/// Returns the statement that lists the messages with an event of which one copy happened before an instant, and another one
/// not.
pub(super) fn split_sql(state: &State, end: i64) -> String {
    format!(
        "SELECT account, message FROM (SELECT account, message, id FROM events WHERE {} AND {} AND row = 0 AND at >= {} \
         GROUP BY account, message, id HAVING min(at) < {end} AND max(at) >= {end}) GROUP BY account, message",
        in_scope(&Scope::All),
        state.visible(),
        state.levels.end_at(),
    )
}

/// Returns the statement that writes the sums. Events count under everything that is known of their messages now.
fn sums_sql(state: &State, thinned: Thinned, batch: u64) -> String {
    let mail = Mail {
        needs: Needs::of(Dimension::ALL),
        firsts: &First::ALL,
        has_since: true,
        ..Mail::new(state, &Scope::All)
    };
    let own = mail.needs.own.iter().map(|dimension| super::values::own(*dimension));
    let joined = own.map(|name| format!(", {name}s AS {name}")).collect::<String>();
    let pairs = Dimension::ALL.into_iter().filter(|dimension| Place::of(*dimension) != Place::Tags);
    let pairs = pairs.map(|dimension| format!("('{dimension}', {})", value(dimension)));
    let pairs = list(std::iter::once("('', '')".to_owned()).chain(pairs)).unwrap_or_default();
    let tag = Dimension::Tag;
    let hour = if thinned.resolution == Resolution::Hour { MILLIS_PER_DAY / 24 } else { MILLIS_PER_DAY };
    let unit = format!("if(dimension = '', {hour}, {MILLIS_PER_DAY})");
    format!(
        "INSERT INTO sums (account, batch, content, dimension, value, slot, what, total, of_type, of_kind, of_day) \
         SELECT account, toUInt64({batch}), content, dimension, value, slot, what, toInt64(count()), \
         toInt64(sum(first = 1)), toInt64(sum(kind_first = 1)), toInt64(sum(day_first = 1)) FROM (\
         SELECT account, what, first, kind_first, day_first, time.1 AS content, pair.1 AS dimension, pair.2 AS value, \
         toInt64(intDiv(time.2, {unit}) * {unit}) AS slot FROM (\
         SELECT account, what, first, kind_first, day_first, times, pair FROM (\
         SELECT account, what, first, kind_first, day_first, \
         [(toUInt8({OF_EVENTS}), at), (toUInt8({OF_EVENTS_BY_CREATION}), since)] AS times, \
         arrayConcat([{pairs}], arrayMap(t -> ('{tag}', t), if(empty(f_tags), [''], f_tags))) AS pairs FROM ({}) \
         ARRAY JOIN types AS what, ats AS at, firsts AS first, kind_firsts AS kind_first, day_firsts AS day_first{joined} \
         WHERE at < {}) ARRAY JOIN pairs AS pair) ARRAY JOIN times AS time) \
         GROUP BY account, content, dimension, value, slot, what",
        mail.sql(),
        thinned.before.timestamp_millis(),
    )
}

/// Returns the statement that writes what messages must keep of events before an instant, as if they had no others.
fn rest_sql(state: &State, end: i64, batch: u64) -> String {
    let needs = Needs::of(
        Dimension::ALL.into_iter().filter(|dimension| !matches!(Place::of(*dimension), Place::Event(_))),
    );
    let needs = Needs { own: Default::default(), ..needs };
    let fields: Vec<&str> = needs.fields.iter().copied().collect();
    let names = fields.join(", ");
    let values = list(fields.iter().map(|field| format!("f_{field}"))).unwrap_or_default();
    let mail = Mail {
        until: Some(end),
        needs,
        has_since: true,
        has_status: true,
        is_for_rest: true,
        ..Mail::new(state, &Scope::All)
    };
    let statuses = list(Status::ALL.map(|status| literal(&Mail::status_of(status)))).unwrap_or_default();
    let status_names = list(Status::ALL.map(|status| literal(status.name()))).unwrap_or_default();
    let row = super::row::REST;
    format!(
        "INSERT INTO events (account, message, row, batch, hash, at, created, tags, seen, status, {names}) \
         SELECT account, message, toUInt8({row}), toUInt64({batch}), hash_of, since, since, f_tags, \
         arrayDistinct(arrayConcat(seen_types, types)), \
         transform(last_status, [{statuses}], [{status_names}], ''), {values} FROM ({}) WHERE notEmpty(types)",
        mail.sql()
    )
}
