//! Gemini (ai.google.dev/api/generate-content), at <https://generativelanguage.googleapis.com>,
//! and the same wire on Vertex AI (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference).

mod request;
mod stream;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use secrecy::ExposeSecret;

use crate::domain::{HostedTool, ModelEvent};
use crate::error::Result;

use super::server::ProviderServer;
use super::{Model, ModelFault, ModelRequest, pump};

pub(super) struct Gemini {
    server: Arc<ProviderServer>,
    endpoint: Endpoint,
}

/// One wire, two ways to it.
#[derive(Clone)]
enum Endpoint {
    /// An API key; `v1beta/models`.
    Api,
    /// A bearer token; the models of a project in a location.
    Vertex(String),
}

impl Gemini {
    pub(super) fn new(server: ProviderServer) -> Self {
        Self { server: Arc::new(server), endpoint: Endpoint::Api }
    }

    pub(super) fn vertex(server: ProviderServer, project: &str, location: &str) -> Self {
        let models = format!("/v1/projects/{project}/locations/{location}/publishers/google/models");
        Self { server: Arc::new(server), endpoint: Endpoint::Vertex(models) }
    }
}

impl Endpoint {
    fn path(&self, model: &str) -> Result<String> {
        // The name is the client's: it may not lead anywhere else.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if model.is_empty() || !model.chars().all(is_plain) {
            return Err(ModelFault::UnknownModel.into());
        }
        let models = match self {
            Self::Api => "/v1beta/models",
            Self::Vertex(models) => models,
        };
        Ok(format!("{models}/{model}:streamGenerateContent?alt=sse"))
    }
}

impl Model for Gemini {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let (server, endpoint) = (Arc::clone(&self.server), self.endpoint.clone());
        let events = async move {
            let mut call = server.post(&endpoint.path(&request.model)?, &request::body(&request))?;
            if let Some(key) = server.key().await? {
                let key = key.expose_secret().trim();
                call = match endpoint {
                    Endpoint::Api => call.header("x-goog-api-key", key),
                    Endpoint::Vertex(_) => call.bearer_auth(key),
                };
            }
            let parser = stream::GeminiParser::after(request::calls(&request));
            server.ask(call).await.map(|reply| pump::read(reply, parser))
        };
        futures::stream::once(Box::pin(events)).try_flatten().boxed()
    }

    fn runs(&self, tool: &HostedTool) -> bool {
        request::hosted(tool).is_some()
    }

    fn mixes(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_cannot_lead_to_another_path() {
        for name in ["", "../x", "a/b", "a?key=b", "a:generateContent", "a#b", "a%2f"] {
            assert_eq!(Endpoint::Api.path(name).unwrap_err().code(), "model_not_found", "{name}");
        }
        assert!(Endpoint::Api.path("gemini-2.5-flash").is_ok());
    }
}
