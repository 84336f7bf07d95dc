//! What a tool fetches from a public service: one JSON document, within a time and a size, from nowhere else.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, USER_AGENT};
use reqwest::{Client, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use crate::error::unquoted;
use crate::net::{Roots, http_client};

use super::ToolFault;

const TIMEOUT: Duration = Duration::from_secs(6);
const MAX_BYTES: usize = 256 * 1024;
/// Some services want to know who calls.
const WHO: &str = concat!("Counsel/", env!("CARGO_PKG_VERSION"));

/// A service that a setting names: neither a model nor a user chooses where a request goes.
pub(super) struct Service {
    /// How the model hears of it: `weather service`.
    name: &'static str,
    base_url: String,
    patience: Duration,
    roots: Roots,
    client: OnceLock<Client>,
}

impl Service {
    pub(super) fn new(name: &'static str, base_url: &str, roots: Roots) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self { name, base_url, patience: TIMEOUT, roots, client: OnceLock::new() }
    }

    #[cfg(test)]
    pub(super) fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, ToolFault> {
        match timeout(self.patience, self.fetch(path, query)).await {
            Ok(Ok(body)) => serde_json::from_slice(&body).map_err(|error| self.fault("cannot be understood", &error)),
            Ok(Err(fault)) => Err(fault),
            Err(elapsed) => Err(self.fault("does not answer", &elapsed)),
        }
    }

    async fn fetch(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, ToolFault> {
        let mut url =
            Url::parse(&format!("{}{path}", self.base_url)).map_err(|error| self.fault("has no address", &error))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.client()?.get(url).header(ACCEPT, "application/json").header(USER_AGENT, WHO);
        let lost = |error: reqwest::Error| self.fault("cannot be reached", &error.without_url());
        let mut reply = request.send().await.map_err(lost)?;
        // A redirect is no answer: what stands behind it nobody has configured.
        if reply.status() != StatusCode::OK {
            return Err(self.fault("has no answer at the moment", &reply.status()));
        }
        let mut body = Vec::new();
        while let Some(piece) = reply.chunk().await.map_err(lost)? {
            body.extend_from_slice(&piece);
            if body.len() > MAX_BYTES {
                return Err(self.fault("says more than can be read", &body.len()));
            }
        }
        Ok(body)
    }

    /// Built on the first call: most functions never make one.
    fn client(&self) -> Result<&Client, ToolFault> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = http_client(self.roots)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The model hears what happened; why, only the log does.
    fn fault(&self, what: &str, why: &dyn std::fmt::Display) -> ToolFault {
        // A reply that cannot be read may be quoted in it, and that holds what was asked for.
        tracing::warn!(service = self.name, why = unquoted(&why.to_string()), "{what}");
        ToolFault::failed(format!("The {} {what}.", self.name))
    }
}
