//! OpenAI Chat Completions, and every server that speaks the same: Ollama, vLLM, llama.cpp, Groq, LiteLLM …

mod request;
mod stream;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use secrecy::ExposeSecret;

use crate::config::{LlmConfig, Secrets};
use crate::domain::ModelEvent;
use crate::error::Result;
use crate::net::Roots;

use super::server::Server;
use super::{Model, ModelRequest, pump};

const OPENAI: &str = "https://api.openai.com/v1";

pub(super) struct OpenAiChat(Arc<Server>);

impl OpenAiChat {
    /// Needs a key or a server of one's own; with neither there is nobody to ask.
    pub(super) fn new(config: &LlmConfig, roots: Roots, secrets: &Arc<Secrets>) -> Option<Self> {
        if config.openai_key.is_none() && config.openai_base_url.is_none() {
            return None;
        }
        let base_url = config.openai_base_url.clone().unwrap_or_else(|| OPENAI.to_owned());
        Some(Self(Arc::new(Server::new(base_url, config.openai_key.clone(), secrets, roots))))
    }
}

impl Model for OpenAiChat {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let server = Arc::clone(&self.0);
        let events = async move {
            let mut call = server.post("/chat/completions", &request::body(&request))?;
            if let Some(key) = server.key().await? {
                call = call.bearer_auth(key.expose_secret().trim());
            }
            server.ask(call).await.map(|reply| pump::read(reply, stream::Parser::default()))
        };
        futures::stream::once(events).try_flatten().boxed()
    }
}
