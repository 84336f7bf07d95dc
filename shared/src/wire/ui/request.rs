//! `POST /api/chat` (<https://ai-sdk.dev/docs/ai-sdk-ui/transport>): what its client asks, in our words.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{Decision, Media, MessageId, Options, Part, Regenerate, Request, ToolOutcome, ToolSpec};
use crate::error::{Error, Result};
use crate::wire::{ConversationParser, ParsedConversation};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Chat)]
pub struct ChatBody {
    id: Option<String>,
    /// The whole conversation.
    messages: Option<Vec<MessageBody>>,
    /// What is new in it, where the server keeps the rest.
    message: Option<MessageBody>,
    trigger: Option<String>,
    message_id: Option<String>,
    model: Option<String>,
    system: Option<String>,
    /// The tools that the client runs: theirs names none.
    #[serde(default)]
    tools: Vec<ToolSpec>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ChatMessage)]
struct MessageBody {
    #[serde(default)]
    id: String,
    role: RoleBody,
    parts: Vec<PartBody>,
}

#[derive(Clone, Copy, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ChatRole)]
enum RoleBody {
    System,
    User,
    Assistant,
}

/// Any part: the type of a tool's holds the tool's name.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChatPart)]
struct PartBody {
    r#type: String,
    text: Option<String>,
    media_type: Option<String>,
    filename: Option<String>,
    url: Option<String>,
    tool_name: Option<String>,
    tool_call_id: Option<String>,
    state: Option<String>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    output: Value,
    error_text: Option<String>,
    approval: Option<ApprovalBody>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ChatApproval)]
struct ApprovalBody {
    id: String,
    #[serde(default)]
    approved: bool,
    reason: Option<String>,
}

/// What a chat asks.
#[derive(Debug)]
pub struct Chat {
    pub id: Option<String>,
    pub request: Request,
    /// Whether it keeps the conversation itself.
    pub keeps: bool,
    pub regenerate: Option<Regenerate>,
}

impl ChatBody {
    pub fn parse(self) -> Result<Chat> {
        let Self { id, messages, message, trigger, message_id, model, system, tools } = self;
        let keeps = messages.is_some();
        let messages = messages.or_else(|| message.map(|message| vec![message]));
        let messages = messages.ok_or_else(|| Error::invalid("messages", "A chat has messages."))?;
        if system.is_some() && !keeps {
            return Err(Error::invalid("system", "What a kept session is told to be is set with the session."));
        }
        let asked = messages.last().map(|message| message.id.clone());
        let mut parser = ConversationParser::default();
        if let Some(system) = system {
            parser.system(system);
        }
        messages.into_iter().try_for_each(|message| message.add_to(&mut parser))?;
        let ParsedConversation { system, history, new_input } = parser.end()?;
        let regenerate = trigger.filter(|trigger| trigger == "regenerate-message");
        let regenerate = regenerate.map(|_| meant(message_id.filter(|id| asked.as_ref() != Some(id))));
        Ok(Chat {
            id,
            request: Request {
                model,
                system,
                history,
                new_input,
                tools,
                hosted: Vec::new(),
                options: Options::default(),
                stream: true,
            },
            keeps,
            regenerate,
        })
    }
}

/// Their names for what we have not named mean nothing to us.
fn meant(answer: Option<String>) -> Regenerate {
    answer.and_then(|id| MessageId::parse(id).ok()).map_or(Regenerate::Last, Regenerate::Only)
}

impl MessageBody {
    fn add_to(self, parser: &mut ConversationParser) -> Result<()> {
        match self.role {
            RoleBody::System => {
                self.parts.into_iter().filter_map(|part| part.text).for_each(|text| parser.system(text));
                Ok(())
            }
            RoleBody::User => {
                parser.move_on();
                self.parts.into_iter().filter_map(|part| part.asked().transpose()).try_for_each(|part| {
                    parser.user(part?);
                    Ok(())
                })
            }
            RoleBody::Assistant => answered(self.parts, parser),
        }
    }
}

/// Each part holds a call and what came of it; told are all calls of a step, and then what came of them.
fn answered(parts: Vec<PartBody>, parser: &mut ConversationParser) -> Result<()> {
    let mut outcomes = Vec::new();
    for part in parts {
        if part.r#type == "step-start" {
            outcomes.drain(..).for_each(|outcome: Came| outcome.add_to(parser));
        } else if let Some(tool) = part.tool() {
            let call = part.tool_call_id.clone().ok_or_else(|| Error::invalid("messages", "A call has an id."))?;
            parser.called(&call, &tool, part.input.clone());
            outcomes.extend(part.came(call));
        } else if let ("text", Some(text)) = (part.r#type.as_str(), part.text) {
            parser.assistant(Part::text(text));
        }
    }
    for outcome in outcomes {
        outcome.add_to(parser);
    }
    Ok(())
}

/// What came of a call, by the name of the call or of the request for approval.
enum Came {
    Back(String, ToolOutcome),
    Decided(String, Decision),
}

impl Came {
    fn add_to(self, parser: &mut ConversationParser) {
        match self {
            Self::Back(call, outcome) => parser.returned(&call, outcome),
            Self::Decided(approval, decision) => parser.decided(&approval, decision),
        }
    }
}

impl PartBody {
    /// What a user can say: text and files. What else there is (`data-…`) is between the client and itself.
    fn asked(self) -> Result<Option<Part>> {
        Ok(match (self.r#type.as_str(), self.text, self.url) {
            ("text", Some(text), _) => Some(Part::text(text)),
            ("file", _, Some(url)) => Some(file(&self.media_type.unwrap_or_default(), self.filename, &url)?),
            _ => None,
        })
    }

    fn tool(&self) -> Option<String> {
        if self.r#type == "dynamic-tool" {
            return Some(self.tool_name.clone().unwrap_or_default());
        }
        self.r#type.strip_prefix("tool-").map(str::to_owned)
    }

    fn came(self, call: String) -> Option<Came> {
        let outcome = |content, is_error| Some(Came::Back(call, ToolOutcome { content, is_error }));
        match (self.state.as_deref()?, self.approval) {
            ("output-available", _) => outcome(text(self.output), false),
            ("output-error", _) => outcome(self.error_text.unwrap_or_default(), true),
            ("approval-responded", Some(ApprovalBody { id, approved: true, .. })) => {
                Some(Came::Decided(id, Decision::Allow))
            }
            ("approval-responded", Some(ApprovalBody { id, reason, .. })) => {
                Some(Came::Decided(id, Decision::Deny { reason }))
            }
            _ => None,
        }
    }
}

fn text(output: Value) -> String {
    if let Value::String(text) = output { text } else { output.to_string() }
}

/// By its address, which may hold the bytes themselves (`data:image/png;base64,…`).
fn file(media_type: &str, name: Option<String>, url: &str) -> Result<Part> {
    let media = Media::at(url, media_type, name)?;
    Ok(if media.media_type.starts_with("image/") { Part::Image(media) } else { Part::File(media) })
}

#[cfg(test)]
mod tests;
