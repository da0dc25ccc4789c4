//! A server of statistics: five published APIs and the crate's own over one store.
//!
//! ```text
//! cargo run --release --example serve -- --config examples/serve/serve.toml --events events.jsonl
//! ```
//!
//! | path | API |
//! |---|---|
//! | `/api/accounts/{id}/stats…`, `/api/stats…` | Mailtrap |
//! | `/api/v1/mail/stats…` | Krafter |
//! | `/v3/…`, `/v1/analytics/metrics`, `/v1/analytics/usage/metrics` | Mailgun |
//! | `/api/v1/messages/{id}…`, `/api/v1/stats/…` | Emitlo |
//! | `/v1/analytics/{mailboxes,overview,daily}…` | SendKit |
//! | `POST /query` | the crate's own: a query as JSON, a report as JSON |
//! | `POST /query/messages` | the messages that a figure of a report is made of |
//! | `POST /events` | [`events`]: records JSON Lines |
//! | `POST /webhooks/{source}` | [`webhooks`]: records what a mail system sends |
//! | `GET /schemas/{name}` | JSON Schemas of queries, reports and events |
//! | `GET /healthz` | [`health`]: whether the server runs, and what it computes |
//!
//! The library parses, counts and responds. A server adds the rest: [`key`]s, rate [`limit`]s, [`bounds`] of memory and work, a
//! [`fair_queue`] for processors, and a [`clock`]. The events are [`kept`] in a SQLite file, unless `--store` names
//! another place; those in memory can be kept in a [`snapshot`] between two runs of the program. TLS, limits by the address of a client, and rotation of the log are left to a proxy and to the
//! system.
//!
//! A request is refused as early as it can be, in this order: its path and method, its key, the scope of the key, the rate limit,
//! the [`room`] for requests of the account. Only then its [`body`] is read, and it waits for a processor to be [`compute`]d.

mod api;
mod app;
mod args;
mod body;
mod bounds;
mod clock;
mod compute;
mod config;
mod connections;
mod events;
mod failure;
mod fair_queue;
mod health;
mod host;
mod kept;
mod key;
#[path = "../common/lasting.rs"]
mod lasting;
mod limit;
#[path = "../common/place.rs"]
mod place;
mod quota;
mod read;
mod room;
mod snapshot;
mod stop;
#[path = "../common/unpack.rs"]
mod unpack;
mod webhooks;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use args::Args;
use clock::Clock;
use config::Config;
use failure::Failure;
use host::Host;
use kept::Kept;
use key::KeyHash;
use snapshot::Snapshot;

fn main() -> ExitCode {
    let args = args::parse();
    let result = match &args.config {
        Some(config) => run(&args, config),
        // Hashing a key needs no configuration.
        None => hash_key(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}

/// Reads the configuration and the events, and serves until a signal.
fn run(args: &Args, config: &Path) -> Result<(), Failure> {
    // The server also answers if the log cannot be written.
    let log = tracing_subscriber::fmt().log_internal_errors(false);
    log.with_writer(io::stderr).with_target(false).init();
    let config = Config::read(config)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    let store = match (&args.snapshot, &args.store) {
        (Some(path), _) => Kept::Memory(Arc::new(snapshot::read(path)?)),
        (None, place) => {
            runtime.block_on(Kept::open(place)).map_err(|source| Failure::Store(source.into()))?
        }
    };
    let host = Arc::new(Host::new(config, Clock::new(args.now), store));
    for path in &args.events {
        runtime.block_on(read::read(path, &host))?;
    }
    runtime.block_on(read::count(&host))?;
    runtime.block_on(serve(args, host))?;
    // Computations that still run have no client anymore.
    runtime.shutdown_background();
    Ok(())
}

async fn serve(args: &Args, host: Arc<Host>) -> Result<(), Failure> {
    let bound =
        async { TcpListener::bind(args.listen).await.and_then(|it| it.local_addr().map(|at| (it, at))) };
    let (listener, address) = bound.await.map_err(|source| Failure::Bind { address: args.listen, source })?;
    let signal = stop::Signal::new().map_err(Failure::Runtime)?;
    // A parent process reads the port here. The server also runs if nobody reads it.
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    drop(out);
    let snapshot = args.snapshot.clone().map(|path| Arc::new(Snapshot::new(path, Arc::clone(&host))));
    let keeper = snapshot.clone().map(|snapshot| tokio::spawn(snapshot.keep(args.snapshot_minutes)));
    let bounds = host.bounds;
    connections::serve(listener, app::router(host), &bounds, signal).await;
    keeper.iter().for_each(JoinHandle::abort);
    // Nothing else is to be done meanwhile.
    snapshot.map_or(Ok(()), |snapshot| snapshot.write())
}

/// Reads a key from standard input and prints its hash for the configuration.
fn hash_key() -> Result<(), Failure> {
    let mut key = String::new();
    io::stdin().read_line(&mut key).map_err(Failure::Key)?;
    let key = key.trim();
    if key.is_empty() {
        return Err(Failure::NoKey);
    }
    println!("{}", KeyHash::new(key));
    Ok(())
}
