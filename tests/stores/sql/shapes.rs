//! The texts of statements: what is a parameter, and where the scope is.

use std::collections::BTreeSet;

use mailtally::message::{AccountId, MessageId};
use mailtally::sql::{self, Column, Database, Field, Names, Param, Source, SqlError, Statement};
use mailtally::store::{Figure, Plan, StoreError};
use mailtally::{Dimension, Filter, Kind, Metric, Period, Query, Resolution, Scope, Timing};

use super::host::Layout;
use crate::common::{at, values};

const DATABASES: [Database; 2] = [Database::Postgres, Database::Sqlite];
const DAY: i64 = 86_400;

/// Returns plans of every shape: each dimension in groups and in each kind of filter, periods with and without ends, and both
/// timings.
fn plans(scope: &Scope) -> Vec<Plan> {
    let between = Period::between(at(0), at(40 * DAY));
    let query = |period: &Period| Query::new(scope.clone(), period.clone());
    let mut queries = vec![query(&Period::all()).kinds([]), query(&between).kinds([Kind::Opened])];
    for dimension in Dimension::ALL {
        let value = values(dimension)[0];
        let filters = [
            Filter::is(dimension, [value, ""]),
            Filter::is_not(dimension, [value]).ignoring_case(),
            Filter::contains(dimension, [value]),
        ];
        for filter in filters {
            queries.push(
                query(&between).filter(filter.clone()).timing(Timing::Send).resolution(Resolution::Month),
            );
            queries.push(query(&Period::all()).by(dimension).filter(filter.clone()));
            queries.push(query(&Period::since(at(0))).filter(filter.clone()).by(Dimension::Tag));
            queries.push(query(&Period::until(at(0))).filter(filter).by(dimension));
        }
    }
    let now = at(DAY);
    // Not every dimension can have an absent value or a value in another case.
    queries.into_iter().filter_map(|query| query.plan(now).ok()).collect()
}

/// Returns the statements of a plan: of its answer, of messages behind one of its figures, and of a timeline in its account.
fn statements(plan: &Plan, names: &Names) -> Vec<Statement> {
    let mut statements = vec![sql::statement(plan, names).unwrap()];
    let metric = plan.kinds().first().map(|kind| Metric::Unique(*kind));
    let group = || plan.dimensions().iter().map(|_| None).collect();
    let after: (AccountId, MessageId) = ("other".into(), "m-1".into());
    if let Some(figure) = metric.and_then(|metric| Figure::new(plan.clone(), 0, group(), metric).ok()) {
        statements.push(sql::messages(&figure, names, Some(&after), 10).unwrap());
        statements.push(sql::messages(&figure, names, None, 10).unwrap());
    }
    if let Scope::Account(account) = plan.parts().scope {
        statements.push(sql::timeline(names, account, &"m-1".into()).unwrap());
    }
    statements
}

/// Returns the selections that read a table of the host: from the name of the table to the end of the selection.
fn selections(text: &str) -> Vec<&str> {
    let tables = ["\"events\" e", "\"emails\" m", "\"email_events\" e"];
    let starts = text.match_indices("FROM ").chain(text.match_indices("picked CROSS JOIN "));
    let starts: BTreeSet<usize> = starts.map(|(start, found)| start + found.len()).collect();
    let reads = starts
        .into_iter()
        .map(|start| &text[start..])
        .filter(|rest| tables.iter().any(|table| rest.starts_with(table)));
    reads.map(selection).collect()
}

fn selection(rest: &str) -> &str {
    let mut depth = 0;
    for (index, c) in rest.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth < 0 || (depth == 0 && rest[index..].starts_with("UNION")) {
            return &rest[..index];
        }
    }
    rest
}

/// Returns the placeholders of a parameter.
fn placeholders(statement: &Statement, database: Database, is_it: impl Fn(&Param) -> bool) -> Vec<String> {
    let mark = if database == Database::Postgres { '$' } else { '?' };
    let found = statement.params().iter().enumerate().filter(|(_, param)| is_it(param));
    found.map(|(index, _)| format!("{mark}{}", index + 1)).collect()
}

fn holds_placeholder(text: &str, placeholder: &str) -> bool {
    text.match_indices(placeholder)
        .any(|(start, found)| !text[start + found.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

#[test]
fn every_selection_that_reads_a_table_has_the_scope() {
    let scopes = [Scope::from("just-one"), Scope::Accounts(["one", "two"].map(AccountId::from).into())];
    let is_scope = |param: &Param| match param {
        Param::Text(text) => text == "just-one" || text == r#"["one","two"]"#,
        Param::Texts(texts) => texts == &["one", "two"],
        Param::Integer(_) | Param::Integers(_) => false,
    };
    let mut read = 0;
    for (database, scope) in
        DATABASES.into_iter().flat_map(|database| scopes.iter().map(move |scope| (database, scope)))
    {
        for layout in Layout::ALL {
            let names = layout.names(database);
            for statement in plans(scope).iter().flat_map(|plan| statements(plan, &names)) {
                let scopes = placeholders(&statement, database, is_scope);
                for selection in selections(statement.text()) {
                    read += 1;
                    let is_scoped =
                        scopes.iter().any(|placeholder| holds_placeholder(selection, placeholder));
                    assert!(is_scoped, "{selection}\nhas none of {scopes:?} in\n{}", statement.text());
                }
            }
        }
    }
    assert!(read > 5000, "{read} selections");
}

#[test]
fn no_value_is_in_the_text_of_a_statement() {
    // Two accounts whose names have the same length, so that texts can differ in nothing else.
    for database in DATABASES {
        for layout in Layout::ALL {
            let names = layout.names(database);
            let [one, other] = ["x'); --", "y\"]}{$1"].map(|account| plans(&account.into()));
            for (one, other) in one.iter().zip(&other) {
                for (one, other) in statements(one, &names).into_iter().zip(statements(other, &names)) {
                    assert_eq!(one.text(), other.text());
                    assert_ne!(one.params(), other.params());
                }
            }
        }
    }
    let odd = "IT'S `odd` %_\\";
    for (database, dimension) in
        DATABASES.into_iter().flat_map(|database| Dimension::ALL.map(|of| (database, of)))
    {
        let filters = [Filter::is(dimension, [odd]), Filter::contains(dimension, [odd])];
        for plan in filters
            .map(|filter| Query::new("a", Period::all()).filter(filter).plan(at(0)))
            .into_iter()
            .flatten()
        {
            let names = Layout::Joined.names(database);
            let names = names.field(Field::Stream, Source::constant(odd));
            let text = sql::statement(&plan, &names).unwrap().text().to_lowercase();
            assert!(!text.contains("odd") && !text.contains('\\'), "{text}");
        }
    }
}

#[test]
fn what_the_tables_lack_is_told_before_anything_runs() {
    for database in DATABASES {
        let names = Names::new(database, "events").field(Field::Domain, Column::of_event("domain"));
        let query = Query::new("a", Period::all());
        for lacking in Dimension::ALL.into_iter().filter(|one| !names.dimensions().any(|known| known == *one))
        {
            let filtered = query.clone().filter(Filter::is_present(lacking));
            for query in [query.clone().by(lacking), filtered.by(Dimension::Domain)] {
                let error = sql::statement(&query.plan(at(0)).unwrap(), &names).unwrap_err();
                assert_eq!(error, SqlError::NoColumn(lacking));
                let error = StoreError::from(error);
                assert!(matches!(error, StoreError::Unsupported(dimension) if dimension == lacking));
            }
        }
    }
}

#[test]
fn names_that_cannot_be_sent_are_refused() {
    let plan = Query::new("a", Period::all()).by(Dimension::Domain).plan(at(0)).unwrap();
    for database in DATABASES {
        let refused = [
            Names::new(database, "a\0b"),
            Names::new(database, ""),
            Names::new(database, ("", "events")),
            Names::new(database, "Mailtally_Known"),
            Names::new(database, "events").id(Column::of_event("\0")),
        ];
        for names in refused {
            let names = names.field(Field::Domain, Column::of_event("domain"));
            let error = sql::statement(&plan, &names).unwrap_err();
            assert!(matches!(error, SqlError::Identifier { .. }), "{error}");
        }
        let of_no_table = Names::new(database, "events").field(Field::Domain, Column::of_message("domain"));
        let error = SqlError::NoMessagesTable { column: "domain".to_owned() };
        assert_eq!(sql::statement(&plan, &of_no_table), Err(error));
        let hidden = Names::new(database, ("ours", "mailtally_known"))
            .field(Field::Domain, Column::of_event("domain"));
        assert!(sql::statement(&plan, &hidden).is_ok());
    }
}

#[test]
fn a_text_that_postgres_cannot_have_is_refused_by_name() {
    let refused = |query: Query| {
        sql::statement(&query.plan(at(0)).unwrap(), &Layout::Events.names(Database::Postgres)).unwrap_err()
    };
    let query = Query::new("a", Period::all());
    let of = |name: &str| SqlError::Nul { of: name.to_owned() };
    assert_eq!(refused(query.clone().filter(Filter::is(Dimension::Tag, ["a\0"]))), of("tag"));
    assert_eq!(refused(query.filter(Filter::contains(Dimension::Domain, ["a\0"]))), of("domain"));
    assert_eq!(refused(Query::new("\0", Period::all())), of("account"));
}
