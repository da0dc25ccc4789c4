//! The way of a stranger: Mailtrap's API over PostgreSQL, as the README shows it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::places::Place;
use crate::program::build;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_example_of_the_readme_serves_mailtraps_api_over_postgresql() {
    let example = include_str!("../examples/postgres.rs");
    let lines = example.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//!"));
    assert!(lines.count() <= 40);
    let code = example.split_once("\n\nuse").unwrap().1;
    assert!(include_str!("../README.md").contains(code), "the README shows another program");

    if let Some(place) = Place::postgres("the example") {
        check(&place.url);
    }
}

fn check(url: &str) {
    let mut child = Command::new(build("postgres", "dev"))
        .env("DATABASE_URL", url)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _running = Running(child);
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let events = r#"[{"account":"acme","message":"m-1","id":"e-1","kind":"delivered","at":"2026-02-14T09:30:00Z","domain":"mail.acme.example"},
        {"account":"acme","message":"m-1","id":"e-2","kind":"opened","at":"2026-02-15T08:00:00Z"}]"#;
    for expected in ["new: 2, repeats: 0", "new: 0, repeats: 2"] {
        let reply = ask(address, "POST", "/events", events);
        assert!(reply.contains(expected), "{reply}");
    }
    let target = "/api/stats/domains?start_date=2026-02-14&end_date=2026-02-15";
    let reply = ask(address, "GET", target, "");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains(r#""delivery_count":1"#), "{reply}");
    assert!(reply.contains(r#""domain_id":3938"#) && reply.contains(r#""open_count":1"#), "{reply}");
    assert!(ask(address, "GET", "/api/stats", "").starts_with("HTTP/1.1 4"), "a request without a period");
}

/// Sends a request, and returns the whole response.
fn ask(address: &str, method: &str, target: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\napi-token: secret\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}
