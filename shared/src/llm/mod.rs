//! Language models that somebody else runs: one trait, one folder for each provider.

mod agent_engine;
mod anthropic;
mod bedrock;
mod blocks;
mod catalog;
mod chain;
mod claude;
#[cfg(feature = "testing")]
pub mod drivers;
mod fault;
mod gemini;
mod lines;
mod made_files;
mod offers;
mod openai_chat;
mod openai_models;
mod openai_responses;
mod partial_call;
#[cfg(test)]
mod playback;
mod pump;
mod retry;
mod scripted;
mod server;

use std::collections::HashMap;
use std::sync::Arc;

use futures::stream::BoxStream;

use crate::config::{LlmConfig, Offer, Protocol, ProviderAccess, Secrets};
use crate::domain::{HostedTool, ModelEvent, ModelRef, Options, ToolSpec};
use crate::error::Result;
use crate::net::{Aws, Roots};

pub use crate::domain::PromptMessage;
pub use catalog::{Facts, ListPrice, facts, price};
pub use fault::ModelFault;
pub use made_files::{Download, MadeFiles};
pub use offers::{ListedModel, Offers};

use chain::{Chain, Link};
use openai_chat::OpenAiChat;
use server::ProviderServer;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelRequest {
    pub model: String,
    pub system: String,
    pub messages: Vec<PromptMessage>,
    pub tools: Vec<ToolSpec>,
    /// Tools that the provider runs itself.
    pub hosted: Vec<HostedTool>,
    pub options: Options,
    /// Who asks and in which session, opaque: for providers that keep the conversation themselves.
    pub user: String,
    pub session: String,
}

/// Object-safe on purpose: chosen for each request by name. Dropping the stream stops the provider.
pub trait Model: Send + Sync {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>>;

    /// Whether its provider runs this tool.
    fn runs(&self, _: &HostedTool) -> bool {
        false
    }

    /// Whether it can be offered tools that its provider runs beside others.
    fn mixes(&self) -> bool {
        true
    }
}

/// A model that was chosen for a turn, with those that take over for it.
#[derive(Clone)]
pub struct Chosen {
    pub name: ModelRef,
    pub model: Arc<dyn Model>,
    /// The fewest tokens that one of its fallbacks reads, as far as that is known.
    pub fallback_window: Option<u64>,
}

/// The models that can be asked here.
pub struct Models {
    config: LlmConfig,
    /// By the name of the provider.
    adapters: HashMap<&'static str, Arc<dyn Model>>,
}

impl Models {
    pub fn new(config: &LlmConfig, roots: Roots, aws: &Arc<Aws>, secrets: &Arc<Secrets>) -> Self {
        let mut adapters: HashMap<&'static str, Arc<dyn Model>> = HashMap::new();
        adapters.insert("scripted", Arc::new(scripted::Scripted));
        for provider in &config.providers {
            let ProviderAccess { base_url, key, .. } = provider.clone();
            let server = ProviderServer::new(base_url, key, secrets, roots).connecting_within(config.connect_timeout);
            adapters.insert(provider.name, adapter(provider, server, aws));
        }
        Self { config: config.clone(), adapters }
    }

    /// The model of that name or alias, or the default one; with those that take over for it.
    pub fn choose(&self, name: Option<&str>) -> Result<Chosen> {
        let offer = Offers::of(&self.config).find(name)?;
        Ok(self.chosen(&offer, None))
    }

    /// The same for a turn that goes on: the model that has answered so far is asked first.
    pub fn go_on(&self, asked: &ModelRef, answered: Option<&ModelRef>) -> Result<Chosen> {
        let offer = Offers::of(&self.config).find(Some(&asked.to_string()))?;
        Ok(self.chosen(&offer, answered))
    }

    fn chosen(&self, offer: &Offer, answered: Option<&ModelRef>) -> Chosen {
        let names = [&offer.model].into_iter().chain(&offer.fallbacks);
        let link = |name: &ModelRef| {
            let model = self.adapters.get(name.provider.as_str())?;
            Some(Link { name: name.clone(), model: Arc::clone(model) })
        };
        let links: Vec<Link> = names.filter_map(link).collect();
        let current = links.iter().position(|link| Some(&link.name) == answered).unwrap_or(0);
        Chosen {
            name: offer.model.clone(),
            model: Arc::new(Chain::new(links, current, self.config.first_token_timeout)),
            fallback_window: offer.fallbacks.iter().filter_map(|model| facts(model)?.context_tokens).min(),
        }
    }
}

fn adapter(provider: &ProviderAccess, server: ProviderServer, aws: &Arc<Aws>) -> Arc<dyn Model> {
    match &provider.protocol {
        Protocol::ChatCompletions(quirks) => Arc::new(OpenAiChat::new(server, *quirks)),
        Protocol::Responses => Arc::new(openai_responses::OpenAiResponses::new(server)),
        Protocol::Anthropic => Arc::new(anthropic::Anthropic::new(server)),
        Protocol::Gemini => Arc::new(gemini::Gemini::new(server)),
        Protocol::Vertex { project, location } => Arc::new(gemini::Gemini::vertex(server, project, location)),
        Protocol::AgentEngine => Arc::new(agent_engine::AgentEngine::new(server)),
        Protocol::Bedrock => {
            let endpoint = provider.own_server.then(|| provider.base_url.clone());
            Arc::new(bedrock::Bedrock::new(aws, endpoint))
        }
    }
}

#[cfg(test)]
mod tests;
