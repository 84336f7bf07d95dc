//! How a request makes Anthropic's models think and choose their words, wherever they run: what they take has changed
//! from version to version, and what it does not take it refuses.
//! <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>

use serde_json::{Value, json};

use crate::domain::{Effort, Options, Part, Role};

use super::ModelRequest;

/// What an answer may take beside what is thought. Anthropic wants a number, and every model takes this one.
const ANSWER_TOKENS: u32 = 8192;
const LEAST_BUDGET: u32 = 1024;

/// What a request says beside its messages; what is none is not said.
#[derive(Debug, PartialEq)]
pub(super) struct ThinkingParams {
    pub(super) max_tokens: u32,
    pub(super) thinking: Option<Value>,
    pub(super) effort: Option<&'static str>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Thinking {
    Never,
    /// For as many tokens as the request says.
    ByBudget,
    /// For as long as it finds right, when the request says so (4.6 and later).
    Adaptive,
    /// The same without being told (5 and later).
    Usual,
    /// The same, and nobody can tell it not to.
    Always,
}

impl ThinkingParams {
    pub(super) fn of(request: &ModelRequest) -> Self {
        let Options { reasoning, max_tokens, temperature, top_p, .. } = request.options;
        let version = version(&request.model);
        let kind = Thinking::of(version, &request.model);
        let wanted = match reasoning {
            _ if kind == Thinking::Never => None,
            // As little as it can.
            Some(Effort::None) if kind == Thinking::Always => Some(Effort::Low),
            None if kind >= Thinking::Usual => Some(Effort::High),
            Some(Effort::None) | None => None,
            effort => effort,
        };
        let budget = wanted.map_or(0, budget);
        // Thinking is part of what a client allows.
        let budget = max_tokens.map_or(budget, |most| budget.min(most / 2));
        let max_tokens = max_tokens.unwrap_or(ANSWER_TOKENS + budget);
        let thinking = match kind {
            _ if reasoning.is_none() || kind == Thinking::Never => None,
            Thinking::ByBudget => by_budget(budget).filter(|_| may_think(request)),
            Thinking::Usual if wanted.is_none() => Some(json!({ "type": "disabled" })),
            // Or newer models think without showing it.
            _ => wanted.map(|_| json!({ "type": "adaptive", "display": "summarized" })),
        };
        let effort = wanted.filter(|_| reasoning.is_some() && kind >= Thinking::Adaptive).map(word);
        // Who thinks, or is newer, chooses by itself; nobody takes both.
        let is_sampled = thinking.is_none() && version < (4, 7);
        let temperature = temperature.filter(|_| is_sampled).map(|heat| heat.min(1.0));
        let top_p = top_p.filter(|_| is_sampled && temperature.is_none());
        Self { max_tokens, thinking, effort, temperature, top_p }
    }
}

impl Thinking {
    fn of(version: (u32, u32), model: &str) -> Self {
        let is_always = ["fable", "mythos"].iter().any(|family| model.contains(family));
        match version {
            version if version < (3, 7) => Self::Never,
            version if version < (4, 6) => Self::ByBudget,
            version if version < (5, 0) => Self::Adaptive,
            _ if is_always => Self::Always,
            _ => Self::Usual,
        }
    }
}

/// `claude-opus-4-6-v1` is 4.6, `claude-sonnet-4-20250514` is 4.0; what has no number is new.
fn version(model: &str) -> (u32, u32) {
    let words = model.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() <= 2);
    let mut numbers = words.filter_map(|word| word.parse().ok());
    (numbers.next().unwrap_or(u32::MAX), numbers.next().unwrap_or(0))
}

fn budget(effort: Effort) -> u32 {
    match effort {
        Effort::None => 0,
        Effort::Low => 2_048,
        Effort::Medium => 8_192,
        Effort::High => 16_384,
    }
}

fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::None | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    }
}

fn by_budget(tokens: u32) -> Option<Value> {
    (tokens >= LEAST_BUDGET).then(|| json!({ "type": "enabled", "budget_tokens": tokens }))
}

/// In the middle of a turn thinking can only go on: a turn that another model began without it ends without it.
fn may_think(request: &ModelRequest) -> bool {
    let is_thought = |part: &Part| matches!(part, Part::Reasoning { signature: Some(_), .. });
    request.messages.last().is_none_or(|last| last.role == Role::User || last.parts.iter().any(is_thought))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::PromptMessage;

    fn thinking(model: &str, options: Value) -> ThinkingParams {
        let options = serde_json::from_value(options).unwrap();
        ThinkingParams::of(&ModelRequest { model: model.to_owned(), options, ..ModelRequest::default() })
    }

    /// `max_tokens thinking effort temperature top_p`
    fn told(model: &str, options: Value) -> String {
        let ThinkingParams { max_tokens, thinking, effort, temperature, top_p } = thinking(model, options);
        let thinking = thinking.map(|thinking| format!("{}{}", thinking["type"], thinking["budget_tokens"]));
        format!("{max_tokens} {thinking:?} {effort:?} {temperature:?} {top_p:?}").replace(['"', '\\'], "")
    }

    #[test]
    fn each_version_is_told_to_think_in_its_own_words() {
        let high = || json!({ "reasoning": "high", "temperature": 0.5 });
        assert_eq!(told("claude-3-5-haiku-20241022", high()), "8192 None None Some(0.5) None");
        assert_eq!(told("claude-3-7-sonnet-20250219", high()), "24576 Some(enabled16384) None None None");
        assert_eq!(
            told("us.anthropic.claude-sonnet-4-20250514-v1:0", high()),
            "24576 Some(enabled16384) None None None"
        );
        assert_eq!(told("claude-haiku-4-5", high()), "24576 Some(enabled16384) None None None");
        assert_eq!(told("anthropic.claude-opus-4-6-v1", high()), "24576 Some(adaptivenull) Some(high) None None");
        assert_eq!(told("claude-sonnet-5", high()), "24576 Some(adaptivenull) Some(high) None None");
        assert_eq!(told("claude-mythos-preview", high()), "24576 Some(adaptivenull) Some(high) None None");
    }

    #[test]
    fn not_to_think_is_said_where_it_has_to_be_said_and_can_be() {
        let none = || json!({ "reasoning": "none", "temperature": 2 });
        assert_eq!(told("claude-haiku-4-5", none()), "8192 None None Some(1.0) None");
        assert_eq!(told("claude-opus-4-6", none()), "8192 None None Some(1.0) None");
        assert_eq!(told("claude-opus-4-8", none()), "8192 None None None None");
        assert_eq!(told("claude-opus-5", none()), "8192 Some(disablednull) None None None");
        assert_eq!(told("claude-fable-5", none()), "10240 Some(adaptivenull) Some(low) None None");
    }

    #[test]
    fn who_says_nothing_leaves_the_model_as_it_is_with_room_for_what_it_thinks() {
        assert_eq!(told("claude-sonnet-4-5", json!({})), "8192 None None None None");
        assert_eq!(told("claude-sonnet-5", json!({})), "24576 None None None None");
        assert_eq!(
            told("claude-sonnet-4-5", json!({ "temperature": 0.2, "top_p": 0.9 })),
            "8192 None None Some(0.2) None"
        );
        assert_eq!(told("claude-sonnet-4-5", json!({ "top_p": 0.9 })), "8192 None None None Some(0.9)");
    }

    #[test]
    fn a_budget_stays_below_what_the_client_allows_and_is_left_out_when_it_is_too_small() {
        let told = |most| told("claude-haiku-4-5", json!({ "reasoning": "medium", "max_tokens": most }));
        assert_eq!(told(4_000), "4000 Some(enabled2000) None None None");
        assert_eq!(told(2_000), "2000 None None None None");
    }

    #[test]
    fn a_turn_that_began_without_thinking_goes_on_without_it() {
        let of = |signature: Option<&str>| {
            let thought = Part::Reasoning { text: "Hm.".to_owned(), signature: signature.map(str::to_owned) };
            let messages = vec![PromptMessage { role: Role::Assistant, parts: vec![thought, Part::text("Yes.")] }];
            let options = Options { reasoning: Some(Effort::Low), ..Options::default() };
            ThinkingParams::of(&ModelRequest {
                model: "claude-haiku-4-5".to_owned(),
                messages,
                options,
                ..ModelRequest::default()
            })
        };
        assert!(of(Some("sig")).thinking.is_some());
        assert_eq!(of(None).thinking, None);
    }
}
