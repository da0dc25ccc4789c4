//! All APIs on a plain `tower` service: no web framework.

use std::convert::Infallible;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Mailbox, SendKit};
use mailtally::dialect::{Answers, Credential, Dialect, Failure, Question, RateLimit, Refusal, answer};
use mailtally::message::AccountId;
use mailtally::native::Native;
use mailtally::{Event, Kind, MemoryStore, Period, Query};
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

use crate::common::ready;

type Service = BoxCloneSyncService<Request<Vec<u8>>, Response<String>, Infallible>;

/// Makes a service of a dialect for one account whose key is `sk_secret`.
fn service<D: Dialect + Send + Sync + 'static>(store: &Arc<MemoryStore>, dialect: D) -> Service {
    let (store, dialect) = (Arc::clone(store), Arc::new(dialect));
    BoxCloneSyncService::new(service_fn(move |request: Request<Vec<u8>>| {
        let (store, dialect) = (Arc::clone(&store), Arc::clone(&dialect));
        async move {
            let answered = async {
                D::check_route(request.method(), request.uri().path())?;
                match &*D::credential(request.headers())?.key {
                    "sk_secret" => {}
                    _ => return Err(Refusal::Unauthorized.into()),
                }
                let now = "2026-02-15T12:00:37Z".parse().unwrap();
                answer(&*dialect, &*store, &"acme".into(), &request, now).await
            };
            Ok(answered.await.unwrap_or_else(|error| D::refuse(&error)))
        }
    }))
}

#[test]
fn every_api_answers_and_refuses_on_a_plain_tower_service() {
    let store = Arc::new(MemoryStore::new());
    let at = "2026-02-14T09:30:00Z".parse().unwrap();
    store
        .extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, at).mailbox("kim@acme.example")])
        .unwrap();
    let domains = || [(7, "acme.example")];
    let basic = "Basic YXBpOnNrX3NlY3JldA==";
    for (service, method, target, header, value, expected) in [
        (
            service(&store, Mailtrap::new(domains())),
            "GET",
            "/api/stats?start_date=2026-02-14&end_date=2026-02-14",
            "api-token",
            "sk_secret",
            r#""delivery_count":1"#,
        ),
        (
            service(&store, Krafter),
            "GET",
            "/api/v1/mail/stats",
            "authorization",
            "Bearer sk_secret",
            r#""delivered":1"#,
        ),
        (
            service(&store, Mailgun::new(["acme.example"])),
            "GET",
            "/v3/stats/total?event=delivered",
            "authorization",
            basic,
            r#""total":1"#,
        ),
        (
            service(&store, Emitlo::new(domains())),
            "GET",
            "/api/v1/messages/m-1",
            "authorization",
            "Bearer sk_secret",
            r#""status":"delivered""#,
        ),
        (
            service(&store, SendKit::new([Mailbox::new("1", "kim@acme.example")])),
            "GET",
            "/v1/analytics/mailboxes",
            "x-api-key",
            "sk_secret",
            r#""email":"kim@acme.example""#,
        ),
        (
            service(&store, Native::default()),
            "POST",
            "/anywhere",
            "authorization",
            "Bearer sk_secret",
            r#""warnings":[]"#,
        ),
    ] {
        let send = |method: &str, header: Option<(&str, &str)>| {
            let body = br#"{"period":"2026-02-14"}"#.to_vec();
            let request = Request::builder().method(method).uri(target);
            let request =
                header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
            ready(service.clone().oneshot(request.body(body).unwrap())).unwrap()
        };
        let response = send(method, Some((header, value)));
        assert_eq!(response.status(), StatusCode::OK, "{target}: {}", response.body());
        assert!(response.body().contains(expected), "{target}: {}", response.body());
        assert_eq!(send(method, None).status(), StatusCode::UNAUTHORIZED, "{target}");
        let deleted = send("DELETE", Some((header, value)));
        assert_eq!(deleted.status(), StatusCode::METHOD_NOT_ALLOWED, "{target}");
        assert!(deleted.headers().contains_key("allow"), "{target}");
    }
}

/// A dialect that is none of the crate's: the number of deliveries, as text.
struct Deliveries;

#[derive(Debug, thiserror::Error)]
enum DeliveriesError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Dialect for Deliveries {
    type Request = Period;
    type Error = DeliveriesError;

    fn check_route(method: &Method, path: &str) -> Result<(), DeliveriesError> {
        match (method, path) {
            (&Method::GET, "/deliveries") => Ok(()),
            (_, "/deliveries") => Err(Refusal::MethodNotAllowed { allow: "GET" }.into()),
            _ => Err(Refusal::Other(StatusCode::NOT_FOUND).into()),
        }
    }

    fn credential(headers: &HeaderMap) -> Result<Credential, DeliveriesError> {
        let key = headers.get("key").and_then(|key| key.to_str().ok());
        Ok(Credential::new(key.ok_or(Refusal::Unauthorized)?))
    }

    fn parse<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        _: DateTime<Utc>,
    ) -> Result<Period, DeliveriesError> {
        let period = request.uri().query().and_then(|query| query.parse().ok());
        Ok(period.ok_or(Refusal::Other(StatusCode::BAD_REQUEST))?)
    }

    fn questions(&self, period: &Period, account: &AccountId) -> Vec<Question> {
        vec![Question::Report(Query::new(account.clone(), period.clone()))]
    }

    fn respond(&self, _: &Period, mut answers: Answers) -> Result<Response<String>, DeliveriesError> {
        Ok(Response::new(answers.report()?.total().total(Kind::Delivered).to_string()))
    }

    fn refuse(error: &DeliveriesError) -> Response<String> {
        let mut response = Response::new(error.to_string());
        *response.status_mut() = match error {
            DeliveriesError::Refused(refusal) => refusal.status(),
            DeliveriesError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        response
    }

    fn add_rate_limit(_: &mut Response<String>, _: &RateLimit) {}
}

#[test]
fn a_host_can_add_a_dialect_of_its_own() {
    let store = Arc::new(MemoryStore::new());
    let at = "2026-02-14T09:30:00Z".parse().unwrap();
    store.extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, at)]).unwrap();
    let service = service(&store, Deliveries);
    for (method, target, status, body) in [
        ("GET", "/deliveries?2026-02", 200, "1"),
        ("GET", "/deliveries?2026-01", 200, "0"),
        ("GET", "/deliveries?soon", 400, "400 Bad Request"),
        ("PUT", "/deliveries?2026-02", 405, "the method is not allowed, expected GET"),
        ("GET", "/", 404, "404 Not Found"),
    ] {
        let request = Request::builder().method(method).uri(target).header("key", "sk_secret");
        let request = request.body(Vec::new()).unwrap();
        let response = ready(service.clone().oneshot(request)).unwrap();
        assert_eq!((response.status().as_u16(), &**response.body()), (status, body), "{method} {target}");
    }
}
