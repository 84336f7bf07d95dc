//! The response itself: its id, and all that a client reads of it at once.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::{
    self, Ending, ModelRef, Options, Position, SessionId, StopReason, Timestamp, ToolSpec, TurnId, Usage,
};
use crate::wire::cut_short;

const MARK: &str = "resp_";
const CONVERSATION: &str = "conv_";
/// Longer ones go to the model and are not kept for later reads: in bytes.
const MAX_INSTRUCTIONS: usize = 8_000;

/// A response's id: its turn's first, or the one that goes on from a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseRef {
    pub turn: TurnId,
    pub opens_at: Position,
}

impl ResponseRef {
    /// None when it is no id of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(MARK)?;
        let (turn, opens_at) = text.split_once('_').map_or((text, Some(0)), |(turn, at)| (turn, at.parse().ok()));
        let named = Self { turn: TurnId::parse(turn).ok()?, opens_at: opens_at? };
        (named.to_string().strip_prefix(MARK) == Some(text)).then_some(named)
    }
}

impl fmt::Display for ResponseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.opens_at {
            0 => write!(f, "{MARK}{}", self.turn),
            at => write!(f, "{MARK}{}_{at}", self.turn),
        }
    }
}

/// A session as these clients name it.
pub(super) fn conversation(name: &str) -> Option<SessionId> {
    SessionId::parse(name.strip_prefix(CONVERSATION)?).ok()
}

/// What its client has said of it, and hears again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientFields {
    pub instructions: Option<String>,
    pub previous: Option<String>,
    pub metadata: Map<String, Value>,
    pub tools: Vec<Value>,
    pub options: Options,
    pub background: bool,
}

/// What of these terms only the client knows.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    background: bool,
}

impl ClientFields {
    /// For the head of the turn: a later reading tells it again.
    pub fn kept(&self) -> Option<String> {
        let Self { instructions, previous, metadata, background, .. } = self.clone();
        let instructions = instructions.filter(|text| text.len() <= MAX_INSTRUCTIONS);
        let kept = json!(Kept { instructions, previous, metadata, background });
        (kept != json!({})).then(|| kept.to_string())
    }

    /// Those of the response of this turn that opens there: the turn has kept those of its first.
    pub fn of(head: &domain::Head, opens_at: Position) -> Self {
        let kept = head.client_fields.as_deref().filter(|_| opens_at == 0);
        let kept = kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default();
        let Kept { instructions, previous, metadata, background } = kept;
        let function = |tool: &ToolSpec| {
            let ToolSpec { name, description, parameters } = tool;
            json!({
                "type": "function", "name": name, "description": description, "parameters": parameters, "strict": false,
            })
        };
        let tools = head.tools.iter().map(function).chain(head.hosted.iter().map(|tool| json!(tool))).collect();
        Self { instructions, previous, metadata, tools, options: head.options.clone(), background }
    }
}

pub(super) struct ResponseHead {
    pub(super) turn: TurnId,
    pub(super) session: SessionId,
    pub(super) model: ModelRef,
    pub(super) at: Timestamp,
}

/// How a response came to its end.
pub(super) enum ResponseOutcome {
    Ended(Ending),
    /// For its client: what it is asked for stands in the output.
    Waits,
}

impl ResponseOutcome {
    /// The last event. There is no official one for a cancelled response: it is one that is incomplete.
    pub(super) fn event(&self) -> &'static str {
        match self.status() {
            "completed" => "response.completed",
            "failed" => "response.failed",
            _ => "response.incomplete",
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Ended(Ending::Completed { stop: StopReason::Length | StopReason::Refused, .. }) => "incomplete",
            Self::Waits | Self::Ended(Ending::Completed { .. }) => "completed",
            Self::Ended(Ending::Failed { .. } | Ending::Interrupted) => "failed",
            Self::Ended(Ending::Cancelled) => "cancelled",
        }
    }

    fn error(&self) -> Option<Value> {
        match self {
            Self::Ended(ending @ (Ending::Failed { .. } | Ending::Interrupted)) => {
                Some(json!({ "code": "server_error", "message": cut_short(ending) }))
            }
            _ => None,
        }
    }

    fn incomplete(&self) -> Option<Value> {
        match self {
            Self::Ended(Ending::Completed { stop: StopReason::Length, .. }) => {
                Some(json!({ "reason": "max_output_tokens" }))
            }
            Self::Ended(Ending::Completed { stop: StopReason::Refused, .. }) => {
                Some(json!({ "reason": "content_filter" }))
            }
            _ => None,
        }
    }
}

pub(super) fn response(
    head: &ResponseHead,
    opens_at: Position,
    client_fields: &ClientFields,
    outcome: Option<&ResponseOutcome>,
    used: Option<Usage>,
    output: &[Value],
) -> Value {
    let ResponseHead { turn, session, model, at } = head;
    let ClientFields { instructions, previous, metadata, tools, options, background } = client_fields;
    let Options { reasoning, max_tokens, temperature, top_p, .. } = options;
    json!({
        "id": ResponseRef { turn: turn.clone(), opens_at }.to_string(),
        "object": "response",
        "created_at": at.seconds(),
        "status": outcome.map_or("in_progress", ResponseOutcome::status),
        "background": background,
        "error": outcome.and_then(ResponseOutcome::error),
        "incomplete_details": outcome.and_then(ResponseOutcome::incomplete),
        "instructions": instructions,
        "max_output_tokens": max_tokens,
        "model": model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": previous,
        "conversation": { "id": format!("{CONVERSATION}{session}") },
        "reasoning": { "effort": reasoning, "summary": null },
        "store": true,
        "temperature": temperature,
        "text": { "format": { "type": "text" } },
        "tool_choice": "auto",
        "tools": tools,
        "top_p": top_p,
        "truncation": "disabled",
        "usage": used.map(usage),
        "metadata": metadata,
    })
}

fn usage(usage: Usage) -> Value {
    let Usage { input_tokens, cached_tokens, output_tokens, reasoning_tokens, .. } = usage;
    let [input, cached, output, reasoning] =
        [input_tokens, cached_tokens, output_tokens, reasoning_tokens].map(Option::unwrap_or_default);
    json!({
        "input_tokens": input, "input_tokens_details": { "cached_tokens": cached },
        "output_tokens": output, "output_tokens_details": { "reasoning_tokens": reasoning },
        "total_tokens": input + output,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_found_by_its_id_and_by_no_other() {
        for id in ["resp_12", "resp_12_7"] {
            assert_eq!(ResponseRef::parse(id).unwrap().to_string(), id);
        }
        for other in ["12", "resp_", "resp_12_", "resp_12_0", "resp_12_07", "resp_12_+7", "resp_12_7_1", "msg_12"] {
            assert_eq!(ResponseRef::parse(other), None, "{other}");
        }
    }
}
