//! The example `serve`, asked over the network as its users ask it: whose numbers come out, how many, and what happens
//! when something is wrong.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) mod http;
pub(crate) mod server;

use http::{Client, Reply};
use server::{Server, build};

/// When the servers of these tests are asked.
const NOW: &str = "2026-02-15T12:00:37Z";

/// No limits, for tests that ask often.
const UNLIMITED: &str = r#"
[limits]
mailtrap_account = "off"
mailtrap_token = "off"
krafter = "off"
mailgun = "off"
emitlo = "off"
sendkit = "off"
events = "off"
query = "off"
"#;

/// The example program, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("serve", "dev"))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{name}"))
}

/// Two accounts, each with a key for everything; `more` has further keys and the limits.
fn config(more: &str) -> String {
    let account = |id: &str, number: i64, domain: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nmailtrap = {number}\n\
             domains = [{{ id = {number}0, name = \"{domain}\" }}]\nworkspace = \"w-{number}\"\n\
             [[account.mailbox]]\nid = \"box\"\nemail = \"sales@{id}.example\"\n"
        )
    };
    let accounts = account("acme", 42, "mail.acme.example") + &account("globex", 43, "globex.example");
    accounts + &key("sk_acme", "acme", "*") + &key("sk_globex", "globex", "*") + more
}

/// A key of the configuration; its name in the log is its text backwards.
fn key(key: &str, account: &str, scope: &str) -> String {
    let hash = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let name: String = key.chars().rev().collect();
    format!(
        "[[key]]\nname = \"{name}\"\nsha256 = \"{hash}\"\naccount = \"{account}\"\nscopes = [\"{scope}\"]\n"
    )
}

fn start(name: &str, more: &str) -> Server {
    Server::start(program(), folder(name), &config(more), &["--now", NOW]).unwrap()
}

fn ask(server: &Server, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    Client::connect(server.address).unwrap().ask(method, target, headers, body).unwrap()
}

fn get(server: &Server, target: &str, key: &str) -> Reply {
    let header = credentials(target, key);
    ask(server, "GET", target, &[(header.0, &header.1)], b"")
}

/// Asks for one of the [`Api::requests`].
fn request(server: &Server, request: &str, key: &str) -> Reply {
    match request.strip_prefix("POST ").and_then(|request| request.split_once(' ')) {
        None => get(server, request, key),
        Some((path, body)) => {
            let header = credentials(path, key);
            ask(server, "POST", path, &[(header.0, &header.1)], body.as_bytes())
        }
    }
}

/// The header in which the API of a path takes its key.
fn credentials(target: &str, key: &str) -> (&'static str, String) {
    let is_metrics = target.starts_with("/v1/analytics/") && target.ends_with("metrics");
    match API
        .iter()
        .find(|api| target.starts_with(api.prefix))
        .map(|api| if is_metrics { &API[0] } else { api })
    {
        Some(api) => (api.credentials)(key),
        None => ("authorization", format!("Bearer {key}")),
    }
}

/// An API as its clients know it.
struct Api {
    /// What its paths begin with.
    prefix: &'static str,
    credentials: fn(&str) -> (&'static str, String),
    /// Requests that are answered: targets, or `POST`, a path and a body.
    requests: &'static [&'static str],
    /// What an unknown path, a wrong method, and a missing key are answered with.
    not_found: &'static str,
    not_allowed: &'static str,
    unauthorized: &'static str,
}

const API: [Api; 5] = [
    Api {
        prefix: "/v3/",
        credentials: basic,
        requests: &[
            "/v3/stats/total?event=delivered&event=opened",
            "/v3/stats/total/domains?event=delivered&timestamp=1771063200",
            "/v3/stats/filter?event=delivered&group=tag",
            "/v3/stats/filter?event=delivered&group=ip&filter=tag:acme",
            "POST /v1/analytics/metrics {\"metrics\":[\"delivered_count\",\"opened_rate\"],\"dimensions\":[\"tag\"]}",
            "POST /v1/analytics/metrics {\"include_aggregates\":true,\"duration\":\"1m\"}",
            "POST /v1/analytics/usage/metrics {\"metrics\":[\"processed_count\"]}",
        ],
        not_found: "404 page not found\n",
        not_allowed: "{\"message\":\"Method Not Allowed\"}\n",
        unauthorized: "Forbidden",
    },
    Api {
        prefix: "/v1/analytics/",
        credentials: |key| ("x-api-key", key.to_owned()),
        requests: &[
            "/v1/analytics/mailboxes?from=2026-02-01",
            "/v1/analytics/overview",
            "/v1/analytics/daily",
            "/v1/analytics/daily/campaigns/spring",
        ],
        not_found: r#"{"error":"Not Found","message":"The requested resource was not found","code":404}"#,
        not_allowed: r#"{"error":"Method Not Allowed","message":"The request was refused","code":405}"#,
        unauthorized: r#"{"error":"Unauthorized","message":"Missing or invalid API key","code":401}"#,
    },
    Api {
        prefix: "/api/v1/mail/",
        credentials: |key| ("authorization", format!("Bearer {key}")),
        requests: &["/api/v1/mail/stats?period=30d", "/api/v1/mail/stats/daily"],
        not_found: r#"{"error":"Not found"}"#,
        not_allowed: r#"{"error":"Method Not Allowed"}"#,
        unauthorized: r#"{"error":"Invalid or missing API key"}"#,
    },
    Api {
        prefix: "/api/v1/",
        credentials: |key| ("authorization", format!("Bearer {key}")),
        requests: &[
            "/api/v1/messages/m-1",
            "/api/v1/messages/m-1/events",
            "/api/v1/stats/overview",
            "/api/v1/stats/daily?from=2026-02-01&to=2026-02-15",
        ],
        not_found: r#"{"status":"error","error":{"code":"NOT_FOUND","message":"Resource not found."}}"#,
        not_allowed: r#"{"status":"error","error":{"code":"METHOD_NOT_ALLOWED","message":"Method Not Allowed."}}"#,
        unauthorized: r#"{"status":"error","error":{"code":"UNAUTHENTICATED","message":"Invalid or missing credential."}}"#,
    },
    Api {
        prefix: "/api/",
        credentials: |key| ("api-token", key.to_owned()),
        requests: &[
            "/api/stats?start_date=2026-02-01&end_date=2026-02-15",
            "/api/stats/domains?start_date=2026-02-01&end_date=2026-02-15",
            "/api/stats/categories?start_date=2026-02-01&end_date=2026-02-15",
            "/api/stats/email_service_providers?start_date=2026-02-01&end_date=2026-02-15",
            "/api/stats/date?start_date=2026-02-01&end_date=2026-02-15",
        ],
        not_found: r#"{"error":"Not Found"}"#,
        not_allowed: r#"{"error":"Method Not Allowed"}"#,
        unauthorized: r#"{"error":"Incorrect API token"}"#,
    },
];

/// Mailgun's credentials: the password of the user `api`.
fn basic(key: &str) -> (&'static str, String) {
    let known = [("sk_acme", "YXBpOnNrX2FjbWU="), ("sk_globex", "YXBpOnNrX2dsb2JleA==")];
    let credentials = known.into_iter().find(|(known, _)| *known == key).map_or("", |(_, encoded)| encoded);
    ("authorization", format!("Basic {credentials}"))
}

fn post(server: &Server, path: &str, key: &str, body: &str) -> Reply {
    let bearer = format!("Bearer {key}");
    ask(server, "POST", path, &[("authorization", &bearer)], body.as_bytes())
}

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"))
}

/// Mail of an account: `count` messages, all sent and delivered, the first also opened.
fn mail(account: &str, count: u32) -> String {
    let event = |message: u32, id: u32, kind: &str| {
        json!({
            "account": account, "message": format!("m-{message}"), "id": format!("e-{id}"), "kind": kind,
            "at": "2026-02-14T09:30:00Z", "domain": if account == "acme" { "mail.acme.example" } else { "globex.example" },
            "category": format!("of {account}"), "recipient_domain": "gmail.com", "tags": [account],
            "mailbox": format!("sales@{account}.example"), "campaign": "spring", "attributes": {"subject": format!("hello {account}")},
        })
        .to_string()
    };
    let delivered = (1..=count).map(|message| event(message, 1, "delivered"));
    let sent = (1..=count).map(|message| event(message, 3, "sent"));
    let lines: Vec<String> = sent.chain(delivered).chain([event(1, 2, "opened")]).collect();
    lines.join("\n")
}

fn is_ok(reply: &Reply) -> bool {
    reply.status == 200
}

#[test]
fn no_account_sees_anothers_mail() {
    let together = start("together", UNLIMITED);
    for (key, account, count) in [("sk_acme", "acme", 3), ("sk_globex", "globex", 5)] {
        let reply = post(&together, "/events", key, &mail(account, count));
        assert_eq!(json(&reply)["new"], 2 * count + 1, "{reply:?}");
    }
    for (key, account, count) in [("sk_acme", "acme", 3), ("sk_globex", "globex", 5)] {
        let alone = start(&format!("alone-{account}"), UNLIMITED);
        assert!(is_ok(&post(&alone, "/events", key, &mail(account, count))));
        for target in API.iter().flat_map(|api| api.requests) {
            let [found, expected] = [&together, &alone].map(|server| request(server, target, key));
            assert_eq!((found.status, &found.body), (200, &expected.body), "{target} of {account}");
            assert!(found.body.contains(&count.to_string()) || target.contains("messages"), "{found:?}");
        }
        let question = r#"{"period":"2026-02","by":["domain","tag","mailbox"]}"#;
        let [found, expected] = [&together, &alone].map(|server| post(server, "/query", key, question));
        assert_eq!((found.status, &found.body), (200, &expected.body));
        assert!(found.body.contains(account));
    }
}

#[test]
fn a_key_is_for_its_own_account_and_its_own_apis() {
    let platform = key("sk_user_1", "acme", "sendkit") + "workspaces = [\"globex\"]\n";
    let more = key("kr_reader", "acme", "mail:read") + &key("writer", "acme", "events:write") + &platform;
    let server = start("keys", &(more + UNLIMITED));
    let dates = "?start_date=2026-02-01&end_date=2026-02-15";
    for (target, key, status) in [
        (format!("/api/accounts/42/stats{dates}"), "sk_acme", 200),
        (format!("/api/accounts/0042/stats{dates}"), "sk_acme", 200),
        (format!("/api/accounts/43/stats{dates}"), "sk_acme", 403),
        (format!("/api/accounts/42/stats{dates}"), "sk_globex", 403),
        (format!("/api/accounts/x/stats{dates}"), "sk_acme", 403),
        (format!("/api/stats{dates}"), "sk_globex", 200),
        (format!("/api/stats{dates}&domain_ids[]=430"), "sk_acme", 400),
        (format!("/api/stats{dates}&domain_ids[]=430"), "sk_globex", 200),
        (format!("/api/stats{dates}"), "kr_reader", 403),
        ("/api/v1/mail/stats".to_owned(), "kr_reader", 200),
        ("/api/v1/mail/stats".to_owned(), "writer", 403),
        ("/api/v1/stats/overview".to_owned(), "kr_reader", 403),
        (format!("/api/stats{dates}"), "sk_acme ", 200),
        (format!("/api/stats{dates}"), "sk_acm", 401),
        (format!("/api/stats{dates}"), "SK_ACME", 401),
        (format!("/api/stats{dates}"), "sk_acmee", 401),
        ("/v3/mail.acme.example/stats/total?event=opened".to_owned(), "sk_acme", 200),
        ("/v3/mail.acme.example/stats/total?event=opened".to_owned(), "sk_globex", 404),
        ("/v3/stats/total?event=opened".to_owned(), "kr_reader", 401),
        ("/v1/analytics/mailboxes/box".to_owned(), "sk_acme", 200),
        ("/v1/analytics/mailboxes/nobox".to_owned(), "sk_acme", 404),
        ("/v1/analytics/overview".to_owned(), "kr_reader", 401),
        ("/v1/analytics/overview".to_owned(), "sk_user_1", 400),
    ] {
        let reply = get(&server, &target, key);
        assert_eq!(reply.status, status, "{target} {key}: {reply:?}");
    }
    for (path, key, status) in [
        ("/events", "writer", 200),
        ("/events", "kr_reader", 403),
        ("/events", "nobody", 401),
        ("/query", "writer", 403),
        ("/query", "", 401),
    ] {
        let reply = post(&server, path, key, "");
        assert_eq!(reply.status, status, "{path} {key}: {reply:?}");
    }
    for (key, workspace, status) in [
        ("sk_user_1", "w-43", 200),
        ("sk_user_1", "w-42", 403),
        ("sk_user_1", "", 400),
        ("sk_acme", "w-42", 400),
    ] {
        let headers = [("x-api-key", key), ("x-workspace-id", workspace)];
        let reply = ask(&server, "GET", "/v1/analytics/overview", &headers, b"");
        assert_eq!(reply.status, status, "{key} {workspace}: {reply:?}");
    }
    for (subaccount, status) in [("", 200), ("acme-shop", 403)] {
        let (name, value) = basic("sk_acme");
        let headers = [(name, &*value), ("x-mailgun-on-behalf-of", subaccount)];
        let reply = ask(&server, "GET", "/v3/stats/total?event=opened", &headers, b"");
        assert_eq!(reply.status, status, "{subaccount}: {reply:?}");
    }
    let unknown = post(&server, "/query", "nobody", r#"{"period":"7d"}"#);
    assert_eq!(unknown.header("www-authenticate"), Some("Bearer"));
    assert_eq!(json(&unknown)["error"]["code"], "unauthorized");
}

#[test]
fn each_api_refuses_in_its_own_words() {
    let server = start("words", UNLIMITED);
    for api in API {
        let none = ask(&server, "GET", api.requests[0], &[], b"");
        assert_eq!((none.status, &*none.body), (401, api.unauthorized));
        for target in [format!("{}nowhere", api.prefix), format!("{}%00/../..", api.prefix)] {
            let reply = get(&server, &target, "sk_acme");
            assert_eq!((reply.status, &*reply.body), (404, api.not_found), "{target}");
        }
        for method in ["POST", "DELETE", "PUT", "OPTIONS", "PATCH"] {
            let reply = ask(&server, method, api.requests[0], &[], b"");
            assert_eq!((reply.status, &*reply.body), (405, api.not_allowed), "{method}");
            assert_eq!(reply.header("allow"), Some("GET, HEAD"));
        }
        let long = format!("{}?x={}", api.requests[0], "x".repeat(16 << 10));
        assert_eq!(get(&server, &long, "sk_acme").status, 414);
        let is_json = |reply: &Reply| reply.header("content-type").unwrap().starts_with("application/json");
        assert!(is_json(&get(&server, &long, "sk_acme")));
        assert_eq!(is_json(&none), none.body.starts_with('{'));
    }
    for (method, target, status, code) in [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v2/analytics", 404, "not_found"),
        ("GET", "/events", 405, "method_not_allowed"),
        ("DELETE", "/query", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/schemas/secrets.json", 404, "not_found"),
    ] {
        let reply = ask(&server, method, target, &[], b"");
        assert_eq!((reply.status, &json(&reply)["error"]["code"]), (status, &json!(code)), "{target}");
        assert_eq!(reply.header("allow").is_some(), status == 405);
    }
}

#[test]
fn a_head_is_the_head_of_the_answer() {
    let server = start("head", UNLIMITED);
    for target in API.iter().map(|api| api.requests[0]).chain(["/healthz", "/schemas/request.json"]) {
        let header = credentials(target, "sk_acme");
        let mut client = Client::connect(server.address).unwrap();
        let head = client.ask("HEAD", target, &[(header.0, &header.1)], b"").unwrap();
        // If a body had come, it would stand before the next answer.
        let whole = client.ask("GET", target, &[(header.0, &header.1)], b"").unwrap();
        assert_eq!((head.status, &head.body[..]), (whole.status, ""));
        let named = |reply: &Reply, name| reply.header(name).map(str::to_owned);
        for name in ["content-length", "content-type"] {
            assert_eq!(named(&head, name), named(&whole, name), "{target}");
        }
    }
}

#[test]
fn events_sent_again_count_once_and_bad_lines_are_told_by_number() {
    let server = start("events", UNLIMITED);
    let good = mail("acme", 1);
    let [_, first, second] = good.lines().collect::<Vec<_>>().try_into().unwrap();
    let foreign = first.replace("\"acme\"", "\"globex\"");
    let sooner = first.replace("09:30:00", "09:29:00");
    let body =
        format!("\u{feff}{first}\r\n\n{foreign}\n{{\"kind\":7}}\nnot json\n{second}\n{first}\n{sooner}");
    let expected = json!({
        "lines": 8, "new": 2, "repeats": 1, "corrections": 1, "refused": 3,
        "reasons": [
            {"line": 3, "reason": "of another account, expected `acme`"},
            {"line": 4, "column": 9, "reason": "expected value"},
            {"line": 5, "column": 1, "reason": "unknown line `not json`, expected one JSON object"},
        ],
    });
    let reply = json(&post(&server, "/events", "sk_acme", &body));
    assert_eq!(reply, expected);
    let again = json(&post(&server, "/events", "sk_acme", &body));
    assert_eq!([&again["new"], &again["repeats"], &again["corrections"]], [0, 4, 0]);
    let daily = json(&get(&server, "/api/v1/mail/stats/daily?days=2", "sk_acme"));
    assert_eq!(daily["data"][0]["delivered"], 1);
    let nothing = get(&server, "/api/v1/mail/stats", "sk_globex");
    assert_eq!(json(&nothing)["data"]["total"], 0);
}

#[test]
fn a_long_body_is_taken_however_it_is_cut() {
    let server = start("long", UNLIMITED);
    let lines = mail("acme", 2500);
    let endless = format!("\"{}\"\n", "x".repeat(3 << 20));
    let body = [lines.as_bytes(), b"\n", endless.as_bytes(), lines.as_bytes()].concat();
    let mut client = Client::connect(server.address).unwrap();
    let head = "POST /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sk_acme\r\ntransfer-encoding: chunked\r\n\r\n";
    client.send(head.as_bytes()).unwrap();
    for chunk in body.chunks(77_777) {
        client.send(format!("{:x}\r\n", chunk.len()).as_bytes()).unwrap();
        client.send(chunk).unwrap();
        client.send(b"\r\n").unwrap();
    }
    client.send(b"0\r\nx-trailer: says nothing\r\n\r\n").unwrap();
    let reply = json(&client.reply(true).unwrap());
    assert_eq!(
        [&reply["lines"], &reply["new"], &reply["repeats"], &reply["refused"]],
        [10_003, 5001, 5001, 1]
    );
    let reason = "longer than the 1048576 bytes that a line may have";
    assert_eq!(reply["reasons"], json!([{"line": 5002, "reason": reason}]));
    let bad = "{}\n".repeat(1234);
    let reply = json(&post(&server, "/events", "sk_acme", &bad));
    assert_eq!((&reply["refused"], reply["reasons"].as_array().unwrap().len()), (&json!(1234), 100));
}

#[test]
fn a_packed_body_is_refused_whole() {
    let server = start("packed", UNLIMITED);
    for (encoding, status) in [("gzip", 415), ("identity", 200)] {
        let headers = [("authorization", "Bearer sk_acme"), ("content-encoding", encoding)];
        let reply = ask(&server, "POST", "/events", &headers, mail("acme", 1).as_bytes());
        assert_eq!(reply.status, status, "{reply:?}");
    }
}

#[test]
fn ids_in_paths_are_decoded() {
    let server = start("ids", UNLIMITED);
    let event = r#"{"account":"acme","message":"a b/c+d&e=é","id":"1","kind":"sent","at":"2026-02-14T09:30:00Z","campaign":"x y"}"#;
    assert_eq!(json(&post(&server, "/events", "sk_acme", event))["new"], 1);
    let reply = get(&server, "/api/v1/messages/a%20b%2Fc+d&e=%C3%A9", "sk_acme");
    assert_eq!(json(&reply)["data"]["message"]["id"], "a b/c+d&e=é");
    let reply = get(&server, "/v1/analytics/daily/campaigns/x%20y", "sk_acme");
    assert_eq!(json(&reply)["data"][0]["sent"], 1);
}

#[test]
fn a_body_that_breaks_off_leaves_what_came_before() {
    let server = start("broken", UNLIMITED);
    let lines = mail("acme", 1500);
    let mut client = Client::connect(server.address).unwrap();
    let head = format!(
        "POST /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sk_acme\r\ncontent-length: {}\r\n\r\n",
        lines.len() + 1
    );
    client.send(&[head.as_bytes(), lines.as_bytes()].concat()).unwrap();
    drop(client);
    let again = json(&post(&server, "/events", "sk_acme", &lines));
    assert_eq!(again["new"].as_u64().unwrap() + again["repeats"].as_u64().unwrap(), 3001);
    let total = json(&get(&server, "/api/v1/mail/stats", "sk_acme"));
    assert_eq!(total["data"]["total"], 1500);
}

#[test]
fn questions_in_the_crates_own_json_are_answered_for_the_keys_account() {
    let server = start("query", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 2));
    let reply =
        post(&server, "/query", "sk_acme", r#"{"period":"7d","zone":"Asia/Kolkata","by":["provider"]}"#);
    let report = json(&reply);
    assert_eq!(report["query"]["scope"], json!({"account": "acme"}));
    assert_eq!(report["range"]["asked_at"], NOW, "the pinned clock");
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
        let error = &json(&reply)["error"];
        assert_eq!((&error["code"], &error["parameter"]), (&json!(code), &parameter));
    }
    let schema = json(&get(&server, "/schemas/request.json", "sk_acme"));
    assert_eq!(schema["required"], json!(["period"]));
}

#[test]
fn requests_are_limited_as_published_and_each_for_itself() {
    let server = start("limits", "");
    let dates = "?start_date=2026-02-01&end_date=2026-02-15";
    let mailtrap = |number: usize| {
        let endpoint = ["", "/domains", "/categories", "/email_service_providers", "/date"][number % 5];
        get(&server, &format!("/api/stats{endpoint}{dates}"), "sk_acme")
    };
    let statuses: Vec<u16> = (0..10).map(|number| mailtrap(number).status).collect();
    assert_eq!(statuses, [200; 10]);
    let over = mailtrap(10);
    assert_eq!((over.status, &*over.body), (429, r#"{"errors":"Rate limit exceeded"}"#));
    assert_eq!(over.header("retry-after"), Some("23"), "the minute of the pinned clock");
    assert_eq!(
        (over.header("x-ratelimit-limit"), over.header("x-ratelimit-remaining")),
        (Some("150"), Some("139"))
    );
    assert_eq!(get(&server, &format!("/api/stats{dates}"), "sk_globex").status, 200);

    let krafter = || get(&server, "/api/v1/mail/stats", "sk_acme");
    let first = krafter();
    for (name, value) in [("limit", "100"), ("remaining", "99"), ("reset", "1771156860")] {
        assert_eq!(first.header(&format!("x-ratelimit-{name}")), Some(value));
    }
    assert!((2..=100).all(|_| krafter().status == 200));
    let over = krafter();
    assert_eq!((over.status, &*over.body), (429, r#"{"error":"Rate limit exceeded","retry_after":23}"#));
    assert_eq!((over.header("retry-after"), over.header("x-ratelimit-remaining")), (Some("23"), Some("0")));

    assert!((0..100).all(|_| get(&server, "/v1/analytics/daily", "sk_acme").status == 200));
    let over = get(&server, "/v1/analytics/daily", "sk_acme");
    assert_eq!(
        (over.status, over.header("retry-after"), over.header("x-ratelimit-reset")),
        (429, Some("23"), Some("1771156860"))
    );

    let mailgun = || get(&server, "/v3/stats/total?event=opened", "sk_acme");
    assert!((0..500).all(|_| mailgun().status == 200));
    let over = mailgun();
    assert_eq!((over.status, &*over.body), (429, "{\"message\":\"too many requests\"}\n"));
    assert_eq!(over.header("retry-after"), Some("3"), "ten seconds, pinned at the 37th");

    assert!((0..100).all(|_| get(&server, "/api/v1/stats/overview", "sk_acme").status == 200));
    let over = get(&server, "/api/v1/stats/overview", "sk_acme");
    assert_eq!((over.status, over.header("retry-after")), (429, Some("23")));
    assert_eq!(json(&over)["error"]["code"], "RATE_LIMITED");
}

#[test]
fn limits_can_be_set_and_windows_end() {
    let limits = "[limits]\nmailtrap_account = \"2/1s\"\nkrafter = \"3/1s\"\nquery = \"0/3600s\"\n";
    // Without a pinned clock.
    let server = Server::start(program(), folder("windows"), &config(limits), &[]).unwrap();
    let asked = |count: usize| (0..count).map(|_| get(&server, "/api/v1/mail/stats", "sk_acme").status);
    let start = Instant::now();
    let mut answered = asked(12).filter(|status| *status == 200).count();
    assert!((3..=6).contains(&answered), "{answered} in {:?}", start.elapsed());
    while start.elapsed() < Duration::from_millis(2100) {
        thread::sleep(Duration::from_millis(50));
        answered += asked(1).filter(|status| *status == 200).count();
    }
    assert!((6..=12).contains(&answered), "{answered} in {:?}", start.elapsed());
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_globex").header("x-ratelimit-limit"), Some("3"));
    let none = post(&server, "/query", "sk_acme", r#"{"period":"7d"}"#);
    assert_eq!(none.status, 429, "a limit of none");
}

/// Requests that no client should send, as bytes; the server answers each with a 4xx, or closes.
fn nasty() -> Vec<Vec<u8>> {
    let mut requests: Vec<Vec<u8>> = [
        "GET\r\n\r\n",
        "\r\n\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "POST /events HTTP/1.1\r\nauthorization: Bearer sk_acme\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "POST /query HTTP/1.1\r\nauthorization: Bearer sk_acme\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\nauthorization:\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\napi-token: \u{e9}\u{fc}\r\n\r\n",
        "GET /%%%%/%zz?%=%&&=&=%ff HTTP/1.1\r\n\r\n",
        "GET //api//stats?start_date HTTP/1.1\r\n\r\n",
        "GET http://elsewhere.example/api/stats HTTP/1.1\r\nhost: x\r\n\r\n",
        "CONNECT /api/stats HTTP/1.1\r\nhost: x\r\n\r\n",
        "CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        "TRACE / HTTP/1.1\r\nhost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    requests.push(format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)).into());
    requests.push(format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000)).into());
    requests.push([&b"GET /api/v1/messages/\xff\xfe HTTP/1.1\r\n\r\n"[..], &[0; 100]].concat());
    requests
}

/// Parameters that mean nothing, for every endpoint.
const NONSENSE: [&str; 12] = [
    "start_date=9999-12-31&end_date=0001-01-01",
    "start_date=-262144-01-01&end_date=+262143-12-31",
    "start_date=2026-02-30&end_date=2026-02-31&from=x&to=y&days=-1&period=%00",
    "from=0000-00-00&to=99999-01-01&domain_id=-9223372036854775809",
    "days=99999999999999999999999&period=1d&period=2d",
    "start_date[]=1&end_date[a][b]=2&categories[][]=3",
    "event=%ff&start=1e999&end=-1&resolution=year&duration=99999999999m",
    "event=delivered&start=Mon%2C+99+Feb+2025&limit=18446744073709551616",
    "event=delivered&duration=0d&filter=domain%3A&group=group",
    "from=2026-02-01T25:61:61Z&to=infinity",
    "%F0%9F%92%A9=%F0%9F%92%A9&&&&=====",
    "x[0][1][2][3][4][5][6][7][8][9]=y",
];

#[test]
fn nothing_that_comes_from_outside_is_the_servers_fault() {
    let server = start("nasty", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 3));
    for request in nasty() {
        let mut client = Client::connect(server.address).unwrap();
        // The server may close before it has read all.
        let _ = client.send(&request);
        let _ = client.stop_sending();
        let answer = client.rest().unwrap_or_default();
        let shown = request[..request.len().min(80)].escape_ascii().to_string();
        let status = answer.get(9..12).map(|status| String::from_utf8_lossy(status).into_owned());
        assert!(status.as_deref().is_none_or(|status| status < "500"), "{shown}: {status:?}");
    }
    let mut client = Client::connect(server.address).unwrap();
    for target in API.iter().flat_map(|api| api.requests).filter(|target| !target.starts_with("POST")) {
        let path = target.split('?').next().unwrap();
        for query in NONSENSE {
            let asked = format!("{path}?{query}");
            let header = credentials(&asked, "sk_acme");
            let reply = client.ask("GET", &asked, &[(header.0, &header.1)], b"").unwrap();
            assert!(reply.status < 500, "{asked}: {reply:?}");
            let _: Value = serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{asked}: {reply:?}"));
        }
    }
    for body in [&b"\xff\xfe\0"[..], b"[[[[[[[[", b"{\"period\":{}}", b"null", &[b'['; 10_000], &[0; 5000]] {
        for path in ["/query", "/events", "/v1/analytics/metrics", "/v1/analytics/usage/metrics"] {
            let header = credentials(path, "sk_acme");
            let reply = client.ask("POST", path, &[(header.0, &header.1)], body).unwrap();
            assert!(reply.status < 500, "{path}: {reply:?}");
        }
    }
    let after = get(&server, "/api/v1/mail/stats", "sk_acme");
    assert_eq!(json(&after)["data"]["total"], 3);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn the_log_names_keys_and_apis_and_nothing_that_is_secret() {
    let server = start("log", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 1));
    let secret = "/api/stats?start_date=2026-02-01&end_date=2026-02-15&categories[]=kim%40secret.example";
    assert_eq!(get(&server, secret, "sk_acme").status, 200);
    assert_eq!(get(&server, "/api/v1/messages/kim@secret.example", "sk_acme").status, 404);
    assert_eq!(get(&server, secret, "sk_wrong").status, 401);
    let log = server.log();
    for told in
        ["api=\"mailtrap\"", "api=\"events\"", "key=\"emca_ks\"", "status=200", "status=401", "micros="]
    {
        assert!(log.contains(told), "{told} in {log}");
    }
    for secret in ["sk_acme", "sk_wrong", "secret.example", "sales@", "hello"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[cfg(unix)]
#[test]
fn it_stops_in_order_when_it_is_told() {
    for signal in ["TERM", "INT"] {
        let mut server = start(&format!("stop-{signal}"), UNLIMITED);
        let mut idle = Client::connect(server.address).unwrap();
        assert_eq!(idle.ask("GET", "/healthz", &[], b"").unwrap().status, 200);
        let lines = mail("acme", 1);
        let (first, second) = lines.split_at(lines.len() / 2);
        let mut client = Client::connect(server.address).unwrap();
        let length = lines.len();
        let head = format!(
            "POST /events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_acme\r\ncontent-length: {length}\r\n\r\n"
        );
        client.send(&[head.as_bytes(), first.as_bytes()].concat()).unwrap();
        // So that the request is being answered, and not only on its way.
        thread::sleep(Duration::from_millis(200));
        assert!(server.signal(signal).unwrap().success());
        let start = Instant::now();
        while TcpStream::connect(server.address).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(4), "it goes on listening");
            thread::sleep(Duration::from_millis(10));
        }
        client.send(second.as_bytes()).unwrap();
        let reply = client.reply(true).unwrap();
        assert_eq!((reply.status, &json(&reply)["new"]), (200, &json!(3)), "what had begun is answered");
        let status = server.wait(Duration::from_secs(4)).unwrap().expect("it ends");
        assert_eq!(status.code(), Some(0));
        assert_eq!(idle.rest().unwrap(), b"", "idle connections are closed");
    }
}

#[test]
fn it_is_told_in_one_line_why_it_does_not_run() {
    let folder = folder("failures");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = busy.local_addr().unwrap().to_string();
    let good = file("good.toml", &config(""));
    let unknown = file("unknown.toml", "[[account]]\nid = \"acme\"\nmailtrapp = 42\n");
    let plain = file("plain.toml", &config("").replace("sha256 = \"", "sha256 = \"sk_plain_"));
    let limit = file("limit.toml", "[limits]\n\nkrafter = \"100 a minute\"\n");
    let scope = file("scope.toml", &key("a", "acme", "mail:write"));
    let twice = file("twice.toml", &(config("") + &config("")));
    let orphan = file("orphan.toml", &key("a", "acme", "*"));
    let bad = file("bad.jsonl", &format!("{}\n\n{{}}\n", mail("acme", 1)));
    let cases: [(&[&str], i32, &str); 11] = [
        (&["--config", &good, "--listen", &taken], 1, &format!("{taken} cannot be listened on")),
        (&["--config", "/nowhere.toml"], 2, "/nowhere.toml: "),
        (&["--config", &unknown], 2, "unknown.toml: line 3: unknown field `mailtrapp`, expected one of"),
        (&["--config", &plain], 2, "expected the 64 hexadecimal digits"),
        (
            &["--config", &limit],
            2,
            "limit.toml: line 3: unknown limit `100 a minute`, expected requests/seconds",
        ),
        (&["--config", &scope], 2, "`mail:write`"),
        (&["--config", &twice], 2, "account `acme` stands there twice"),
        (&["--config", &orphan], 2, "key `a` is for account `acme`, which is not configured"),
        (&["--config", &good, "--events", &bad], 2, "bad.jsonl: line 5, column 2: missing field `account`"),
        (&["--config", &good, "--now", "noon"], 2, "noon"),
        (&["--config", &good, "--listen", "here"], 2, "here"),
    ];
    for (args, code, says) in cases {
        let output = Command::new(program()).args(args).stdin(Stdio::null()).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
        assert!(errors.contains(says), "{args:?}: {errors}");
        assert!(!errors.contains("sk_plain_"), "{errors}");
        assert!(output.stdout.is_empty());
    }
    let _ = fs::remove_dir_all(&folder);
}

#[test]
fn event_files_are_there_from_the_start() {
    let folder = folder("files");
    fs::create_dir_all(&folder).unwrap();
    let file = |account| {
        let path = folder.join(format!("{account}.jsonl"));
        fs::write(&path, mail(account, 4)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (acme, globex) = (file("acme"), file("globex"));
    let args = ["--now", NOW, "--events", &acme, &globex, "--events", &acme];
    let server = Server::start(program(), folder.join("server"), &config(""), &args).unwrap();
    for key in ["sk_acme", "sk_globex"] {
        assert_eq!(json(&get(&server, "/api/v1/mail/stats", key))["data"]["total"], 4, "each once");
    }
    let _ = fs::remove_dir_all(&folder);
}

#[test]
fn the_sample_configuration_is_served_and_its_keys_are_those_in_its_comments() {
    let sample = fs::read_to_string("examples/serve/serve.toml").unwrap();
    let server = Server::start(program(), folder("sample"), &sample, &["--now", NOW]).unwrap();
    let lines: Vec<&str> = sample.lines().filter(|line| line.starts_with("sha256")).collect();
    assert!(lines.len() > 3);
    for line in lines {
        let (_, shown) = line.split_once(" # ").unwrap();
        let hash = key(shown, "acme", "*");
        assert!(hash.contains(line.split(" # ").next().unwrap()), "{line}");
    }
    assert_eq!(get(&server, "/api/v1/mail/stats", "kr_live_acme_sample").status, 200);
    let output =
        Command::new(program()).arg("--hash-key").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut output = output.unwrap();
    std::io::Write::write_all(&mut output.stdin.take().unwrap(), b"sk_acme_sample\n").unwrap();
    let hash = String::from_utf8(output.wait_with_output().unwrap().stdout).unwrap();
    assert!(sample.contains(hash.trim()), "{hash}");
}

#[test]
fn the_smallest_host_answers_for_a_dialect() {
    let output = Command::new(build("mount", "dev")).output().unwrap();
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["data"][0]["delivered"], 1);
}
