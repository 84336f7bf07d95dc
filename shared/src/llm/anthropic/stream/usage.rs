//! Anthropic's counts as our usage (platform.claude.com/docs/en/build-with-claude/prompt-caching).

use serde::{Deserialize, Deserializer};

use crate::domain::Usage;

/// Told at the beginning, and again, higher, at the end.
#[derive(Clone, Copy, Default)]
pub(super) struct AnthropicUsage(Fields);

#[derive(Clone, Copy, Default, Deserialize)]
struct Fields {
    /// Without what was read from the cache or written to it.
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<Details>,
}

#[derive(Clone, Copy, Deserialize)]
struct Details {
    thinking_tokens: Option<u64>,
}

impl<'de> Deserialize<'de> for AnthropicUsage {
    /// `null` says nothing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|fields| Self(fields.unwrap_or_default()))
    }
}

impl AnthropicUsage {
    /// What is said later counts more; what is not said again still holds.
    pub(super) fn update(&mut self, Self(later): Self) {
        let Self(now) = *self;
        self.0 = Fields {
            input_tokens: later.input_tokens.or(now.input_tokens),
            cache_creation_input_tokens: later.cache_creation_input_tokens.or(now.cache_creation_input_tokens),
            cache_read_input_tokens: later.cache_read_input_tokens.or(now.cache_read_input_tokens),
            output_tokens: later.output_tokens.or(now.output_tokens),
            output_tokens_details: later.output_tokens_details.or(now.output_tokens_details),
        };
    }

    pub(super) fn usage(&self) -> Usage {
        let Self(all) = self;
        let cache =
            all.cache_creation_input_tokens.unwrap_or(0).saturating_add(all.cache_read_input_tokens.unwrap_or(0));
        Usage {
            input_tokens: all.input_tokens.map(|input| input.saturating_add(cache)),
            cached_tokens: all.cache_read_input_tokens,
            output_tokens: all.output_tokens,
            reasoning_tokens: all.output_tokens_details.and_then(|details| details.thinking_tokens),
            estimated: false,
        }
    }
}
