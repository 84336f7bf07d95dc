//! What `health` serves, for the contract.

use serde_json::{Value, json};
use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, Route, get};

use crate::replaced;

pub fn contract() -> Contract {
    let ours = [
        open("/", "getVersion", "Get the name and version of this API").gives_json(
            200,
            "Name and version.",
            &texts(&["name", "version", "message"]),
        ),
        open("/health", "getHealth", "Check that the process is alive").gives_json(
            200,
            "It is alive; it has asked nothing else.",
            &texts(&["status", "version"]),
        ),
        open("/ready", "getReadiness", "Check that the process can work").gives_json(
            200,
            "It reaches its store.",
            &json!({ "type": "object", "required": ["status", "checks"] }),
        ),
        document("/openapi.json", "getOpenapi"),
        open("/docs", "getDocs", "Read this document as a page").gives_text(200, "The page.", "text/html"),
    ];
    let tag = Tag::new("health", "Whether this API is alive and able to work, and what it offers.");
    Contract::of(tag, ours).and(replaced::contract())
}

fn open(path: &'static str, id: &str, summary: &str) -> Route {
    get(path, id, summary).open()
}

pub(crate) fn document(path: &'static str, id: &str) -> Route {
    let schema = json!({ "type": "object", "required": ["openapi", "paths"] });
    open(path, id, "Get this document").gives_json(200, "OpenAPI 3.1.", &schema)
}

fn texts(names: &[&str]) -> Value {
    let members: Value = names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": members, "required": names })
}
