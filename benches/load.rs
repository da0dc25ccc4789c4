//! The example `serve` under load: 10,000 requests over all endpoints of all APIs, on 32 connections, against a server that
//! holds 1,000,000 events of 20 accounts. Not one may fail.
//!
//! ```text
//! cargo bench --bench load
//! ```
//!
//! Everything stays on this machine, and the limits are off. It takes some minutes; with `--test` it is small and takes
//! seconds. The last lines tell the usual and the slowest time of each endpoint, which is mostly that of waiting: the
//! server counts only so much at a time as there are processors.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use sha2::{Digest, Sha256};

use crate::common::Numbers;
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

/// When it is asked: in the month after that of the mail.
const NOW: &str = "2026-02-01T12:00:00Z";

/// The customers of the server, who share the events evenly.
const ACCOUNTS: usize = 20;

/// Every endpoint of every API.
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

/// How much is asked of how much.
#[derive(Clone, Copy, Debug)]
struct Load {
    requests: usize,
    connections: usize,
    events: usize,
    profile: &'static str,
}

const WHOLE: Load = Load { requests: 10_000, connections: 32, events: 1_000_000, profile: "release" };
const SMALL: Load = Load { requests: 204, connections: 8, events: 10_000, profile: "release" };

fn main() {
    let load = if env::args().any(|arg| arg == "--test") { SMALL } else { WHOLE };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load");
    fs::create_dir_all(&folder).expect("there is room");
    let (file, events) = write_events(&folder, load.events);
    let args = ["--now", NOW, "--events", file.to_str().expect("the path is text")];
    let start = Instant::now();
    let program = build("serve", load.profile);
    let built = start.elapsed();
    let server = Server::start(&program, folder.join("server"), &config(), &args).expect("it starts");
    println!("{events} events read in {:.1?}", start.elapsed() - built);

    let start = Instant::now();
    let mut taken = ask_all(server.address, load);
    let elapsed = start.elapsed();
    assert_eq!(taken.len(), load.requests);
    taken.sort_unstable_by_key(|(taken, _)| *taken);
    let at = |percent: usize| taken[(taken.len() - 1) * percent / 100].0;
    let (slowest, place) = taken[taken.len() - 1];
    println!(
        "{} requests over {} endpoints on {} connections in {elapsed:.1?}: {:.0} a second; p50 {:.1?}, p99 {:.1?}, max {slowest:.1?} ({})",
        load.requests,
        REQUESTS.len(),
        load.connections,
        load.requests as f64 / elapsed.as_secs_f64(),
        at(50),
        at(99),
        REQUESTS[place].1.split('?').next().unwrap_or_default(),
    );
    if load.requests == WHOLE.requests {
        print!("{}", by_endpoint(&taken));
    }
    drop(server);
    let _ = fs::remove_dir_all(&folder);
}

/// The events as JSON Lines, and how many there are: the same mail for each account.
fn write_events(folder: &Path, count: usize) -> (PathBuf, usize) {
    let file = folder.join("events.jsonl");
    let mut out = BufWriter::new(File::create(&file).expect("there is room"));
    // A little more than 3 events a message.
    let count = count / ACCOUNTS;
    let events = mail(count as u64 / 3);
    for event in events.iter().take(count) {
        let line = serde_json::to_string(event).expect("an event is JSON");
        for number in 0..ACCOUNTS {
            let line = line.replacen(ACCOUNT, &account(number), 1);
            writeln!(out, "{line}").expect("there is room");
        }
    }
    out.flush().expect("there is room");
    (file, events.len().min(count) * ACCOUNTS)
}

fn account(number: usize) -> String {
    format!("{ACCOUNT}-{number}")
}

fn key(number: usize) -> String {
    format!("sk_load_{number:03}")
}

/// How Mailgun takes the key: `api:sk_load_NNN` in Base64.
fn basic(number: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = format!("{number:03}").bytes().fold(0, |bits, byte| bits << 8 | usize::from(byte));
    let last = [18, 12, 6, 0].map(|place| char::from(DIGITS[bits >> place & 63]));
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

/// Asks on every connection at once; how long each request took, and which it was.
fn ask_all(address: SocketAddr, load: Load) -> Vec<(Duration, usize)> {
    let asked = |connection: usize| {
        let mut client = Client::connect(address).expect("the server listens");
        let mut numbers = Numbers::new(connection as u64 + 1);
        let requests = (connection..load.requests).step_by(load.connections);
        let ask = |request: usize| {
            let place = request % REQUESTS.len();
            // The number of endpoints is even, so the account moves on with every round.
            let account = (request + request / REQUESTS.len()) % ACCOUNTS;
            (ask(&mut client, place, account, &mut numbers), place)
        };
        requests.map(ask).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..load.connections).map(|connection| scope.spawn(move || asked(connection))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("every request is answered")).collect()
    })
}

/// Asks once. What is not a success ends the program.
fn ask(client: &mut Client, place: usize, account: usize, numbers: &mut Numbers) -> Duration {
    let (method, target, body) = REQUESTS[place];
    let is_mailgun = target.starts_with("/v3/") || target.ends_with("/metrics");
    let credentials = if is_mailgun { basic(account) } else { format!("Bearer {}", key(account)) };
    let target = target.replace("/accounts/42/", &format!("/accounts/{account}/"));
    let body = if body == "one" { late_event(account, numbers) } else { body.to_owned() };
    let start = Instant::now();
    let reply = client
        .ask(method, &target, &[("authorization", &credentials)], body.as_bytes())
        .expect("it is answered");
    let taken = start.elapsed();
    assert_eq!(reply.status, 200, "{method} {target}: {}", reply.body);
    taken
}

/// A line of JSON: one more open of a message.
fn late_event(number: usize, numbers: &mut Numbers) -> String {
    let (account, message, id) = (account(number), numbers.below(15_000), numbers.below(u64::MAX));
    format!(
        r#"{{"account":"{account}","message":"msg-{message:012x}","id":"late-{id}","kind":"opened","at":"{NOW}"}}"#
    )
}

/// The slowest and the usual request of each endpoint, by path.
fn by_endpoint(taken: &[(Duration, usize)]) -> String {
    let mut table = String::new();
    for (place, (method, target, _)) in REQUESTS.iter().enumerate() {
        let of_it: Vec<Duration> =
            taken.iter().filter(|(_, asked)| *asked == place).map(|(taken, _)| *taken).collect();
        let (usual, slowest) = (of_it[of_it.len() / 2], of_it[of_it.len() - 1]);
        let path = target.split('?').next().unwrap_or_default();
        let _ = writeln!(table, "{usual:>10.1?} {slowest:>10.1?}  {method} {path}");
    }
    table
}
