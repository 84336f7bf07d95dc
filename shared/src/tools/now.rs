//! `now`: what time it is.

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde_json::{Value, json};

use crate::domain::ToolSpec;

use super::{Asker, Tool};

pub(super) struct Now;

impl Tool for Now {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "now".to_owned(),
            description: "The current date and time in UTC (RFC 3339).".to_owned(),
            parameters: json!({ "type": "object", "properties": {} }),
        }
    }

    fn call<'a>(&'a self, _: &'a Value, asker: &'a Asker) -> BoxFuture<'a, Result<String, String>> {
        ready(Ok(asker.now.to_string())).boxed()
    }
}
