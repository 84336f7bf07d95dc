//! Records as spans, in OTLP's JSON (<https://opentelemetry.io/docs/specs/otlp/>), named by the conventions for HTTP
//! and for generative AI (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>). Content is none of them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::config::span_name;

use super::Trace;

const SERVER: u8 = 2;
const CLIENT: u8 = 3;
const INTERNAL: u8 = 1;

/// Fields of records, and what they are called in spans.
const REQUEST: &[(&str, &str)] = &[
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
    ("ended", "counsel.ended"),
];
const TURN: &[(&str, &str)] = &[
    ("status", "counsel.status"),
    ("model_calls", "counsel.model_calls"),
    ("retries", "counsel.retries"),
    ("fallbacks", "counsel.fallbacks"),
    ("cost_usd", "counsel.cost_usd"),
    ("first_token_ms", "counsel.first_token_ms"),
];
const MODEL_CALL: &[(&str, &str)] = &[
    ("ended", "counsel.ended"),
    ("first_token_ms", "counsel.first_token_ms"),
    ("provider_request_id", "counsel.provider_request_id"),
];
const TOOL_CALL: &[(&str, &str)] = &[("tool", "gen_ai.tool.name"), ("call", "gen_ai.tool.call.id")];
const USAGE: &[(&str, &str)] = &[
    ("input_tokens", "gen_ai.usage.input_tokens"),
    ("cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("output_tokens", "gen_ai.usage.output_tokens"),
];

/// What a span is made of, beside its ids and its times.
struct Span {
    name: String,
    kind: u8,
    attributes: Vec<Value>,
}

/// None for a trace that its caller does not want to be kept.
pub(super) fn span(record: &str, fields: &Value, work: &Trace) -> Option<Value> {
    if !work.is_sampled() {
        return None;
    }
    let Span { name, kind, mut attributes } = match record {
        "request" => request(fields),
        "turn" => turn(fields, work),
        "model_call" => model_call(fields),
        _ => tool_call(fields),
    };
    attributes.push(attribute("counsel.request_id", &work.request_id().into()));
    attributes.extend(work.user().map(|user| attribute("user.id", &user.as_str().into())));
    let failed = failure(record, fields);
    attributes.extend(failed.map(|kind| attribute("error.type", &kind.into())));
    Some(json!({
        "traceId": work.trace_id(), "spanId": work.span_id(), "parentSpanId": work.parent().unwrap_or_default(),
        "flags": 1, "name": name, "kind": kind,
        "startTimeUnixNano": nanos(work.began()), "endTimeUnixNano": nanos(SystemTime::now()),
        "attributes": attributes, "status": if failed.is_some() { json!({ "code": 2 }) } else { json!({}) },
    }))
}

fn request(fields: &Value) -> Span {
    let name = format!("{} {}", text(fields, "method"), text(fields, "route"));
    Span { name, kind: SERVER, attributes: named(fields, REQUEST) }
}

fn turn(fields: &Value, work: &Trace) -> Span {
    let mut attributes = [named(fields, TURN), asked(fields, "asked_model", "invoke_agent")].concat();
    attributes.push(attribute("gen_ai.agent.name", &"counsel".into()));
    attributes.push(attribute("gen_ai.response.model", &model(fields, "model").into()));
    if let Some((turn, session)) = work.turn() {
        attributes.push(attribute("gen_ai.conversation.id", &session.as_str().into()));
        attributes.push(attribute("counsel.turn", &turn.as_str().into()));
    }
    Span { name: "invoke_agent counsel".to_owned(), kind: INTERNAL, attributes }
}

fn model_call(fields: &Value) -> Span {
    let attributes = [named(fields, MODEL_CALL), asked(fields, "model", "chat")].concat();
    Span { name: format!("chat {}", model(fields, "model")), kind: CLIENT, attributes }
}

fn tool_call(fields: &Value) -> Span {
    let mut attributes = named(fields, TOOL_CALL);
    attributes.push(attribute("gen_ai.operation.name", &"execute_tool".into()));
    attributes.push(attribute("gen_ai.tool.type", &"function".into()));
    Span { name: format!("execute_tool {}", text(fields, "tool")), kind: INTERNAL, attributes }
}

/// What the conventions want to know of the server that answers.
fn asked(fields: &Value, requested: &str, operation: &str) -> Vec<Value> {
    let provider = span_name(text(fields, "provider"));
    let mut attributes = named(fields, USAGE);
    attributes.push(attribute("gen_ai.operation.name", &operation.into()));
    attributes.push(attribute("gen_ai.provider.name", &provider.into()));
    attributes.push(attribute("gen_ai.request.model", &model(fields, requested).into()));
    if fields["stop"].is_string() {
        attributes.push(attribute("gen_ai.response.finish_reasons", &json!([fields["stop"]])));
    }
    attributes
}

/// What went wrong; a refusal of ours to a client is no error of this span.
fn failure<'a>(record: &str, fields: &'a Value) -> Option<&'a str> {
    match record {
        "request" if fields["status"].as_u64().is_none_or(|status| status < 500) => None,
        "tool_call" => (fields["failed"] == true).then_some("tool_failed"),
        _ => fields["code"].as_str(),
    }
}

fn named(fields: &Value, names: &[(&str, &str)]) -> Vec<Value> {
    let known = names.iter().filter(|(field, _)| !fields[*field].is_null());
    known.map(|(field, name)| attribute(name, &fields[*field])).collect()
}

/// The model's own name: the provider stands beside it.
fn model<'a>(fields: &'a Value, field: &str) -> &'a str {
    let name = text(fields, field);
    name.split_once(':').map_or(name, |(_, name)| name)
}

fn text<'a>(fields: &'a Value, field: &str) -> &'a str {
    fields[field].as_str().unwrap_or_default()
}

fn attribute(name: &str, value: &Value) -> Value {
    json!({ "key": name, "value": any(value) })
}

/// 64 bits are a text in protobuf's JSON.
fn any(value: &Value) -> Value {
    match value {
        Value::Bool(_) => json!({ "boolValue": value }),
        Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::Array(all) => json!({ "arrayValue": { "values": all.iter().map(any).collect::<Vec<_>>() } }),
        other => json!({ "stringValue": other.as_str().unwrap_or_default() }),
    }
}

fn nanos(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}
