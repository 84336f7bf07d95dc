//! Vertex AI Agent Engine (Reasoning Engines): agents made with ADK, which keep the conversation themselves.
//! <https://cloud.google.com/vertex-ai/generative-ai/docs/agent-engine/use/adk>
//!
//! The engine's session is named after ours (a digest of user and session), so nothing has to be remembered. It is
//! made when this process first hears of it; that it stands already is no fault.

mod request;
mod stream;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use reqwest::Response;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::domain::ModelEvent;
use crate::error::{Error, Result};

use super::server::ProviderServer;
use super::{Model, ModelFault, ModelRequest, pump};

/// Sessions that are known to stand; with more than these, all are asked for again.
const MAX_KNOWN: usize = 10_000;

/// Its models are engines: `projects/…/locations/…/reasoningEngines/…` below the server's address.
pub(super) struct AgentEngine(Arc<Engines>);

struct Engines {
    server: ProviderServer,
    known: Mutex<HashSet<String>>,
}

impl AgentEngine {
    pub(super) fn new(server: ProviderServer) -> Self {
        Self(Arc::new(Engines { server, known: Mutex::default() }))
    }
}

impl Model for AgentEngine {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let (engines, again) = (Arc::clone(&self.0), Arc::clone(&self.0));
        let session = request::session(&request);
        let events = async move { engines.ask(&request).await };
        let events = futures::stream::once(Box::pin(events)).try_flatten();
        // It may have gone, and then the next question makes it.
        events.inspect_err(move |_| again.forget(&session)).boxed()
    }
}

impl Engines {
    async fn ask(&self, request: &ModelRequest) -> Result<BoxStream<'static, Result<ModelEvent>>> {
        let engine = engine(&request.model)?;
        let session = request::session(request);
        if !self.known().contains(&session) {
            self.create_session(engine, request).await?;
            self.remember(session);
        }
        let reply = self.post(&format!("/{engine}:streamQuery?alt=sse"), &request::stream_query(request)).await?;
        Ok(pump::read_lines(reply, stream::AgentEngineParser::default()))
    }

    /// Whether it has been refused because it stands already, or was not made, shows when it is asked.
    async fn create_session(&self, engine: &str, request: &ModelRequest) -> Result<()> {
        match self.post(&format!("/{engine}:query"), &request::create_session(request)).await {
            Err(error) if matches!(ModelFault::of(&error), Some(ModelFault::Refused | ModelFault::Unavailable)) => {
                tracing::debug!(%error, "the engine made no session");
                Ok(())
            }
            other => other.map(drop),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Response> {
        let mut call = self.server.post(path, body)?;
        if let Some(key) = self.server.key().await? {
            call = call.bearer_auth(key.expose_secret().trim());
        }
        self.server.send(call).await
    }

    fn known(&self) -> MutexGuard<'_, HashSet<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, session: String) {
        let mut known = self.known();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(session);
    }

    fn forget(&self, session: &str) {
        self.known().remove(session);
    }
}

/// A name becomes a path: it must not lead anywhere else.
fn engine(name: &str) -> Result<&str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let plain = name.split('/').all(|word| !word.is_empty() && word.chars().all(fits));
    if plain { Ok(name) } else { Err(Error::invalid("model", "This is no name of an engine.")) }
}

#[cfg(test)]
mod tests;
