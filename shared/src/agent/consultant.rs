//! The consultant, which does all that is done with turns, one file for each thing: `start`, `read`, `cancel`,
//! `decide`, `sessions`, `delete`, `erase`.

use std::sync::{Arc, OnceLock};

use crate::config::{AgentConfig, Config, LlmConfig, Secrets, ToolsConfig};
use crate::domain::ToolSpec;
use crate::llm::{MadeFiles, ModelRequest, Models};
use crate::net::{Aws, Roots};
use crate::store::Store;
use crate::tools::Tools;

use super::ask::ClientContext;
use super::live::Live;
use super::prompt;

pub struct Consultant {
    pub(super) store: Store,
    pub(super) config: AgentConfig,
    pub(super) live: Live,
    tools_config: ToolsConfig,
    pub(super) llm: LlmConfig,
    pub(super) roots: Roots,
    aws: Arc<Aws>,
    pub(super) secrets: Arc<Secrets>,
    tools: OnceLock<Tools>,
    models: OnceLock<Models>,
    pub(super) made_files: OnceLock<MadeFiles>,
}

impl Consultant {
    pub fn new(config: &Config, store: &Store, aws: &Arc<Aws>, secrets: &Arc<Secrets>) -> Self {
        Self {
            store: store.clone(),
            config: config.agent.clone(),
            live: Live::new(config.agent.max_turns),
            tools_config: config.tools.clone(),
            llm: config.llm.clone(),
            roots: config.roots,
            aws: Arc::clone(aws),
            secrets: Arc::clone(secrets),
            tools: OnceLock::new(),
            models: OnceLock::new(),
            made_files: OnceLock::new(),
        }
    }

    /// Made on the first question: functions that ask nobody are not linked with what it takes to ask.
    pub(super) fn models(&self) -> &Models {
        self.models.get_or_init(|| Models::new(&self.llm, self.roots, &self.aws, &self.secrets))
    }

    /// Made on first use, for the same reason.
    pub fn tools(&self) -> &Tools {
        self.tools.get_or_init(|| Tools::new(&self.tools_config, self.roots, &self.store))
    }

    pub fn live(&self) -> &Live {
        &self.live
    }

    /// About how many tokens a model would read of this, system prompt and tools included.
    pub fn count(&self, client_context: ClientContext, tools: &[ToolSpec]) -> u64 {
        let ClientContext { system, messages } = client_context;
        let system = system.unwrap_or_else(|| self.config.system_prompt.clone());
        let tools = self.tools().toolbox(tools).specs();
        prompt::tokens(&ModelRequest {
            system,
            messages: messages.unwrap_or_default(),
            tools,
            ..ModelRequest::default()
        })
    }
}
