//! A host with few columns, numbers as ids, and its own words.

use mailtally::sql::{Column, Database, Field, InstantColumn, Names, Source, SqlError, TypeColumn};
use mailtally::store::{Figure, Messages, Plan, Store, StoreError};
use mailtally::{Dimension, Event, EventType, Filter, Kind, Metric, Period, Query, Scope, Timing};

use crate::common::at;

/// The words that are events; `processed` is none.
const WORDS: [(&str, EventType); 4] = [
    ("handed_over", EventType::Sent),
    ("ok", EventType::Delivered),
    ("bounced_permanent", EventType::HardBounced),
    ("open", EventType::Opened),
];

/// An event as the host has it: its number, its email, the status and the second.
type Row = (i64, usize, &'static str, i64);

pub(crate) const ROWS: [Row; 11] = [
    (1, 0, "processed", -50),
    (2, 0, "handed_over", 10),
    (9, 0, "open", 86_400),
    // At one instant, 10 is before 9: ids are compared as texts.
    (10, 0, "open", 86_400),
    (11, 0, "ok", 20),
    (12, 1, "handed_over", 30),
    (13, 1, "bounced_permanent", 90_000),
    (14, 2, "ok", 40),
    (15, 2, "OPEN", 50),
    (16, 3, "processed", 60),
    (17, 4, "open", 200_000),
];

/// The emails: the customer, and the domain as the host spells it.
pub(crate) const EMAILS: [(i64, &str); 5] =
    [(17, "GMail.com."), (17, "corp.example"), (170, ""), (17, "x.example"), (-1, "gmail.com")];

/// Returns the id of an email.
pub(crate) fn id(database: Database, email: usize) -> String {
    match database {
        Database::Postgres => format!("0b6f3c1e-8a2d-4a57-9c39-0d6a5e1f2b{email:02x}"),
        _ => (100 + email).to_string(),
    }
}

pub(crate) fn names(database: Database) -> Names {
    let message = Column::of_event("email");
    let (message, instant): (_, fn(Column) -> InstantColumn) = match database {
        Database::Postgres => (message.uuid(), InstantColumn::timestamptz),
        _ => (message.integer(), InstantColumn::seconds),
    };
    Names::new(database, "email \"events\"")
        .messages("emails", [("id", "email")])
        .account(Column::of_message("customer").integer())
        .message(message)
        .id(Column::of_event("id").integer())
        .at(instant(Column::of_event("happened")))
        .event_type(TypeColumn::words(Column::of_event("status"), WORDS))
        .field(Field::RecipientDomain, Column::of_message("to"))
        .field(Field::Stream, Source::constant("bulk"))
}

/// Returns the events that the rows are.
pub(crate) fn events(database: Database) -> Vec<Event> {
    let event = |(number, email, word, second): Row| {
        let event_type = WORDS.into_iter().find(|(known, _)| *known == word)?.1;
        let (customer, domain) = EMAILS[email];
        let event =
            Event::new(customer.to_string(), id(database, email), number.to_string(), event_type, at(second));
        // The host has no column of the provider.
        Some(event.recipient_domain(domain).stream(mailtally::message::Stream::Bulk))
    };
    ROWS.into_iter().filter_map(event).collect()
}

pub(crate) fn plans() -> Vec<Plan> {
    let days =
        |scope: Scope| Query::new(scope, Period::between(at(0), at(3 * 86_400))).by(mailtally::By::Date);
    let one = || days("17".into());
    let queries = [
        one(),
        one().timing(Timing::Send).by(Dimension::RecipientDomain),
        one().by(Dimension::Stream).filter(Filter::is(Dimension::RecipientDomain, ["gmail.com"])),
        one().filter(Filter::contains(Dimension::RecipientDomain, ["MAIL"])).kinds([Kind::Opened]),
        days(Scope::All).by(Dimension::Account).by(Dimension::RecipientDomain),
        days(Scope::Accounts(["17", "-1", "x", "017"].map(Into::into).into())).by(Dimension::Account),
        days(Scope::Accounts([].into())),
        // Texts that no number has.
        days("017".into()),
        days("17 ".into()),
        days("no number".into()),
        Query::new(Scope::All, Period::all()).by(Dimension::Account),
    ];
    queries.map(|query| query.plan(at(0)).unwrap()).to_vec()
}

/// Checks the answers of a store with these rows.
pub(crate) async fn check<S: Store + Messages>(store: &S, database: Database) {
    let (events, plans) = (events(database), plans());
    let counted = store.count(&plans).await.unwrap().rows;
    for (plan, rows) in plans.iter().zip(counted) {
        assert_eq!(rows, plan.tally(events.iter().cloned()).unwrap(), "{:?}", plan.query());
    }
    let figure = Figure::new(plans[0].clone(), 1, Default::default(), Metric::Total(Kind::Opened)).unwrap();
    assert_eq!(store.messages(&figure, None, 10).await.unwrap(), figure.messages(events));
    let by_country = Query::new("17", Period::all()).by(Dimension::Country).plan(at(0)).unwrap();
    let error = store.count(&[by_country]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unsupported(Dimension::Country)), "{error}");
}

#[test]
fn the_dimensions_of_a_host_with_few_columns_are_listed() {
    for database in [Database::Postgres, Database::Sqlite] {
        let known: Vec<Dimension> = names(database).dimensions().collect();
        assert_eq!(known, [Dimension::Account, Dimension::Stream, Dimension::RecipientDomain]);
    }
    let error = SqlError::NoColumn(Dimension::Country).to_string();
    assert_eq!(
        error,
        "the tables have no column for `country`, so there are no rows by it and no filters on it"
    );
}
