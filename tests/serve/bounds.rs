//! The bounds of connections, requests, memory and time.

use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::http::{Client, Reply};
use super::server::Server;
use super::{UNLIMITED, ask, get, mail, parsed, post, start};

/// Starts a server with these bounds.
fn start_with(name: &str, bounds: &str) -> Server {
    start(name, &format!("{UNLIMITED}[bounds]\n{bounds}\n"))
}

/// Sends the headers of a request whose body has `length` bytes.
fn announce(server: &Server, path: &str, key: &str, length: usize) -> Client {
    let mut client = Client::connect(server.address).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\r\n"
    );
    client.send(head.as_bytes()).unwrap();
    client
}

/// Announces a body that does not come, and waits until the server wants it.
fn hold(server: &Server, path: &str, length: usize) -> Client {
    let mut client = Client::connect(server.address).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_acme\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
    );
    client.send(head.as_bytes()).unwrap();
    assert_eq!(client.reply(false).unwrap().status, 100);
    client
}

/// Asks until the answer has this status, and fails if it has not for a while.
fn ask_until(status: u16, ask: impl Fn() -> Reply) -> Reply {
    let start = Instant::now();
    loop {
        let reply = ask();
        if reply.status == status {
            return reply;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{reply:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn bodies_without_a_key_take_no_memory() {
    let server = start("keyless-bodies", UNLIMITED);
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_acme").status, 200);
    let before = server.memory().unwrap();
    let paths = ["/query", "/events", "/v1/analytics/metrics", "/v1/analytics/usage/metrics"];
    let mut clients: Vec<Client> =
        (0..200).map(|index| announce(&server, paths[index % 4], "sk_wrong", 1 << 20)).collect();
    for _ in 0..4 {
        for client in &mut clients {
            // The server can have closed the connection already.
            let _ = client.send(&[b' '; 64 << 10]);
        }
        assert_eq!(get(&server, "/api/v1/mail/stats", "sk_acme").status, 200);
    }
    let grown = server.memory().unwrap().saturating_sub(before);
    assert!(grown < 8 << 10, "{grown} kB more");
    let refused = announce(&server, "/query", "sk_wrong", 1 << 20).reply(true).unwrap();
    assert_eq!(refused.status, 401, "before there is a body");
}

#[test]
fn a_body_of_a_get_request_is_not_read() {
    let server = start("get-body", UNLIMITED);
    let target = "/api/v1/mail/stats";
    let expected = get(&server, target, "sk_acme").body;
    let headers = [("authorization", "Bearer sk_acme")];
    for method in ["GET", "HEAD"] {
        let reply = ask(&server, method, target, &headers, br#"{"period":"7d"}"#);
        let body = if method == "GET" { &*expected } else { "" };
        assert_eq!((reply.status, &*reply.body), (200, body));
    }
    // Without the bytes that the headers announce, of which there may be more than a body can have.
    let mut client = Client::connect(server.address).unwrap();
    let head = "GET /api/v1/mail/stats HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_acme\r\ncontent-length: 99999999\r\n\r\n";
    client.send(head.as_bytes()).unwrap();
    let reply = client.reply(true).unwrap();
    assert_eq!((reply.status, reply.body), (200, expected));
}

#[test]
fn a_body_that_is_too_long_is_refused_before_it_comes() {
    let server = start("announced", UNLIMITED);
    let refused = announce(&server, "/query", "sk_acme", 2 << 20).reply(true).unwrap();
    assert_eq!(refused.status, 413);
}

#[test]
fn an_account_has_a_number_of_requests_at_a_time() {
    let server = start_with("places", "requests = 3");
    let slow = [(); 3].map(|()| hold(&server, "/events", 1000));
    let over = get(&server, "/api/v1/mail/stats", "sk_acme");
    assert_eq!((over.status, over.header("retry-after")), (429, Some("1")));
    assert!(over.body.starts_with(r#"{"error":"Rate limit exceeded""#), "{over:?}");
    let over = post(&server, "/events", "sk_acme", &mail("acme", 1));
    assert_eq!((over.status, over.header("retry-after")), (429, Some("1")));
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_globex").status, 200);
    drop(slow);
    ask_until(200, || get(&server, "/api/v1/mail/stats", "sk_acme"));
}

#[test]
fn an_account_has_a_part_of_the_memory_for_bodies() {
    let server = start_with("body-memory", "body_bytes = 4194304");
    let body = r#"{"period":"7d"}"#;
    // A quarter, which is all of the account.
    let slow = hold(&server, "/query", 1 << 20);
    let over = post(&server, "/query", "sk_acme", body);
    assert_eq!((over.status, over.header("retry-after")), (503, Some("1")));
    assert_eq!(parsed(&over)["error"]["code"], "service_unavailable");
    assert_eq!(post(&server, "/query", "sk_globex", body).status, 200);
    assert_eq!(get(&server, "/api/v1/mail/stats", "sk_acme").status, 200, "it has no body");
    drop(slow);
    assert_eq!(post(&server, "/query", "sk_acme", body).status, 200);
}

#[test]
fn a_client_that_stands_still_loses_its_connection() {
    let server = start_with("still", "timeout_seconds = 1");
    let start = Instant::now();
    let mut silent = Client::connect(server.address).unwrap();
    let mut slow = Client::connect(server.address).unwrap();
    slow.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
    let mut idle = Client::connect(server.address).unwrap();
    assert_eq!(idle.ask("GET", "/healthz", &[], b"").unwrap().status, 200);
    for client in [&mut silent, &mut slow, &mut idle] {
        // A request timeout, or nothing.
        let rest = client.rest().unwrap();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{}", rest.escape_ascii());
    }
    for path in ["/query", "/events"] {
        let mut client = announce(&server, path, "sk_acme", 1000);
        client.send(b"{\n").unwrap();
        let reply = client.reply(true).unwrap();
        assert_eq!((reply.status, &parsed(&reply)["error"]["code"]), (408, &json!("request_timeout")));
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_client_that_does_not_read_loses_its_connection() {
    let server = start_with("unread", "timeout_seconds = 1");
    let mut client = Client::connect(server.address).unwrap();
    let requests = "GET /schemas/report.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000);
    let start = Instant::now();
    let error = loop {
        // Until the buffers of the network are full.
        if let Err(error) = client.send(requests.as_bytes()) {
            break error.kind();
        }
        assert!(start.elapsed() < Duration::from_secs(20));
    };
    assert!(matches!(error, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
}

#[test]
fn connections_beyond_the_bound_wait_for_one_to_close() {
    let server = start_with("connections", "connections = 2");
    let connect = || {
        let mut client = Client::connect(server.address).unwrap();
        assert_eq!(client.ask("GET", "/healthz", &[], b"").unwrap().status, 200);
        client
    };
    let (first, second) = (connect(), connect());
    thread::scope(|scope| {
        let third = scope.spawn(connect);
        thread::sleep(Duration::from_millis(300));
        assert!(!third.is_finished(), "it waits");
        drop(first);
        third.join().unwrap();
    });
    drop(second);
}

#[test]
fn a_request_with_too_many_headers_is_refused() {
    let server = start("headers", UNLIMITED);
    for head in [format!("x: {}\r\n", "y".repeat(200_000)), "x: y\r\n".repeat(200)] {
        let mut client = Client::connect(server.address).unwrap();
        client.send(format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{head}\r\n").as_bytes()).unwrap();
        assert_eq!(client.reply(false).unwrap().status, 431);
    }
}
