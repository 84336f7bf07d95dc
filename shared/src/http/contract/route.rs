//! One route of the contract: what it is for, what it takes, what it gives, what it refuses.

use std::collections::BTreeSet;
use std::fmt::Display;

use http::HeaderMap;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::error_format::ErrorFormat;

use super::param::Param;
use super::refusal::Refusals;
use super::schema::{Schemas, named, reference};

pub struct Route {
    method: &'static str,
    path: &'static str,
    operation: Map<String, Value>,
    params: Vec<Param>,
    /// Whose refusals it has.
    formats: Vec<ErrorFormat>,
    replies: Map<String, Value>,
    /// The status that was described last: what follows belongs to it.
    last: String,
    refused: BTreeSet<&'static str>,
    schemas: Schemas,
}

/// `id` names the operation, as a generated client will call it; `summary` says in the imperative what it does.
pub fn get(path: &'static str, id: &str, summary: &str) -> Route {
    Route::new("get", path, id, summary)
}

pub fn post(path: &'static str, id: &str, summary: &str) -> Route {
    Route::new("post", path, id, summary)
}

pub fn patch(path: &'static str, id: &str, summary: &str) -> Route {
    Route::new("patch", path, id, summary)
}

pub fn delete(path: &'static str, id: &str, summary: &str) -> Route {
    Route::new("delete", path, id, summary)
}

impl Route {
    fn new(method: &'static str, path: &'static str, id: &str, summary: &str) -> Self {
        let names = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let params: Vec<_> = names.map(Param::id).collect();
        let mut refused = BTreeSet::from(["401", "5XX"]);
        refused.extend((!params.is_empty()).then_some("404"));
        // With a cookie, only pages of our own may change something.
        refused.extend((method != "get").then_some("403"));
        let mut operation = Map::new();
        operation.insert("operationId".to_owned(), id.into());
        operation.insert("summary".to_owned(), summary.into());
        operation.insert("security".to_owned(), json!([{ "bearer": [] }, { "api_key": [] }, { "cookie": [] }]));
        let formats = vec![ErrorFormat::of(path, &HeaderMap::new())];
        let (replies, last, schemas) = (Map::new(), String::new(), Schemas::new());
        Self { method, path, operation, params, formats, replies, last, refused, schemas }
    }

    /// Needs no credentials.
    pub fn open(mut self) -> Self {
        self.operation.insert("security".to_owned(), json!([]));
        self.refused.retain(|status| !["401", "403"].contains(status));
        self
    }

    /// Uses credentials, and needs none.
    pub fn open_or_signed_in(mut self) -> Self {
        self = self.open();
        self.operation.insert("security".to_owned(), json!([{}, { "bearer": [] }, { "cookie": [] }]));
        self.refuses(["401", "403"])
    }

    /// Refuses API keys.
    pub fn for_a_person(mut self) -> Self {
        self.operation.insert("security".to_owned(), json!([{ "bearer": [] }, { "cookie": [] }]));
        self.refuses(["403"])
    }

    pub fn about(mut self, text: &str) -> Self {
        self.operation.insert("description".to_owned(), text.into());
        self
    }

    /// A parameter: of the query, of the header, or a name in the path that is no id of ours.
    pub fn param(mut self, param: Param) -> Self {
        if let Some(known) = self.params.iter_mut().find(|known| known.name() == param.name()) {
            *known = param;
            return self;
        }
        self.refused.insert("400");
        self.params.push(param);
        self
    }

    /// A JSON body.
    pub fn takes<Body: ToSchema>(mut self, example: &Value) -> Self {
        let schema = named::<Body>(&mut self.schemas);
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        self.operation.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self.refuses(["400", "413", "415", "422"])
    }

    /// A JSON body of one of two kinds.
    pub fn takes_one_of<One: ToSchema, Other: ToSchema>(self, example: &Value) -> Self {
        let mut route = self.takes::<One>(example);
        let other = named::<Other>(&mut route.schemas);
        let schema = &mut route.json_body()["schema"];
        *schema = json!({ "anyOf": [schema.take(), other] });
        route
    }

    /// A body that may be a form as well, or not there.
    pub fn takes_fields<Body: ToSchema>(mut self, example: &Value) -> Self {
        let schema = named::<Body>(&mut self.schemas);
        let content = json!({
            "application/json": { "schema": schema, "example": example },
            "application/x-www-form-urlencoded": { "schema": schema },
        });
        self.operation.insert("requestBody".to_owned(), json!({ "content": content }));
        self.refuses(["400", "413", "422"])
    }

    /// One more example of the body, for another reply.
    pub fn or_takes(mut self, name: &str, example: &Value) -> Self {
        let body = self.json_body().as_object_mut().expect("a body was described");
        let examples = body.remove("example").map(|first| json!({ "usual": { "value": first } }));
        body.entry("examples").or_insert(examples.unwrap_or_default())[name] = json!({ "value": example });
        self
    }

    pub fn gives<Reply: ToSchema>(mut self, status: impl Display, what: &str) -> Self {
        let schema = named::<Reply>(&mut self.schemas);
        self.gives_json(status, what, &schema)
    }

    /// A list, in pages where it has some.
    pub fn gives_page_of<Item: ToSchema>(mut self, what: &str) -> Self {
        let item = named::<Item>(&mut self.schemas);
        let cursor =
            json!({ "type": ["string", "null"], "description": "Where the next page begins; null after the last." });
        let members = json!({ "data": { "type": "array", "items": item }, "next_cursor": cursor });
        let page = json!({ "type": "object", "properties": members, "required": ["data", "next_cursor"] });
        let name = format!("{}Page", Item::name());
        let schema = reference(&name);
        self.schemas.insert(name, page);
        self.gives_json(200, what, &schema)
    }

    /// A list that has no pages, bare.
    pub fn gives_list_of<Item: ToSchema>(mut self, what: &str) -> Self {
        let item = named::<Item>(&mut self.schemas);
        self.gives_json(200, what, &json!({ "type": "array", "items": item }))
    }

    /// One of two kinds of reply to the same request.
    pub fn gives_one_of<One: ToSchema, Other: ToSchema>(mut self, status: impl Display, what: &str) -> Self {
        let one = named::<One>(&mut self.schemas);
        let other = named::<Other>(&mut self.schemas);
        self.gives_json(status, what, &json!({ "anyOf": [one, other] }))
    }

    /// JSON that no type of ours makes.
    pub fn gives_json(self, status: impl Display, what: &str, schema: &Value) -> Self {
        self.gives_as(status, what, "application/json", schema)
    }

    /// A text of this kind: a page, a stream.
    pub fn gives_text(self, status: impl Display, what: &str, kind: &str) -> Self {
        self.gives_as(status, what, kind, &json!({ "type": "string" }))
    }

    /// Server-sent events.
    pub fn gives_events(self, status: impl Display, what: &str) -> Self {
        self.gives_pieces(status, what, "text/event-stream")
    }

    /// No schema: version 3.1 has none for what comes in pieces.
    pub fn gives_pieces(mut self, status: impl Display, what: &str, kind: &str) -> Self {
        self = self.gives_nothing(status, what);
        self.reply()["content"][kind] = json!({});
        self
    }

    /// A file: its kind is its own.
    pub fn gives_bytes(self, status: impl Display, what: &str) -> Self {
        self.gives_as(status, what, "*/*", &json!({}))
    }

    fn gives_as(mut self, status: impl Display, what: &str, kind: &str, schema: &Value) -> Self {
        self = self.gives_nothing(status, what);
        self.reply()["content"][kind] = json!({ "schema": schema });
        self
    }

    /// A status alone, or more of a status that was described already.
    pub fn gives_nothing(mut self, status: impl Display, what: &str) -> Self {
        self.last = status.to_string();
        self.replies.entry(self.last.clone()).or_insert_with(|| json!({ "description": what }));
        self
    }

    /// A header of the reply that was described last.
    pub fn with_header(mut self, name: &str, about: &str) -> Self {
        let header = json!({ "required": true, "schema": { "type": "string" }, "description": about });
        self.reply()["headers"][name] = header;
        self
    }

    /// Where the reply that was described last leads: `("getSession", "session", "$response.body#/id")`.
    pub fn leads_to(mut self, operation: &str, parameter: &str, value: &str) -> Self {
        self.reply()["links"][operation] = json!({ "operationId": operation, "parameters": { parameter: value } });
        self
    }

    /// More than what comes of its path, its body and who may call it.
    pub fn refuses(mut self, statuses: impl IntoIterator<Item = &'static str>) -> Self {
        self.refused.extend(statuses);
        self
    }

    /// What comes of its path, and never happens here.
    pub fn never(mut self, status: &'static str) -> Self {
        self.refused.remove(status);
        self
    }

    /// Clients of `OpenAI` and of Anthropic share this path: those of Anthropic send a header, and get errors of its shape.
    pub fn of_both_sdks(mut self) -> Self {
        let version = json!({ "type": "string" });
        let about = "Anthropic's SDKs send it; with it the reply has Anthropic's shape.";
        self.params.push(Param::header("anthropic-version", about, &version));
        self.formats = vec![ErrorFormat::OpenAi, ErrorFormat::Anthropic];
        self
    }

    fn json_body(&mut self) -> &mut Value {
        &mut self.operation["requestBody"]["content"]["application/json"]
    }

    fn reply(&mut self) -> &mut Value {
        self.replies.get_mut(&self.last).expect("a reply was described")
    }

    pub(super) fn place(&self) -> (&'static str, &'static str) {
        (self.method, self.path)
    }

    pub(super) fn into_operation(mut self, tag: &str, refusals: &mut Refusals) -> (Value, Schemas) {
        // SDKs know no 422.
        let is_sdk = matches!(self.formats[..], [ErrorFormat::Anthropic | ErrorFormat::OpenAi, ..]);
        for status in self.refused {
            let status = if is_sdk && status == "422" { "400" } else { status };
            self.replies.entry(status).or_insert_with(|| refusals.refer(&self.formats, status));
        }
        self.operation.insert("tags".to_owned(), json!([tag]));
        self.operation.insert("responses".to_owned(), self.replies.into());
        if !self.params.is_empty() {
            let params: Vec<_> = self.params.into_iter().map(|param| param.0).collect();
            self.operation.insert("parameters".to_owned(), params.into());
        }
        (self.operation.into(), self.schemas)
    }
}
