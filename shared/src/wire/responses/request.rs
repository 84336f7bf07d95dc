//! `POST /v1/responses` (<https://platform.openai.com/docs/api-reference/responses/create>): what its client asks, in our
//! words.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::domain::{
    Decision, Effort, HostedTool, Media, Options, Part, Request, SessionId, ToolOutcome, ToolSpec, whole_number,
};
use crate::error::{Error, Result};
use crate::wire::{ConversationParser, ParsedConversation};

use super::items::APPROVAL_PREFIX;
use super::response::{ClientFields, ResponseRef, conversation};

/// As OpenAI's API has it.
const MAX_METADATA: usize = 16;
const MAX_METADATA_CHARS: (usize, usize) = (64, 512);

#[derive(Deserialize, ToSchema)]
#[schema(as = Responses)]
pub struct ResponseBody {
    model: Option<String>,
    input: Input,
    instructions: Option<String>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    background: Option<bool>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
    previous_response_id: Option<String>,
    conversation: Option<Conversation>,
    reasoning: Option<Reasoning>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(default, deserialize_with = "whole_number")]
    max_output_tokens: Option<u32>,
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    #[schema(exclusive_minimum = 0, maximum = 1)]
    top_p: Option<f64>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ResponsesInput)]
enum Input {
    Text(String),
    Items(Vec<ItemBody>),
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ResponsesReasoning)]
struct Reasoning {
    effort: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ResponsesConversation)]
enum Conversation {
    Name(String),
    Object { id: String },
}

/// One of many kinds; what a kind lacks is said where it is needed. Without a type it is a message.
#[derive(Deserialize, ToSchema)]
#[schema(as = ResponsesItem)]
pub(super) struct ItemBody {
    r#type: Option<String>,
    role: Option<String>,
    content: Option<Content>,
    id: Option<String>,
    call_id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
    output: Option<Content>,
    error: Option<Value>,
    approval_request_id: Option<String>,
    approve: Option<bool>,
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ResponsesContent)]
enum Content {
    Text(String),
    Parts(Vec<PartBody>),
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ResponsesPart)]
struct PartBody {
    r#type: String,
    text: Option<String>,
    refusal: Option<String>,
    image_url: Option<String>,
    filename: Option<String>,
    file_data: Option<String>,
    file_url: Option<String>,
}

/// What is asked, and where.
pub struct Create {
    pub request: Request,
    pub previous: Option<ResponseRef>,
    pub conversation: Option<SessionId>,
    pub client_fields: ClientFields,
}

impl ResponseBody {
    pub fn parse(self) -> Result<Create> {
        let (previous, conversation) = self.continues()?;
        let Self { model, input, instructions, stream, background, tools, .. } = self;
        let ParsedConversation { system, history, new_input } = parsed(input, instructions.as_deref())?;
        if (previous.is_some() || conversation.is_some()) && !history.is_empty() {
            return Err(Error::invalid("input", "What was said before is known: send only what is new."));
        }
        let effort = self.reasoning.and_then(|reasoning| reasoning.effort);
        let options = Options {
            reasoning: effort.map(|name| parse_effort(&name)).transpose()?,
            max_tokens: self.max_output_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop: Vec::new(),
        };
        let tools = tools.unwrap_or_default();
        let client_fields = ClientFields {
            instructions,
            previous: self.previous_response_id,
            metadata: metadata(self.metadata.unwrap_or_default())?,
            tools: tools.clone(),
            options: options.clone(),
            background: background.unwrap_or_default(),
        };
        let (tools, hosted) = sorted(tools)?;
        let stream = stream.unwrap_or_default();
        let request = Request { model, system, history, new_input, tools, hosted, options, stream };
        Ok(Create { request, previous, conversation, client_fields })
    }

    /// The response or the conversation that this one continues.
    fn continues(&self) -> Result<(Option<ResponseRef>, Option<SessionId>)> {
        let previous = self.previous_response_id.as_deref().map(|id| ResponseRef::parse(id).ok_or_else(unknown));
        let named = self.conversation.as_ref().map(|(Conversation::Name(id) | Conversation::Object { id })| {
            conversation(id).ok_or_else(|| Error::not_found("conversation"))
        });
        match (previous.transpose()?, named.transpose()?) {
            (Some(_), Some(_)) => {
                Err(Error::invalid("conversation", "Name a conversation or a previous response, not both."))
            }
            one => Ok(one),
        }
    }
}

fn parsed(input: Input, instructions: Option<&str>) -> Result<ParsedConversation> {
    let mut parser = ConversationParser::default();
    if let Some(text) = instructions {
        parser.system(text);
    }
    match input {
        Input::Text(text) => parser.user(Part::text(text)),
        Input::Items(items) => add_items(items, &mut parser)?,
    }
    parser.end()
}

/// The tools that the client runs, and those that the provider runs.
fn sorted(tools: Vec<Value>) -> Result<(Vec<ToolSpec>, Vec<HostedTool>)> {
    let (mut functions, mut hosted) = (Vec::new(), Vec::new());
    for tool in tools {
        match tool_of(tool)? {
            Tool::Function(spec) => functions.push(spec),
            Tool::Hosted(tool) => hosted.push(tool),
        }
    }
    Ok((functions, hosted))
}

fn metadata(pairs: Map<String, Value>) -> Result<Map<String, Value>> {
    let (key_chars, value_chars) = MAX_METADATA_CHARS;
    let fits = |(key, value): (&String, &Value)| {
        key.chars().count() <= key_chars && value.as_str().is_some_and(|text| text.chars().count() <= value_chars)
    };
    if pairs.len() <= MAX_METADATA && pairs.iter().all(fits) {
        return Ok(pairs);
    }
    Err(Error::invalid("metadata", "Metadata are at most 16 pairs of texts, of 64 and 512 characters."))
}

/// They know more steps than we do.
fn parse_effort(name: &str) -> Result<Effort> {
    match name {
        "none" => Ok(Effort::None),
        "minimal" | "low" => Ok(Effort::Low),
        "medium" => Ok(Effort::Medium),
        "high" | "xhigh" => Ok(Effort::High),
        _ => Err(Error::invalid("reasoning.effort", "An effort is none, minimal, low, medium, high or xhigh.")),
    }
}

fn unknown() -> Error {
    Error::not_found("response")
}

#[derive(Deserialize)]
struct FunctionBody {
    name: String,
    description: Option<String>,
    parameters: Option<Value>,
}

enum Tool {
    /// The client runs it.
    Function(ToolSpec),
    /// The provider does.
    Hosted(HostedTool),
}

fn tool_of(tool: Value) -> Result<Tool> {
    let refused = |why: String| Err(Error::invalid("tools", why));
    match tool["type"].as_str() {
        Some("function") => match FunctionBody::deserialize(tool) {
            Ok(FunctionBody { name, description, parameters }) => {
                let parameters = parameters.unwrap_or_else(|| json!({ "type": "object", "properties": {} }));
                Ok(Tool::Function(ToolSpec { name, description: description.unwrap_or_default(), parameters }))
            }
            Err(_) => refused("A function has a name.".to_owned()),
        },
        Some(_) => HostedTool::deserialize(tool).map(Tool::Hosted).or_else(|error| refused(error.to_string())),
        None => refused("A tool has a type.".to_owned()),
    }
}

/// A message that says nothing is none: some clients keep one for every message that was begun.
pub(super) fn add_items(items: Vec<ItemBody>, parser: &mut ConversationParser) -> Result<()> {
    items.into_iter().try_for_each(|item| item.add_to(parser))
}

impl ItemBody {
    fn add_to(self, parser: &mut ConversationParser) -> Result<()> {
        match self.r#type.as_deref() {
            None | Some("message") => self.say(parser),
            Some("function_call") => {
                let (id, name) = (need("call_id", self.call_id)?, need("name", self.name)?);
                parser.called(&id, &name, arguments(self.arguments));
                Ok(())
            }
            Some("function_call_output") => {
                let content = need("output", self.output)?.text();
                parser.returned(&need("call_id", self.call_id)?, ToolOutcome { content, is_error: false });
                Ok(())
            }
            Some("mcp_call") => self.ran(parser),
            Some("mcp_approval_response") => self.decide(parser),
            Some("mcp_approval_request") => {
                parser.spoke();
                Ok(())
            }
            // What only its writer can read, and what is shown to nobody again.
            Some(_) => Ok(()),
        }
    }

    fn say(self, parser: &mut ConversationParser) -> Result<()> {
        let role = need("role", self.role)?;
        for part in need("content", self.content)?.parts()? {
            match (role.as_str(), part) {
                (_, Part::Text { text }) if text.is_empty() => {}
                ("user", part) => parser.user(part),
                ("assistant", part) => parser.assistant(part),
                ("system" | "developer", Part::Text { text }) => parser.system(text),
                ("system" | "developer", _) => {}
                _ => return Err(Error::invalid("input", "A role is user, assistant, system or developer.")),
            }
        }
        Ok(())
    }

    /// A tool that ran here, as we have told it.
    fn ran(self, parser: &mut ConversationParser) -> Result<()> {
        let (id, name) = (need("id", self.id)?, need("name", self.name)?);
        let said = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let failed = self.error.filter(|error| !error.is_null()).map(said);
        let is_error = failed.is_some();
        if let Some(content) = failed.or_else(|| self.output.map(Content::text)) {
            parser.called(&id, &name, arguments(self.arguments));
            parser.returned(&id, ToolOutcome { content, is_error });
        } else {
            parser.spoke();
        }
        Ok(())
    }

    fn decide(self, parser: &mut ConversationParser) -> Result<()> {
        let asked = need("approval_request_id", self.approval_request_id)?;
        let call = asked.strip_prefix(APPROVAL_PREFIX).map(|named| format!("call{named}"));
        let call = call.ok_or_else(|| Error::invalid("approval_request_id", "No such approval was asked for."))?;
        let decision =
            if need("approve", self.approve)? { Decision::Allow } else { Decision::Deny { reason: self.reason } };
        parser.decided(&call, decision);
        Ok(())
    }
}

fn need<T>(field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::invalid("input", format!("An item of the input lacks its {field}.")))
}

fn arguments(text: Option<String>) -> Value {
    text.map_or_else(|| json!({}), |text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts.into_iter().filter_map(|part| part.text).collect::<Vec<_>>().join("\n"),
        }
    }

    fn parts(self) -> Result<Vec<Part>> {
        match self {
            Self::Text(text) => Ok(vec![Part::text(text)]),
            Self::Parts(parts) => parts.into_iter().map(PartBody::parse).collect(),
        }
    }
}

impl PartBody {
    fn parse(self) -> Result<Part> {
        let Self { r#type, text, refusal, image_url, filename, file_data, file_url } = self;
        match r#type.as_str() {
            "input_text" | "output_text" | "text" => Ok(Part::text(text.unwrap_or_default())),
            "refusal" => Ok(Part::text(refusal.unwrap_or_default())),
            "input_image" => Media::at(&need("image_url", image_url)?, "image/png", None).map(Part::Image),
            "input_file" => {
                let place = need("file_data or file_url", file_data.or(file_url))?;
                Media::at(&place, "application/pdf", filename).map(Part::File)
            }
            _ => Err(Error::invalid("input", "A part is input_text, input_image, input_file, output_text or refusal.")),
        }
    }
}

mod named;
#[cfg(test)]
mod tests;
