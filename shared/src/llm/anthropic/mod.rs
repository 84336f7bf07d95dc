//! Anthropic Messages (platform.claude.com/docs/en/api/messages), at <https://api.anthropic.com> or a server like it.

mod media;
mod request;
mod stream;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use secrecy::ExposeSecret;

use crate::domain::{HostedKind, HostedTool, ModelEvent};
use crate::error::Result;

use super::server::ProviderServer;
use super::{Model, ModelRequest, pump};

/// The version of the wire that is spoken here.
const VERSION: &str = "2023-06-01";

/// What code that runs over there has to be asked for with.
const CODE: &str = "code-execution-2025-08-25";

pub(super) struct Anthropic(Arc<ProviderServer>);

impl Anthropic {
    pub(super) fn new(server: ProviderServer) -> Self {
        Self(Arc::new(server))
    }
}

impl Model for Anthropic {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let server = Arc::clone(&self.0);
        let events = async move {
            let mut call = server.post("/v1/messages", &request::body(&request))?.header("anthropic-version", VERSION);
            if request.hosted.iter().any(|tool| tool.kind() == HostedKind::CodeInterpreter) {
                call = call.header("anthropic-beta", CODE);
            }
            if let Some(key) = server.key().await? {
                call = call.header("x-api-key", key.expose_secret().trim());
            }
            let parser = stream::AnthropicParser::after(&request);
            server.ask(call).await.map(|reply| pump::read(reply, parser))
        };
        futures::stream::once(Box::pin(events)).try_flatten().boxed()
    }

    fn runs(&self, tool: &HostedTool) -> bool {
        request::hosted(tool).is_some()
    }
}
