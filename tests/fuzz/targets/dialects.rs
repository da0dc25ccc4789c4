//! The published APIs: the first byte picks one, the rest is a request as HTTP writes it, `METHOD TARGET`, headers, an empty
//! line and the body.
//!
//! Every request is answered or refused with a status below 500. What is parsed has a known path and method.

#![no_main]

use std::str;

use http::{HeaderName, HeaderValue, Method, Uri};
use libfuzzer_sys::{Corpus, fuzz_target};
use mailtally::dialect::emitlo::Emitlo;
use mailtally::dialect::krafter::Krafter;
use mailtally::dialect::mailgun::Mailgun;
use mailtally::dialect::mailtrap::Mailtrap;
use mailtally::dialect::sendkit::{Mailbox, SendKit};
use mailtally::dialect::{Dialect, RateLimit, Response, answer};
use mailtally_fuzz::{NOW, STORE, ready};
use serde_json::Value;

const DOMAIN: &str = "mail.acme.example";

type Request<'a> = http::Request<&'a [u8]>;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((dialect, request)) = data.split_first() else { return Corpus::Reject };
    let Some(request) = parse(request) else { return Corpus::Reject };
    match dialect.wrapping_sub(b'0') % 5 {
        0 => check(&Mailtrap::new([(7, DOMAIN), (8, "b.example")]).account_id(42), &request),
        1 => check(&Krafter, &request),
        2 => check(&Mailgun::new([DOMAIN, "b.example"]).subaccounts(["shop"]), &request),
        3 => check(&Emitlo::new([(7, DOMAIN), (8, "b.example")]), &request),
        _ => check(&SendKit::new([Mailbox::new("1", "kim@acme.example"), Mailbox::new("2 +", "")]), &request),
    }
    Corpus::Keep
});

/// Parses a request; `None` if a server's HTTP library would not accept it.
fn parse(data: &[u8]) -> Option<Request<'_>> {
    let (request_line, mut rest) = split_line(data);
    let request_line = str::from_utf8(request_line).ok()?;
    let (method, target) = request_line.split_once(' ')?;
    let mut request = http::Request::new(&b""[..]);
    *request.method_mut() = method.parse::<Method>().ok()?;
    *request.uri_mut() = target.parse::<Uri>().ok()?;
    while !rest.is_empty() {
        let line;
        (line, rest) = split_line(rest);
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|&byte| byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        request.headers_mut().append(name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?);
    }
    *request.body_mut() = rest;
    Some(request)
}

fn split_line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, b""),
    }
}

fn check<D: Dialect>(dialect: &D, request: &Request<'_>) {
    let routed = D::check_route(request.method(), request.uri().path());
    if let Err(error) = D::credential(request.headers()) {
        check_refusal::<D>(&error);
    }
    match ready(answer(dialect, &*STORE, &"acme".into(), request, NOW)) {
        Ok(mut response) => {
            assert!(routed.is_ok(), "an unknown path has an answer");
            assert_eq!(response.status(), 200);
            check_json(&response);
            D::add_rate_limit(&mut response, &RateLimit { limit: 10, remaining: 9, reset: NOW });
        }
        Err(error) => check_refusal::<D>(&error),
    }
    if let Err(error) = routed {
        assert!(dialect.parse(request, NOW).is_err(), "{error}");
        check_refusal::<D>(&error);
    }
}

fn check_refusal<D: Dialect>(error: &D::Error) {
    let response = D::refuse(error);
    assert!(response.status().is_client_error(), "{}: {error}", response.status());
    assert!(response.body().len() < 8000, "{error}");
    check_json(&response);
}

fn check_json(response: &Response) {
    let is_json = response.headers()["content-type"].as_bytes().starts_with(b"application/json");
    assert!(!is_json || serde_json::from_str::<Value>(response.body()).is_ok(), "{}", response.body());
}
