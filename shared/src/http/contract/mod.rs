//! The contract: what `GET /openapi.json` says of our routes, made from the types that the routes take and give.
//! Every function describes its own routes, and `all` joins them; no function needs any of it to run.

mod errors;
mod param;
mod refusal;
mod route;
mod schema;
pub mod tag;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub use errors::errors_page;
pub use param::{
    Param, after, chat, cursor, dialect, email, idempotency_key, last_event_id, limit, number, offset, uuid,
};
pub use route::{Route, delete, get, patch, post};

use refusal::Refusals;
use schema::Schemas;
use tag::Tag;

/// The routes of one function, or of several.
#[derive(Default)]
pub struct Contract {
    paths: BTreeMap<String, Map<String, Value>>,
    schemas: Schemas,
    refusals: Refusals,
    tags: Vec<Tag>,
}

impl Contract {
    /// Routes that readers find under this tag.
    pub fn of(tag: Tag, routes: impl IntoIterator<Item = Route>) -> Self {
        let mut contract = Self { tags: vec![tag], ..Self::default() };
        for route in routes {
            contract.add(tag, route);
        }
        contract
    }

    fn add(&mut self, tag: Tag, route: Route) {
        let (method, path) = route.place();
        let (operation, schemas) = route.into_operation(tag.name(), &mut self.refusals);
        let before = self.paths.entry(path.to_owned()).or_default().insert(method.to_owned(), operation);
        assert!(before.is_none(), "{method} {path} stands in the contract twice");
        self.define(schemas);
    }

    /// Two types of the same name would be one in the contract.
    fn define(&mut self, schemas: Schemas) {
        for (name, schema) in schemas {
            let before = self.schemas.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "two types are called {name}");
        }
    }

    /// What a type cannot say of itself: more members of its schema, or other ones.
    pub fn also(mut self, name: &str, more: &Value) -> Self {
        let schema = self.schemas.get_mut(name).and_then(Value::as_object_mut);
        schema.expect("a schema of this contract").extend(more.as_object().cloned().unwrap_or_default());
        self
    }

    /// The same of its properties.
    pub fn also_of(mut self, name: &str, properties: &Value) -> Self {
        let told = self.schemas.get_mut(name).and_then(|schema| schema["properties"].as_object_mut());
        told.expect("an object of this contract").extend(properties.as_object().cloned().unwrap_or_default());
        self
    }

    /// A schema that no type of ours makes.
    pub fn knows(mut self, name: &str, schema: Value) -> Self {
        self.define(Schemas::from([(name.to_owned(), schema)]));
        self
    }

    pub fn and(mut self, other: Self) -> Self {
        for (path, methods) in other.paths {
            for (method, operation) in methods {
                let before = self.paths.entry(path.clone()).or_default().insert(method.clone(), operation);
                assert!(before.is_none(), "{method} {path} stands in the contract twice");
            }
        }
        self.define(other.schemas);
        self.refusals.extend(other.refusals);
        self.tags.extend(other.tags.into_iter().filter(|tag| !self.tags.contains(tag)).collect::<Vec<_>>());
        self
    }

    /// The whole document.
    pub fn document(mut self, version: &str) -> Value {
        self.define(refusal::schemas());
        let about = "The backend of an AI consultant: it streams its answers, and loses none. Errors are problem details \
                     (RFC 9457) with a stable `code`; the paths of SDKs and replaced systems answer in their shape.";
        let (tags, groups) = tag::described(&self.tags);
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Counsel", "version": version, "description": about,
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "tags": tags,
            "x-tagGroups": groups,
            "paths": self.paths,
            "components": {
                "schemas": self.schemas,
                "responses": self.refusals.into_responses(),
                "securitySchemes": security_schemes(),
            },
        })
    }
}

fn security_schemes() -> Value {
    json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "An access token, or an API key." },
        "api_key": { "type": "apiKey", "in": "header", "name": "x-api-key", "description": "The same, in the header that some SDKs send." },
        "cookie": {
            "type": "apiKey", "in": "cookie", "name": "__Host-counsel-access",
            "description": "A browser that has signed in. Only pages of our own may change something with it.",
        },
    })
}
