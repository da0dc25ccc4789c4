//! The statement that makes messages of rows: one row for each message, with its events in arrays.
//!
//! It is one `SELECT` over the groups, whose expressions build on each other by name: old servers analyze a statement within
//! another several times, so each level of them multiplies the time before anything is read; and servers of all versions write an
//! expression in full wherever its name is used, so what is used often is a column of the level below.

use super::literal::{list, literal, literals};
use super::row::{EVENT, FORGOTTEN, REST};
use super::state::State;
use super::values::{Needs, Place, own};
use crate::kind::Kind;
use crate::message::MILLIS_PER_DAY;
use crate::query::Scope;
use crate::status::Status;

/// Which messages are read, and what of them.
///
/// The statement has these columns: `account` and `message`; `ats`, `types`, and those of the firsts, arrays with an item for
/// each event in their order; `o_…s`, an array of the events' own values in a dimension; `f_…`, a field of the message, and
/// `f_tags`; `since`, when it was created; and `last_status`, the text of its status's number, see [`Mail::status_of`].
#[derive(Clone, Debug)]
pub(super) struct Mail<'a> {
    pub(super) state: &'a State,
    pub(super) scope: &'a Scope,
    /// Only messages with an event, or a creation that an event tells, in this half-open range, in milliseconds since 1970.
    pub(super) range: Option<(i64, i64)>,
    /// Only messages after this account and message.
    pub(super) after: Option<(&'a str, &'a str)>,
    /// Only events before this instant.
    pub(super) until: Option<i64>,
    pub(super) needs: Needs,
    /// The columns of firsts that are read.
    pub(super) firsts: &'static [First],
    pub(super) has_since: bool,
    pub(super) has_status: bool,
    /// Whether there is a row for each tag of a message, in `tag`, which is empty if it has none.
    pub(super) is_by_tag: bool,
    /// Whether `hash` and `seen`, the types of dropped events, are columns as well.
    pub(super) is_for_rest: bool,
}

/// Of what an event can be the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    Type,
    Kind,
    /// Its kind on its day.
    Day,
}

impl First {
    pub(super) const ALL: [Self; 3] = [Self::Type, Self::Kind, Self::Day];

    /// Returns the name of the number that an event has, 1 for the first. The column of a message has an `s` after it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Type => "first",
            Self::Kind => "kind_first",
            Self::Day => "day_first",
        }
    }
}

/// The names of the first parts of a row's tuple. They sort the events of a message, so that of copies with the same id the
/// one that counts comes first.
const ORDER: [&str; 3] = ["at", "id", "copy_key"];

/// The parts of the tuples in an array of rows, by name.
struct Tuple(Vec<(String, String)>);

impl Tuple {
    /// Returns the expression of a part of a tuple.
    fn part(&self, of: &str, name: &str) -> String {
        let index = self.0.iter().position(|(known, _)| known == name).unwrap_or_default();
        format!("{of}.{}", index + 1)
    }

    /// Returns the expression of a part of all events.
    fn all(&self, name: &str) -> String {
        format!("arrayMap(e -> {}, es)", self.part("e", name))
    }

    fn rest(&self, name: &str) -> String {
        self.part("rest", name)
    }

    fn expressions(&self) -> String {
        list(self.0.iter().map(|(_, expression)| expression)).unwrap_or_default()
    }
}

/// Returns the condition that the account of a row is in scope.
pub(super) fn in_scope(scope: &Scope) -> String {
    match scope {
        Scope::Account(account) => format!("account = {}", literal(account.as_str())),
        Scope::Accounts(accounts) => {
            format!("account IN ({})", literals(accounts.iter().map(|account| account.as_str())))
        }
        Scope::All => "account != ''".to_owned(),
    }
}

impl<'a> Mail<'a> {
    /// Reads all messages in scope, and nothing of them but types and instants.
    pub(super) fn new(state: &'a State, scope: &'a Scope) -> Self {
        Self {
            state,
            scope,
            range: None,
            after: None,
            until: None,
            needs: Needs::default(),
            firsts: &[],
            has_since: false,
            has_status: false,
            is_by_tag: false,
            is_for_rest: false,
        }
    }

    /// Returns the text that `last_status` is for a status; it is `0` for none.
    pub(super) fn status_of(status: Status) -> String {
        (status as u8 + 1).to_string()
    }

    /// Returns the statement.
    pub(super) fn sql(&self) -> String {
        let tuple = self.tuple();
        let hash = if self.is_for_rest { ", any(hash) AS hash_of" } else { "" };
        let rows = format!(
            "SELECT account, message, groupArray(tuple({})) AS raw{hash} FROM events WHERE {} GROUP BY account, message",
            tuple.expressions(),
            self.condition(),
        );
        let mut columns: Vec<String> = ["account", "message"].map(str::to_owned).into();
        columns.extend(self.is_for_rest.then(|| "hash_of".to_owned()));
        self.settle(&tuple, &mut columns);
        self.describe(&tuple, &mut columns);
        self.find_firsts(&tuple, &mut columns);
        format!("SELECT {} FROM ({rows}){}", columns.join(", "), self.is_known(&tuple))
    }

    /// Returns the condition on the rows of the messages.
    fn condition(&self) -> String {
        let readable = self.readable();
        let touched = self.range.map_or(String::new(), |(start, end)| {
            // A told creation counts only if it is before its event, so nothing before the start matters.
            let in_range = match self.has_since {
                true => format!("at >= {start} AND (at < {end} OR (created >= {start} AND created < {end}))"),
                false => format!("at >= {start} AND at < {end}"),
            };
            format!(
                " AND (account, message) IN (SELECT account, message FROM events WHERE {readable} AND {in_range})"
            )
        });
        format!("{readable}{touched}")
    }

    /// Returns the condition on the rows that may be read at all.
    fn readable(&self) -> String {
        let (scope, visible) = (in_scope(self.scope), self.state.visible());
        let is_mark = format!("row != {EVENT}");
        let kept = self
            .state
            .levels
            .kept_from()
            .map_or(String::new(), |end| format!(" AND ({is_mark} OR at >= {end})"));
        let until = self.until.map_or(String::new(), |until| format!(" AND ({is_mark} OR at < {until})"));
        let after = self.after.map_or(String::new(), |(account, message)| {
            let (account, message) = (literal(account), literal(message));
            format!(" AND (account > {account} OR (account = {account} AND message > {message}))")
        });
        format!("{scope} AND {visible}{kept}{until}{after}")
    }

    fn tuple(&self) -> Tuple {
        let mut parts: Vec<(String, String)> =
            ORDER.into_iter().map(|name| (name.to_owned(), name.to_owned())).collect();
        let mut push = |name: &str, expression: String| parts.push((name.to_owned(), expression));
        push("type", "toString(event_type)".to_owned());
        push("kind", "toString(kind)".to_owned());
        if self.state.has_marks {
            for name in ["row", "batch", "seen"] {
                push(name, name.to_owned());
            }
            if self.has_status {
                push("status", "status".to_owned());
            }
        }
        if self.has_since {
            push("since", "if(created != 0 AND (row != 0 OR created < at), created, at)".to_owned());
        }
        for field in &self.needs.fields {
            push(field, format!("toString({field})"));
        }
        if self.needs.tags {
            push("tags", "tags".to_owned());
        }
        for dimension in &self.needs.own {
            let expression = match Place::of(*dimension) {
                Place::Event(expression) | Place::EventOrMessage(expression, _) => expression,
                Place::Account | Place::Message(_) | Place::Tags => "''",
            };
            push(&own(*dimension), format!("toString({expression})"));
        }
        Tuple(parts)
    }

    /// Drops what is forgotten, and all copies of an event but the one that counts. Adds `es`, the events in their order, and,
    /// if there can be one, `rest`: what is left of dropped events.
    fn settle(&self, tuple: &Tuple, columns: &mut Vec<String>) {
        if self.state.has_marks {
            let (row, batch) = (tuple.part("e", "row"), tuple.part("e", "batch"));
            // A name of its own: within the functions below, old servers would take another `e` for theirs.
            let (mark, of) = (tuple.part("m", "row"), tuple.part("m", "batch"));
            columns.push(format!(
                "arrayReduce('max', arrayMap(m -> if({mark} = {FORGOTTEN}, {of}, toUInt64(0)), raw)) AS gone"
            ));
            let live = |kind: u8| format!("arrayFilter(e -> {row} = {kind} AND {batch} >= gone, raw)");
            columns.push(format!("arraySort({}) AS sorted", live(EVENT)));
            columns.push(format!("arraySort(e -> {batch}, {})[-1] AS rest", live(REST)));
        } else {
            columns.push("arraySort(raw) AS sorted".to_owned());
        }
        columns.push(
            "arrayFilter((e, n) -> n = 1, sorted, arrayEnumerateUniq(arrayMap(e -> e.2, sorted))) AS es"
                .to_owned(),
        );
    }

    /// Returns the condition that anything is left of a message.
    fn is_known(&self, tuple: &Tuple) -> String {
        match self.state.has_marks {
            true => format!(" WHERE notEmpty(es) OR {} = {REST}", tuple.rest("row")),
            false => String::new(),
        }
    }

    /// Adds what follows from the events of a message.
    fn describe(&self, tuple: &Tuple, columns: &mut Vec<String>) {
        let has_marks = self.state.has_marks;
        let parts = [("at", "ats"), ("type", "types"), ("kind", "kinds")];
        columns.extend(parts.map(|(part, name)| format!("{} AS {name}", tuple.all(part))));
        if self.has_since {
            columns.push(format!("{} AS since", self.since(tuple)));
        }
        if self.has_status {
            columns.push(format!("toString({} % 256) AS last_status", self.greatest_rank(tuple)));
        }
        for field in &self.needs.fields {
            let first = format!("arrayFirst(v -> v != '', {})", tuple.all(field));
            columns.push(match has_marks {
                true => format!("if({0} != '', {0}, {first}) AS f_{field}", tuple.rest(field)),
                false => format!("{first} AS f_{field}"),
            });
        }
        if self.needs.tags {
            let all = match has_marks {
                true => format!("arrayConcat({}, [{}])", tuple.all("tags"), tuple.rest("tags")),
                false => tuple.all("tags"),
            };
            columns.push(format!("arrayReduce('groupUniqArrayArray', {all}) AS f_tags"));
        }
        if self.is_by_tag {
            columns.push("arrayJoin(if(empty(f_tags), [''], f_tags)) AS tag".to_owned());
        }
        let owns = self.needs.own.iter().map(|dimension| own(*dimension));
        columns.extend(owns.map(|name| format!("{} AS {name}s", tuple.all(&name))));
    }

    fn since(&self, tuple: &Tuple) -> String {
        let events = format!("arrayReduce('min', {})", tuple.all("since"));
        if !self.state.has_marks {
            return events;
        }
        let (row, rest) = (tuple.rest("row"), tuple.rest("since"));
        // The least of an empty array is 0.
        format!("multiIf({row} != {REST}, {events}, empty(es), {rest}, least({rest}, {events}))")
    }

    /// Returns the expression of the greatest rank of an event or of what is left of dropped ones. The last byte is the number of
    /// the status.
    fn greatest_rank(&self, tuple: &Tuple) -> String {
        let ranks = format!("arrayMap((k, a) -> toUInt64(greatest(a, 0)) * 256 + {}, kinds, ats)", rank("k"));
        let events = format!("arrayReduce('max', {ranks})");
        if !self.state.has_marks {
            return events;
        }
        let rest = rank(&tuple.rest("status"));
        let rest = format!("if({} = {REST}, {rest}, toUInt64(0))", tuple.rest("row"));
        format!("greatest({rest}, if(empty(es), toUInt64(0), {events}))")
    }

    /// Adds of what each event is the first.
    fn find_firsts(&self, tuple: &Tuple, columns: &mut Vec<String>) {
        let has_marks = self.state.has_marks;
        if self.is_for_rest || (has_marks && !self.firsts.is_empty()) {
            let seen = if has_marks { tuple.rest("seen") } else { "emptyArrayString()".to_owned() };
            columns.push(format!("{seen} AS seen_types"));
        }
        let numbers = |seen: &str, all: &str| match has_marks {
            true => {
                format!("arraySlice(arrayEnumerateUniq(arrayConcat({seen}, {all})), length(seen_types) + 1)")
            }
            false => format!("arrayEnumerateUniq({all})"),
        };
        columns.extend(self.firsts.iter().map(|first| {
            let numbers = match first {
                First::Type => numbers("seen_types", "types"),
                First::Kind => numbers("arrayMap(t -> splitByChar('.', t)[1], seen_types)", "kinds"),
                // All that was dropped happened on other days.
                First::Day => {
                    format!("arrayEnumerateUniq(kinds, arrayMap(a -> intDiv(a, {MILLIS_PER_DAY}), ats))")
                }
            };
            format!("{numbers} AS {}s", first.name())
        }));
    }
}

/// Returns the expression of how the text of a kind or of a status competes for the status of its message: the greatest decides.
/// The phase comes first, then the instant, which is added, then the number of the status. That of dropped events has no
/// instant, because all others came later.
fn rank(text: &str) -> String {
    let ranked = |status: Status| ((u64::from(status.phase()) + 1) << 56) + status as u64 + 1;
    let kinds = Kind::ALL.into_iter().filter_map(|kind| Some((kind, Status::from_kind(kind)?)));
    let (names, ranks): (Vec<_>, Vec<_>) =
        kinds.map(|(kind, status)| (literal(kind.name()), ranked(status).to_string())).unzip();
    format!("transform({text}, [{}], [{}], 0)", names.join(", "), ranks.join(", "))
}
