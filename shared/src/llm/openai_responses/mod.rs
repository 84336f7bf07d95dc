//! `OpenAI` Responses: models that reason and tools that `OpenAI` runs (web and file search, code, remote MCP).
//! <https://platform.openai.com/docs/api-reference/responses-streaming>

mod item;
mod request;
mod stream;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use secrecy::ExposeSecret;

use crate::domain::{HostedTool, ModelEvent};
use crate::error::Result;

use super::server::ProviderServer;
use super::{Model, ModelRequest, pump};

pub(super) struct OpenAiResponses(Arc<ProviderServer>);

impl OpenAiResponses {
    pub(super) fn new(server: ProviderServer) -> Self {
        Self(Arc::new(server))
    }
}

impl Model for OpenAiResponses {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let server = Arc::clone(&self.0);
        let events = async move {
            let mut call = server.post("/responses", &request::body(&request))?;
            if let Some(key) = server.key().await? {
                call = call.bearer_auth(key.expose_secret().trim());
            }
            server.ask(call).await.map(|reply| pump::read(reply, stream::ResponsesParser::default()))
        };
        futures::stream::once(Box::pin(events)).try_flatten().boxed()
    }

    fn runs(&self, _: &HostedTool) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
