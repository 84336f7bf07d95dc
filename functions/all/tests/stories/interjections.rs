//! What a user says beside the outcome of a tool: the turn that waits hears it, and if none does it is a question.

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, World};

/// A client that keeps its conversation: its path, and its words for a question, what came of a call, and more.
struct Client {
    path: &'static str,
    body: fn(&str, Option<&str>, Option<&str>) -> Value,
    /// Whether the next question there means that its user has given up what was waited for.
    gives_up: bool,
}

const CLIENTS: [Client; 5] = [
    Client { path: "/v1/messages", body: messages, gives_up: false },
    Client { path: "/v1/chat/completions", body: completions, gives_up: false },
    Client { path: "/v1/responses", body: responses, gives_up: false },
    Client { path: "/api/chat", body: chat, gives_up: true },
    Client { path: "/consult?dialect=agui", body: run, gives_up: true },
];

fn messages(question: &str, call: Option<&str>, more: Option<&str>) -> Value {
    let mut messages = vec![json!({ "role": "user", "content": question })];
    if let Some(call) = call {
        let used = json!([{ "type": "tool_use", "id": call, "name": "open_file", "input": {} }]);
        messages.push(json!({ "role": "assistant", "content": used }));
        let mut content = vec![json!({ "type": "tool_result", "tool_use_id": call, "content": "nothing" })];
        content.extend(more.map(|text| json!({ "type": "text", "text": text })));
        messages.push(json!({ "role": "user", "content": content }));
    }
    let tools = json!([{ "name": "open_file", "input_schema": { "type": "object" } }]);
    json!({ "model": "openai:fake", "max_tokens": 100, "messages": messages, "tools": tools })
}

fn completions(question: &str, call: Option<&str>, more: Option<&str>) -> Value {
    let mut messages = vec![json!({ "role": "user", "content": question })];
    if let Some(call) = call {
        let called =
            json!([{ "id": call, "type": "function", "function": { "name": "open_file", "arguments": "{}" } }]);
        messages.push(json!({ "role": "assistant", "content": null, "tool_calls": called }));
        messages.push(json!({ "role": "tool", "tool_call_id": call, "content": "nothing" }));
        messages.extend(more.map(|text| json!({ "role": "user", "content": text })));
    }
    let tool = json!({ "type": "function", "function": { "name": "open_file" } });
    json!({ "model": "openai:fake", "messages": messages, "tools": [tool] })
}

fn responses(question: &str, call: Option<&str>, more: Option<&str>) -> Value {
    let mut input = vec![json!({ "role": "user", "content": question })];
    if let Some(call) = call {
        input.push(json!({ "type": "function_call", "call_id": call, "name": "open_file", "arguments": "{}" }));
        // Theirs need not stand behind.
        input.extend(more.map(|text| json!({ "role": "user", "content": text })));
        input.push(json!({ "type": "function_call_output", "call_id": call, "output": "nothing" }));
    }
    json!({ "model": "openai:fake", "input": input, "tools": [{ "type": "function", "name": "open_file" }] })
}

fn chat(question: &str, call: Option<&str>, more: Option<&str>) -> Value {
    let says = |text: &str| json!({ "id": "u", "role": "user", "parts": [{ "type": "text", "text": text }] });
    let mut messages = vec![says(question)];
    if let Some(call) = call {
        let part = json!({
            "type": "tool-open_file", "toolCallId": call, "state": "output-available", "input": {}, "output": "nothing",
        });
        messages.push(json!({ "id": "a", "role": "assistant", "parts": [part] }));
        messages.extend(more.map(says));
    }
    let tools = json!([{ "name": "open_file", "parameters": { "type": "object" } }]);
    json!({ "id": "chat-1", "messages": messages, "tools": tools })
}

fn run(question: &str, call: Option<&str>, more: Option<&str>) -> Value {
    let says = |text: &str| json!({ "id": "u", "role": "user", "content": text });
    let mut messages = vec![says(question)];
    if let Some(call) = call {
        let called =
            json!([{ "id": call, "type": "function", "function": { "name": "open_file", "arguments": "{}" } }]);
        messages.push(json!({ "id": "a", "role": "assistant", "toolCalls": called }));
        messages.push(json!({ "id": "t", "role": "tool", "toolCallId": call, "content": "nothing" }));
        messages.extend(more.map(says));
    }
    let tools = json!([{ "name": "open_file", "parameters": { "type": "object" } }]);
    json!({ "threadId": "thread-1", "runId": "run-1", "messages": messages, "tools": tools })
}

fn opens_a_file() -> Script {
    Script::new().calls_tool("c1", "open_file", "{}").finish_because("tool_calls")
}

/// Asks, until the turn waits for what comes of the call: the call's name.
async fn asked(ada: &Actor, client: &Client, question: &str) -> String {
    said(ada, client.path, (client.body)(question, None, None)).await;
    let session = ada.read(&format!("/sessions/{}", ada.sessions().await[0])).await;
    format!("call_{}_c1", session["open_turn"].as_str().expect("it waits"))
}

async fn said(ada: &Actor, path: &str, body: Value) -> String {
    let reply = ada.post(path, body).await;
    let status = reply.status();
    let text = reply.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    text
}

async fn stage(settings: &[(&str, &str)]) -> (World, Server) {
    let world = World::with(Script::new()).await;
    let server = world.start_with(settings).await;
    (world, server)
}

#[tokio::test]
async fn a_turn_that_waits_hears_it() {
    let (world, server) = stage(&[]).await;
    for client in CLIENTS.iter().filter(|client| !client.gives_up) {
        let ada = server.actor(client.path).await;
        world.provider.then(opens_a_file());
        let call = asked(&ada, client, "What is in it?").await;
        world.provider.then(Script::says("It is empty."));
        let body = (client.body)("What is in it?", Some(&call), Some("Be brief."));
        for _ in 0..2 {
            let told = said(&ada, client.path, body.clone()).await;
            assert!(told.contains("It is empty."), "{}: {told}", client.path);
        }
        let kept = ada.transcript(&ada.sessions().await[0]).await;
        assert_eq!(kept, ["user completed: What is in it?", "assistant completed: It is empty."], "{}", client.path);
        let prompt = world.provider.calls().last().unwrap().body.to_string();
        assert!(prompt.contains("nothing\\n\\nThe user says: Be brief."), "{prompt}");
    }
}

#[tokio::test]
async fn when_no_turn_waits_it_is_a_question_of_its_own() {
    let (world, server) = stage(&[]).await;
    for client in &CLIENTS {
        for is_answered in [true, false] {
            let ada = server.actor(&format!("{} {is_answered}", client.path)).await;
            world.provider.then(opens_a_file());
            let call = asked(&ada, client, "What is in it?").await;
            if is_answered {
                world.provider.then(Script::says("It is empty."));
                said(&ada, client.path, (client.body)("What is in it?", Some(&call), None)).await;
            } else {
                ada.cancel(call.split('_').nth(1).unwrap()).await;
            }
            world.provider.then(Script::says("I am Counsel."));
            let body = (client.body)("What is in it?", Some(&call), Some("Who are you?"));
            let told = said(&ada, client.path, body).await;
            assert!(told.contains("Counsel") && !told.contains("empty"), "{}: {told}", client.path);
            let kept = ada.transcript(&ada.sessions().await[0]).await;
            let new = ["user completed: Who are you?", "assistant completed: I am Counsel."];
            assert_eq!(kept[kept.len() - 2..], new, "{} {is_answered}", client.path);
            let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
            let last = prompt.as_array().unwrap().last().unwrap();
            assert_eq!((&last["role"], &last["content"]), (&json!("user"), &json!("Who are you?")), "{prompt}");
            assert!(prompt.to_string().contains("nothing"), "what came of the call is told: {prompt}");
        }
    }
}

#[tokio::test]
async fn leave_and_a_word_are_given_one_after_the_other() {
    let (world, server) = stage(&[("TOOLS_TO_APPROVE", "now")]).await;
    let ada = server.actor("ada").await;
    world.provider.then(Script::new().calls_tool("c1", "now", "{}").finish_because("tool_calls"));
    let asked = said(&ada, "/v1/responses", json!({ "model": "openai:fake", "input": "The time?" })).await;
    let asked: Value = serde_json::from_str(&asked).unwrap();
    let request = asked["output"].as_array().unwrap().last().unwrap()["id"].clone();
    let approval = json!({ "type": "mcp_approval_response", "approval_request_id": request, "approve": true });
    let answer = |more: Option<&str>| {
        let said = more.map(|text| json!({ "role": "user", "content": text }));
        let input: Vec<_> = [approval.clone()].into_iter().chain(said).collect();
        json!({ "model": "openai:fake", "previous_response_id": asked["id"], "input": input })
    };
    let both = ada.post("/v1/responses", answer(Some("And the date?"))).await;
    assert_eq!(both.status(), StatusCode::BAD_REQUEST);
    assert!(both.text().await.unwrap().contains("with an approval, nothing"));
    world.provider.then(Script::says("Noon."));
    assert!(said(&ada, "/v1/responses", answer(None)).await.contains("Noon."));
    world.provider.then(Script::says("The first of May."));
    assert!(said(&ada, "/v1/responses", answer(Some("And the date?"))).await.contains("May"));
    assert_eq!(ada.history(&ada.sessions().await[0]).await.len(), 4);
}
