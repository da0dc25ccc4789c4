//! An end in order: no new connections, what is being answered is answered, but not for ever.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests may still go on after the signal.
const GRACE: Duration = Duration::from_secs(10);

/// What asks the program to end: SIGINT (Ctrl-C), or SIGTERM where there is one.
#[derive(Debug)]
pub(crate) struct Signal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signal {
    /// Watches from now on.
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

/// Answers until the signal, and then at most [`GRACE`].
pub(crate) async fn serve(listener: TcpListener, router: Router, signal: Signal) -> io::Result<()> {
    let (told, stopping) = oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        signal.wait().await;
        tracing::info!("stopping");
        let _ = told.send(());
    });
    let too_late = async {
        // Without a signal there is no haste: then the server ends by itself or never.
        if stopping.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = server => ended,
        () = too_late => {
            tracing::warn!("stopped before all was answered");
            Ok(())
        }
    }
}
