//! The least that can stand before a model: passes each POST on to `$OPENAI_BASE_URL` and the reply's bytes back.
//! Keeps nothing, checks nothing; what our own work costs is measured against it (`make bench`).

use std::{env, error::Error};

use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::net::TcpListener;

type Provider = Client<HttpConnector, Incoming>;
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let port: u16 = env::var("PORT")?.parse()?;
    let target = format!("{}/chat/completions", env::var("OPENAI_BASE_URL")?);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let provider: Provider = Client::builder(TokioExecutor::new()).build(connector);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let (provider, target) = (provider.clone(), target.clone());
        tokio::spawn(async move {
            let relay = service_fn(|request| relay(&provider, &target, request));
            // A client that hangs up is no failure of ours.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), relay).await;
        });
    }
}

async fn relay(provider: &Provider, target: &str, request: Request<Incoming>) -> Result<Response<Incoming>> {
    let (head, body) = request.into_parts();
    let mut onward = Request::post(target).header(CONTENT_TYPE, "application/json");
    if let Some(key) = head.headers.get(AUTHORIZATION) {
        onward = onward.header(AUTHORIZATION, key);
    }
    let (reply, body) = provider.request(onward.body(body)?).await?.into_parts();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status.as_u16())?;
    if let Some(kind) = reply.headers.get(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, kind.clone());
    }
    Ok(response)
}
