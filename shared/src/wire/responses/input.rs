//! What a response answers, and all items of a turn: for clients that name an item instead of sending it.

use serde_json::{Value, json};

use crate::domain::{
    CallId, CallRef, Entry, Head, Media, MediaContent, ModelEvent, Part, Position, Runner, TurnEvent, TurnId,
};

use super::items::APPROVAL_PREFIX;
use super::output::Output;

/// What the request brought that this response answers: the question, or what was said to the turn that waited.
pub fn input(head: &Head, opens_at: Position, entries: &[Entry]) -> Vec<Value> {
    if opens_at == 0 { vec![question(head)] } else { decisions(&head.turn, opens_at, entries) }
}

/// All that was said in a turn, oldest first. What had to be allowed first appears again when it has run.
pub fn items(head: &Head, entries: &[Entry]) -> Vec<Value> {
    let (mut items, mut output) = (vec![question(head)], Output::default());
    for entry in entries {
        match &entry.event {
            TurnEvent::Started { .. } => output.remember(&entry.event),
            TurnEvent::Paused { waits } => {
                output.asks(waits);
                items.extend(output.take());
            }
            event => {
                output.add(event);
            }
        }
    }
    items.extend(output.take());
    items
}

fn question(head: &Head) -> Value {
    let content: Vec<_> = head.question.parts().iter().filter_map(asked).collect();
    json!({
        "id": format!("msg_{}", head.turn), "type": "message", "status": "completed", "role": "user",
        "content": content,
    })
}

fn asked(part: &Part) -> Option<Value> {
    Some(match part {
        Part::Text { text } => json!({ "type": "input_text", "text": text }),
        Part::Image(media) => json!({ "type": "input_image", "detail": "auto", "image_url": address(media) }),
        Part::File(media) => match &media.content {
            MediaContent::Data(_) => {
                json!({ "type": "input_file", "filename": media.name, "file_data": address(media) })
            }
            MediaContent::Url(url) => json!({ "type": "input_file", "filename": media.name, "file_url": url }),
        },
        _ => return None,
    })
}

fn address(media: &Media) -> String {
    match &media.content {
        MediaContent::Data(data) => format!("data:{};base64,{data}", media.media_type),
        MediaContent::Url(url) => url.clone(),
    }
}

/// All that was said to the pause that this response goes on from.
fn decisions(turn: &TurnId, opens_at: Position, entries: &[Entry]) -> Vec<Value> {
    let pause =
        entries.iter().rposition(|entry| entry.end <= opens_at && matches!(entry.event, TurnEvent::Paused { .. }));
    let said = entries[pause.map_or(entries.len(), |at| at + 1)..].iter().map(|entry| &entry.event);
    said.map_while(|event| decision(turn, event, entries)).collect()
}

fn decision(turn: &TurnId, event: &TurnEvent, entries: &[Entry]) -> Option<Value> {
    let approval = |call: &CallId, approve: bool, reason: Option<&str>| {
        let asked = format!("{APPROVAL_PREFIX}_{turn}_{call}");
        json!({
            "id": format!("mcpa_{turn}_{call}"), "type": "mcp_approval_response", "approval_request_id": asked,
            "approve": approve, "reason": reason,
        })
    };
    Some(match event {
        TurnEvent::Allowed { call } => approval(call, true, None),
        TurnEvent::ToolReturned { call, outcome } if is_clients(call, entries) => json!({
            "id": format!("fco_{turn}_{call}"), "type": "function_call_output", "status": "completed",
            "call_id": CallRef { turn: turn.clone(), call: call.clone() }.to_string(), "output": outcome.content,
        }),
        TurnEvent::ToolReturned { call, outcome } => approval(call, false, Some(&outcome.content)),
        _ => return None,
    })
}

fn is_clients(call: &CallId, entries: &[Entry]) -> bool {
    let is_it = |entry: &Entry| {
        matches!(&entry.event, TurnEvent::Model(ModelEvent::ToolCalled { call: known })
            if known.id == *call && known.runner == Runner::Client)
    };
    entries.iter().any(is_it)
}
