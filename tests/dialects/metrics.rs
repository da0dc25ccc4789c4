//! Mailgun's Metrics, as a server would answer.

use mailtally::Store;
use mailtally::dialect::mailgun::metrics::Request;
use mailtally::dialect::mailgun::{CONTENT_TYPE, Error, Route, to_line};

use super::case::{Answer, Case, check};
use crate::common::ready;

#[test]
fn every_request_is_answered_byte_for_byte() {
    check("mailgun-metrics", answer);
}

/// What a server for one account with one key answers.
fn answer(case: &Case) -> Answer {
    try_answer(case).unwrap_or_else(|error| error.refusal().into())
}

fn try_answer(case: &Case) -> Result<Answer, Error> {
    let endpoint = match Route::of(case.method(), case.path())? {
        Route::Metrics(endpoint) => endpoint,
        _ => return Err(Error::NotFound),
    };
    if case.line("authorization", "Basic secret") != "Basic secret" {
        return Err(Error::Unauthorized);
    }
    let request = Request::parse(endpoint, &case.body(), case.now())?;
    let request = request.on_behalf_of(case.line("on-behalf-of", ""));
    let body = body(&*case.store(), &request, case)?;
    Ok(Answer::text(CONTENT_TYPE, body))
}

fn body(store: &dyn Store, request: &Request, case: &Case) -> Result<String, Error> {
    let questions = request.questions(case.line("account", "acme"), case.now())?;
    let answers = questions.plans().map(|plan| ready(store.count(plan)).map_err(mailtally::Error::from));
    let body = questions.body(answers.collect::<Result<_, _>>()?)?;
    Ok(to_line(&body).unwrap())
}
