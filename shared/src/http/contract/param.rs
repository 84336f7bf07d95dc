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
    pub(super) fn path(name: &str) -> Self {
        let schema = json!({ "$ref": "#/components/schemas/Id" });
        let mut param = Self::new("path", name, "", &schema);
        param.0["required"] = true.into();
        param
    }

    fn new(place: &str, name: &str, about: &str, schema: &Value) -> Self {
        let mut param = json!({ "in": place, "name": name, "schema": schema });
        if !about.is_empty() {
            param["description"] = about.into();
        }
        Self(param)
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

pub fn limit() -> Param {
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 });
    Param::query("limit", "How many at most.", &schema).example(20)
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
pub fn again() -> Param {
    let about = "The same key and body follow the first turn; another body is refused with 422.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([\\t -~]*[!-~])?$" });
    Param::header("Idempotency-Key", about, &schema)
}

pub fn last_event_id() -> Param {
    let about = "The `id` of the last event that was received.";
    Param::header("Last-Event-ID", about, &position()).example("8")
}

/// A position in a turn's log.
fn position() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{1,15}$" })
}

/// `?after=`: what a browser's `EventSource` says as a header.
pub fn after() -> Param {
    Param::query("after", "The same, and it goes before the header.", &position()).example("8")
}
