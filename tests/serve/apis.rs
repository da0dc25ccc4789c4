//! The answers and refusals of each API.

use serde_json::json;

use super::http::{Client, Reply};
use super::server::Server;
use super::{NOW, UNLIMITED, ask, config, folder, get, key, mail, parsed, post, program, start};

/// An API as its clients know it.
pub(super) struct Api {
    /// The start of its paths.
    prefix: &'static str,
    credentials: fn(&str) -> (&'static str, String),
    /// Valid requests: a target, or `POST`, a path and a body.
    pub(super) requests: &'static [&'static str],
    /// The body of the response to an unknown path.
    not_found: &'static str,
    /// The body of the response to a wrong method.
    not_allowed: &'static str,
    /// The body of the response to a missing key.
    unauthorized: &'static str,
}

pub(super) const API: [Api; 5] = [
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

/// Returns Mailgun's header with credentials: the key is the password of the user `api`.
fn basic(key: &str) -> (&'static str, String) {
    let known = [
        ("sk_acme", "YXBpOnNrX2FjbWU="),
        ("sk_globex", "YXBpOnNrX2dsb2JleA=="),
        ("kr_reader", "YXBpOmtyX3JlYWRlcg=="),
    ];
    let credentials = known.into_iter().find(|(known, _)| *known == key).map_or("", |(_, encoded)| encoded);
    ("authorization", format!("Basic {credentials}"))
}

#[test]
fn no_account_sees_anothers_mail() {
    let together = start("together", UNLIMITED);
    for (key, account, count) in [("sk_acme", "acme", 3), ("sk_globex", "globex", 5)] {
        let reply = post(&together, "/events", key, &mail(account, count));
        assert_eq!(parsed(&reply)["new"], 2 * count + 1, "{reply:?}");
    }
    for (key, account, count) in [("sk_acme", "acme", 3), ("sk_globex", "globex", 5)] {
        let alone = start(&format!("alone-{account}"), UNLIMITED);
        assert_eq!(post(&alone, "/events", key, &mail(account, count)).status, 200);
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
fn a_key_gives_access_to_its_account_and_scopes_only() {
    let platform = key("sk_user_1", "acme", "sendkit") + "workspaces = [\"globex\"]\n";
    let more = key("kr_reader", "acme", "mail:read") + &key("writer", "acme", "events:write");
    let more = more + &key("sk_reader", "acme", "mail:read") + &platform;
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
        ("/v1/analytics/overview".to_owned(), "sk_reader", 403),
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
    assert_eq!(parsed(&unknown)["error"]["code"], "unauthorized");
}

#[test]
fn headers_may_have_characters_beyond_ascii() {
    let more = config("").replacen("id = \"acme\"\n", "id = \"acme\"\nsubaccounts = [\"läden\"]\n", 1);
    let server = Server::start(program(), folder("ascii"), &(more + UNLIMITED), &["--now", NOW]).unwrap();
    let of_shops = r#"{"account":"acme","message":"s-1","id":"1","kind":"delivered","at":"2026-02-14T09:30:00Z","subaccount":"läden"}"#;
    let mail = format!("{}\n{of_shops}", mail("acme", 3));
    assert_eq!(parsed(&post(&server, "/events", "sk_acme", &mail))["new"], 8);
    let mailgun = |subaccount| {
        let (name, value) = basic("sk_acme");
        let headers = [(name, &*value), ("x-mailgun-on-behalf-of", subaccount)];
        let target = "/v3/stats/total?event=delivered&duration=1m&resolution=month";
        ask(&server, "GET", target, &headers, b"")
    };
    for (subaccount, delivered) in [("", 4), ("läden", 1)] {
        assert_eq!(parsed(&mailgun(subaccount))["stats"][0]["delivered"]["total"], delivered, "{subaccount}");
    }
    assert_eq!(mailgun("läde").status, 403, "a part of the name is another name");
    for (name, key, other) in
        [("x-api-key", "sk_acme", "x-workspace-id"), ("authorization", "Bearer sk_acme", "x-api-key")]
    {
        let target = "/v1/analytics/overview";
        assert_eq!(ask(&server, "GET", target, &[(name, key)], b"").status, 200);
        let reply = ask(&server, "GET", target, &[(name, key), (other, "é")], b"");
        assert!([400, 401].contains(&reply.status), "{other}: {reply:?}");
    }
}

#[test]
fn each_api_refuses_in_its_own_format() {
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
        ("GET", "/schemas/%ff", 404, "not_found"),
    ] {
        let reply = ask(&server, method, target, &[], b"");
        assert_eq!((reply.status, &parsed(&reply)["error"]["code"]), (status, &json!(code)), "{target}");
        assert_eq!(reply.header("allow").is_some(), status == 405);
    }
}

#[test]
fn an_unknown_path_below_the_prefix_of_an_api_is_refused_in_its_words() {
    let server = start("prefixes", UNLIMITED);
    for (path, body) in [
        ("/v1/analytics/tags", "404 page not found\n"),
        ("/v1/analytics/logs", "404 page not found\n"),
        ("/v4/domains", "404 page not found\n"),
        ("/v1/campaigns", API[1].not_found),
        ("/api/v1/mail/emails", API[2].not_found),
        ("/api/v1/emails", API[3].not_found),
        ("/api/accounts", API[4].not_found),
    ] {
        let reply = get(&server, path, "sk_acme");
        assert_eq!((reply.status, &*reply.body), (404, body), "{path}");
    }
}

#[test]
fn preflights_are_answered_for_the_origins_of_the_configuration_only() {
    let preflight = |server: &Server, origin| {
        let headers = [("origin", origin), ("access-control-request-method", "GET")];
        ask(server, "OPTIONS", "/api/v1/mail/stats", &headers, b"")
    };
    let none = start("no-origins", UNLIMITED);
    let refused = preflight(&none, "https://dashboard.example");
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (405, None));

    let origins = format!("origins = [\"https://dashboard.example\"]\n{}", config(UNLIMITED));
    let server = Server::start(program(), folder("origins"), &origins, &["--now", NOW]).unwrap();
    let allowed = preflight(&server, "https://dashboard.example");
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://dashboard.example"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(preflight(&server, "https://other.example").header("access-control-allow-origin"), None);

    let headers = [("origin", "https://dashboard.example"), ("authorization", "Bearer sk_acme")];
    let reply = ask(&server, "GET", "/api/v1/mail/stats", &headers, b"");
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some(headers[0].1)));
    let headers = [("origin", "https://other.example"), ("authorization", "Bearer sk_acme")];
    assert_eq!(
        ask(&server, "GET", "/api/v1/mail/stats", &headers, b"").header("access-control-allow-origin"),
        None
    );
}

#[test]
fn a_head_response_has_the_headers_of_the_get_response() {
    let server = start("head", UNLIMITED);
    for target in API.iter().map(|api| api.requests[0]).chain(["/healthz", "/schemas/request.json"]) {
        let header = credentials(target, "sk_acme");
        let mut client = Client::connect(server.address).unwrap();
        let head = client.ask("HEAD", target, &[(header.0, &header.1)], b"").unwrap();
        // If there were a body, it would precede the next response.
        let whole = client.ask("GET", target, &[(header.0, &header.1)], b"").unwrap();
        assert_eq!((head.status, &head.body[..]), (whole.status, ""));
        let named = |reply: &Reply, name| reply.header(name).map(str::to_owned);
        for name in ["content-length", "content-type"] {
            assert_eq!(named(&head, name), named(&whole, name), "{target}");
        }
    }
}

#[test]
fn ids_in_paths_are_decoded() {
    let server = start("ids", UNLIMITED);
    let event = r#"{"account":"acme","message":"a b/c+d&e=é","id":"1","kind":"sent","at":"2026-02-14T09:30:00Z","campaign":"x y"}"#;
    assert_eq!(parsed(&post(&server, "/events", "sk_acme", event))["new"], 1);
    let reply = get(&server, "/api/v1/messages/a%20b%2Fc+d&e=%C3%A9", "sk_acme");
    assert_eq!(parsed(&reply)["data"]["message"]["id"], "a b/c+d&e=é");
    let reply = get(&server, "/v1/analytics/daily/campaigns/x%20y", "sk_acme");
    assert_eq!(parsed(&reply)["data"][0]["sent"], 1);
}

/// Returns the header with the key for the API of a target.
pub(super) fn credentials(target: &str, key: &str) -> (&'static str, String) {
    let is_metrics = target.starts_with("/v1/analytics/") && target.ends_with("metrics");
    match API.iter().find(|api| target.starts_with(api.prefix)) {
        Some(_) if is_metrics => basic(key),
        Some(api) => (api.credentials)(key),
        None => ("authorization", format!("Bearer {key}")),
    }
}

/// Sends one of the [`Api::requests`].
fn request(server: &Server, request: &str, key: &str) -> Reply {
    match request.strip_prefix("POST ").and_then(|request| request.split_once(' ')) {
        None => get(server, request, key),
        Some((path, body)) => {
            let header = credentials(path, key);
            ask(server, "POST", path, &[(header.0, &header.1)], body.as_bytes())
        }
    }
}
