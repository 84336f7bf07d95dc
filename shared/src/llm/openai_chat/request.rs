//! Our request as the provider's JSON.

use serde_json::{Value, json};

use crate::config::Quirks;
use crate::domain::{Media, MediaContent, Part, Role, ToolCall, ToolSpec};
use crate::llm::{ModelRequest, PromptMessage};

use super::call_id::call_id;
use super::options;

pub(super) fn body(request: &ModelRequest, quirks: Quirks) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": request.system })];
    request.messages.iter().for_each(|message| add(message, quirks, &mut messages));
    let mut body = json!({ "model": request.model, "messages": messages, "stream": true });
    if quirks.ask_for_usage {
        body["stream_options"] = json!({ "include_usage": true });
    }
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
    }
    options::say(request, quirks, &mut body);
    body
}

/// One message of ours is several of theirs: the calls belong to the assistant, each result is a message.
fn add(message: &PromptMessage, quirks: Quirks, messages: &mut Vec<Value>) {
    if message.role == Role::User {
        messages.push(json!({ "role": "user", "content": question(&message.parts, quirks) }));
        return;
    }
    let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
    for step in message.parts.chunk_by(|before, after| !is_result(before) || is_result(after)) {
        messages.extend(answer(step, quirks));
        messages.extend(step.iter().filter_map(|part| result(part, quirks)));
    }
}

/// What the assistant said in one step.
fn answer(step: &[Part], quirks: Quirks) -> Option<Value> {
    let calls: Vec<Value> = step.iter().filter_map(|part| call(part, quirks)).collect();
    let said = text(step);
    if calls.is_empty() && said.is_empty() {
        return None;
    }
    let content = if said.is_empty() { Value::Null } else { said.into() };
    let mut answer = json!({ "role": "assistant", "content": content });
    if !calls.is_empty() {
        answer["tool_calls"] = calls.into();
    }
    let thought = if quirks.reasoning_back { reasoning(step) } else { String::new() };
    if !thought.is_empty() {
        answer["reasoning_content"] = thought.into();
    }
    Some(answer)
}

/// A text stays a text: not every server knows a list of parts.
fn question(parts: &[Part], quirks: Quirks) -> Value {
    if !parts.iter().any(|part| matches!(part, Part::Image(_) | Part::File(_))) {
        return text(parts).into();
    }
    let part = |part: &Part| match part {
        Part::Text { text } => Some(json!({ "type": "text", "text": text })),
        Part::Image(image) => Some(json!({ "type": "image_url", "image_url": { "url": url(image) } })),
        Part::File(file) => Some(self::file(file, quirks)),
        _ => None,
    };
    parts.iter().filter_map(part).collect()
}

fn file(file: &Media, quirks: Quirks) -> Value {
    let name = file.name.as_deref().unwrap_or("file");
    match &file.content {
        MediaContent::Data(_) if quirks.files => {
            json!({ "type": "file", "file": { "filename": name, "file_data": url(file) } })
        }
        _ => json!({ "type": "text", "text": format!("[{name} left out]") }),
    }
}

fn url(media: &Media) -> String {
    match &media.content {
        MediaContent::Data(base64) => format!("data:{};base64,{base64}", media.media_type),
        MediaContent::Url(url) => url.clone(),
    }
}

fn text(parts: &[Part]) -> String {
    let text = |part: &Part| if let Part::Text { text } = part { Some(text.clone()) } else { None };
    parts.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

fn reasoning(parts: &[Part]) -> String {
    let text = |part: &Part| if let Part::Reasoning { text, .. } = part { Some(text.clone()) } else { None };
    parts.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

fn call(part: &Part, quirks: Quirks) -> Option<Value> {
    let Part::ToolCall(ToolCall { id, name, arguments, .. }) = part else { return None };
    let function = json!({ "name": name, "arguments": arguments.to_string() });
    Some(json!({ "id": call_id(id, quirks), "type": "function", "function": function }))
}

fn result(part: &Part, quirks: Quirks) -> Option<Value> {
    let Part::ToolResult { call, outcome } = part else { return None };
    Some(json!({ "role": "tool", "tool_call_id": call_id(call, quirks), "content": outcome.content }))
}

fn tool(spec: &ToolSpec) -> Value {
    let ToolSpec { name, description, parameters } = spec;
    json!({ "type": "function", "function": { "name": name, "description": description, "parameters": parameters } })
}

#[cfg(test)]
mod tests {
    use insta::assert_json_snapshot;

    use super::super::quirks_of;
    use super::*;
    use crate::domain::{CallId, ToolOutcome};

    #[test]
    fn a_tool_call_is_followed_by_its_result_and_then_by_what_was_said() {
        let id = CallId::from_provider("call_1");
        let call = ToolCall::new(id.clone(), "now", json!({}));
        let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
        let parts = vec![
            Part::text("Let me look."),
            Part::ToolCall(call),
            Part::ToolResult { call: id, outcome },
            Part::text("It is noon."),
        ];
        let question = PromptMessage { role: Role::User, parts: vec![Part::text("What time is it?")] };
        let answer = PromptMessage { role: Role::Assistant, parts };
        let request = ModelRequest {
            model: "m".to_owned(),
            system: "Be brief.".to_owned(),
            messages: vec![question, answer],
            ..ModelRequest::default()
        };
        assert_json_snapshot!(body(&request, quirks_of("openai"))["messages"], @r#"
        [
          {
            "content": "Be brief.",
            "role": "system"
          },
          {
            "content": "What time is it?",
            "role": "user"
          },
          {
            "content": "Let me look.",
            "role": "assistant",
            "tool_calls": [
              {
                "function": {
                  "arguments": "{}",
                  "name": "now"
                },
                "id": "call_1",
                "type": "function"
              }
            ]
          },
          {
            "content": "noon",
            "role": "tool",
            "tool_call_id": "call_1"
          },
          {
            "content": "It is noon.",
            "role": "assistant"
          }
        ]
        "#);
    }

    fn body_of(provider: &str, message: PromptMessage) -> Value {
        let (model, system) = ("m".to_owned(), "Be brief.".to_owned());
        let request = ModelRequest { model, system, messages: vec![message], ..ModelRequest::default() };
        body(&request, quirks_of(provider))
    }

    #[test]
    fn an_image_and_a_file_go_along_where_they_are_taken() {
        let media = |kind: &str, name: &str, content| Media {
            media_type: kind.to_owned(),
            name: Some(name.to_owned()),
            content,
        };
        let data = || MediaContent::Data("QQ==".to_owned());
        let parts = vec![
            Part::text("What is it?"),
            Part::Image(media("image/png", "a.png", data())),
            Part::File(media("application/pdf", "a.pdf", data())),
            Part::File(media("application/pdf", "b.pdf", MediaContent::Url("https://x.example/b.pdf".to_owned()))),
        ];
        let said = |provider| body_of(provider, PromptMessage { role: Role::User, parts: parts.clone() });
        let content = &said("openai")["messages"][1]["content"];
        assert_eq!(content[1]["image_url"]["url"], "data:image/png;base64,QQ==");
        assert_eq!(content[2]["file"]["file_data"], "data:application/pdf;base64,QQ==");
        assert_eq!(content[3]["text"], "[b.pdf left out]");
        assert_eq!(said("groq")["messages"][1]["content"][2]["text"], "[a.pdf left out]");
    }

    #[test]
    fn mistral_is_asked_as_it_wants_to_be_asked() {
        let id = CallId::from_provider("call_0123456789");
        let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
        let call = Part::ToolCall(ToolCall::new(id.clone(), "now", json!({})));
        let parts = vec![call, Part::ToolResult { call: id, outcome }];
        let body = body_of("mistral", PromptMessage { role: Role::Assistant, parts });
        assert_eq!(body["stream_options"], Value::Null);
        let id = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
        assert_eq!((id.len(), id.bytes().all(|b| b.is_ascii_alphanumeric())), (9, true), "{id}");
        assert_eq!(body["messages"][2]["tool_call_id"], id, "the result still belongs to its call");
    }

    #[test]
    fn deepseek_gets_its_reasoning_back_and_nobody_else_does() {
        let call = Part::ToolCall(ToolCall::new(CallId::from_provider("c"), "now", json!({})));
        let message = || PromptMessage { role: Role::Assistant, parts: vec![Part::reasoning("Hm."), call.clone()] };
        assert_eq!(body_of("deepseek", message())["messages"][1]["reasoning_content"], "Hm.");
        assert_eq!(body_of("openai", message())["messages"][1]["reasoning_content"], Value::Null);
    }
}
