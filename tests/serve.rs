//! The example `serve` as a running program, over the network: its answers, limits and errors.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

mod apis;
mod attack;
mod bounds;
mod events;
pub(crate) mod http;
mod lasting;
mod limits;
mod nasty;
mod query;
mod queue;
mod quotas;
mod running;
pub(crate) mod server;
mod snapshot;
mod webhooks;

use apis::credentials;
use http::{Client, Reply};
use server::Server;

use crate::program::build;

/// The instant at which the clock of these servers is stopped.
const NOW: &str = "2026-02-15T12:00:37Z";

/// No rate limits, for tests with many requests.
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

/// Builds the program once and returns its path.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("serve", "dev"))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{name}"))
}

/// Returns a configuration of two accounts, each with a key for everything. `more` has further keys and the limits.
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

/// Returns the configuration of a key. Its name in the log is its text backwards.
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

fn post(server: &Server, path: &str, key: &str, body: &str) -> Reply {
    let bearer = format!("Bearer {key}");
    ask(server, "POST", path, &[("authorization", &bearer)], body.as_bytes())
}

fn parsed(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"))
}

/// Returns the events of `count` messages of an account, all sent and delivered, the first also opened.
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
