//! How an answer shall be made: what all models here take, and what those of Anthropic take beside it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html>

use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::types::InferenceConfiguration;
use serde_json::{Value, json};

use crate::domain::Options;
use crate::llm::ModelRequest;
use crate::llm::claude::ThinkingParams;

use super::document;

pub(super) fn fill(call: ConverseStreamFluentBuilder, request: &ModelRequest) -> ConverseStreamFluentBuilder {
    if request.options.is_default() {
        return call;
    }
    let more = is_claude(request).then(|| thinking(ThinkingParams::of(request))).filter(|more| *more != json!({}));
    let call = call.inference_config(config(request));
    call.set_additional_model_request_fields(more.as_ref().map(document::of))
}

fn config(request: &ModelRequest) -> InferenceConfiguration {
    let Options { max_tokens, temperature, top_p, stop, .. } = &request.options;
    let stop = Some(stop.clone()).filter(|stop| !stop.is_empty());
    let (max_tokens, temperature, top_p) = if is_claude(request) {
        let ThinkingParams { max_tokens, temperature, top_p, .. } = ThinkingParams::of(request);
        (Some(max_tokens), temperature, top_p)
    } else {
        // Most take no more.
        (*max_tokens, temperature.map(|heat| heat.min(1.0)), *top_p)
    };
    InferenceConfiguration::builder()
        .set_max_tokens(max_tokens.and_then(|most| most.try_into().ok()))
        .set_temperature(temperature.map(single))
        .set_top_p(top_p.map(single))
        .set_stop_sequences(stop)
        .build()
}

fn thinking(thinking: ThinkingParams) -> Value {
    let mut more = json!({});
    if let Some(thinking) = thinking.thinking {
        more["thinking"] = thinking;
    }
    if let Some(effort) = thinking.effort {
        more["output_config"] = json!({ "effort": effort });
    }
    more
}

fn is_claude(request: &ModelRequest) -> bool {
    request.model.contains("anthropic.claude")
}

#[expect(clippy::cast_possible_truncation, reason = "a number from 0 to 2")]
fn single(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(model: &str, options: Value) -> ModelRequest {
        let options = serde_json::from_value(options).unwrap();
        ModelRequest { model: model.to_owned(), options, ..ModelRequest::default() }
    }

    #[test]
    fn all_models_hear_how_to_answer_and_those_of_anthropic_how_to_think() {
        let all =
            || json!({ "reasoning": "low", "max_tokens": 9_000, "temperature": 1.5, "top_p": 0.5, "stop": ["."] });
        let nova = config(&request("amazon.nova-pro-v1:0", all()));
        assert_eq!((nova.max_tokens(), nova.temperature(), nova.top_p()), (Some(9_000), Some(1.0), Some(0.5)));
        assert_eq!(nova.stop_sequences(), ["."]);
        let sonnet = request("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", all());
        let told = config(&sonnet);
        assert_eq!((told.max_tokens(), told.temperature(), told.top_p()), (Some(9_000), None, None));
        let budget = json!({ "thinking": { "type": "enabled", "budget_tokens": 2_048 } });
        assert_eq!(thinking(ThinkingParams::of(&sonnet)), budget);
        let effort = thinking(ThinkingParams::of(&request("anthropic.claude-opus-4-6-v1", all())));
        assert_eq!(effort["output_config"]["effort"], "low");
    }
}
