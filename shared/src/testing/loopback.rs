//! A small HTTP/1 server on 127.0.0.1 for the fakes: any free port, gone when dropped.

use std::{io, net::SocketAddr};

use axum::{body::Body, http::Request, response::Response};
use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet, yield_now},
};

/// What a fake does with one request. An `Err` closes the connection without an answer.
pub type LoopbackReply = io::Result<Response>;

pub struct Loopback {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Loopback {
    pub async fn start<H, F>(handle: H) -> Self
    where
        H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = LoopbackReply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        Self { address, serving: tokio::spawn(accept(listener, handle)) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // The connections live in a set that the accepting task owns, so they end with it.
        self.serving.abort();
    }
}

async fn accept<H, F>(listener: TcpListener, handle: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = LoopbackReply> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { return };
                connections.spawn(talk(socket, handle.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn talk<H, F>(socket: TcpStream, handle: H)
where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = LoopbackReply>,
{
    let _ = socket.set_nodelay(true);
    let service = service_fn(handle);
    // A connection that breaks is what these servers are for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
}

/// A plain answer from its three parts.
pub fn answer(status: u16, content_type: &str, body: impl Into<Body>) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(body.into())
        .expect("a status and a content type make a response")
}

/// An answer whose body comes in pieces of a few bytes, and whose connection then breaks, if it shall.
pub fn in_pieces(status: u16, content_type: &str, body: impl Into<Bytes>, breaks: bool) -> Response {
    let body: Bytes = body.into();
    let pieces: Vec<_> = body.chunks(11).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    // What was said before is on its way by then.
    let gone = stream::once(yield_now().map(|()| Err(io::Error::other("gone"))));
    let end = stream::iter(breaks.then_some(gone)).flatten();
    answer(status, content_type, Body::from_stream(stream::iter(pieces).chain(end)))
}
