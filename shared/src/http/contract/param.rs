//! Parameters of paths, queries and headers; those that several routes share stand here.

use serde_json::{Value, json};

use crate::wire::Dialect;

pub struct Param(pub(super) Value);

impl Param {
    pub fn query(name: &str, about: &str, schema: &Value) -> Self {
        Self::new("query", name, about, schema)
    }

    pub fn header(name: &str, about: &str, schema: &Value) -> Self {
        Self::new("header", name, about, schema)
    }

    /// A name in the path.
    pub fn path(name: &str, about: &str, schema: &Value) -> Self {
        Self::new("path", name, about, schema).required()
    }

    /// One of our ids in the path.
    pub(super) fn id(name: &str) -> Self {
        Self::path(name, &format!("The {name}'s id."), &json!({ "$ref": "#/components/schemas/Id" }))
    }

    fn new(place: &str, name: &str, about: &str, schema: &Value) -> Self {
        Self(json!({ "in": place, "name": name, "description": about, "schema": schema }))
    }

    pub(super) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or_default()
    }

    pub fn required(mut self) -> Self {
        self.0["required"] = true.into();
        self
    }

    pub fn example(mut self, example: impl Into<Value>) -> Self {
        self.0["example"] = example.into();
        self
    }
}

pub fn limit(usual: usize) -> Param {
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": usual });
    Param::query("limit", "The most items to return.", &schema).example(20)
}

/// A session, for clients whose ids are UUIDs.
pub fn uuid(name: &str) -> Param {
    Param::path(name, &format!("The {name}'s id."), &json!({ "type": "string", "format": "uuid" }))
}

/// A session, for clients whose ids are numbers.
pub fn number(name: &str) -> Param {
    Param::path(name, &format!("The {name}'s id."), &json!({ "type": "string", "pattern": "^[0-9]{1,16}$" }))
}

/// The user, for clients that name users by their addresses.
pub fn email(name: &str) -> Param {
    Param::path(name, "The user's own e-mail address.", &json!({ "type": "string", "pattern": "@" }))
}

/// A chat of the AI SDK: whatever its client calls it.
pub fn chat() -> Param {
    Param::path("session", "The chat's id.", &json!({ "type": "string", "minLength": 1 }))
}

pub fn offset() -> Param {
    let schema = json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0 });
    Param::query("offset", "How many items to leave out.", &schema).example(0)
}

pub fn cursor() -> Param {
    let about = "Where the list goes on: the `next_cursor` of the page before, of the same user and list.";
    Param::query("cursor", about, &json!({ "type": "string" }))
}

pub fn dialect() -> Param {
    let names = Dialect::ALL.map(Dialect::name);
    let schema = json!({ "type": "string", "enum": names, "default": Dialect::Ui.name() });
    Param::query("dialect", "The format of the answer; `ui` is that of Vercel's AI SDK.", &schema)
}

/// `Idempotency-Key`.
pub fn idempotency_key() -> Param {
    let about = "A key of the client's: the same key and body return the first turn, another body is refused with 422.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([\\t -~]*[!-~])?$" });
    Param::header("Idempotency-Key", about, &schema)
}

pub fn last_event_id() -> Param {
    let about = "The `id` of the last event that the client received.";
    Param::header("Last-Event-ID", about, &position()).example("8")
}

/// A position in a turn's log; none is its beginning.
fn position() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{0,15}$" })
}

/// `?after=`: what a browser's `EventSource` says as a header.
pub fn after() -> Param {
    Param::query("after", "The same as `Last-Event-ID`, which it overrides.", &position()).example("8")
}
