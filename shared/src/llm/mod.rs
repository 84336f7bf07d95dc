//! Language models that somebody else runs: one trait, one folder for each provider.

#[cfg_attr(not(test), expect(dead_code, reason = "not in the catalog yet"))]
mod agent_engine;
#[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "not in the catalog yet"))]
mod anthropic;
#[cfg_attr(not(test), expect(dead_code, reason = "not in the catalog yet"))]
mod bedrock;
mod blocks;
#[cfg(feature = "testing")]
pub mod drivers;
#[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "not in the catalog yet"))]
mod gemini;
mod lines;
mod openai_chat;
#[cfg_attr(not(test), expect(dead_code, reason = "not in the catalog yet"))]
mod openai_responses;
mod partial_call;
#[cfg(test)]
mod playback;
mod pump;
mod scripted;
mod server;

use std::sync::Arc;

use futures::stream::BoxStream;
use serde_json::Value;

use crate::config::{LlmConfig, Secrets};
use crate::domain::{ModelEvent, ModelRef, Part, Role, ToolSpec};
use crate::error::{Error, Result};
use crate::net::Roots;

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptMessage {
    pub role: Role,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelRequest {
    pub model: String,
    pub system: String,
    pub messages: Vec<PromptMessage>,
    pub tools: Vec<ToolSpec>,
    /// Tools that the provider runs itself, in its own words: passed on as they are.
    pub hosted: Vec<Value>,
    /// Who asks and in which session, opaque: for providers that keep the conversation themselves.
    pub user: String,
    pub session: String,
}

/// Object-safe on purpose: chosen for each request by name. Dropping the stream stops the provider.
pub trait Model: Send + Sync {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>>;
}

/// The models that can be asked here.
pub struct Models {
    default: ModelRef,
    scripted: Arc<dyn Model>,
    openai: Option<Arc<dyn Model>>,
}

impl Models {
    pub fn new(config: &LlmConfig, roots: Roots, secrets: &Arc<Secrets>) -> Self {
        Self {
            default: ModelRef::parse(&config.default_model),
            scripted: Arc::new(scripted::Scripted),
            openai: openai_chat::OpenAiChat::new(config, roots, secrets).map(|model| Arc::new(model) as Arc<dyn Model>),
        }
    }

    /// The model of that name, or the default one.
    pub fn choose(&self, name: Option<&str>) -> Result<(ModelRef, Arc<dyn Model>)> {
        let wanted = name.map_or_else(|| self.default.clone(), ModelRef::parse);
        let model = match wanted.provider.as_str() {
            "scripted" if wanted.name.is_empty() => Some(&self.scripted),
            "openai" if !wanted.name.is_empty() => self.openai.as_ref(),
            _ => None,
        };
        match model {
            Some(model) => Ok((wanted, Arc::clone(model))),
            None => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Error {
        let openai = if self.openai.is_some() { ", openai:<model>" } else { "" };
        Error::invalid("model", format!("This model cannot be asked here. There is: scripted{openai}."))
            .with_code("unknown_model")
    }
}
