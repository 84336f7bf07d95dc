//! Parameters of the query and of the header; those that many routes share have their one place here.

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

    /// By its name in the path: ids, but for a tool's, which is a name as well.
    pub(super) fn id(name: &str) -> Self {
        Self::in_path(name, "", &json!({ "$ref": "#/components/schemas/Id" }))
    }

    pub(super) fn in_path(name: &str, about: &str, schema: &Value) -> Self {
        Self::new("path", name, about, schema).required()
    }

    fn new(place: &str, name: &str, about: &str, schema: &Value) -> Self {
        let mut param = json!({ "in": place, "name": name, "schema": schema });
        if !about.is_empty() {
            param["description"] = about.into();
        }
        Self(param)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.0["name"] == name
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
    Param::query("limit", "How many at most.", &schema).example(20)
}

/// A conversation, to clients that know UUIDs only.
pub fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// A session, to clients that know numbers only.
pub fn number() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{1,16}$" })
}

/// A user, to clients that name them so.
pub fn email() -> Value {
    json!({ "type": "string", "pattern": "@" })
}

pub fn offset() -> Param {
    let schema = json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0 });
    Param::query("offset", "How many are left out.", &schema).example(1)
}

pub fn cursor() -> Param {
    let about = "Where the list goes on: the `next_cursor` of the page before. Nobody else's is taken.";
    Param::query("cursor", about, &json!({ "type": "string" }))
}

pub fn dialect() -> Param {
    let names = Dialect::ALL.map(Dialect::name);
    let schema = json!({ "type": "string", "enum": names, "default": Dialect::Ui.name() });
    Param::query("dialect", "In which words the answer is told.", &schema).example("ui")
}

/// `Idempotency-Key`.
pub fn idempotency_key() -> Param {
    let about = "The same key and body follow the first turn; another body is refused with 422.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([\\t -~]*[!-~])?$" });
    Param::header("Idempotency-Key", about, &schema)
}

pub fn last_event_id() -> Param {
    let about = "The `id` of the last event that was received.";
    Param::header("Last-Event-ID", about, &position()).example("8")
}

/// A position in a turn's log; none is its beginning.
fn position() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{0,15}$" })
}

/// `?after=`: what a browser's `EventSource` says as a header.
pub fn after() -> Param {
    Param::query("after", "The same, and it goes before the header.", &position()).example("8")
}
