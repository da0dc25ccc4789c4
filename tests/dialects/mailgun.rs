//! Mailgun's Stats, tag statistics and aggregates, as a server would answer.

use chrono::{DateTime, Utc};
use mailtally::dialect::Params;
use mailtally::dialect::mailgun::aggregates::{self, Supported};
use mailtally::dialect::mailgun::{CONTENT_TYPE, Error, HEADERS, Route, Settings, key, stats, to_line};
use mailtally::{Query, Report, Store};

use super::case::{Answer, Case, check};
use crate::common::ready;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailgun", answer);
}

/// What a server for one account with one key answers.
fn answer(case: &Case) -> Answer {
    assert_eq!(&*case.body(), &b""[..]);
    let answer = try_answer(case).unwrap_or_else(|error| error.refusal().into());
    if answer.content_type == CONTENT_TYPE {
        check_line(&answer.body);
    }
    answer
}

// G36
/// Every body but the two in plain text is a line of compact JSON.
fn check_line(body: &str) {
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    assert!(json.is_object() && body.ends_with("}\n"), "{body}");
    assert_eq!(body.matches('\n').count(), 1, "{body}");
}

fn try_answer(case: &Case) -> Result<Answer, Error> {
    let route = Route::of(case.method(), case.path())?;
    let authorization =
        Some(case.line("authorization", "Basic YXBpOnNlY3JldA==")).filter(|value| !value.is_empty());
    if key(authorization).as_deref() != Some("secret") {
        return Err(Error::Unauthorized);
    }
    if case.line("scopes", "stats") != "stats" {
        return Err(Error::Forbidden("Your key may not read statistics".to_owned()));
    }
    if case.used() > 500 {
        return Err(Error::TooManyRequests);
    }
    let settings = Settings::new(case.lines("domain"));
    let server = Server {
        store: &*case.store(),
        settings: &settings,
        account: case.line("account", "acme"),
        subaccount: case.line("on-behalf-of", ""),
        now: case.now(),
    };
    let body = server.answer(route, &case.params())?;
    let mut answer = Answer::text(CONTENT_TYPE, body);
    answer.headers = HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Ok(answer)
}

/// What a host knows when it answers.
pub(super) struct Server<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) settings: &'a Settings,
    pub(super) account: &'a str,
    pub(super) subaccount: &'a str,
    pub(super) now: DateTime<Utc>,
}

impl Server<'_> {
    /// The body that answers a request.
    pub(super) fn answer(&self, route: Route, params: &Params) -> Result<String, Error> {
        let line = match route {
            Route::Stats(endpoint) => {
                let request = stats::Request::parse(&endpoint, params, self.settings, self.now)?;
                let request = request.on_behalf_of(self.subaccount);
                to_line(&request.body(&self.report(&request.query(self.account))?))
            }
            Route::Aggregates(endpoint) => {
                let request = aggregates::Request::parse(&endpoint, params, self.settings)?;
                let request = request.on_behalf_of(self.subaccount);
                to_line(&request.body(&self.report(&request.query(self.account))?))
            }
            Route::Supported { domain, breakdown } => {
                to_line(&Supported::new(&domain, breakdown, self.settings)?)
            }
            // Metrics are asked elsewhere.
            _ => return Err(Error::NotFound),
        };
        Ok(line.unwrap())
    }

    fn report(&self, query: &Query) -> Result<Report, Error> {
        Ok(ready(mailtally::report(self.store, query, self.now))?)
    }
}
