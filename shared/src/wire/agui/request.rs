//! A run's input (<https://docs.ag-ui.com/concepts/messages>): what its client asks, in our words.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::{Decision, Head, Media, Options, Part, Request, ToolOutcome, ToolSpec};
use crate::error::{Error, Result};
use crate::wire::{ConversationParser, ParsedConversation};

/// Longer names are not kept, in bytes.
const MAX_NAMES: usize = 1_000;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Run)]
pub struct RunBody {
    thread_id: String,
    run_id: String,
    messages: Vec<MessageBody>,
    #[serde(default)]
    tools: Vec<ToolBody>,
    #[serde(default)]
    context: Vec<Note>,
    /// What came of the interrupts of the run before.
    #[serde(default)]
    resume: Vec<ResumeBody>,
    #[serde(default)]
    forwarded_props: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunMessage)]
struct MessageBody {
    #[schema(value_type = String)]
    role: RoleBody,
    /// A text, or parts; of an activity whatever it likes.
    #[serde(default)]
    #[schema(value_type = Vec<PartBody>)]
    content: Value,
    #[serde(default)]
    tool_calls: Vec<CallBody>,
    tool_call_id: Option<String>,
    error: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RoleBody {
    System,
    Developer,
    User,
    Assistant,
    Tool,
    /// What only its writer, or only a page, can read.
    #[serde(other)]
    Other,
}

/// A text, or something to look at: from 1.0 on it has a source, before it was one itself.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunPart)]
struct PartBody {
    #[serde(default)]
    r#type: String,
    text: Option<String>,
    source: Option<Source>,
    mime_type: Option<String>,
    filename: Option<String>,
    data: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[schema(as = RunSource)]
enum Source {
    Data {
        value: String,
        #[serde(rename = "mimeType")]
        mime_type: String,
    },
    Url {
        value: String,
        #[serde(rename = "mimeType")]
        mime_type: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = RunCall)]
struct CallBody {
    id: String,
    function: FunctionBody,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = RunFunction)]
struct FunctionBody {
    name: String,
    #[serde(default)]
    arguments: String,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = RunTool)]
struct ToolBody {
    name: String,
    #[serde(default)]
    description: String,
    parameters: Option<Value>,
}

/// Something that its user has before their eyes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = RunNote)]
pub struct Note {
    pub description: String,
    pub value: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunResume)]
struct ResumeBody {
    interrupt_id: String,
    status: String,
    #[serde(default)]
    payload: Value,
}

/// A client's own names: of the conversation, and of its part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunName {
    pub thread: String,
    pub run: String,
}

/// What a run asks.
#[derive(Debug)]
pub struct Run {
    pub name: RunName,
    pub request: Request,
    /// Whether it keeps the conversation itself: who tells nothing of it leaves that to us.
    pub keeps: bool,
    pub notes: Vec<Note>,
}

impl RunName {
    /// For the head of the turn: a client that comes back receives them again.
    pub fn kept(&self) -> Option<String> {
        let fits = self.thread.len() + self.run.len() <= MAX_NAMES;
        fits.then(|| json!({ "thread": self.thread, "run": self.run }).to_string())
    }

    pub(super) fn of(head: &Head) -> Option<Self> {
        serde_json::from_str(head.client_fields.as_deref()?).ok()
    }

    pub(super) fn fields(&self) -> Value {
        json!({ "threadId": self.thread, "runId": self.run })
    }
}

impl RunBody {
    pub fn parse(self) -> Result<Run> {
        let Self { thread_id, run_id, messages, tools, context, resume, forwarded_props } = self;
        let asks = messages.last().is_some_and(|message| message.role == RoleBody::User);
        let mut parser = ConversationParser::default();
        messages.into_iter().try_for_each(|message| message.add_to(&mut parser))?;
        for answer in resume {
            match (answer.decision()?, asks) {
                (Decision::Deny { reason: None }, true) => {}
                (_, true) => return Err(Error::invalid("resume", "Answer the interrupt, or ask something new.")),
                (decision, false) => parser.decided(&answer.interrupt_id, decision),
            }
        }
        let ParsedConversation { system, history, new_input } = parser.end()?;
        let keeps = system.is_some() || !history.is_empty();
        let model = forwarded_props["model"].as_str().map(str::to_owned);
        let tools = tools.into_iter().map(ToolBody::parse).collect();
        let request = Request {
            model,
            system,
            history,
            new_input,
            tools,
            hosted: Vec::new(),
            options: Options::default(),
            stream: true,
        };
        Ok(Run { name: RunName { thread: thread_id, run: run_id }, request, keeps, notes: context })
    }
}

impl MessageBody {
    fn add_to(self, parser: &mut ConversationParser) -> Result<()> {
        let Self { role, content, tool_calls, tool_call_id, error } = self;
        match role {
            RoleBody::System | RoleBody::Developer => parser.system(text(content)?),
            RoleBody::User => {
                parser.move_on();
                for part in parts(content)? {
                    parser.user(part.parse()?);
                }
            }
            RoleBody::Assistant => {
                let text = text(content)?;
                if !text.is_empty() {
                    parser.assistant(Part::text(text));
                }
                for CallBody { id, function } in tool_calls {
                    let arguments = serde_json::from_str(&function.arguments).unwrap_or_else(|_| json!({}));
                    parser.called(&id, &function.name, arguments);
                }
            }
            RoleBody::Tool => {
                let call =
                    tool_call_id.ok_or_else(|| Error::invalid("messages", "A tool's message has a toolCallId."))?;
                let is_error = error.is_some();
                let content = Some(text(content)?).filter(|text| !text.is_empty()).or(error).unwrap_or_default();
                parser.returned(&call, ToolOutcome { content, is_error });
            }
            RoleBody::Other => {}
        }
        Ok(())
    }
}

fn parts(content: Value) -> Result<Vec<PartBody>> {
    match content {
        Value::String(text) => {
            Ok(vec![PartBody { r#type: "text".to_owned(), text: Some(text), ..PartBody::default() }])
        }
        Value::Array(_) => serde_json::from_value(content)
            .map_err(|cause| Error::invalid("messages", "The content of a message cannot be read.").because(cause)),
        _ => Ok(Vec::new()),
    }
}

fn text(content: Value) -> Result<String> {
    Ok(parts(content)?.into_iter().filter_map(|part| part.text).collect::<Vec<_>>().join("\n"))
}

impl PartBody {
    fn parse(self) -> Result<Part> {
        let Self { r#type, text, source, mime_type, filename, data, url } = self;
        if let ("text", Some(text)) = (r#type.as_str(), text) {
            return Ok(Part::text(text));
        }
        let (mime_type, data, url) = match source {
            Some(Source::Data { value, mime_type }) => (Some(mime_type), Some(value), None),
            Some(Source::Url { value, mime_type }) => (mime_type, None, Some(value)),
            Some(Source::Other) => return Err(Error::invalid("messages", "A source is data or a url.")),
            None => (mime_type, data, url),
        };
        // An address says nothing of what is there.
        let usual = if r#type == "image" { "image/png" } else { "application/pdf" };
        let media = Media::parse(mime_type.unwrap_or_else(|| usual.to_owned()), filename, data, url)?;
        Ok(if media.media_type.starts_with("image/") { Part::Image(media) } else { Part::File(media) })
    }
}

impl ToolBody {
    fn parse(self) -> ToolSpec {
        let Self { name, description, parameters } = self;
        ToolSpec { name, description, parameters: parameters.unwrap_or_else(|| json!({ "type": "object" })) }
    }
}

impl ResumeBody {
    /// Leave is given in so many words, or it is not given.
    fn decision(&self) -> Result<Decision> {
        let reason = self.payload["reason"].as_str().map(str::to_owned);
        match (self.status.as_str(), self.payload["approved"].as_bool()) {
            ("cancelled", _) => Ok(Decision::Deny { reason: None }),
            ("resolved", Some(true)) => Ok(Decision::Allow),
            ("resolved", Some(false)) => Ok(Decision::Deny { reason }),
            _ => Err(Error::invalid(
                "resume",
                "Resolved is an interrupt with the payload {\"approved\": true or false}.",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
