//! Gemini's counts as our usage (ai.google.dev/api/generate-content#UsageMetadata).

use serde::Deserialize;

use crate::domain::Usage;

/// Told with every piece, for all of them.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct GeminiUsage {
    #[serde(rename = "promptTokenCount")]
    prompt: Option<u64>,
    /// What the provider's own tools have found, as input.
    #[serde(rename = "toolUsePromptTokenCount")]
    found: Option<u64>,
    #[serde(rename = "cachedContentTokenCount")]
    cached: Option<u64>,
    /// Without the thoughts.
    #[serde(rename = "candidatesTokenCount")]
    said: Option<u64>,
    #[serde(rename = "thoughtsTokenCount")]
    thought: Option<u64>,
}

impl GeminiUsage {
    pub(super) fn usage(&self) -> Usage {
        Usage {
            input_tokens: sum(self.prompt, self.found),
            cached_tokens: self.cached,
            output_tokens: sum(self.said, self.thought),
            reasoning_tokens: self.thought,
            estimated: false,
        }
    }
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    }
}
