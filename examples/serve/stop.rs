//! Graceful shutdown: no new connections, and a limited time for the requests in progress.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The maximum time for the requests in progress after the signal.
const GRACE: Duration = Duration::from_secs(10);

/// The signal to stop: SIGINT (Ctrl-C), or SIGTERM on Unix.
#[derive(Debug)]
pub(crate) struct Signal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signal {
    /// Starts watching for the signal.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Serves until the signal, and then at most [`GRACE`] longer.
pub(crate) async fn serve(listener: TcpListener, router: Router, signal: Signal) -> io::Result<()> {
    let (stop, stopping) = oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        signal.wait().await;
        tracing::info!("stopping");
        let _ = stop.send(());
    });
    let timeout = async {
        // An error means that there was no signal: then there is no time limit.
        if stopping.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server => result,
        () = timeout => {
            tracing::warn!("stopped before all requests were answered");
            Ok(())
        }
    }
}
