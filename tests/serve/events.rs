//! `POST /events`.

use serde_json::json;

use super::http::Client;
use super::{UNLIMITED, ask, get, mail, parsed, post, start};

#[test]
fn repeated_events_count_once_and_invalid_lines_are_reported_by_number() {
    let server = start("events", UNLIMITED);
    let good = mail("acme", 1);
    let [_, first, second] = good.lines().collect::<Vec<_>>().try_into().unwrap();
    let foreign = first.replace("\"acme\"", "\"globex\"");
    let earlier = first.replace("09:30:00", "09:29:00");
    let body =
        format!("\u{feff}{first}\r\n\n{foreign}\n{{\"kind\":7}}\nnot json\n{second}\n{first}\n{earlier}");
    let expected = json!({
        "lines": 8, "new": 2, "repeats": 1, "conflicts": 1, "too_late": 0, "refused": 3,
        "reasons": [
            {"line": 3, "reason": "of another account, expected `acme`"},
            {"line": 4, "column": 9, "reason": "expected value"},
            {"line": 5, "column": 1, "reason": "invalid line `not json`: expected one JSON object"},
        ],
    });
    let reply = parsed(&post(&server, "/events", "sk_acme", &body));
    assert_eq!(reply, expected);
    let again = parsed(&post(&server, "/events", "sk_acme", &body));
    assert_eq!([&again["new"], &again["repeats"], &again["conflicts"]], [0, 2, 2]);
    let daily = parsed(&get(&server, "/api/v1/mail/stats/daily?days=2", "sk_acme"));
    assert_eq!(daily["data"][0]["delivered"], 1);
    let nothing = get(&server, "/api/v1/mail/stats", "sk_globex");
    assert_eq!(parsed(&nothing)["data"]["total"], 0);
}

#[test]
fn a_long_body_is_read_in_chunks_of_any_size() {
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
    let reply = parsed(&client.reply(true).unwrap());
    assert_eq!(
        [&reply["lines"], &reply["new"], &reply["repeats"], &reply["refused"]],
        [10_003, 5001, 5001, 1]
    );
    let reason = "longer than the 1048576 bytes that a line may have";
    assert_eq!(reply["reasons"], json!([{"line": 5002, "reason": reason}]));
    let bad = "{}\n".repeat(1234);
    let reply = parsed(&post(&server, "/events", "sk_acme", &bad));
    assert_eq!((&reply["refused"], reply["reasons"].as_array().unwrap().len()), (&json!(1234), 100));
}

#[test]
fn a_compressed_body_is_refused() {
    let server = start("packed", UNLIMITED);
    for (encoding, status) in [("gzip", 415), ("identity", 200)] {
        let headers = [("authorization", "Bearer sk_acme"), ("content-encoding", encoding)];
        let reply = ask(&server, "POST", "/events", &headers, mail("acme", 1).as_bytes());
        assert_eq!(reply.status, status, "{reply:?}");
    }
}

#[test]
fn a_body_that_breaks_off_can_be_sent_again() {
    let server = start("broken", UNLIMITED);
    let lines = mail("acme", 1500);
    let mut client = Client::connect(server.address).unwrap();
    let head = format!(
        "POST /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer sk_acme\r\ncontent-length: {}\r\n\r\n",
        lines.len() + 1
    );
    client.send(&[head.as_bytes(), lines.as_bytes()].concat()).unwrap();
    drop(client);
    let again = parsed(&post(&server, "/events", "sk_acme", &lines));
    assert_eq!(again["new"].as_u64().unwrap() + again["repeats"].as_u64().unwrap(), 3001);
    let total = parsed(&get(&server, "/api/v1/mail/stats", "sk_acme"));
    assert_eq!(total["data"]["total"], 1500);
}
