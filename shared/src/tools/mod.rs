//! What a model may call: tools of ours, and tools that the client runs.

mod now;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::time::timeout;

use crate::domain::{SessionId, Timestamp, ToolCall, ToolOutcome, ToolSpec, UserId};
use crate::error::{Error, Result};

/// A tool that is slower than this has failed, as far as the model is told.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than a model reads with profit.
const MOST_OUTCOME_CHARS: usize = 32_000;
const MOST_CLIENT_TOOLS: usize = 64;
const MOST_CLIENT_BYTES: usize = 64 * 1024;

/// For whom a tool works, and when.
pub struct Asker {
    pub owner: UserId,
    pub session: SessionId,
    pub now: Timestamp,
}

pub trait Tool: Send + Sync {
    fn spec(&self) -> ToolSpec;
    /// An `Err` is read by the model, so it says what was wrong.
    fn call<'a>(&'a self, arguments: &'a Value, asker: &'a Asker) -> BoxFuture<'a, Result<String, String>>;
}

/// The tools of this process, and which of them need a user's leave.
#[derive(Clone)]
pub struct Tools {
    ours: Arc<Vec<Box<dyn Tool>>>,
    ask_first: Arc<Vec<String>>,
}

/// The tools that are offered in a turn.
pub struct Toolbox {
    tools: Tools,
    clients: Vec<ToolSpec>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Runs,
    /// Only after its user has allowed it.
    Asks,
    /// The client runs it.
    Client,
}

impl Tools {
    /// `ask_first` names those that a user has to allow, each time.
    pub fn new(ask_first: &[String]) -> Self {
        Self { ours: Arc::new(vec![Box::new(now::Now)]), ask_first: Arc::new(ask_first.to_vec()) }
    }

    pub fn toolbox(&self, clients: &[ToolSpec]) -> Toolbox {
        Toolbox { tools: self.clone(), clients: clients.to_vec() }
    }

    /// A client may bring tools of its own, under names that are free.
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
            if is_taken || self.find(&spec.name).is_some() {
                return refused("Two tools have the same name.");
            }
            if !spec.parameters.is_object() {
                return refused("A tool's parameters are a JSON Schema.");
            }
        }
        let bytes = serde_json::to_string(clients).map_or(0, |json| json.len());
        if clients.len() > MOST_CLIENT_TOOLS || bytes > MOST_CLIENT_BYTES {
            return refused("A request brings at most 64 tools of 64 KB together.");
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<&dyn Tool> {
        self.ours.iter().find(|tool| tool.spec().name == name).map(AsRef::as_ref)
    }
}

impl Toolbox {
    pub fn specs(&self) -> Vec<ToolSpec> {
        self.tools.ours.iter().map(|tool| tool.spec()).chain(self.clients.iter().cloned()).collect()
    }

    pub fn fate(&self, name: &str) -> Fate {
        match () {
            () if self.clients.iter().any(|spec| spec.name == name) => Fate::Client,
            () if self.tools.ask_first.iter().any(|asks| asks == name) => Fate::Asks,
            () => Fate::Runs,
        }
    }

    /// Whatever goes wrong is an outcome: the model reads it and goes on.
    pub async fn call(&self, call: &ToolCall, asker: &Asker) -> ToolOutcome {
        let result = match self.tools.find(&call.name) {
            None => Err(format!("There is no tool named {}.", call.name)),
            Some(_) if !call.arguments.is_object() => Err("The arguments are not a JSON object.".to_owned()),
            Some(tool) => match timeout(PATIENCE, tool.call(&call.arguments, asker)).await {
                Ok(result) => result,
                Err(_) => Err("The tool took too long.".to_owned()),
            },
        };
        let is_error = result.is_err();
        ToolOutcome { content: short(result.unwrap_or_else(|fault| fault)), is_error }
    }
}

fn short(mut content: String) -> String {
    if let Some((at, _)) = content.char_indices().nth(MOST_OUTCOME_CHARS) {
        content.truncate(at);
        content.push_str("… (cut)");
    }
    content
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::CallId;

    async fn call(name: &str, arguments: Value) -> ToolOutcome {
        let call = ToolCall::new(CallId::from_provider("c"), name, arguments);
        let (owner, session) = (UserId::parse("ada").unwrap(), SessionId::parse("s").unwrap());
        let asker = Asker { owner, session, now: Timestamp::from_millis(0) };
        Tools::new(&[]).toolbox(&[]).call(&call, &asker).await
    }

    fn spec(name: &str) -> ToolSpec {
        ToolSpec { name: name.to_owned(), description: String::new(), parameters: json!({ "type": "object" }) }
    }

    #[tokio::test]
    async fn the_clock_tells_the_time() {
        assert_eq!(call("now", json!({})).await.content, "1970-01-01T00:00:00.000Z");
    }

    #[tokio::test]
    async fn an_unknown_tool_and_broken_arguments_are_outcomes_that_the_model_reads() {
        assert!(call("rm", json!({})).await.is_error);
        assert!(call("now", json!("{\"zone\":")).await.is_error);
    }

    #[test]
    fn a_client_brings_tools_under_names_that_are_free() {
        let tools = Tools::new(&[]);
        assert!(tools.check_clients(&[spec("open_file"), spec("run_test")]).is_ok());
        let many: Vec<_> = (0..65).map(|number| spec(&format!("t{number}"))).collect();
        let large = ToolSpec { description: "x".repeat(70_000), ..spec("large") };
        let odd = ToolSpec { parameters: json!([]), ..spec("odd") };
        for wrong in [vec![spec("now")], vec![spec("a"), spec("a")], vec![spec("a b")], vec![odd], vec![large], many] {
            assert!(tools.check_clients(&wrong).is_err(), "{:?} passed", wrong[0].name);
        }
    }

    #[test]
    fn a_call_runs_or_asks_or_is_the_clients() {
        let toolbox = Tools::new(&["now".to_owned()]).toolbox(&[spec("open_file")]);
        let fates = ["now", "open_file", "unknown"].map(|name| toolbox.fate(name));
        assert_eq!(fates, [Fate::Asks, Fate::Client, Fate::Runs]);
    }
}
