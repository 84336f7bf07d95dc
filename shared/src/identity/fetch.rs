//! Asking an identity provider: with a time-out, and without believing the size of what comes.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BYTES: usize = 1 << 20;

/// The JSON of a successful reply.
pub(super) async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T> {
    let reply = send(request).await?;
    let status = reply.status();
    if !status.is_success() {
        return Err(away(format!("{status} from {}", reply.url().path())));
    }
    serde_json::from_slice(&body(reply).await?).map_err(away)
}

pub(super) async fn send(request: RequestBuilder) -> Result<Response> {
    request.timeout(TIMEOUT).send().await.map_err(|error| away(error.without_url()))
}

pub(super) async fn body(reply: Response) -> Result<Vec<u8>> {
    let (mut bytes, mut pieces) = (Vec::new(), reply.bytes_stream());
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| away(error.without_url()))?);
        if bytes.len() > MAX_BYTES {
            return Err(away("an endless reply"));
        }
    }
    Ok(bytes)
}

pub(super) fn away(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unavailable("provider").because(cause)
}
