//! How an answer shall be made, in each vendor's words. A server that we do not know hears what was asked.

use serde_json::{Value, json};

use crate::config::{Quirks, Reasoning};
use crate::domain::{Effort, Options};
use crate::llm::{ModelRequest, openai_models};

pub(super) fn say(request: &ModelRequest, quirks: Quirks, body: &mut Value) {
    let ModelRequest { model, options, .. } = request;
    if let Some(most) = options.max_tokens {
        body[quirks.max_tokens] = most.into();
    }
    if let Some(effort) = options.reasoning {
        say_reasoning(model, effort, quirks, body);
    }
    if quirks.reasoning != Reasoning::OpenAi || openai_models::is_sampled(model, options) {
        say_sampling(options, body);
    }
}

fn say_reasoning(model: &str, effort: Effort, quirks: Quirks, body: &mut Value) {
    let word = openai_models::word(effort);
    let said = match (quirks.reasoning, effort) {
        (Reasoning::OpenAi, _) => openai_models::effort(model, Some(effort)),
        (Reasoning::Mistral, Effort::None) => Some("none"),
        (Reasoning::Mistral, _) => Some("high"),
        (Reasoning::DeepSeek, Effort::None) => {
            body["thinking"] = json!({ "type": "disabled" });
            None
        }
        (Reasoning::Groq, effort) => groq(model, effort),
        (Reasoning::DeepSeek | Reasoning::Plain, _) => Some(word),
    };
    if let Some(said) = said {
        body["reasoning_effort"] = said.into();
    }
}

fn groq(model: &str, effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::None if model.contains("qwen") => Some("none"),
        _ if model.contains("qwen") => Some("default"),
        Effort::None if model.contains("gpt-oss") => Some("low"),
        _ => model.contains("gpt-oss").then(|| openai_models::word(effort)),
    }
}

fn say_sampling(options: &Options, body: &mut Value) {
    let Options { temperature, top_p, stop, .. } = options;
    let more = [("temperature", *temperature), ("top_p", *top_p)];
    more.into_iter().filter_map(|(name, n)| Some((name, n?))).for_each(|(name, n)| body[name] = n.into());
    if !stop.is_empty() {
        body["stop"] = json!(stop);
    }
}

#[cfg(test)]
mod tests {
    use super::super::quirks_of;
    use super::*;

    /// What is said to this model of this vendor, beside what is always said.
    fn told(vendor: &str, model: &str, options: Value) -> Value {
        let options = serde_json::from_value(options).unwrap();
        let request = ModelRequest { model: model.to_owned(), options, ..ModelRequest::default() };
        let mut body = json!({});
        say(&request, quirks_of(vendor), &mut body);
        body
    }

    #[test]
    fn each_vendor_hears_its_own_words_for_how_much_to_reason() {
        let low = |vendor, model| told(vendor, model, json!({ "reasoning": "low" }));
        let none = |vendor, model| told(vendor, model, json!({ "reasoning": "none" }));
        let effort = |word: &str| json!({ "reasoning_effort": word });
        assert_eq!(low("openai", "gpt-5.2"), effort("low"));
        assert_eq!(low("openai", "gpt-4o"), json!({}));
        assert_eq!(low("mistral", "mistral-small-latest"), effort("high"));
        assert_eq!(none("mistral", "mistral-small-latest"), effort("none"));
        assert_eq!(low("deepseek", "deepseek-chat"), effort("low"));
        assert_eq!(none("deepseek", "deepseek-chat"), json!({ "thinking": { "type": "disabled" } }));
        assert_eq!(low("groq", "qwen/qwen3-32b"), effort("default"));
        assert_eq!(none("groq", "openai/gpt-oss-120b"), effort("low"));
        assert_eq!(low("groq", "llama-3.3-70b-versatile"), json!({}));
        assert_eq!(none("ollama", "qwen3"), effort("none"));
    }

    #[test]
    fn the_rest_is_said_where_it_is_taken() {
        let all = || json!({ "max_tokens": 9, "temperature": 0.5, "top_p": 0.25, "stop": ["."] });
        let plain = json!({ "max_tokens": 9, "temperature": 0.5, "top_p": 0.25, "stop": ["."] });
        assert_eq!(told("vllm", "any", all()), plain);
        let openai = json!({ "max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.25, "stop": ["."] });
        assert_eq!(told("openai", "gpt-4o", all()), openai);
        assert_eq!(told("openai", "gpt-5.2", all()), json!({ "max_completion_tokens": 9 }));
        assert_eq!(told("openai", "gpt-4o", json!({})), json!({}));
    }
}
