//! Where Prometheus reads: a port of its own, so that nobody who may ask questions may read how many are asked.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Semaphore;

use crate::telemetry;

use super::{Result, listen, server};

/// At once.
const READERS: usize = 16;
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn serve(address: SocketAddr) -> Result {
    let listener = listen("METRICS_ADDRESS", "METRICS_ADDRESS", address).await?;
    tracing::info!(address = %listener.local_addr()?, "metrics can be read");
    let router = Router::new().route("/metrics", get(async || ([(CONTENT_TYPE, TEXT)], telemetry::metrics())));
    tokio::spawn(async move {
        let (connections, room) = (GracefulShutdown::new(), Arc::new(Semaphore::new(READERS)));
        loop {
            server::accept(&listener, &room, &router, &connections).await;
        }
    });
    Ok(())
}
