//! OpenAI as it was recorded, for stories of the tools that it runs.

use super::{Cassette, Cassettes, Server, World};

pub fn recorded(name: &str) -> Cassette {
    Cassette::read(&format!("llm/openai_responses/cassettes/{name}.sse"))
}

/// A process whose model is one of `OpenAI`'s, and that offers all of its tools.
pub async fn start(world: &World, openai: &Cassettes) -> Server {
    let settings = [
        ("OPENAI_BASE_URL", openai.url()),
        ("OPENAI_API_KEY", "key-of-the-story".to_owned()),
        ("DEFAULT_MODEL", "openai-responses:gpt-5.2".to_owned()),
        ("HOSTED_TOOLS", "web_search,file_search,code_interpreter,mcp".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.start_with(&settings).await
}
