//! What a model may call: tools of ours, and tools that the client runs.

mod fault;
mod joke;
mod now;
mod search;
mod weather;
mod web;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::time::timeout;

use crate::config::ToolsConfig;
use crate::domain::{HostedKind, HostedTool, Runner, SessionId, Timestamp, ToolCall, ToolOutcome, ToolSpec, UserId};
use crate::error::{Error, Result, codes};
use crate::net::Roots;
use crate::store::Store;
use crate::telemetry;

pub use fault::ToolFault;
use fault::parse;

/// A tool that is slower than this has failed, as far as the model knows.
const TIMEOUT: Duration = Duration::from_secs(20);
/// More than a model reads with profit.
const MAX_OUTCOME_CHARS: usize = 32_000;
const MAX_CLIENT_TOOLS: usize = 64;
const MAX_CLIENT_BYTES: usize = 64 * 1024;
const MAX_HOSTED_TOOLS: usize = 16;

/// For whom a tool works, and when.
pub struct ToolContext {
    pub owner: UserId,
    /// None when its user calls it directly.
    pub session: Option<SessionId>,
    pub now: Timestamp,
}

pub trait Tool: Send + Sync {
    fn spec(&self) -> ToolSpec;
    /// JSON that is small and stays as it is, or a text. The arguments are an object; what else they have to be
    /// the tool checks, so that what it takes and what it says of itself stand side by side.
    fn call<'a>(&'a self, arguments: &'a Value, context: &'a ToolContext) -> BoxFuture<'a, Result<Value, ToolFault>>;
}

/// The tools of this process, and which of them need a user's approval.
#[derive(Clone)]
pub struct Tools {
    ours: Arc<Vec<Box<dyn Tool>>>,
    ask_first: Arc<Vec<String>>,
    hosted: Arc<Vec<HostedKind>>,
}

/// The tools that are offered in a turn.
pub struct Toolbox {
    tools: Tools,
    clients: Vec<ToolSpec>,
}

/// The names of our own, as their specs have them.
const NAMES: [&str; 4] = ["now", "get_weather", "get_joke", "search_history"];

/// A name that is misspelt in `TOOLS_TO_APPROVE` would let its tool run without asking.
pub fn check(config: &ToolsConfig) -> Result<()> {
    if config.ask_first.iter().all(|name| NAMES.contains(&name.as_str())) {
        return Ok(());
    }
    Err(Error::setting("TOOLS_TO_APPROVE", format!("each must be one of {}", NAMES.join(", "))))
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallRoute {
    Runs,
    /// Only after its user has allowed it.
    Asks,
    /// The client runs it.
    Client,
}

impl Tools {
    pub fn new(config: &ToolsConfig, roots: Roots, store: &Store) -> Self {
        let jokes = web::Service::new("joke service", &config.joke_url, roots);
        let ours: Vec<Box<dyn Tool>> = vec![
            Box::new(now::Now),
            Box::new(weather::Weather::new(weather::OpenMeteo::new(config, roots))),
            Box::new(joke::Joke::new(jokes)),
            Box::new(search::SearchHistory::new(store)),
        ];
        Self {
            ours: Arc::new(ours),
            ask_first: Arc::new(config.ask_first.clone()),
            hosted: Arc::new(config.hosted.clone()),
        }
    }

    pub fn specs(&self) -> Vec<ToolSpec> {
        self.ours.iter().map(|tool| tool.spec()).collect()
    }

    /// Those that a provider runs, and that may be asked for here.
    pub fn hosted(&self) -> &[HostedKind] {
        &self.hosted
    }

    /// Whether a model may have it run only after its user has allowed it.
    pub fn needs_approval(&self, name: &str) -> bool {
        self.ask_first.iter().any(|asks| asks == name)
    }

    /// A direct call: who makes it has allowed it.
    pub async fn call(&self, name: &str, arguments: &Value, context: &ToolContext) -> Result<Value> {
        let tool = self.find(name).ok_or_else(|| Error::not_found("tool"))?;
        run(tool, arguments, context).await.map_err(ToolFault::into_error)
    }

    pub fn toolbox(&self, clients: &[ToolSpec]) -> Toolbox {
        Toolbox { tools: self.clone(), clients: clients.to_vec() }
    }

    /// A client may bring tools of its own; one that has the name of ours stands in its place.
    pub fn check_clients(&self, clients: &[ToolSpec]) -> Result<()> {
        let refused = |why: &'static str| Err(Error::invalid("tools", why));
        let is_name = |name: &str| {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            (1..=64).contains(&name.len()) && name.bytes().all(fits)
        };
        for (index, spec) in clients.iter().enumerate() {
            let is_taken = clients[..index].iter().any(|other| other.name == spec.name);
            if !is_name(&spec.name) {
                return refused("A tool's name is 1 to 64 characters of A-Z a-z 0-9 _ -.");
            }
            if is_taken {
                return refused("Two tools have the same name.");
            }
            if !spec.parameters.is_object() {
                return refused("A tool's parameters are a JSON Schema.");
            }
        }
        let bytes = serde_json::to_string(clients).map_or(0, |json| json.len());
        if clients.len() > MAX_CLIENT_TOOLS || bytes > MAX_CLIENT_BYTES {
            return refused("A request brings at most 64 tools of 64 KB together.");
        }
        Ok(())
    }

    /// Whether these may be asked for here, and each but once; of MCP servers each label.
    pub fn check_hosted(&self, hosted: &[HostedTool]) -> Result<()> {
        if hosted.len() > MAX_HOSTED_TOOLS {
            return Err(Error::invalid("tools", "A request asks for at most 16 tools that its provider runs."));
        }
        for (index, tool) in hosted.iter().enumerate() {
            if !self.hosted.contains(&tool.kind()) {
                let why = format!("{} is not offered here.", tool.kind());
                return Err(Error::invalid("tools", why).with_code(codes::TOOL_NOT_OFFERED));
            }
            tool.check()?;
            if hosted[..index].iter().any(|other| other.is_like(tool)) {
                return Err(Error::invalid("tools", "Two tools have the same name."));
            }
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<&dyn Tool> {
        self.ours.iter().find(|tool| tool.spec().name == name).map(AsRef::as_ref)
    }
}

impl Toolbox {
    pub fn specs(&self) -> Vec<ToolSpec> {
        let is_ours = |spec: &ToolSpec| self.clients.iter().all(|clients| clients.name != spec.name);
        self.tools.specs().into_iter().filter(is_ours).chain(self.clients.iter().cloned()).collect()
    }

    pub fn fate(&self, name: &str) -> CallRoute {
        match () {
            () if self.clients.iter().any(|spec| spec.name == name) => CallRoute::Client,
            () if self.tools.needs_approval(name) => CallRoute::Asks,
            () => CallRoute::Runs,
        }
    }

    /// Whatever goes wrong is an outcome: the model reads it and goes on.
    pub async fn call(&self, call: &ToolCall, context: &ToolContext) -> ToolOutcome {
        if call.runner == Runner::Provider {
            return ToolOutcome { content: "The user has allowed this call.".to_owned(), is_error: false };
        }
        let (record, tool) = (telemetry::ToolCallRecord::begin(), self.tools.find(&call.name));
        let result = match tool {
            None => Err(format!("There is no tool named {}.", call.name)),
            Some(tool) => run(tool, &call.arguments, context).await.map_err(|fault| fault.to_string()),
        };
        let is_error = result.is_err();
        record.end(tool.map(|_| call.name.as_str()), call.id.as_str(), is_error);
        ToolOutcome { content: short(result.map_or_else(|fault| fault, in_words)), is_error }
    }
}

/// Within a time, and never with arguments that are no object.
async fn run(tool: &dyn Tool, arguments: &Value, context: &ToolContext) -> Result<Value, ToolFault> {
    if !arguments.is_object() {
        return Err(ToolFault::arguments(".", "They are not a JSON object."));
    }
    timeout(TIMEOUT, tool.call(arguments, context)).await.map_err(|_| ToolFault::failed("The tool took too long."))?
}

fn in_words(value: Value) -> String {
    if let Value::String(text) = value { text } else { value.to_string() }
}

fn short(mut content: String) -> String {
    if let Some((at, _)) = content.char_indices().nth(MAX_OUTCOME_CHARS) {
        content.truncate(at);
        content.push_str("… (cut)");
    }
    content
}

#[cfg(test)]
mod tests;
