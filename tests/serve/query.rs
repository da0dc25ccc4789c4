//! `POST /query`.

use mailtally::schema;
use serde_json::{Value, json};

use super::{NOW, UNLIMITED, get, mail, parsed, post, start};

#[test]
fn a_query_is_answered_for_the_account_of_the_key() {
    let server = start("query", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 2));
    let reply =
        post(&server, "/query", "sk_acme", r#"{"period":"7d","zone":"Asia/Kolkata","by":["provider"]}"#);
    let report = parsed(&reply);
    assert_eq!(report["query"]["scope"], json!({"account": "acme"}));
    assert_eq!(report["range"]["asked_at"], NOW, "the stopped clock");
    assert_eq!(report["rows"][0]["group"]["provider"], "Google");
    assert_eq!(report["total"]["counts"]["delivered"]["total"], 2);
    for (body, status, code, parameter) in [
        (r#"{"period":"7d","scope":"all"}"#, 400, "unreadable", Value::Null),
        (r#"{"period":"7d","limits":{"rows":9}}"#, 400, "unreadable", Value::Null),
        (r#"{"period":"7d","top":0}"#, 400, "unanswerable", json!("top")),
        (
            r#"{"period":"2023-01-01..=2025-12-31","resolution":"hour"}"#,
            400,
            "unanswerable",
            json!("resolution"),
        ),
        ("", 400, "unreadable", Value::Null),
        (&format!("{:20000}", "{"), 413, "too_long", Value::Null),
        (&" ".repeat(2 << 20), 413, "payload_too_large", Value::Null),
    ] {
        let reply = post(&server, "/query", "sk_acme", body);
        assert_eq!(reply.status, status, "{}", reply.body);
        let error = &parsed(&reply)["error"];
        assert_eq!((&error["code"], &error["parameter"]), (&json!(code), &parameter));
    }
}

#[test]
fn every_schema_is_served_under_its_file_name() {
    let server = start("schemas", UNLIMITED);
    for (name, text) in schema::ALL {
        let reply = get(&server, &format!("/schemas/{name}"), "sk_acme");
        assert_eq!((reply.status, &*reply.body), (200, text), "{name}");
        assert_eq!(reply.header("content-type"), Some("application/schema+json"));
    }
}
