//! OpenAI's SDKs at `POST /v1/chat/completions`, in three of their versions.

use reqwest::Method;
use serde_json::{Value, json};
use shared::testing::{Script, World};

use crate::sdk::{Stage, every_answer_comes_whole_through_a_proxy_that_cuts, is_being_answered, meanwhile};

const NODE_6: (&str, &str) = ("completions.mjs", "openai");
const NODE_4: (&str, &str) = ("completions.mjs", "openai-4");
const PYTHON: (&str, &str) = ("completions_client.py", "openai");
const ALL: [(&str, &str); 3] = [NODE_6, NODE_4, PYTHON];

/// Asked in one of the client's ways: whole (`create`), by its accumulating `helper`, chunk by chunk (`read`).
async fn ask(stage: &Stage, (script, package): (&str, &str), way: &str, body: Value) -> Value {
    let task = json!({ "package": package, "way": way, "body": with_model(body), "headers": {} });
    stage.run(script, &task).await
}

fn with_model(mut body: Value) -> Value {
    body["model"] = json!("openai:fake");
    body
}

fn says(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": text }] })
}

/// The one choice of a completion.
fn choice(completion: &Value) -> &Value {
    assert!(completion["choices"].as_array().is_some_and(|choices| choices.len() == 1), "{completion}");
    &completion["choices"][0]
}

fn two_files() -> Script {
    Script::new()
        .say("Let me look. ")
        .calls_tool("a", "open_file", r#"{"path":"a"}"#)
        .calls_tool("b", "open_file", r#"{"path":"b"}"#)
        .finish_because("tool_calls")
}

fn open_file() -> Value {
    let parameters = json!({ "type": "object", "properties": { "path": { "type": "string" } } });
    json!({ "type": "function", "function": { "name": "open_file", "parameters": parameters } })
}

#[tokio::test]
async fn they_hear_what_history_holds() {
    let stage = Stage::with(Script::says("Grüß Gott, Ada. 👋🏽"), &[]).await;
    for client in ALL {
        for way in ["create", "helper", "read"] {
            let question = format!("Hello from {client:?}, {way}");
            let told = ask(&stage, client, way, says(&question)).await;
            if way == "read" {
                assert_eq!(
                    (&told["text"], &told["roles"], &told["finish"], &told["usage"]),
                    (&json!("Grüß Gott, Ada. 👋🏽"), &json!(["assistant"]), &json!(["stop"]), &json!(null))
                );
            } else {
                assert_eq!(choice(&told)["message"]["content"], "Grüß Gott, Ada. 👋🏽", "{client:?} {way}: {told}");
                assert_eq!(choice(&told)["finish_reason"], "stop");
                assert_eq!(told["model"], "openai:fake");
            }
            let kept = [format!("user completed: {question}"), "assistant completed: Grüß Gott, Ada. 👋🏽".to_owned()];
            assert_eq!(stage.newest_transcript().await, kept);
        }
    }
}

#[tokio::test]
async fn who_asks_for_the_usage_is_told_it_at_the_end() {
    let stage = Stage::with(Script::says("One two three."), &[]).await;
    for client in ALL {
        let mut body = says("Count.");
        let whole = ask(&stage, client, "create", body.clone()).await;
        body["stream_options"] = json!({ "include_usage": true });
        let read = ask(&stage, client, "read", body).await;
        assert_eq!(read["usage"], json!({ "prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10 }));
        assert_eq!(whole["usage"], read["usage"]);
    }
}

#[tokio::test]
async fn what_they_send_again_is_not_stored_again() {
    let stage = Stage::with(Script::says("Hello."), &[]).await;
    let system = json!({ "role": "developer", "content": "Be brief." });
    let mut messages = json!([system, { "role": "user", "content": "Hi" }]);
    let first = ask(&stage, NODE_6, "helper", json!({ "messages": messages })).await;
    messages.as_array_mut().unwrap().extend([
        choice(&first)["message"].clone(),
        json!({ "role": "user", "content": [{ "type": "text", "text": "Who are you?" }] }),
    ]);
    stage.world.provider.then(Script::says("Counsel."));
    ask(&stage, PYTHON, "helper", json!({ "messages": messages })).await;
    assert_eq!(stage.ada.sessions().await.len(), 1, "the same conversation is the same session");
    let kept = [
        "user completed: Hi",
        "assistant completed: Hello.",
        "user completed: Who are you?",
        "assistant completed: Counsel.",
    ];
    assert_eq!(stage.newest_transcript().await, kept);
    let prompt = stage.world.provider.calls()[1].body["messages"].clone();
    assert_eq!(prompt[0], json!({ "role": "system", "content": "Be brief." }));
    assert_eq!(prompt.as_array().unwrap().len(), 4, "the system prompt and all three: {prompt}");
}

#[tokio::test]
async fn two_tools_of_theirs_are_called_at_once_and_the_answer_goes_on() {
    let stage = Stage::with(Script::new(), &[]).await;
    for client in ALL {
        for way in ["create", "helper"] {
            stage.world.provider.then(two_files()).then(Script::says("Both are empty."));
            let mut messages =
                json!([{ "role": "user", "content": format!("What is in a and b? ({client:?} {way})") }]);
            let called = ask(&stage, client, way, json!({ "messages": messages, "tools": [open_file()] })).await;
            assert_eq!(choice(&called)["finish_reason"], "tool_calls");
            let message = choice(&called)["message"].clone();
            assert_eq!(message["content"], "Let me look. ");
            let calls = message["tool_calls"].as_array().unwrap().clone();
            let asked: Vec<_> = calls.iter().map(|call| call["function"]["arguments"].as_str().unwrap()).collect();
            assert_eq!(asked, [r#"{"path":"a"}"#, r#"{"path":"b"}"#], "{client:?} {way}");
            let outcome = |call: &Value| json!({ "role": "tool", "tool_call_id": call["id"], "content": "nothing" });
            messages.as_array_mut().unwrap().push(message);
            messages.as_array_mut().unwrap().extend(calls.iter().map(outcome));
            let told = ask(&stage, client, way, json!({ "messages": messages, "tools": [open_file()] })).await;
            assert_eq!(choice(&told)["message"]["content"], "Both are empty.", "only what is new");
            let kept = stage.newest_transcript().await;
            assert_eq!(kept.len(), 2, "one question, one answer");
            assert_eq!(kept[1], "assistant completed: Let me look. Both are empty.");
        }
    }
}

#[tokio::test]
async fn their_runner_of_tools_comes_to_the_end() {
    let stage = Stage::with(Script::new(), &[]).await;
    for (script, package) in [NODE_6, NODE_4] {
        stage.world.provider.then(two_files()).then(Script::says("Both hold x."));
        let tools = json!([{ "name": "open_file", "answer": "x" }]);
        let body = with_model(says(&format!("What is in a and b? ({package})")));
        let task = json!({ "package": package, "way": "runTools", "body": body, "tools": tools });
        let told = stage.run(script, &task).await;
        let called = json!([
            { "name": "open_file", "input": { "path": "a" } }, { "name": "open_file", "input": { "path": "b" } },
        ]);
        assert_eq!(told, json!({ "text": "Both hold x.", "called": called }));
        assert_eq!(stage.newest_transcript().await.len(), 2);
    }
}

/// Also one that fails, and what the model thinks before.
#[tokio::test]
async fn tools_that_run_here_are_not_theirs_to_see() {
    let stage = Stage::with(Script::new(), &[]).await;
    for client in ALL {
        for way in ["create", "helper", "read"] {
            let both = Script::new()
                .reason("Two tools.")
                .calls_tool("t", "now", "{}")
                .calls_tool("u", "search_history", "{}")
                .finish_because("tool_calls");
            stage.world.provider.then(both).then(Script::says("It is noon."));
            let told = ask(&stage, client, way, says(&format!("The time? ({client:?} {way})"))).await;
            if way == "read" {
                let (text, reasoning) = (&told["text"], &told["reasoning"]);
                assert_eq!((text, reasoning), (&json!("It is noon."), &json!("Two tools.")));
                assert_eq!(told["finish"], json!(["stop"]));
            } else {
                let message = &choice(&told)["message"];
                assert_eq!(message["content"], "It is noon.", "{client:?} {way}");
                assert!(message["tool_calls"].as_array().is_none_or(Vec::is_empty), "{message}");
                assert_eq!(choice(&told)["finish_reason"], "stop");
            }
        }
    }
}

/// These clients know no approvals: the text asks for one and says where to give it.
#[tokio::test]
async fn an_answer_that_waits_for_leave_says_so() {
    let stage = Stage::with(Script::new(), &[("TOOLS_TO_APPROVE", "now")]).await;
    for client in ALL {
        for way in ["create", "helper", "read"] {
            stage.world.provider.then(Script::new().say("Let me see.").calls_tool("t", "now", "{}").finish());
            let told = ask(&stage, client, way, says(&format!("The time? ({client:?} {way})"))).await;
            let turn = stage.open_turn().await;
            let wanted = format!(
                "Let me see.\n\nThe answer waits for your approval. Give it with {{\"approved\": true}}, or refuse it with \
                 false:\n- now: POST /turns/{turn}/approvals/t"
            );
            let (text, finish) = match way {
                "read" => (&told["text"], &told["finish"][0]),
                _ => (&choice(&told)["message"]["content"], &choice(&told)["finish_reason"]),
            };
            assert_eq!((text, finish), (&json!(wanted), &json!("stop")), "{client:?} {way}");
            stage.world.provider.then(Script::says("Noon."));
            let path = format!("/turns/{turn}/approvals/t");
            stage.ada.post(&path, json!({ "approved": true })).await.text().await.unwrap();
            let kept = stage.newest_transcript().await;
            assert_eq!(kept[1], "assistant completed: Let me see.Noon.", "{client:?} {way}");
        }
    }
}

#[tokio::test]
async fn why_an_answer_stopped_is_told() {
    let stage = Stage::with(Script::new(), &[]).await;
    for client in ALL {
        for reason in ["length", "content_filter"] {
            stage.world.provider.then(Script::new().say("I can").finish_because(reason));
            let read = ask(&stage, client, "read", says("Go on.")).await;
            assert_eq!((&read["text"], &read["finish"]), (&json!("I can"), &json!([reason])), "{client:?}");
            stage.world.provider.then(Script::new().say("I can").finish_because(reason));
            let whole = ask(&stage, client, "create", says("Go on.")).await;
            assert_eq!(choice(&whole)["finish_reason"], reason, "{client:?}: {whole}");
            assert_eq!(choice(&whole)["message"]["content"], "I can");
        }
    }
}

#[tokio::test]
async fn an_error_of_the_provider_is_an_error_of_theirs_and_asked_once() {
    for (client, thrown) in [(NODE_6, "APIError"), (NODE_4, "APIError"), (PYTHON, "APIError")] {
        let stage = Stage::with(Script::fails(400), &[]).await;
        let before = ask(&stage, client, "read", says("Hi")).await;
        assert_eq!((&before["thrown"], &before["code"]), (&json!(thrown), &json!("model_refused")), "{before}");
        assert!(!before.to_string().contains("req_secret"), "{before}");
        stage.world.provider.then(Script::new().say("Hello").resets());
        let after = ask(&stage, client, "helper", says("Hi")).await;
        assert_eq!(after["thrown"], thrown, "{client:?}: {after}");

        let asked = stage.world.provider.calls().len();
        let (script, package) = client;
        let task = json!({ "package": package, "way": "create", "body": with_model(says("Hi")), "retries": 2 });
        let whole = stage.run(script, &task).await;
        assert_eq!((&whole["status"], &whole["code"]), (&json!(502), &json!("answer_failed")), "{whole}");
        assert_eq!(stage.world.provider.calls().len(), asked + 1, "their SDK does not ask again");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_as_they_know_it() {
    let stage = Stage::with(Script::says("Never."), &[]).await;
    let hi = || says("Hi");
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let audio = json!([{ "role": "user", "content": [{ "type": "input_audio", "input_audio": {} }] }]);
    let http = json!({ "type": "image_url", "image_url": { "url": "http://169.254.169.254/" } });
    let (mut refused, mut parts) = (Vec::new(), Vec::new());
    for (body, part) in [
        (json!({ "messages": [] }), "last message"),
        (json!({ "messages": [{ "role": "narrator", "content": "Hi" }] }), "expected one of"),
        (json!({ "messages": audio }), "expected one of"),
        (json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hi" }, http] }] }), "https"),
        (with(hi(), "n", json!(2)), "n is 1"),
        (with(hi(), "tool_choice", json!("required")), "tool_choice"),
        (with(hi(), "response_format", json!({ "type": "json_object" })), "text"),
        (with(hi(), "functions", json!([])), "tools"),
    ] {
        refused.push(with_model(body));
        parts.push(part);
    }
    let told = stage.run(PYTHON.0, &json!({ "way": "create", "bodies": refused })).await;
    for (told, part) in told.as_array().unwrap().iter().zip(parts) {
        assert_eq!((&told["thrown"], &told["status"]), (&json!("BadRequestError"), &json!(400)), "{told}");
        assert!(told["message"].as_str().is_some_and(|why| why.contains(part)), "{part}: {told}");
    }
    for (script, package) in ALL {
        let body = json!({ "model": "gpt-99", "messages": [{ "role": "user", "content": "Hi" }] });
        let told = stage.run(script, &json!({ "package": package, "way": "create", "body": body })).await;
        assert_eq!((&told["status"], &told["code"]), (&json!(404), &json!("model_not_found")), "{told}");
        assert_eq!(told["thrown"], "NotFoundError");
        assert!(told["request"].is_string(), "{told}");
    }
    assert!(stage.world.provider.calls().is_empty());
}

#[tokio::test]
async fn a_cancelled_answer_is_an_error_of_theirs() {
    let stage = Stage::with(Script::new().say("Hel").stalls(), &[]).await;
    for client in ALL {
        let cancelled = meanwhile(ask(&stage, client, "helper", says("Hi")), async {
            is_being_answered(&stage).await;
            stage.ada.cancel(&stage.open_turn().await).await;
        });
        let told = cancelled.await;
        assert_eq!((&told["thrown"], &told["code"]), (&json!("APIError"), &json!("answer_cancelled")), "{told}");
    }
}

#[tokio::test]
async fn an_interrupted_answer_is_an_error_of_theirs() {
    for client in ALL {
        let stage = Stage::with(Script::new().say("Hel").stalls(), &[]).await;
        let interrupted = meanwhile(ask(&stage, client, "helper", says("Hi")), async {
            is_being_answered(&stage).await;
            stage.server.process.terminate();
        });
        let told = interrupted.await;
        assert_eq!((&told["thrown"], &told["code"]), (&json!("APIError"), &json!("answer_interrupted")), "{told}");
    }
}

#[tokio::test]
async fn one_key_is_one_answer() {
    let stage = Stage::with(Script::says("Once."), &[]).await;
    for (script, package) in ALL {
        let asked = stage.world.provider.calls().len();
        let task = |question: &str| {
            let headers = json!({ "Idempotency-Key": format!("{script} {package}") });
            json!({ "package": package, "way": "helper", "body": with_model(says(question)), "headers": headers })
        };
        for _ in 0..2 {
            let told = stage.run(script, &task("Hi")).await;
            assert_eq!(choice(&told)["message"]["content"], "Once.");
        }
        assert_eq!(stage.world.provider.calls().len(), asked + 1);
        let other = stage.run(script, &task("Another")).await;
        assert_eq!((&other["status"], &other["code"]), (&json!(400), &json!("idempotency_key_reused")), "{other}");
    }
}

/// Names as systems had them that this one replaces, and of models with slashes and colons.
#[tokio::test]
async fn they_list_models_and_find_each_by_its_name() {
    let offers = r#"[{"model":"openai:org/fake:1","aliases":["gpt-4o"]},{"model":"scripted"}]"#;
    let stage = Stage::with(Script::says("Hi."), &[("MODELS", offers), ("DEFAULT_MODEL", "scripted")]).await;
    for (script, package) in ALL {
        for name in ["openai:org/fake:1", "gpt-4o"] {
            let told = stage.run(script, &json!({ "package": package, "way": "models", "model": name })).await;
            let model = |name: &str, by: &str| json!({ "id": name, "object": "model", "created": 0, "owned_by": by });
            let (first, alias) = (model("openai:org/fake:1", "openai"), model("gpt-4o", "openai"));
            assert_eq!(told["list"], json!([first, alias, model("scripted", "scripted")]));
            assert_eq!(told["one"], model(name, "openai"), "{script} {package}");
        }
    }
    let body = json!({ "model": "gpt-4o", "messages": says("Hi")["messages"] });
    let told = stage.run(PYTHON.0, &json!({ "way": "create", "body": body })).await;
    assert_eq!(told["model"], "openai:org/fake:1");
}

#[tokio::test]
async fn a_reply_that_breaks_200_times_is_the_stored_answer_in_version_6() {
    every_answer_comes_whole_through_a_proxy_that_cuts(NODE_6.0, NODE_6.1).await;
}

#[tokio::test]
async fn a_reply_that_breaks_200_times_is_the_stored_answer_in_version_4() {
    every_answer_comes_whole_through_a_proxy_that_cuts(NODE_4.0, NODE_4.1).await;
}

#[tokio::test]
async fn a_reply_that_breaks_200_times_is_the_stored_answer_in_python() {
    every_answer_comes_whole_through_a_proxy_that_cuts(PYTHON.0, PYTHON.1).await;
}

/// For clients that read the wire itself: the dialect is also one of `POST /consult`.
#[tokio::test]
async fn their_dialect_is_spoken_everywhere() {
    let world = World::with(Script::says("Hi.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let request = ada.request(Method::POST, "/consult?dialect=completions").json(&json!({ "text": "Hello" }));
    let told = request.send().await.unwrap().text().await.unwrap();
    assert!(told.contains(r#""object":"chat.completion.chunk""#) && told.ends_with("data: [DONE]\n\n"), "{told}");
}
