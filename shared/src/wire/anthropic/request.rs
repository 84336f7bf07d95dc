//! `POST /v1/messages` (<https://docs.anthropic.com/en/api/messages>): what its client asks, in our words.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Media, Options, Part, Request, ToolOutcome, ToolSpec};
use crate::error::{Error, Result};
use crate::wire::{Heard, Telling};

#[derive(Deserialize)]
pub struct MessagesBody {
    model: Option<String>,
    system: Option<Text>,
    messages: Vec<MessageBody>,
    #[serde(default)]
    tools: Vec<ToolBody>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    #[serde(default)]
    stop_sequences: Vec<String>,
    #[serde(default)]
    stream: bool,
}

#[derive(Deserialize)]
struct MessageBody {
    role: RoleBody,
    content: Content,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RoleBody {
    User,
    Assistant,
    System,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    Image {
        source: Source,
    },
    Document {
        source: Source,
        title: Option<String>,
    },
    #[serde(alias = "mcp_tool_use", alias = "server_tool_use")]
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
    #[serde(alias = "mcp_tool_result")]
    ToolResult {
        tool_use_id: String,
        content: Option<Text>,
        #[serde(default)]
        is_error: bool,
    },
    /// Thinking, and what else only its writer can read.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Source {
    media_type: Option<String>,
    data: Option<String>,
    url: Option<String>,
}

/// A text, or blocks of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    One(String),
    Blocks(Vec<Value>),
}

#[derive(Deserialize)]
struct ToolBody {
    name: String,
    #[serde(default)]
    description: String,
    input_schema: Option<Value>,
}

impl MessagesBody {
    pub fn parse(self) -> Result<Request> {
        let Self { model, system, messages, tools, max_tokens, temperature, top_p, stop_sequences, stream } = self;
        let mut telling = Telling::default();
        if let Some(system) = system {
            telling.system(system.join());
        }
        for MessageBody { role, content } in messages {
            match content {
                Content::Text(text) => say(&mut telling, role, Part::text(text)),
                Content::Blocks(blocks) => blocks.into_iter().try_for_each(|block| block.tell(role, &mut telling))?,
            }
        }
        let Heard { system, told, news } = telling.end()?;
        let tools = tools.into_iter().map(ToolBody::parse).collect::<Result<_>>()?;
        let stop = stop_sequences;
        let options = Options { max_tokens, temperature, top_p, stop, ..Options::default() };
        Ok(Request { model, system, told, news, tools, hosted: Vec::new(), options, stream })
    }
}

impl Block {
    fn tell(self, role: RoleBody, telling: &mut Telling) -> Result<()> {
        match self {
            Self::Text { text } => say(telling, role, Part::text(text)),
            Self::Image { source } => say(telling, role, Part::Image(source.parse("image/png", None)?)),
            Self::Document { source, title } => {
                say(telling, role, Part::File(source.parse("application/pdf", title)?));
            }
            Self::ToolUse { id, name, input } => telling.called(&id, &name, input),
            Self::ToolResult { tool_use_id, content, is_error } => {
                let content = content.map_or_else(String::new, Text::join);
                telling.returned(&tool_use_id, ToolOutcome { content, is_error });
            }
            Self::Other => {}
        }
        Ok(())
    }
}

fn say(telling: &mut Telling, role: RoleBody, part: Part) {
    match (role, part) {
        (RoleBody::User, part) => telling.user(part),
        (RoleBody::Assistant, part) => telling.assistant(part),
        (RoleBody::System, Part::Text { text }) => telling.system(text),
        (RoleBody::System, _) => {}
    }
}

impl Source {
    /// `usual`: an address says nothing of what is there.
    fn parse(self, usual: &str, name: Option<String>) -> Result<Media> {
        Media::parse(self.media_type.unwrap_or_else(|| usual.to_owned()), name, self.data, self.url)
    }
}

impl Text {
    fn join(self) -> String {
        let text = |block: &Value| block["text"].as_str().map(str::to_owned);
        match self {
            Self::One(text) => text,
            Self::Blocks(blocks) => blocks.iter().filter_map(text).collect::<Vec<_>>().join("\n"),
        }
    }
}

impl ToolBody {
    fn parse(self) -> Result<ToolSpec> {
        let Self { name, description, input_schema } = self;
        let parameters = input_schema.ok_or_else(|| Error::invalid("tools", "A tool has an input_schema."))?;
        Ok(ToolSpec { name, description, parameters })
    }
}
