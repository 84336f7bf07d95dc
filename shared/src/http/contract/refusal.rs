//! Refusals in the contract: one named reply for each status of each format.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::error_format::ErrorFormat;
use crate::http::problem::ProblemBody;

use super::schema::{Schemas, named, reference};

/// Replies by their names.
#[derive(Default)]
pub(super) struct Refusals(BTreeMap<String, Value>);

impl Refusals {
    /// The reference of this refusal, which is written down once.
    pub(super) fn refer(&mut self, formats: &[ErrorFormat], status: &str) -> Value {
        let prefix: String = formats.iter().map(|format| prefix(*format)).collect();
        let name = format!("{prefix}{}", name(status));
        self.0.entry(name.clone()).or_insert_with(|| response(formats, status));
        json!({ "$ref": format!("#/components/responses/{name}") })
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn into_responses(self) -> Map<String, Value> {
        self.0.into_iter().collect()
    }
}

/// What no route names: the bodies of refusals.
pub(super) fn schemas() -> Schemas {
    let mut schemas = Schemas::new();
    named::<ProblemBody>(&mut schemas);
    named::<crate::domain::SessionId>(&mut schemas);
    schemas
}

const fn prefix(format: ErrorFormat) -> &'static str {
    match format {
        ErrorFormat::Ours => "",
        ErrorFormat::Anthropic => "Anthropic",
        ErrorFormat::OpenAi => "OpenAi",
        ErrorFormat::Text => "Text",
        ErrorFormat::Detail => "Detail",
        ErrorFormat::Plain => "Plain",
    }
}

fn name(status: &str) -> &'static str {
    named_status(status).0
}

/// The name and the words of a status. A new one is a line here.
fn named_status(status: &str) -> (&'static str, &'static str) {
    match status {
        "400" => ("Malformed", "The request cannot be parsed."),
        "401" => ("Unauthenticated", "Credentials are missing or not valid."),
        "403" => ("Forbidden", "This caller may not do this."),
        "404" => ("NotFound", "There is no such thing, or it belongs to another user."),
        "409" => ("Conflict", "The current state does not allow this; `turn` names the open turn, if there is one."),
        "410" => ("Gone", "It is no longer kept."),
        "413" => ("TooLarge", "The body is larger than 1 MB."),
        "415" => ("NotJson", "The content type is not JSON."),
        "422" => ("Invalid", "A field is not valid; `errors` names each."),
        "429" => ("TooMany", "Too many attempts; `Retry-After` says how long to wait."),
        "502" => ("Upstream", "A model's provider or a service behind a tool failed."),
        "5XX" => ("OnOurSide", "Something failed on our side, or is unavailable for now (503). Nothing was lost."),
        other => panic!("{other} has no description in the contract yet"),
    }
}

/// Families that share a path share its content type.
fn response(formats: &[ErrorFormat], status: &str) -> Value {
    let (kinds, mut schemas): (Vec<_>, Vec<_>) = formats.iter().map(|format| body(*format, status)).unzip();
    let schema = if schemas.len() == 1 { schemas.remove(0) } else { json!({ "anyOf": schemas }) };
    let mut response = json!({
        "description": named_status(status).1,
        "content": { kinds[0]: { "schema": schema } },
        "headers": { "X-Request-Id": { "required": true, "schema": { "type": "string" }, "description": "Names this request when you ask for help." } },
    });
    let seconds = |required: bool| json!({ "required": required, "schema": { "type": "integer" }, "description": "Seconds to wait." });
    let more = match status {
        "401" => Some(("WWW-Authenticate", json!({ "required": true, "schema": { "type": "string" } }))),
        "429" => Some(("Retry-After", seconds(true))),
        "5XX" => Some(("Retry-After", seconds(false))),
        _ => None,
    };
    if let Some((name, header)) = more {
        response["headers"][name] = header;
    }
    response
}

fn body(format: ErrorFormat, status: &str) -> (&'static str, Value) {
    let text = json!({ "type": "string" });
    let object = |members: Value| {
        let required: Vec<_> = members.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        json!({ "type": "object", "properties": members, "required": required })
    };
    match format {
        ErrorFormat::Detail if status == "422" => {
            let place = json!({ "type": "array", "items": text });
            let fault = object(json!({ "loc": place, "msg": text, "type": text }));
            ("application/json", object(json!({ "detail": { "type": "array", "items": fault } })))
        }
        ErrorFormat::Ours | ErrorFormat::Detail => ("application/problem+json", reference(&ProblemBody::name())),
        ErrorFormat::Text => ("text/plain", text),
        ErrorFormat::Plain => ("application/json", object(json!({ "error": text }))),
        ErrorFormat::Anthropic => {
            let error = object(json!({ "type": text, "message": text }));
            ("application/json", object(json!({ "type": { "const": "error" }, "error": error, "request_id": text })))
        }
        ErrorFormat::OpenAi => {
            let or_null = json!({ "type": ["string", "null"] });
            let error = object(json!({ "message": text, "type": text, "param": or_null, "code": or_null }));
            ("application/json", object(json!({ "error": error })))
        }
    }
}
