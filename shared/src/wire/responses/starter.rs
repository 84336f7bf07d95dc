//! `OpenAI`'s Responses starter app: its browser reads the same events in an envelope of its own, and tells its
//! conversation as items.
//!
//! It decodes each piece of the network by itself, so that a character cut in two is lost: only ASCII goes there.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::{Ending, Entry, Options, Position, Request, ToolSpec, TurnEvent};
use crate::error::Result;
use crate::wire::{ConversationParser, Encoder, Frame, ParsedConversation, cut_short};

use super::Responses;
use super::request::{ItemBody, add_items};
use super::switches::Switches;

/// What its browser posts.
#[derive(Deserialize, ToSchema)]
#[schema(as = Starter)]
pub struct StarterBody {
    messages: Vec<ItemBody>,
    #[serde(default, rename = "toolsState")]
    switches: Switches,
}

impl StarterBody {
    pub fn parse(self) -> Result<Request> {
        let mut parser = ConversationParser::default();
        add_items(self.messages, &mut parser)?;
        let ParsedConversation { system, history, new_input } = parser.end()?;
        let tools = if self.switches.functions_enabled { functions() } else { Vec::new() };
        Ok(Request {
            model: None,
            system,
            history,
            new_input,
            tools,
            hosted: self.switches.hosted()?,
            options: Options::default(),
            stream: true,
        })
    }
}

/// Those that its browser knows how to run.
fn functions() -> Vec<ToolSpec> {
    let location = json!({ "type": "string", "description": "A town; region and country after commas if need be." });
    let unit = json!({ "type": "string", "enum": ["celsius", "fahrenheit"] });
    let weather = json!({
        "type": "object", "properties": { "location": location, "unit": unit }, "required": ["location", "unit"],
        "additionalProperties": false,
    });
    let none = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    [("get_weather", "The weather at a place right now.", weather), ("get_joke", "A joke, picked at random.", none)]
        .map(|(name, description, parameters)| ToolSpec {
            name: name.to_owned(),
            description: description.to_owned(),
            parameters,
        })
        .into()
}

/// The events of a response, as that browser wants them.
#[derive(Default)]
pub struct Starter {
    inner: Responses,
    has_text: bool,
}

impl Starter {
    /// The response that opens there.
    pub fn new(opens_at: Position) -> Self {
        Self { inner: Responses::new(opens_at, super::ClientFields::default()), has_text: false }
    }
}

impl Encoder for Starter {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        if let TurnEvent::Ended(ending) = &entry.event
            && !self.is_over()
        {
            out.extend(said(ending, self.has_text));
        }
        self.has_text |= entry.event.text().is_some();
        let mut frames = Vec::new();
        self.inner.encode(entry, &mut frames);
        out.extend(frames.iter().filter_map(enveloped));
    }

    fn is_over(&self) -> bool {
        self.inner.is_over()
    }
}

/// It shows no errors: they are said as the answer is, which it shows again before them.
fn said(ending: &Ending, has_text: bool) -> Option<Frame> {
    let why = format!("{}{}", if has_text { "\n\n" } else { "" }, cut_short(ending)?);
    let delta = json!({ "type": "response.output_text.delta", "item_id": "msg_why", "delta": why });
    Some(frame("response.output_text.delta", &delta))
}

/// A message that was begun is not told: it would be kept as an empty one, beside the whole one that comes later.
fn enveloped(told: &Frame) -> Option<Frame> {
    let Frame::Event { name: Some(name), data } = told else { return None };
    let data: Value = serde_json::from_str(data).ok()?;
    let is_begun_message = *name == "response.output_item.added" && data["item"]["type"] == "message";
    (!is_begun_message).then(|| frame(name, &data))
}

fn frame(event: &str, data: &Value) -> Frame {
    Frame::Event { name: None, data: ascii(&json!({ "event": event, "data": data }).to_string()) }
}

/// The same JSON without a character that takes more than one byte: such characters stand in strings only.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_in_ascii() {
        let said = json!({ "text": "Grüß Gott 👋🏽 \u{2028}\"\\ \u{7f}" });
        let text = ascii(&said.to_string());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), said);
    }
}
