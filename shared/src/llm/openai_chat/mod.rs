//! OpenAI Chat Completions, and every server that speaks the same: Ollama, vLLM, llama.cpp, Groq, LiteLLM …
//! <https://platform.openai.com/docs/api-reference/chat/streaming>

mod options;
mod quirks;
mod request;
mod stream;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use secrecy::ExposeSecret;

use crate::domain::ModelEvent;
use crate::error::Result;

use super::server::ProviderServer;
use super::{Model, ModelRequest, pump};

use quirks::Quirks;

pub(super) struct OpenAiChat {
    server: Arc<ProviderServer>,
    quirks: Quirks,
}

impl OpenAiChat {
    pub(super) fn new(server: ProviderServer, provider: &str) -> Self {
        Self { server: Arc::new(server), quirks: Quirks::of(provider) }
    }
}

impl Model for OpenAiChat {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let (server, quirks) = (Arc::clone(&self.server), self.quirks);
        let events = async move {
            let mut call = server.post("/chat/completions", &request::body(&request, quirks))?;
            if let Some(key) = server.key().await? {
                call = call.bearer_auth(key.expose_secret().trim());
            }
            server.ask(call).await.map(|reply| pump::read(reply, stream::ChatParser::default()))
        };
        futures::stream::once(Box::pin(events)).try_flatten().boxed()
    }
}
