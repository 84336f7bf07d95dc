//! Where Prometheus reads: a port of its own, so that nobody who may ask questions may read how many are asked.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::telemetry;

use super::{Result, server};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn serve(address: SocketAddr) -> Result {
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "metrics can be read");
    let router = Router::new().route("/metrics", get(async || ([(CONTENT_TYPE, TEXT)], telemetry::metrics())));
    tokio::spawn(async move {
        let connections = GracefulShutdown::new();
        loop {
            server::accept(&listener, &router, &connections).await;
        }
    });
    Ok(())
}
