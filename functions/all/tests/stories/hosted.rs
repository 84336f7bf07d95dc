//! Tools that a model's provider runs, against a server that plays what `OpenAI` says of them.

mod approval;
mod asked;
mod files;

use serde_json::Value;
use shared::testing::{Script, World};

pub(crate) use shared::testing::hosted::{recorded, start};

pub(crate) async fn world() -> World {
    World::with(Script::new()).await
}

/// The parts of this type.
pub(crate) fn parts<'a>(message: &'a Value, kind: &str) -> Vec<&'a Value> {
    message["parts"].as_array().expect("parts").iter().filter(|part| part["type"] == kind).collect()
}
