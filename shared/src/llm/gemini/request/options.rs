//! How an answer shall be made (ai.google.dev/gemini-api/docs/thinking).

use serde_json::{Map, Value, json};

use crate::domain::{Effort, Options};
use crate::llm::ModelRequest;

/// Empty when nothing was asked for.
pub(super) fn config(request: &ModelRequest) -> Map<String, Value> {
    let Options { reasoning, max_tokens, temperature, top_p, stop } = &request.options;
    let stop = Some(stop).filter(|stop| !stop.is_empty()).map(|stop| json!(stop));
    let config = [
        ("thinkingConfig", reasoning.and_then(|effort| thinking(&request.model, effort))),
        ("maxOutputTokens", max_tokens.map(Value::from)),
        ("temperature", temperature.map(Value::from)),
        ("topP", top_p.map(Value::from)),
        ("stopSequences", stop),
    ];
    config.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Until 2.5 by a budget, since 3 by a level; before 2.5 not at all. None of the larger ones can be kept from it.
fn thinking(model: &str, effort: Effort) -> Option<Value> {
    let is_pro = model.contains("-pro");
    let shows = effort != Effort::None;
    if model.starts_with("gemini-1") || model.starts_with("gemini-2.0") {
        return None;
    }
    if model.starts_with("gemini-2.5") {
        let budget = match effort {
            Effort::None if is_pro => 128,
            Effort::None => 0,
            Effort::Low => 1_024,
            Effort::Medium => 8_192,
            Effort::High => 24_576,
        };
        return Some(json!({ "thinkingBudget": budget, "includeThoughts": shows }));
    }
    let level = match effort {
        Effort::None if is_pro => "low",
        Effort::None => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    };
    Some(json!({ "thinkingLevel": level, "includeThoughts": shows }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(model: &str, options: Value) -> Value {
        let options = serde_json::from_value(options).unwrap();
        config(&ModelRequest { model: model.to_owned(), options, ..ModelRequest::default() }).into()
    }

    #[test]
    fn a_generation_thinks_by_budget_or_by_level() {
        let thinking = |model, effort| told(model, json!({ "reasoning": effort }))["thinkingConfig"].clone();
        assert_eq!(thinking("gemini-2.0-flash", "high"), Value::Null);
        let budget = |tokens: u32, shows: bool| json!({ "thinkingBudget": tokens, "includeThoughts": shows });
        assert_eq!(thinking("gemini-2.5-flash", "none"), budget(0, false));
        assert_eq!(thinking("gemini-2.5-pro", "none"), budget(128, false));
        assert_eq!(thinking("gemini-2.5-pro", "high"), budget(24_576, true));
        let level = |level: &str, shows: bool| json!({ "thinkingLevel": level, "includeThoughts": shows });
        assert_eq!(thinking("gemini-3-flash-preview", "none"), level("minimal", false));
        assert_eq!(thinking("gemini-3.1-pro-preview", "none"), level("low", false));
        assert_eq!(thinking("gemini-3.1-pro-preview", "medium"), level("medium", true));
    }

    #[test]
    fn the_rest_has_the_names_of_gemini() {
        let all = json!({ "max_tokens": 9, "temperature": 0.5, "top_p": 0.25, "stop": ["."] });
        let expected = json!({ "maxOutputTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["."] });
        assert_eq!(told("gemini-2.5-flash", all), expected);
        assert_eq!(told("gemini-2.5-flash", json!({})), json!({}));
    }
}
