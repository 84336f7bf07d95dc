//! OpenAI Chat Completions, and every server that speaks the same: Ollama, vLLM, llama.cpp, Groq, LiteLLM …
//! <https://platform.openai.com/docs/api-reference/chat/streaming>

mod call_id;
mod options;
mod request;
mod stream;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use secrecy::ExposeSecret;

use crate::config::Quirks;
use crate::domain::ModelEvent;
use crate::error::Result;

use super::server::ProviderServer;
use super::{Model, ModelRequest, pump};

pub(super) struct OpenAiChat {
    server: Arc<ProviderServer>,
    quirks: Quirks,
}

impl OpenAiChat {
    pub(super) fn new(server: ProviderServer, quirks: Quirks) -> Self {
        Self { server: Arc::new(server), quirks }
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

/// As configuration gives them to a vendor that has a key and an address.
#[cfg(test)]
pub(super) fn quirks_of(vendor: &str) -> Quirks {
    use crate::config::{Config, Protocol};
    let set = |what: &str| (format!("{}_{what}", vendor.to_uppercase()), "http://localhost".to_owned());
    let providers = Config::from_vars(["API_KEY", "BASE_URL"].map(set)).expect("a configuration").llm.providers;
    let provider = providers.iter().find(|provider| provider.name == vendor).expect("a row of that name");
    let Protocol::ChatCompletions(quirks) = provider.protocol else { panic!("{vendor} speaks another protocol") };
    quirks
}
