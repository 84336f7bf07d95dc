//! Files that code has made, as they lie in a provider's container
//! (platform.openai.com/docs/api-reference/container-files).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use reqwest::Response;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::config::{LlmConfig, Protocol, Secrets};
use crate::domain::MadeFile;
use crate::error::{Error, Result, codes};
use crate::net::Roots;

use super::ModelFault;
use super::server::ProviderServer;

/// What Lambda and its gateway pass on well within the function's time.
const MAX_BYTES: u64 = 50 << 20;
/// How long a provider may be silent.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Those who hold such files.
pub struct MadeFiles(HashMap<&'static str, ProviderServer>);

/// A file on its way.
pub struct Download {
    /// If the provider says it before.
    pub bytes: Option<u64>,
    pub pieces: BoxStream<'static, Result<Bytes>>,
}

impl MadeFiles {
    pub fn new(config: &LlmConfig, roots: Roots, secrets: &Arc<Secrets>) -> Self {
        let holders = config.providers.iter().filter(|provider| provider.protocol == Protocol::Responses);
        let server = |provider: &crate::config::ProviderAccess| {
            let server = ProviderServer::new(provider.base_url.clone(), provider.key.clone(), secrets, roots);
            (provider.name, server.connecting_within(config.connect_timeout))
        };
        Self(holders.map(server).collect())
    }

    pub async fn fetch(&self, file: &MadeFile) -> Result<Download> {
        let MadeFile { id, container, provider, .. } = file;
        // Its provider was taken out of the configuration.
        let server = self.0.get(provider.as_str()).ok_or_else(gone)?;
        let mut call = server.get(&format!("/containers/{container}/files/{id}/content"))?;
        if let Some(key) = server.key().await? {
            call = call.bearer_auth(key.expose_secret().trim());
        }
        let reply = timeout(TIMEOUT, server.send(call)).await.map_err(|_| silent())?;
        let reply = reply
            .map_err(|error| if ModelFault::of(&error) == Some(ModelFault::UnknownModel) { gone() } else { error })?;
        let bytes = reply.content_length();
        if bytes.is_some_and(|bytes| bytes > MAX_BYTES) {
            return Err(too_large());
        }
        Ok(Download { bytes, pieces: pieces(reply) })
    }
}

/// The bytes as they come; a file whose length nobody said breaks off where it is too large.
fn pieces(reply: Response) -> BoxStream<'static, Result<Bytes>> {
    let next = |(mut reply, left): (Response, u64)| async move {
        let piece = timeout(TIMEOUT, reply.chunk()).await.map_err(|_| silent())?;
        let broken = |error: reqwest::Error| unreadable().because(error.without_url());
        let Some(piece) = piece.map_err(broken)? else { return Ok(None) };
        let left = left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
        Ok(Some((piece, (reply, left))))
    };
    stream::try_unfold((reply, MAX_BYTES), next).boxed()
}

fn gone() -> Error {
    let why = "This file is gone. The model's provider keeps what code has made for twenty minutes after its last use.";
    Error::new(codes::FILE_GONE, why)
}

fn silent() -> Error {
    Error::new(codes::FILE_UNREACHABLE, "The file's provider did not answer in time.")
}

fn unreadable() -> Error {
    Error::new(codes::FILE_CUT_OFF, "The file broke off.")
}

fn too_large() -> Error {
    Error::new(codes::FILE_TOO_LARGE, "This file has more than 50 MB, which is more than is passed on.")
}
