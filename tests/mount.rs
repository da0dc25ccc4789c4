//! All APIs on a plain `tower` service: no web framework.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Mailbox, SendKit};
use mailtally::dialect::{Dialect, Refusal, answer};
use mailtally::native::Native;
use mailtally::{Event, Kind, MemoryStore};
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
    store.extend([Event::new("acme", "m-1", "e-1", Kind::Delivered, at).mailbox("kim@acme.example")]);
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
