//! `POST /v1/messages` (<https://docs.anthropic.com/en/api/messages>): what its client asks, in our words.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{Effort, Media, Options, Part, PromptMessage, Request, ToolOutcome, ToolSpec, whole_number};
use crate::error::{Error, Result};
use crate::wire::{ConversationParser, ParsedConversation};

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicMessages)]
pub struct MessagesBody {
    model: Option<String>,
    system: Option<Text>,
    messages: Vec<MessageBody>,
    #[serde(default)]
    tools: Vec<ToolBody>,
    tool_choice: Option<ToolChoice>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(default, deserialize_with = "whole_number")]
    max_tokens: Option<u32>,
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    #[schema(exclusive_minimum = 0, maximum = 1)]
    top_p: Option<f64>,
    stop_sequences: Option<Vec<String>>,
    thinking: Option<Thinking>,
    #[serde(default)]
    stream: bool,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicToolChoice)]
struct ToolChoice {
    r#type: String,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicThinking)]
struct Thinking {
    r#type: String,
    #[serde(default, deserialize_with = "whole_number")]
    budget_tokens: Option<u64>,
}

impl Thinking {
    /// A budget is as much effort as the next that is no smaller. A model that may choose has its usual.
    fn effort(&self) -> Option<Effort> {
        match (self.r#type.as_str(), self.budget_tokens) {
            ("disabled", _) => Some(Effort::None),
            ("enabled", Some(0..=2_048)) => Some(Effort::Low),
            ("enabled", Some(2_049..=8_192)) => Some(Effort::Medium),
            ("enabled", _) => Some(Effort::High),
            _ => None,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicMessage)]
struct MessageBody {
    role: RoleBody,
    content: Content,
}

#[derive(Clone, Copy, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AnthropicRole)]
enum RoleBody {
    User,
    Assistant,
    System,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AnthropicContent)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", remote = "Self")]
#[schema(as = AnthropicBlock)]
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
    ToolUse(Use),
    ToolResult(Outcome),
    /// Not the client's to run.
    #[serde(alias = "server_tool_use")]
    McpToolUse(Use),
    McpToolResult(Outcome),
    /// Thinking, and what else only its writer can read.
    #[serde(other)]
    Other,
}

/// By itself the derived one takes a number for a type: its place among the kinds.
impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let block = Value::deserialize(deserializer)?;
        if block["type"].is_string() {
            Self::deserialize(block).map_err(D::Error::custom)
        } else {
            Err(D::Error::custom("A block has a type."))
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicUse)]
struct Use {
    id: String,
    name: String,
    input: Value,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicOutcome)]
struct Outcome {
    tool_use_id: String,
    content: Option<Text>,
    is_error: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicSource)]
struct Source {
    r#type: Option<String>,
    media_type: Option<String>,
    data: Option<String>,
    url: Option<String>,
}

/// A text, or blocks of it.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AnthropicText)]
enum Text {
    One(String),
    Blocks(Vec<Value>),
}

#[derive(Deserialize, ToSchema)]
#[schema(as = AnthropicTool)]
struct ToolBody {
    name: String,
    #[serde(default)]
    description: String,
    input_schema: Option<Value>,
}

impl MessagesBody {
    pub fn parse(self) -> Result<Request> {
        let options = self.options();
        let Self { model, system, messages, tools, tool_choice, stream, .. } = self;
        let ParsedConversation { system, history, new_input } = parse_conversation(system, messages)?.end()?;
        let tools = if may_call(tool_choice.as_ref())? { parse_tools(tools)? } else { Vec::new() };
        Ok(Request { model, system, history, new_input, tools, hosted: Vec::new(), options, stream })
    }

    fn options(&self) -> Options {
        Options {
            reasoning: self.thinking.as_ref().and_then(Thinking::effort),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop: self.stop_sequences.clone().unwrap_or_default(),
        }
    }

    /// All of it, as a prompt, whether user or model would speak next.
    pub fn prompt(self) -> Result<(Option<String>, Vec<PromptMessage>, Vec<ToolSpec>)> {
        self.options().checked()?;
        may_call(self.tool_choice.as_ref())?;
        let Self { system, messages, tools, .. } = self;
        let (system, history) = parse_conversation(system, messages)?.whole();
        if history.is_empty() {
            return Err(Error::invalid("messages", "There is nothing to count."));
        }
        Ok((system, history, parse_tools(tools)?))
    }
}

fn parse_conversation(system: Option<Text>, messages: Vec<MessageBody>) -> Result<ConversationParser> {
    let mut parser = ConversationParser::default();
    if let Some(system) = system {
        parser.system(system.join());
    }
    for MessageBody { role, content } in messages {
        match content {
            Content::Text(text) => say(&mut parser, role, Part::text(text)),
            Content::Blocks(blocks) => blocks.into_iter().try_for_each(|block| block.add_to(role, &mut parser))?,
        }
    }
    Ok(parser)
}

/// Whether the model may call the client's tools.
fn may_call(choice: Option<&ToolChoice>) -> Result<bool> {
    match choice.map(|choice| choice.r#type.as_str()) {
        None | Some("auto") => Ok(true),
        Some("none") => Ok(false),
        _ => Err(Error::invalid("tool_choice", "A model is not forced to call here: tool_choice is auto or none.")),
    }
}

fn parse_tools(tools: Vec<ToolBody>) -> Result<Vec<ToolSpec>> {
    tools.into_iter().map(ToolBody::parse).collect()
}

impl Block {
    fn add_to(self, role: RoleBody, parser: &mut ConversationParser) -> Result<()> {
        match self {
            Self::Text { text } => say(parser, role, Part::text(text)),
            Self::Image { source } => say(parser, role, Part::Image(source.parse("image/png", None)?)),
            Self::Document { source: Source { r#type: Some(kind), data: Some(text), .. }, .. } if kind == "text" => {
                say(parser, role, Part::text(text));
            }
            Self::Document { source, title } => {
                say(parser, role, Part::File(source.parse("application/pdf", title)?));
            }
            Self::ToolUse(Use { id, name, input }) => parser.called(&id, &name, input),
            Self::ToolResult(outcome) => parser.returned(&outcome.tool_use_id.clone(), outcome.parse()),
            Self::McpToolUse(Use { id, name, input }) => parser.called_here(&id, &name, input),
            Self::McpToolResult(outcome) => parser.returned_here(&outcome.tool_use_id.clone(), outcome.parse()),
            Self::Other => {}
        }
        Ok(())
    }
}

impl Outcome {
    fn parse(self) -> ToolOutcome {
        let content = self.content.map_or_else(String::new, Text::join);
        ToolOutcome { content, is_error: self.is_error.unwrap_or(false) }
    }
}

fn say(parser: &mut ConversationParser, role: RoleBody, part: Part) {
    match (role, part) {
        (RoleBody::User, part) => parser.user(part),
        (RoleBody::Assistant, part) => parser.assistant(part),
        (RoleBody::System, Part::Text { text }) => parser.system(text),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_bytes_or_a_text() {
        let document = |source: Value| json!({ "type": "document", "title": "a", "source": source });
        let content = json!([
            { "type": "text", "text": "What do they say?" },
            document(json!({ "type": "text", "media_type": "text/plain", "data": "Hello." })),
            document(json!({ "type": "base64", "media_type": "application/pdf", "data": "QQ==" })),
        ]);
        let body = json!({ "messages": [{ "role": "user", "content": content }] });
        let request = serde_json::from_value::<MessagesBody>(body).unwrap().parse().unwrap();
        let crate::domain::NewInput::Question(question) = request.new_input else { panic!("{:?}", request.new_input) };
        assert!(matches!(question.parts(), [Part::Text { .. }, Part::Text { .. }, Part::File(_)]), "{question:?}");
    }

    #[test]
    fn how_an_answer_shall_be_made_is_said_in_our_words() {
        let options = |mut body: Value| {
            body["messages"] = json!([{ "role": "user", "content": "Hi" }]);
            serde_json::from_value::<MessagesBody>(body).unwrap().parse().unwrap().options
        };
        let history = options(json!({ "max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["."] }));
        let wanted = Options {
            reasoning: None,
            max_tokens: Some(7),
            temperature: Some(0.5),
            top_p: Some(0.9),
            stop: vec![".".to_owned()],
        };
        assert_eq!(history, wanted);
        for (thinking, effort) in [
            (json!({ "type": "disabled" }), Some(Effort::None)),
            (json!({ "type": "enabled", "budget_tokens": 1_024 }), Some(Effort::Low)),
            (json!({ "type": "enabled", "budget_tokens": 5_000 }), Some(Effort::Medium)),
            (json!({ "type": "enabled", "budget_tokens": 32_000 }), Some(Effort::High)),
            (json!({ "type": "adaptive" }), None),
            (json!(null), None),
        ] {
            assert_eq!(options(json!({ "thinking": thinking })).reasoning, effort, "{thinking}");
        }
    }
}
