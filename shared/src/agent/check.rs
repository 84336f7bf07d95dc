//! What has to be right in a process that asks models, before the first question comes.

use crate::config::Config;
use crate::error::Result;
use crate::tools;

pub fn check(config: &Config) -> Result<()> {
    config.llm.check_default()?;
    tools::check(&config.tools)
}
