//! `now`: what time it is.

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::ToolSpec;

use super::{Tool, ToolContext, ToolFault, parse};

pub(super) struct Now;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {}

impl Tool for Now {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "now".to_owned(),
            description: "The current date and time in UTC (RFC 3339).".to_owned(),
            parameters: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
        }
    }

    fn call<'a>(&'a self, arguments: &'a Value, context: &'a ToolContext) -> BoxFuture<'a, Result<Value, ToolFault>> {
        ready(parse(arguments).map(|Arguments {}| json!(context.now.to_string()))).boxed()
    }
}
