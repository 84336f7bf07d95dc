//! `get_joke`: a joke from a public service, <https://icanhazdadjoke.com/api>.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::ToolSpec;

use super::web::Service;
use super::{Tool, ToolContext, ToolFault, parse};

pub(super) struct Joke {
    service: Service,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {}

#[derive(Deserialize)]
struct Reply {
    joke: String,
}

impl Joke {
    pub(super) fn new(service: Service) -> Self {
        Self { service }
    }

    async fn tell(&self, arguments: &Value) -> Result<Value, ToolFault> {
        let Arguments {} = parse(arguments)?;
        let Reply { joke } = self.service.get("/", &[]).await?;
        Ok(json!({ "joke": joke }))
    }
}

impl Tool for Joke {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "get_joke".to_owned(),
            description: "A joke, picked at random.".to_owned(),
            parameters: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
        }
    }

    fn call<'a>(&'a self, arguments: &'a Value, _: &'a ToolContext) -> BoxFuture<'a, Result<Value, ToolFault>> {
        self.tell(arguments).boxed()
    }
}

#[cfg(test)]
mod tests;
