//! The settings that a process needs to ask models: checked at its start, not by its first question.

use crate::config::Config;
use crate::error::Result;
use crate::tools;

pub fn check(config: &Config) -> Result<()> {
    config.llm.check_default()?;
    tools::check(&config.tools)
}
