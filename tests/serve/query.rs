//! `POST /query`.

use mailtally::schema;
use serde_json::{Value, json};

use super::{NOW, UNLIMITED, get, mail, parsed, post, start};

#[test]
fn the_messages_behind_a_figure_are_listed_page_by_page_for_the_account_of_the_key() {
    let server = start("messages", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 5));
    post(&server, "/events", "sk_globex", &mail("globex", 7));
    let query = json!({"period": "2026-02-14", "by": ["provider", "date"]});
    let report = parsed(&post(&server, "/query", "sk_acme", &query.to_string()));
    let row = &report["rows"][0];
    assert_eq!(row["counts"]["delivered"]["total"], 5);
    let mut request = json!({"query": query, "group": row["group"], "metric": "delivered.total", "limit": 2});
    let mut listed = Vec::new();
    for length in [2, 2, 1] {
        let page = parsed(&post(&server, "/query/messages", "sk_acme", &request.to_string()));
        let messages = page["messages"].as_array().unwrap();
        assert_eq!(messages.len(), length);
        listed.extend(
            messages.iter().map(|counted| (counted["message"].to_string(), counted["count"].as_u64())),
        );
        request["after"] = page["next"].clone();
    }
    assert_eq!(request["after"], Value::Null, "the last page");
    assert!(listed.is_sorted() && listed.iter().all(|(_, count)| *count == Some(1)));
    assert_eq!(listed.len(), 5);
    for (wrong, value, parameter) in [
        ("group", json!({"provider": "Google"}), "group"),
        ("group", json!({"provider": "Google", "date": "2026-02-15"}), "group"),
        ("metric", json!("status.delivered"), "metric"),
    ] {
        let mut request = json!({"query": query, "group": row["group"], "metric": "delivered.total"});
        request["query"]["filters"] = json!([{"dimension": "country", "is": [null]}]);
        request[wrong] = value;
        let reply = post(&server, "/query/messages", "sk_acme", &request.to_string());
        assert_eq!((reply.status, &parsed(&reply)["error"]["parameter"]), (400, &json!(parameter)));
    }
}

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
