//! What vendors that "speak Chat Completions" do otherwise.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Quirks {
    /// Asks for usage in the last chunk. Mistral refuses fields that it does not know, and sends usage unasked.
    pub ask_for_usage: bool,
    /// Ids of calls are nine letters and digits, those in old messages, too
    /// (<https://mistralai.github.io/mistral-common/usage/tools/>).
    pub short_call_ids: bool,
    /// Wants its reasoning back while a turn goes on (<https://api-docs.deepseek.com/guides/thinking_mode>).
    pub reasoning_back: bool,
    /// Takes files as parts of a question.
    pub files: bool,
    /// Its name for how long an answer may be.
    pub max_tokens: &'static str,
    pub reasoning: Reasoning,
}

/// How a request says to a vendor how much to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reasoning {
    OpenAi,
    /// `none` or `high`, and nothing between (<https://docs.mistral.ai/capabilities/reasoning>).
    Mistral,
    /// <https://api-docs.deepseek.com/guides/thinking_mode>
    DeepSeek,
    /// Each model in its own words (<https://console.groq.com/docs/reasoning>).
    Groq,
    /// As it was asked.
    Plain,
}

pub(super) const NONE: Quirks = Quirks {
    ask_for_usage: true,
    short_call_ids: false,
    reasoning_back: false,
    files: false,
    max_tokens: "max_tokens",
    reasoning: Reasoning::Plain,
};

pub(super) const OPENAI: Quirks =
    Quirks { files: true, max_tokens: "max_completion_tokens", reasoning: Reasoning::OpenAi, ..NONE };
pub(super) const GROQ: Quirks = Quirks { max_tokens: "max_completion_tokens", reasoning: Reasoning::Groq, ..NONE };
pub(super) const DEEPSEEK: Quirks = Quirks { reasoning_back: true, reasoning: Reasoning::DeepSeek, ..NONE };
pub(super) const MISTRAL: Quirks =
    Quirks { ask_for_usage: false, short_call_ids: true, reasoning: Reasoning::Mistral, ..NONE };
