//! The statement that makes messages of rows: one row for each message, with its events in arrays.
//!
//! It is one `SELECT` whose expressions build on each other by name: old servers analyze a statement within another several
//! times, so each level of them multiplies the time before anything is read.

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
/// The statement has these columns: `account` and `message`; `ats`, `types`, `firsts`, `kind_firsts` and `day_firsts`, arrays
/// with an item for each event in their order; `o_…s`, an array of the events' own values in a dimension; `f_…`, a field of
/// the message, and `f_tags`; `since`, when it was created; and `last_status`, the text of its status's number, see
/// [`Mail::status_of`].
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
    /// Whether `since` and `last_status` are read.
    pub(super) whole: bool,
    /// Whether `hash` and `seen`, the types of dropped events, are columns as well.
    pub(super) is_for_rest: bool,
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
    /// Reads all messages in scope, and nothing of them but types, instants and firsts.
    pub(super) fn new(state: &'a State, scope: &'a Scope) -> Self {
        let needs = Needs::default();
        let (range, after, until) = (None, None, None);
        Self { state, scope, range, after, until, needs, whole: false, is_for_rest: false }
    }

    /// Returns the text that `last_status` is for a status; it is `0` for none.
    pub(super) fn status_of(status: Status) -> String {
        (status as u8 + 1).to_string()
    }

    /// Returns the statement.
    pub(super) fn sql(&self) -> String {
        let tuple = self.tuple();
        let mut columns =
            vec![format!("account, message, groupArray(tuple({})) AS raw", tuple.expressions())];
        if self.is_for_rest {
            columns.push("any(hash) AS hash_of".to_owned());
        }
        self.settle(&tuple, &mut columns);
        self.describe(&tuple, &mut columns);
        self.find_firsts(&tuple, &mut columns);
        format!(
            "SELECT {} FROM events WHERE {} GROUP BY account, message{}",
            columns.join(", "),
            self.condition(),
            self.is_known(&tuple)
        )
    }

    /// Returns the names of the statement's columns.
    pub(super) fn columns(&self) -> Vec<String> {
        let arrays = ["account", "message", "ats", "types", "firsts", "kind_firsts", "day_firsts"];
        let mut columns: Vec<String> = arrays.map(str::to_owned).into();
        if self.whole {
            columns.extend(["since", "last_status"].map(str::to_owned));
        }
        columns.extend(self.needs.fields.iter().map(|field| format!("f_{field}")));
        columns.extend(self.needs.tags.then(|| "f_tags".to_owned()));
        columns.extend(self.needs.own.iter().map(|dimension| format!("{}s", own(*dimension))));
        columns
    }

    /// Returns the condition on the rows of the messages.
    fn condition(&self) -> String {
        let readable = self.readable();
        let touched = self.range.map_or(String::new(), |(start, end)| {
            let within = |column| {
                format!(
                    "SELECT account, message FROM events WHERE {readable} AND {column} >= {start} AND {column} < {end}"
                )
            };
            format!(" AND (account, message) IN ({} UNION ALL {})", within("at"), within("created"))
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
        }
        if self.whole {
            push("since", "if(created != 0 AND (row != 0 OR created < at), created, at)".to_owned());
            push("rank", rank());
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
            true => format!(" HAVING notEmpty(es) OR {} = {REST}", tuple.rest("row")),
            false => String::new(),
        }
    }

    /// Adds what follows from the events of a message.
    fn describe(&self, tuple: &Tuple, columns: &mut Vec<String>) {
        let has_marks = self.state.has_marks;
        let parts = [("at", "ats"), ("type", "types"), ("kind", "kinds")];
        columns.extend(parts.map(|(part, name)| format!("{} AS {name}", tuple.all(part))));
        if self.whole {
            columns.push(format!("{} AS since", self.since(tuple)));
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

    fn greatest_rank(&self, tuple: &Tuple) -> String {
        let events = format!("arrayReduce('max', {})", tuple.all("rank"));
        if !self.state.has_marks {
            return events;
        }
        let (row, rest) = (tuple.rest("row"), tuple.rest("rank"));
        let events = format!("if(empty(es), toUInt64(0), {events})");
        format!("greatest(if({row} = {REST}, {rest}, toUInt64(0)), {events})")
    }

    /// Adds of what each event is the first.
    fn find_firsts(&self, tuple: &Tuple, columns: &mut Vec<String>) {
        // All that was dropped happened on other days.
        columns.push(format!(
            "arrayEnumerateUniq(kinds, arrayMap(a -> intDiv(a, {MILLIS_PER_DAY}), ats)) AS day_firsts"
        ));
        if !self.state.has_marks {
            columns.push(
                "arrayEnumerateUniq(types) AS firsts, arrayEnumerateUniq(kinds) AS kind_firsts".to_owned(),
            );
            if self.is_for_rest {
                columns.push("emptyArrayString() AS seen_types".to_owned());
            }
            return;
        }
        columns.push(format!("{} AS seen_types", tuple.rest("seen")));
        let after = |seen: &str, all: &str| {
            format!("arraySlice(arrayEnumerateUniq(arrayConcat({seen}, {all})), length(seen_types) + 1)")
        };
        let seen_kinds = "arrayMap(t -> splitByChar('.', t)[1], seen_types)";
        columns.push(format!("{} AS firsts", after("seen_types", "types")));
        columns.push(format!("{} AS kind_firsts", after(seen_kinds, "kinds")));
    }
}

/// Returns the expression of how a row competes for the status of its message: the greatest decides. The phase comes first, then
/// the instant, then the number of the status. That of dropped events has no instant, because all others came later.
fn rank() -> String {
    let ranked = |status: Status| ((u64::from(status.phase()) + 1) << 56) + status as u64 + 1;
    let kinds = Kind::ALL.into_iter().filter_map(|kind| Some((kind, Status::from_kind(kind)?)));
    let (names, ranks): (Vec<_>, Vec<_>) =
        kinds.map(|(kind, status)| (literal(kind.name()), ranked(status).to_string())).unzip();
    let (names, ranks) = (names.join(", "), ranks.join(", "));
    format!(
        "toUInt64(if(row = {REST}, toUInt64(0), toUInt64(greatest(at, 0)) * 256) + \
         transform(if(row = {REST}, toString(status), toString(kind)), [{names}], [{ranks}], 0))"
    )
}
