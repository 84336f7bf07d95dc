//! Our request as the SDK's. The roles take turns, the user begins, and every use of a tool is followed by its result.

use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, Message, ReasoningContentBlock, ReasoningTextBlock, SystemContentBlock, Tool,
    ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock, ToolResultStatus, ToolSpecification,
    ToolUseBlock,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::domain::{CallId, Part, Role, Runner, ToolCall};
use crate::error::{Error, Result};
use crate::llm::{ModelRequest, ToolSpec};

use super::{document, media, options};

/// Marks reasoning that nobody may read, in its signature.
pub(super) const REDACTED: &str = "redacted:";

pub(super) fn fill(call: ConverseStreamFluentBuilder, request: &ModelRequest) -> Result<ConverseStreamFluentBuilder> {
    let call = call.model_id(&request.model).set_messages(Some(messages(request)?));
    let call = options::fill(call.set_tool_config(tools(request)?), request);
    if request.system.is_empty() {
        return Ok(call);
    }
    Ok(call.system(SystemContentBlock::Text(request.system.clone())))
}

fn messages(request: &ModelRequest) -> Result<Vec<Message>> {
    // Uses of tools that are not offered any more are refused.
    let tells_tools = !request.tools.is_empty();
    let mut turns: Vec<(ConversationRole, Vec<ContentBlock>)> = Vec::new();
    let mut add = |role: ConversationRole, blocks: Vec<ContentBlock>| match turns.last_mut() {
        _ if blocks.is_empty() => {}
        Some((last, all)) if *last == role => all.extend(blocks),
        // The user begins.
        None if role == ConversationRole::Assistant => {}
        _ => turns.push((role, blocks)),
    };
    for message in &request.messages {
        if message.role == Role::User {
            add(ConversationRole::User, asked(&message.parts));
            continue;
        }
        let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
        for step in message.parts.chunk_by(|before, after| !is_result(before) || is_result(after)) {
            add(ConversationRole::Assistant, said(step, tells_tools)?);
            add(ConversationRole::User, if tells_tools { results(step)? } else { Vec::new() });
        }
    }
    let message = |(role, blocks)| Message::builder().role(role).set_content(Some(blocks)).build();
    turns.into_iter().map(message).collect::<Result<_, _>>().map_err(Error::internal)
}

fn asked(parts: &[Part]) -> Vec<ContentBlock> {
    let block = |(number, part): (usize, &Part)| match part {
        Part::Text { text } => written(text),
        Part::Image(picture) => Some(media::image(picture)),
        Part::File(file) => Some(media::file(file, number)),
        _ => None,
    };
    parts.iter().enumerate().filter_map(block).collect()
}

/// Blank text is refused.
fn written(text: &str) -> Option<ContentBlock> {
    (!text.trim().is_empty()).then(|| ContentBlock::Text(text.to_owned()))
}

fn said(step: &[Part], tells_tools: bool) -> Result<Vec<ContentBlock>> {
    let answered = |id: &CallId| step.iter().any(|part| matches!(part, Part::ToolResult { call, .. } if call == id));
    let block = |part: &Part| match part {
        Part::Text { text } => written(text).map(Ok),
        Part::Reasoning { text, signature: Some(signature) } => reasoning(text, signature).map(Ok),
        Part::ToolCall(call) if tells_tools && is_ours(call) && answered(&call.id) => Some(tool_use(call)),
        _ => None,
    };
    step.iter().filter_map(block).collect()
}

/// As it came, if it came from here: signatures are base64, and other providers' are something else.
fn reasoning(text: &str, signature: &str) -> Option<ContentBlock> {
    if let Some(secret) = signature.strip_prefix(REDACTED) {
        let secret = Blob::new(BASE64_STANDARD.decode(secret).ok()?);
        return Some(ContentBlock::ReasoningContent(ReasoningContentBlock::RedactedContent(secret)));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    let block = ReasoningTextBlock::builder().text(text).signature(signature).build().ok()?;
    let block = ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(block));
    signature.chars().all(fits).then_some(block)
}

/// What Bedrock has run itself is not told again.
fn is_ours(call: &ToolCall) -> bool {
    call.runner != Runner::Provider
}

fn tool_use(call: &ToolCall) -> Result<ContentBlock> {
    // Only an object is taken.
    let input = if call.arguments.is_object() { call.arguments.clone() } else { json!({ "input": call.arguments }) };
    let block = ToolUseBlock::builder().tool_use_id(call.id.as_str()).name(&call.name).input(document::of(&input));
    block.build().map(ContentBlock::ToolUse).map_err(Error::internal)
}

fn results(step: &[Part]) -> Result<Vec<ContentBlock>> {
    let called =
        |id: &CallId| step.iter().any(|part| matches!(part, Part::ToolCall(call) if call.id == *id && is_ours(call)));
    let block = |part: &Part| {
        let Part::ToolResult { call, outcome } = part else { return None };
        let status = if outcome.is_error { ToolResultStatus::Error } else { ToolResultStatus::Success };
        let content = ToolResultContentBlock::Text(outcome.content.clone());
        let block = ToolResultBlock::builder().tool_use_id(call.as_str()).status(status).content(content).build();
        called(call).then(|| block.map(ContentBlock::ToolResult).map_err(Error::internal))
    };
    step.iter().filter_map(block).collect()
}

fn tools(request: &ModelRequest) -> Result<Option<ToolConfiguration>> {
    let tools = request.tools.iter().map(tool).collect::<Result<Vec<_>>>()?;
    if tools.is_empty() {
        return Ok(None);
    }
    ToolConfiguration::builder().set_tools(Some(tools)).build().map(Some).map_err(Error::internal)
}

fn tool(spec: &ToolSpec) -> Result<Tool> {
    let schema = ToolInputSchema::Json(document::of(&spec.parameters));
    let tool = ToolSpecification::builder().name(&spec.name).input_schema(schema);
    // An empty one is refused.
    let description = Some(spec.description.clone()).filter(|text| !text.is_empty());
    tool.set_description(description).build().map(Tool::ToolSpec).map_err(Error::internal)
}
