//! What vendors that "speak the same" do otherwise.

use crate::domain::CallId;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Quirks {
    /// Asks for usage in the last chunk. Mistral refuses fields that it does not know, and sends usage unasked.
    pub(super) ask_for_usage: bool,
    /// Ids of calls are nine letters and digits, those in old messages, too
    /// (<https://mistralai.github.io/mistral-common/usage/tools/>).
    pub(super) short_call_ids: bool,
    /// Wants its reasoning back while a turn goes on (<https://api-docs.deepseek.com/guides/thinking_mode>).
    pub(super) reasoning_back: bool,
    /// Takes files as parts of a question.
    pub(super) files: bool,
    /// Its name for how long an answer may be.
    pub(super) max_tokens: &'static str,
    pub(super) reasoning: Reasoning,
}

/// How a request says to a vendor how much to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reasoning {
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

impl Quirks {
    pub(super) fn of(provider: &str) -> Self {
        Self {
            ask_for_usage: provider != "mistral",
            short_call_ids: provider == "mistral",
            reasoning_back: provider == "deepseek",
            files: provider == "openai",
            max_tokens: if matches!(provider, "openai" | "groq") { "max_completion_tokens" } else { "max_tokens" },
            reasoning: match provider {
                "openai" => Reasoning::OpenAi,
                "mistral" => Reasoning::Mistral,
                "deepseek" => Reasoning::DeepSeek,
                "groq" => Reasoning::Groq,
                _ => Reasoning::Plain,
            },
        }
    }

    /// The same id is always the same one there.
    pub(super) fn call_id(self, id: &CallId) -> String {
        let id = id.to_string();
        let fits = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !self.short_call_ids || fits {
            return id;
        }
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
        digest.as_ref().iter().take(9).map(|byte| char::from(LETTERS[usize::from(*byte) % 62])).collect()
    }
}
