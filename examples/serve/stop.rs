//! The signal to stop: SIGINT (Ctrl-C), or SIGTERM on Unix.

use std::io;

/// Watches for the signal.
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

    /// Waits for the signal.
    #[cfg(unix)]
    pub(crate) async fn wait(mut self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Waits for the signal.
    #[cfg(not(unix))]
    pub(crate) async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
