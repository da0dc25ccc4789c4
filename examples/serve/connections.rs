//! Connections: a bounded number at a time, none that stands still, and a graceful end.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use crate::bounds::Bounds;
use crate::stop::Signal;

/// The maximum time for the requests in progress after the signal.
const GRACE: Duration = Duration::from_secs(10);

/// The maximum number of bytes that are buffered for a connection in each direction. The line and the headers of a request must
/// fit: a longer request gets 431.
const BUFFER_BYTES: usize = 64 << 10;

/// How long the server waits if it cannot accept connections, because it has too many files open, say.
const PAUSE: Duration = Duration::from_millis(500);

/// Serves until the signal, and then at most [`GRACE`] longer.
pub(crate) async fn serve(listener: TcpListener, router: Router, bounds: &Bounds, signal: Signal) {
    let places = Arc::new(Semaphore::new(bounds.connections.get() as usize));
    let server = server(bounds);
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(signal.wait());
    loop {
        let (stream, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let stream = TokioIo::new(Box::pin(with_timeout(stream, bounds)));
        let connection = server.serve_connection(stream, TowerToHyperService::new(router.clone()));
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // An error is that the client has gone, was too slow, or sent no HTTP.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("stopping");
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("stopped before all requests were answered");
    }
}

/// Makes the server of a connection. The time for the headers of a request starts with the answer before, so it also closes
/// connections without requests.
fn server(bounds: &Bounds) -> http1::Builder {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(bounds.timeout()).max_buf_size(BUFFER_BYTES);
    server
}

/// Closes a connection whose client does not read its answer. Bodies have their own time, because a client that reads an
/// answer sends nothing.
fn with_timeout(stream: TcpStream, bounds: &Bounds) -> TimeoutStream<TcpStream> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.timeout()));
    stream
}

/// Waits for a place and a connection for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // There is always a permit to wait for, because the semaphore is not closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            // The client has gone already.
            Err(error)
                if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::error!("no connection accepted: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
