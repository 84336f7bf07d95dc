//! Serves a `Router` on a port (Cloud Run, a laptop) and leaves without losing what was begun.

use std::{io, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use crate::telemetry;

use super::Idle;
use super::impatient::Impatient;

/// A client has so long for the head of its request; then it only holds a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// A client takes something of what is sent at least so often; who does not can come back to a stream where it was.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);

/// The head of a request, and what is read or written at a time.
const MAX_BUFFER: usize = 32 << 10;

/// What we want to open at once.
const FILES: u64 = 8_192;
/// What every system gives.
const FEWEST_FILES: u64 = 256;

/// Cloud Run kills 10 s after it has asked.
const GRACE: Duration = Duration::from_secs(9);

/// When all work is done, streams get so long to send their last words.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT, then tells the application by `on_shutdown`, takes no new
/// connections, and returns when all is done or the grace is over. Idle connections and endless
/// streams hold nobody up.
pub async fn run(router: Router, listener: TcpListener, idle: Idle, on_shutdown: impl FnOnce()) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(max_connections()));
    let mut stop = pin!(asked_to_stop()?);
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = accept(&listener, &room, &router, &connections) => {}
        }
    }
    on_shutdown();
    drop(listener);
    tracing::info!("asked to stop");
    if timeout(GRACE, finish(connections, &idle)).await.is_err() {
        tracing::warn!("stopped with work left over");
    }
    telemetry::flush().await;
    Ok(())
}

/// The future is ready when the host or the terminal wants us gone.
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Half of the files: the others are for those whom an answer needs, providers and the store. A connection beyond
/// that waits before the door, for as long at most as somebody may hold a connection without asking.
fn max_connections() -> usize {
    let files = rlimit::increase_nofile_limit(FILES).unwrap_or(FEWEST_FILES);
    usize::try_from(files.min(FILES) / 2).unwrap_or_default()
}

/// The next connection, if there is room for one.
pub(super) async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    router: &Router,
    connections: &GracefulShutdown,
) {
    let Ok(place) = Arc::clone(room).acquire_owned().await else { return };
    match listener.accept().await {
        Ok((socket, _)) => talk(socket, place, router.clone(), connections),
        // Out of file descriptors, or a client that was gone at once: neither ends the server.
        Err(error) => {
            tracing::warn!(%error, "could not accept a connection");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn talk(socket: TcpStream, place: OwnedSemaphorePermit, router: Router, connections: &GracefulShutdown) {
    // Small frames of a stream must not wait for the client's acknowledgement.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_BUFFER);
    let socket = Impatient::new(socket, WRITE_TIMEOUT);
    let connection = http.serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        let _place = place;
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}

async fn finish(connections: GracefulShutdown, idle: &Idle) {
    let closed = tokio::spawn(connections.shutdown());
    idle.wait().await;
    let _ = timeout(LAST_WORDS, closed).await;
    // A request that was on its way meanwhile may have begun something.
    idle.wait().await;
}
