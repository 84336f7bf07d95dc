//! Refusals in the contract: one named reply for each status of each family.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::error_format::ErrorFormat;
use crate::http::problem::ProblemBody;

use super::Schemas;
use super::route::{named, reference};

/// Replies by their names.
#[derive(Default)]
pub(super) struct Refusals(BTreeMap<String, Value>);

impl Refusals {
    /// The reference of this refusal, which is written down once.
    pub(super) fn refer(&mut self, families: &[ErrorFormat], status: &str) -> Value {
        let prefix: String = families.iter().map(|error_format| prefix(*error_format)).collect();
        let name = format!("{prefix}{}", name(status));
        self.0.entry(name.clone()).or_insert_with(|| response(families, status));
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

const fn prefix(error_format: ErrorFormat) -> &'static str {
    match error_format {
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
        "400" => ("Malformed", "The request cannot be read."),
        "401" => ("Unauthenticated", "Nobody is signed in."),
        "403" => ("Forbidden", "This caller may not do this."),
        "404" => ("NotFound", "There is no such thing, or it is another user's."),
        "409" => ("Conflict", "Something stands in the way; `turn` names an open turn."),
        "410" => ("Gone", "It is kept no more."),
        "413" => ("TooLarge", "A body may have at most 1 MB."),
        "415" => ("NotJson", "The body is not said to be JSON."),
        "422" => ("Invalid", "The request asks for something impossible; `errors` names the fields."),
        "429" => ("TooMany", "Too many tries; `Retry-After` says how long to wait."),
        "502" => ("Upstream", "A model's provider or a service behind a tool has failed."),
        "5XX" => ("OnOurSide", "Something is wrong on our side, or not there just now (503). Nothing was lost."),
        other => panic!("{other} has no words in the contract yet"),
    }
}

/// Families that share a path share its content type.
fn response(families: &[ErrorFormat], status: &str) -> Value {
    let (kinds, mut schemas): (Vec<_>, Vec<_>) =
        families.iter().map(|error_format| body(*error_format, status)).unzip();
    let schema = if schemas.len() == 1 { schemas.remove(0) } else { json!({ "anyOf": schemas }) };
    let mut response = json!({
        "description": named_status(status).1,
        "content": { kinds[0]: { "schema": schema } },
        "headers": { "X-Request-Id": { "required": true, "schema": { "type": "string" }, "description": "To be told when asking for help." } },
    });
    let seconds =
        |required: bool| json!({ "required": required, "schema": { "type": "integer" }, "description": "Seconds." });
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

fn body(error_format: ErrorFormat, status: &str) -> (&'static str, Value) {
    let text = json!({ "type": "string" });
    let object = |members: Value| {
        let required: Vec<_> = members.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        json!({ "type": "object", "properties": members, "required": required })
    };
    match error_format {
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
