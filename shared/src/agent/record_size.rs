//! What a model says fits into a record of the log, or is cut until it does. Deltas are cut where they are stored.

use serde::Serialize;
use serde_json::Value;

use crate::domain::{ModelEvent, ToolCall};
use crate::error::{Error, Result};
use crate::llm::ModelFault;

/// As JSON, well below DynamoDB's 400 KB an item.
const MAX_BYTES: usize = 340_000;
/// However it has to be escaped, this much of a text fits.
const MAX_TEXT_BYTES: usize = 50_000;

/// What cannot be cut ends the step: nothing that is said may be lost unnoticed.
pub(super) fn bounded(mut event: ModelEvent) -> Result<ModelEvent> {
    if is_delta(&event) || bytes(&event) <= MAX_BYTES {
        return Ok(event);
    }
    match &mut event {
        ModelEvent::ToolCalled { call } => shorten_call(call),
        ModelEvent::ToolRan { outcome, .. } => shorten(&mut outcome.content),
        ModelEvent::Cited { citation } => citation.quote = None,
        _ => {}
    }
    if bytes(&event) <= MAX_BYTES { Ok(event) } else { Err(too_long()) }
}

fn is_delta(event: &ModelEvent) -> bool {
    matches!(event, ModelEvent::TextDelta { .. } | ModelEvent::ToolArguments { .. })
}

/// What its provider wants back goes first; then the tool's runner reads why it cannot be run.
fn shorten_call(call: &mut ToolCall) {
    call.signature = None;
    if bytes(&call.arguments) > MAX_BYTES - MAX_TEXT_BYTES {
        call.arguments = Value::String("[These arguments were too long.]".to_owned());
    }
}

fn shorten(text: &mut String) {
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    text.push_str("\n[The rest was too long to be kept.]");
}

fn bytes(said: &impl Serialize) -> usize {
    serde_json::to_vec(said).map_or(usize::MAX, |json| json.len())
}

fn too_long() -> Error {
    ModelFault::Garbled.saying("The model said more at once than can be kept.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{CallId, ToolOutcome};

    fn called(arguments: Value, signature: Option<String>) -> ModelEvent {
        let call = ToolCall { signature, ..ToolCall::new(CallId::from_provider("c"), "now", arguments) };
        ModelEvent::ToolCalled { call }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let event = called(json!({ "text": "x".repeat(256 * 1024) }), Some("s".repeat(64 * 1024)));
        assert_eq!(bounded(event.clone()).unwrap(), event);
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let signed = bounded(called(json!({ "text": "x".repeat(256 * 1024) }), Some("s".repeat(100_000)))).unwrap();
        assert_eq!(signed, called(json!({ "text": "x".repeat(256 * 1024) }), None));
        let escaped = bounded(called(Value::String("\u{1}".repeat(256 * 1024)), None)).unwrap();
        assert_eq!(escaped, called(json!("[These arguments were too long.]"), None));
        let outcome = ToolOutcome { content: "\u{1}".repeat(100_000), is_error: false };
        let ran = bounded(ModelEvent::ToolRan { call: CallId::from_provider("c"), outcome }).unwrap();
        let ModelEvent::ToolRan { outcome, .. } = &ran else { panic!("{ran:?}") };
        assert!(outcome.content.ends_with("kept.]") && bytes(&ran) <= MAX_BYTES);
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let signed = ModelEvent::ReasoningSigned { block: 0, signature: "s".repeat(400_000) };
        assert_eq!(bounded(signed).unwrap_err().code(), "model_garbled");
    }
}
