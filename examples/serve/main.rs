//! A server of statistics: five published APIs and the crate's own over one store in memory.
//!
//! ```text
//! cargo run --release --example serve -- --config examples/serve/serve.toml --events events.jsonl
//! ```
//!
//! | path | what |
//! |---|---|
//! | `/api/accounts/{id}/stats…`, `/api/stats…` | [`mailtrap`] |
//! | `/api/v1/mail/stats…` | [`krafter`] |
//! | `/v3/…`, `/v1/analytics/metrics`, `/v1/analytics/usage/metrics` | [`mailgun`] |
//! | `/api/v1/messages/{id}…`, `/api/v1/stats/…` | [`emitlo`] |
//! | `/v1/analytics/{mailboxes,overview,daily}…` | [`sendkit`] |
//! | `POST /events` | [`events`]: JSON Lines in |
//! | `POST /query` | [`query`]: a question in the crate's own JSON, a report out |
//! | `GET /schemas/{name}` | JSON Schemas of both, and of events |
//! | `GET /healthz` | whether it runs |
//!
//! The library does all that matters; what a server adds is here: whose [`key`] it is, how many requests are answered
//! ([`limit`]), how large they may be ([`app`]), whose turn it is ([`turns`]), and a [`clock`]. The store forgets
//! everything when the program ends: a platform puts its own in its place. TLS and slow senders of headers are the
//! business of a proxy before it.

mod api;
mod app;
mod args;
mod asked;
mod clock;
mod config;
mod emitlo;
mod events;
mod failure;
mod host;
mod key;
mod krafter;
mod limit;
mod mailgun;
mod mailtrap;
mod native;
mod query;
mod read;
mod reply;
mod sendkit;
mod stop;
mod turns;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;

use args::Args;
use clock::Clock;
use config::Config;
use failure::Failure;
use host::Host;
use key::KeyHash;

fn main() -> ExitCode {
    let args = args::parse();
    let done = match &args.config {
        Some(config) => run(&args, config),
        // The one thing that needs none.
        None => hash_key(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.code()
        }
    }
}

/// Reads, listens, and answers until it is told to stop.
fn run(args: &Args, config: &Path) -> Result<(), Failure> {
    // If the log cannot be written, that is no reason not to answer, and there is nowhere to say it.
    let log = tracing_subscriber::fmt().log_internal_errors(false);
    log.with_writer(io::stderr).with_target(false).init();
    let config = Config::read(config)?;
    let host = Arc::new(Host::new(config, Clock::new(args.now)));
    for path in &args.events {
        read::read(path, &host)?;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(serve(args, host))?;
    // A count that is still going on has no one left to tell.
    runtime.shutdown_background();
    Ok(())
}

async fn serve(args: &Args, host: Arc<Host>) -> Result<(), Failure> {
    let bound =
        async { TcpListener::bind(args.listen).await.and_then(|it| it.local_addr().map(|at| (it, at))) };
    let (listener, address) = bound.await.map_err(|source| Failure::Bind { address: args.listen, source })?;
    let signal = stop::Signal::new().map_err(Failure::Runtime)?;
    // Who started it with port 0 reads here which one it is. If nobody reads, it serves all the same.
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    drop(out);
    stop::serve(listener, app::router(host), signal).await.map_err(Failure::Serve)
}

/// Reads a key from standard input and prints what stands for it in the configuration.
fn hash_key() -> Result<(), Failure> {
    let mut key = String::new();
    io::stdin().read_line(&mut key).map_err(Failure::Key)?;
    let key = key.trim();
    if key.is_empty() {
        return Err(Failure::NoKey);
    }
    println!("{}", KeyHash::of(key));
    Ok(())
}
