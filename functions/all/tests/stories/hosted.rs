//! Tools that a model's provider runs, against a server that plays what `OpenAI` says of them.

mod asked;
mod files;
mod leave;

use serde_json::Value;
use shared::testing::{Cassette, Cassettes, Script, Server, World};

pub(crate) fn recorded(name: &str) -> Cassette {
    Cassette::read(&format!("llm/openai_responses/cassettes/{name}.sse"))
}

/// A process whose model is one of `OpenAI`'s, and that offers all of its tools.
pub(crate) async fn start(world: &World, openai: &Cassettes) -> Server {
    let settings = [
        ("OPENAI_BASE_URL", openai.url()),
        ("OPENAI_API_KEY", "key-of-the-story".to_owned()),
        ("DEFAULT_MODEL", "openai-responses:gpt-5.2".to_owned()),
        ("HOSTED_TOOLS", "web_search,file_search,code_interpreter,mcp".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.start_with(&settings).await
}

pub(crate) async fn world() -> World {
    World::with(Script::new()).await
}

/// The parts of this type.
pub(crate) fn parts<'a>(message: &'a Value, kind: &str) -> Vec<&'a Value> {
    message["parts"].as_array().expect("parts").iter().filter(|part| part["type"] == kind).collect()
}
