//! The example `serve` under load: 10,000 requests to all endpoints of all APIs, on 32 connections, to a server with
//! 1,000,000 events of 20 accounts. A failed request ends the program.
//!
//! ```text
//! cargo bench --bench load
//! ```
//!
//! The server runs on this machine, without rate limits. It takes some minutes; with `--test` it is small and takes seconds.
//! The last lines are the median and the maximum time of each endpoint. Most of it is waiting: the server computes as many
//! answers at a time as there are processors.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use sha2::{Digest, Sha256};

use crate::common::Random;
use crate::http::Client;
use crate::mail::{ACCOUNT, mail};
use crate::program::build;
use crate::server::Server;

mod common;
#[path = "../tests/serve/http.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod http;
#[path = "common/mail.rs"]
mod mail;
#[path = "../tests/program.rs"]
mod program;
#[path = "../tests/serve/server.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod server;

/// The instant of the requests: in the month after the mail.
const NOW: &str = "2026-02-01T12:00:00Z";

/// The number of accounts, which all have the same number of events.
const ACCOUNTS: usize = 20;

/// A request to every endpoint of every API: method, target and body. The body `one` is replaced by an event.
const REQUESTS: [(&str, &str, &str); 34] = [
    ("GET", "/healthz", ""),
    ("GET", "/schemas/report.json", ""),
    ("GET", "/api/stats?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/stats/domains?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/stats/categories?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/stats/email_service_providers?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/stats/date?start_date=2026-01-01&end_date=2026-01-31&sending_streams[]=bulk", ""),
    ("GET", "/api/accounts/42/stats?start_date=2026-01-10&end_date=2026-01-12", ""),
    ("GET", "/api/accounts/42/stats/domains?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/accounts/42/stats/categories?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/accounts/42/stats/email_service_providers?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/accounts/42/stats/date?start_date=2026-01-01&end_date=2026-01-31", ""),
    ("GET", "/api/v1/mail/stats?period=30d", ""),
    ("GET", "/api/v1/mail/stats/daily?days=30", ""),
    ("GET", "/v3/stats/total?event=delivered&event=opened&duration=30d", ""),
    ("GET", "/v3/stats/total/domains?event=delivered&timestamp=1768000000&resolution=month", ""),
    ("GET", "/v3/stats/filter?event=delivered&group=tag&duration=1m", ""),
    ("GET", "/v3/mail.acme.example/stats/total?event=failed&duration=24h", ""),
    ("GET", "/v3/mail.acme.example/tags/vip/stats?event=opened&duration=30d", ""),
    ("GET", "/v3/mail.acme.example/tag/stats?event=clicked&tag=vip", ""),
    ("GET", "/v3/mail.acme.example/aggregates/countries", ""),
    ("GET", "/v3/mail.acme.example/tags/vip/stats/aggregates/devices", ""),
    ("GET", "/v3/domains/mail.acme.example/tag/providers", ""),
    (
        "POST",
        "/v1/analytics/metrics",
        r#"{"duration":"1m","metrics":["delivered_count","opened_rate"],"dimensions":["domain"]}"#,
    ),
    ("POST", "/v1/analytics/usage/metrics", r#"{"duration":"1m","metrics":["processed_count"]}"#),
    ("GET", "/api/v1/messages/msg-000000000001", ""),
    ("GET", "/api/v1/messages/msg-000000000001/events", ""),
    ("GET", "/api/v1/stats/overview", ""),
    ("GET", "/api/v1/stats/daily?from=2026-01-01&to=2026-01-31", ""),
    ("GET", "/v1/analytics/mailboxes?from=2026-01-01", ""),
    ("GET", "/v1/analytics/overview", ""),
    ("GET", "/v1/analytics/daily/mailboxes/box", ""),
    ("POST", "/query", r#"{"period":"2026-01","by":["provider","date"],"zone":"Asia/Kolkata"}"#),
    ("POST", "/events", "one"),
];

/// The size of the load.
#[derive(Clone, Copy, Debug)]
struct Load {
    requests: usize,
    connections: usize,
    events: usize,
    profile: &'static str,
}

const FULL: Load = Load { requests: 10_000, connections: 32, events: 1_000_000, profile: "release" };
const SMALL: Load = Load { requests: 204, connections: 8, events: 10_000, profile: "release" };

fn main() {
    let load = if env::args().any(|arg| arg == "--test") { SMALL } else { FULL };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load");
    fs::create_dir_all(&folder).expect("a file can be written");
    let (file, events) = write_events(&folder, load.events);
    let args = ["--now", NOW, "--events", file.to_str().expect("the path is text")];
    let start = Instant::now();
    let program = build("serve", load.profile);
    let built = start.elapsed();
    let server = Server::start(&program, folder.join("server"), &config(), &args).expect("the server starts");
    println!("{events} events read in {:.1?}", start.elapsed() - built);

    let start = Instant::now();
    let mut times = send_all(server.address, load);
    let elapsed = start.elapsed();
    assert_eq!(times.len(), load.requests);
    times.sort_unstable_by_key(|(time, _)| *time);
    let percentile = |percent: usize| times[(times.len() - 1) * percent / 100].0;
    let (slowest, index) = times[times.len() - 1];
    println!(
        "{} requests over {} endpoints on {} connections in {elapsed:.1?}: {:.0} a second; p50 {:.1?}, p99 {:.1?}, max {slowest:.1?} ({})",
        load.requests,
        REQUESTS.len(),
        load.connections,
        load.requests as f64 / elapsed.as_secs_f64(),
        percentile(50),
        percentile(99),
        REQUESTS[index].1.split('?').next().unwrap_or_default(),
    );
    if load.requests == FULL.requests {
        print!("{}", by_endpoint(&times));
    }
    drop(server);
    let _ = fs::remove_dir_all(&folder);
}

/// Writes the events as JSON Lines, the same mail for each account. Returns the file and the number of events.
fn write_events(folder: &Path, count: usize) -> (PathBuf, usize) {
    let file = folder.join("events.jsonl");
    let mut out = BufWriter::new(File::create(&file).expect("a file can be written"));
    // A message has a little more than 3 events.
    let count = count / ACCOUNTS;
    let events = mail(count as u64 / 3);
    for event in events.iter().take(count) {
        let line = serde_json::to_string(event).expect("an event is JSON");
        for number in 0..ACCOUNTS {
            let line = line.replacen(ACCOUNT, &account(number), 1);
            writeln!(out, "{line}").expect("a file can be written");
        }
    }
    out.flush().expect("a file can be written");
    (file, events.len().min(count) * ACCOUNTS)
}

fn account(number: usize) -> String {
    format!("{ACCOUNT}-{number}")
}

fn key(number: usize) -> String {
    format!("sk_load_{number:03}")
}

/// Returns the credentials for Mailgun: `api:sk_load_NNN` in Base64.
fn basic(number: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = format!("{number:03}").bytes().fold(0, |bits, byte| bits << 8 | usize::from(byte));
    let last = [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]));
    format!("Basic YXBpOnNrX2xvYWRf{}", last.iter().collect::<String>())
}

fn config() -> String {
    let limits =
        ["mailtrap_account", "mailtrap_token", "krafter", "mailgun", "emitlo", "sendkit", "events", "query"];
    let mut config = String::new();
    for number in 0..ACCOUNTS {
        let (account, hash) = (account(number), Sha256::digest(key(number)));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let _ = writeln!(
            config,
            "[[account]]\nid = \"{account}\"\nmailtrap = {number}\n\
             domains = [{{ id = 1, name = \"mail.acme.example\" }}]\n\
             [[account.mailbox]]\nid = \"box\"\nemail = \"sales@mail.acme.example\"\n\
             [[key]]\nname = \"{account}\"\nsha256 = \"{hash}\"\naccount = \"{account}\"\nscopes = [\"*\"]"
        );
    }
    config.push_str("[limits]\n");
    for limit in limits {
        let _ = writeln!(config, "{limit} = \"off\"");
    }
    config
}

/// Sends all requests, on all connections at once. Returns the time of each with its index in [`REQUESTS`].
fn send_all(address: SocketAddr, load: Load) -> Vec<(Duration, usize)> {
    let run = |connection: usize| {
        let mut client = Client::connect(address).expect("the server listens");
        let mut random = Random::new(connection as u64 + 1);
        let requests = (connection..load.requests).step_by(load.connections);
        let send = |request: usize| {
            let index = request % REQUESTS.len();
            // The number of endpoints is even, so each round starts with the next account.
            let account = (request + request / REQUESTS.len()) % ACCOUNTS;
            (send(&mut client, index, account, &mut random), index)
        };
        requests.map(send).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..load.connections).map(|connection| scope.spawn(move || run(connection))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("every request is answered")).collect()
    })
}

/// Sends a request and returns its time. A response that is not a success ends the program.
fn send(client: &mut Client, index: usize, account: usize, random: &mut Random) -> Duration {
    let (method, target, body) = REQUESTS[index];
    let is_mailgun = target.starts_with("/v3/") || target.ends_with("/metrics");
    let credentials = if is_mailgun { basic(account) } else { format!("Bearer {}", key(account)) };
    let target = target.replace("/accounts/42/", &format!("/accounts/{account}/"));
    let body = if body == "one" { late_event(account, random) } else { body.to_owned() };
    let start = Instant::now();
    let reply = client
        .ask(method, &target, &[("authorization", &credentials)], body.as_bytes())
        .expect("the request is answered");
    let time = start.elapsed();
    assert_eq!(reply.status, 200, "{method} {target}: {}", reply.body);
    time
}

/// Returns a line of JSON: another open of a message.
fn late_event(number: usize, random: &mut Random) -> String {
    let (account, message, id) = (account(number), random.below(15_000), random.below(u64::MAX));
    format!(
        r#"{{"account":"{account}","message":"msg-{message:012x}","id":"late-{id}","kind":"opened","at":"{NOW}"}}"#
    )
}

/// Returns the median and the maximum time of each endpoint. The times must be sorted.
fn by_endpoint(times: &[(Duration, usize)]) -> String {
    let mut table = String::new();
    for (index, (method, target, _)) in REQUESTS.iter().enumerate() {
        let own: Vec<Duration> =
            times.iter().filter(|(_, request)| *request == index).map(|(time, _)| *time).collect();
        let (median, slowest) = (own[own.len() / 2], own[own.len() - 1]);
        let path = target.split('?').next().unwrap_or_default();
        let _ = writeln!(table, "{median:>10.1?} {slowest:>10.1?}  {method} {path}");
    }
    table
}
