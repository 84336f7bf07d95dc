//! Anthropic's SDKs at `POST /v1/messages`.

use serde_json::{Value, json};
use shared::testing::{Script, World};

use crate::cited;
use crate::client::run;
use crate::sdk::{Stage, every_answer_comes_whole_through_a_proxy_that_cuts, is_being_answered, meanwhile};

const NODE: &str = "anthropic.mjs";
const PYTHON: &str = "anthropic_client.py";
const ALL: [&str; 2] = [NODE, PYTHON];

/// Asked in one of the client's ways: whole (`create`), or by the accumulator of its `stream`, or of its `beta`'s.
async fn ask(stage: &Stage, sdk: &str, way: &str, body: Value) -> Value {
    stage.run(sdk, &json!({ "way": way, "body": with_model(body), "headers": {} })).await
}

fn with_model(mut body: Value) -> Value {
    body["model"] = json!("openai:fake");
    body["max_tokens"] = json!(100);
    body
}

fn says(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": text }] })
}

fn text(message: &Value) -> String {
    let blocks = message["content"].as_array().unwrap_or_else(|| panic!("no message: {message}")).iter();
    blocks.filter_map(|block| block["text"].as_str()).collect()
}

fn blocks<'a>(message: &'a Value, kind: &str) -> Vec<&'a Value> {
    message["content"].as_array().unwrap().iter().filter(|block| block["type"] == kind).collect()
}

fn open_file() -> Value {
    json!({ "name": "open_file", "description": "", "input_schema": { "type": "object" } })
}

#[tokio::test]
async fn they_hear_what_history_holds_streamed_and_whole() {
    let answer = format!("Grüß Gott, Ada. 👋🏽 {}", "And more. ".repeat(100));
    let answer = answer.trim_end();
    let stage = Stage::with(Script::says(answer), &[]).await;
    for sdk in ALL {
        for way in ["create", "stream", "beta"] {
            let question = format!("Hello from {sdk}, {way}");
            let message = ask(&stage, sdk, way, says(&question)).await;
            assert_eq!(text(&message), answer);
            assert_eq!(message["stop_reason"], "end_turn");
            assert_eq!(message["usage"]["input_tokens"], 7, "{sdk} {way}: {}", message["usage"]);
            assert_eq!(message["usage"]["output_tokens"], answer.split_inclusive(' ').count());
            let kept = [format!("user completed: {question}"), format!("assistant completed: {answer}")];
            assert_eq!(stage.newest_transcript().await, kept);
        }
    }
}

#[tokio::test]
async fn what_the_model_thinks_is_a_block_of_its_own() {
    let stage = Stage::with(Script::new().reason("She greets. ").say("Hello.").finish(), &[]).await;
    for sdk in ALL {
        for way in ["create", "stream", "beta"] {
            let mut messages = json!([{ "role": "user", "content": format!("Hi ({sdk} {way})") }]);
            let message = ask(&stage, sdk, way, json!({ "messages": messages })).await;
            let thought = json!({ "type": "thinking", "thinking": "She greets. ", "signature": "" });
            assert_eq!(message["content"][0], thought, "{sdk} {way}: {message}");
            assert_eq!(text(&message), "Hello.");
            let again = [
                json!({ "role": "assistant", "content": message["content"] }),
                json!({ "role": "user", "content": "More" }),
            ];
            messages.as_array_mut().unwrap().extend(again);
            ask(&stage, sdk, way, json!({ "messages": messages })).await;
            assert_eq!(stage.newest_transcript().await.len(), 4, "{sdk} {way}: the same session");
        }
    }
}

#[tokio::test]
async fn what_they_send_again_is_not_stored_again() {
    let stage = Stage::with(Script::says("Hello."), &[]).await;
    let mut messages = json!([{ "role": "user", "content": "Hi" }]);
    let first = ask(&stage, NODE, "stream", json!({ "messages": messages })).await;
    messages.as_array_mut().unwrap().extend([
        json!({ "role": "assistant", "content": first["content"] }),
        json!({ "role": "user", "content": "Who are you?" }),
    ]);
    stage.world.provider.then(Script::says("Counsel."));
    ask(&stage, PYTHON, "stream", json!({ "messages": messages })).await;
    assert_eq!(stage.ada.sessions().await.len(), 1, "the same conversation is the same session");
    let kept = [
        "user completed: Hi",
        "assistant completed: Hello.",
        "user completed: Who are you?",
        "assistant completed: Counsel.",
    ];
    assert_eq!(stage.newest_transcript().await, kept);
    let prompt = stage.world.provider.calls()[1].body["messages"].clone();
    assert_eq!(prompt.as_array().unwrap().len(), 4, "the system prompt and all three: {prompt}");
}

/// Their accumulators read the input of such a call, and keep what came of it; sent again, it is history.
#[tokio::test]
async fn tools_that_run_here_are_seen_and_not_asked_for() {
    let stage = Stage::with(Script::new(), &[]).await;
    for sdk in ALL {
        for way in ["create", "stream", "beta"] {
            let both = Script::new()
                .calls_tool("t", "search_history", r#"{"query":"noon"}"#)
                .calls_tool("u", "now", r#"{"planet":"Mars"}"#)
                .finish_because("tool_calls");
            stage.world.provider.then(both).then(Script::says("It is noon."));
            let mut messages = json!([{ "role": "user", "content": format!("The time? ({sdk} {way})") }]);
            let message = ask(&stage, sdk, way, json!({ "messages": messages })).await;
            assert_eq!((text(&message).as_str(), &message["stop_reason"]), ("It is noon.", &json!("end_turn")));
            let calls = blocks(&message, "mcp_tool_use");
            for (call, input, is_error) in
                [(calls[0], json!({ "query": "noon" }), false), (calls[1], json!({ "planet": "Mars" }), true)]
            {
                assert_eq!(call["input"], input, "{sdk} {way}");
                let results = blocks(&message, "mcp_tool_result");
                let result = results.iter().find(|result| result["tool_use_id"] == call["id"]).unwrap();
                assert_eq!(result["is_error"], is_error, "{sdk} {way}");
            }
            stage.world.provider.then(Script::says("Half past."));
            messages.as_array_mut().unwrap().extend([
                json!({ "role": "assistant", "content": message["content"] }),
                json!({ "role": "user", "content": "And now?" }),
            ]);
            let more = ask(&stage, sdk, way, json!({ "messages": messages })).await;
            assert_eq!(text(&more), "Half past.");
            assert_eq!(stage.newest_transcript().await.len(), 4, "{sdk} {way}: the same session");
        }
    }
}

/// One of ours runs beside them.
#[tokio::test]
async fn two_tools_of_theirs_are_called_at_once_and_the_answer_goes_on() {
    let stage = Stage::with(Script::new(), &[]).await;
    for sdk in ALL {
        for way in ["create", "stream", "beta"] {
            let calls = Script::new()
                .say("Let me look. ")
                .calls_tool("a", "open_file", r#"{"path":"a"}"#)
                .calls_tool("t", "now", "{}")
                .calls_tool("b", "open_file", r#"{"path":"b"}"#)
                .finish_because("tool_calls");
            stage.world.provider.then(calls).then(Script::says("Both are empty."));
            let mut messages = json!([{ "role": "user", "content": format!("What is in a and b? ({sdk} {way})") }]);
            let called = ask(&stage, sdk, way, json!({ "messages": messages, "tools": [open_file()] })).await;
            assert_eq!(called["stop_reason"], "tool_use");
            let uses = blocks(&called, "tool_use");
            assert_eq!(uses.iter().map(|call| &call["input"]["path"]).collect::<Vec<_>>(), ["a", "b"], "{sdk} {way}");
            let outcome = |call: &&Value| json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "x" });
            let mut content: Vec<Value> = uses.iter().map(outcome).collect();
            content.push(json!({ "type": "text", "text": "Be brief." }));
            messages.as_array_mut().unwrap().extend([
                json!({ "role": "assistant", "content": called["content"] }),
                json!({ "role": "user", "content": content }),
            ]);
            let told = ask(&stage, sdk, way, json!({ "messages": messages, "tools": [open_file()] })).await;
            assert_eq!(text(&told), "Both are empty.", "only what is new");
            assert_eq!(stage.newest_transcript().await.len(), 2, "one question, one answer");
            let prompt = stage.world.provider.calls().last().unwrap().body.to_string();
            assert!(prompt.contains("The user says: Be brief."), "nothing is lost: {prompt}");
        }
    }
}

/// What their documentation says of `pause_turn`: send it all again, with what was said so far.
#[tokio::test]
async fn who_asks_again_after_a_pause_hears_what_came_of_it() {
    let stage = Stage::with(Script::new(), &[("TOOLS_TO_APPROVE", "now")]).await;
    for sdk in ALL {
        for approved in [true, false] {
            let calls = Script::new().say("Let me see. ").calls_tool("t", "now", "{}").finish_because("tool_calls");
            stage.world.provider.then(calls).then(Script::says("That is all."));
            let asked = stage.world.provider.calls().len();
            let mut messages = json!([{ "role": "user", "content": format!("The time? ({sdk} {approved})") }]);
            let paused = ask(&stage, sdk, "stream", json!({ "messages": messages })).await;
            assert_eq!((text(&paused).as_str(), &paused["stop_reason"]), ("Let me see. ", &json!("pause_turn")));
            messages.as_array_mut().unwrap().push(json!({ "role": "assistant", "content": paused["content"] }));
            let turn = stage.open_turn().await;
            let told = meanwhile(ask(&stage, sdk, "stream", json!({ "messages": messages })), async {
                let path = format!("/turns/{turn}/approvals/t");
                stage.ada.post(&path, json!({ "approved": approved })).await;
            });
            let told = told.await;
            assert_eq!((text(&told).as_str(), &told["stop_reason"]), ("That is all.", &json!("end_turn")));
            assert_eq!(blocks(&told, "mcp_tool_result")[0]["is_error"], !approved);
            let kept = stage.newest_transcript().await;
            assert_eq!(kept.len(), 2, "the same turn: {kept:?}");
            assert_eq!(kept[1], "assistant completed: Let me see. That is all.");
            assert_eq!(stage.world.provider.calls().len(), asked + 2);
        }
    }
}

#[tokio::test]
async fn why_an_answer_stopped_is_told() {
    let stage = Stage::with(Script::new(), &[]).await;
    for sdk in ALL {
        for way in ["create", "stream"] {
            for (reason, told) in [("length", "max_tokens"), ("content_filter", "refusal")] {
                stage.world.provider.then(Script::new().say("I can").finish_because(reason));
                let message = ask(&stage, sdk, way, says("Go on.")).await;
                assert_eq!((text(&message).as_str(), &message["stop_reason"]), ("I can", &json!(told)), "{sdk} {way}");
            }
        }
    }
}

#[tokio::test]
async fn sources_are_told_and_the_sequence_at_which_an_answer_stopped() {
    let world = World::with(Script::new()).await;
    let stop = json!({ "stop_reason": "stop_sequence", "stop_sequence": "END" });
    let (server, _provider) = cited::start_and_stop(&world, stop).await;
    let ada = server.actor("ada").await;
    for sdk in ALL {
        for way in ["create", "stream", "beta"] {
            let question = json!([{ "role": "user", "content": format!("The weather? ({sdk} {way})") }]);
            let mut body = json!({ "model": "anthropic:fake", "max_tokens": 100, "stop_sequences": ["END"] });
            body["messages"] = question.clone();
            let task = json!({ "way": way, "body": body, "headers": {} });
            let message = run(sdk, &server.url, &ada, &task).await;
            assert_eq!(text(&message), cited::TEXT, "{sdk} {way}");
            let citation = &message["content"][0]["citations"][0];
            assert_eq!((&citation["url"], &citation["title"]), (&json!(cited::URL), &json!(cited::TITLE)));
            assert_eq!((&message["stop_reason"], &message["stop_sequence"]), (&json!("stop_sequence"), &json!("END")));
            let said = json!({ "role": "assistant", "content": message["content"] });
            body["messages"] = json!([question[0], said, { "role": "user", "content": "And tomorrow?" }]);
            run(sdk, &server.url, &ada, &json!({ "way": way, "body": body, "headers": {} })).await;
            let kept = ada.transcript(&ada.sessions().await[0]).await;
            assert_eq!(kept.len(), 4, "{sdk} {way}: the same session");
        }
    }
}

#[tokio::test]
async fn an_error_of_the_provider_is_an_error_of_theirs_and_asked_once() {
    for sdk in ALL {
        let stage = Stage::with(Script::fails(400), &[]).await;
        let before = ask(&stage, sdk, "stream", says("Hi")).await;
        assert_eq!(before["type"], "api_error", "{before}");
        assert!(!before.to_string().contains("req_secret"), "{before}");
        stage.world.provider.then(Script::new().say("Hello").resets());
        let after = ask(&stage, sdk, "stream", says("Hi")).await;
        assert!(after["thrown"].is_string(), "{after}");

        let asked = stage.world.provider.calls().len();
        let task = json!({ "way": "create", "body": with_model(says("Hi")), "retries": 2 });
        let whole = stage.run(sdk, &task).await;
        assert_eq!((&whole["status"], &whole["thrown"]), (&json!(502), &json!("InternalServerError")), "{whole}");
        assert!(whole["request"].is_string(), "{whole}");
        assert_eq!(stage.world.provider.calls().len(), asked + 1, "their SDK does not ask again");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_as_they_know_it() {
    let stage = Stage::with(Script::says("Never."), &[]).await;
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let bodies = [
        json!({ "messages": [] }),
        json!({ "messages": [{ "role": "narrator", "content": "Hi" }] }),
        json!({ "messages": [{ "role": "user", "content": " " }] }),
        with(says("Hi"), "tool_choice", json!({ "type": "any" })),
        with(says("Hi"), "tools", json!([{ "name": "bash", "type": "bash_20250124" }])),
    ];
    let bodies = bodies.map(with_model);
    for sdk in ALL {
        let told = stage.run(sdk, &json!({ "way": "create", "bodies": bodies })).await;
        for (told, body) in told.as_array().unwrap().iter().zip(&bodies) {
            assert_eq!((&told["thrown"], &told["status"]), (&json!("BadRequestError"), &json!(400)), "{body}: {told}");
            assert_eq!(told["type"], "invalid_request_error", "{told}");
        }
    }
    for sdk in ALL {
        let mut body = with_model(says("Hi"));
        body["model"] = json!("claude-99");
        let told = stage.run(sdk, &json!({ "way": "create", "body": body })).await;
        assert_eq!((&told["thrown"], &told["type"]), (&json!("NotFoundError"), &json!("not_found_error")), "{told}");
    }
    assert!(stage.world.provider.calls().is_empty());
}

#[tokio::test]
async fn an_answer_that_was_stopped_is_an_error_of_theirs() {
    for sdk in ALL {
        let stage = Stage::with(Script::new().say("Hel").stalls(), &[]).await;
        let cancelled = meanwhile(ask(&stage, sdk, "stream", says("Hi")), async {
            is_being_answered(&stage).await;
            stage.ada.cancel(&stage.open_turn().await).await;
        });
        let told = cancelled.await;
        assert!(told.to_string().contains("was cancelled"), "{told}");
        let interrupted = meanwhile(ask(&stage, sdk, "stream", says("Hi")), async {
            is_being_answered(&stage).await;
            stage.server.process.terminate();
        });
        let told = interrupted.await;
        assert!(told["thrown"].is_string() && told.to_string().contains("was interrupted"), "{told}");
    }
}

#[tokio::test]
async fn one_key_is_one_answer() {
    let stage = Stage::with(Script::says("Once."), &[]).await;
    for sdk in ALL {
        let asked = stage.world.provider.calls().len();
        let task = json!({ "way": "stream", "body": with_model(says("Hi")), "headers": { "Idempotency-Key": sdk } });
        for _ in 0..2 {
            assert_eq!(text(&stage.run(sdk, &task).await), "Once.");
        }
        assert_eq!(stage.world.provider.calls().len(), asked + 1);
    }
}

#[tokio::test]
async fn they_count_before_they_ask() {
    let stage = Stage::with(Script::new(), &[]).await;
    for sdk in ALL {
        let count = async |text: &str, tools: Value| {
            let mut body = json!({ "model": "openai:fake", "messages": says(text)["messages"] });
            body["tools"] = tools;
            stage.run(sdk, &json!({ "way": "count", "body": body })).await["input_tokens"].as_u64().unwrap()
        };
        let short = count("Hi", json!([])).await;
        assert!(count("A longer question than that.", json!([])).await > short);
        assert!(count("Hi", json!([open_file()])).await > short);
        let empty =
            stage.run(sdk, &json!({ "way": "count", "body": { "model": "openai:fake", "messages": [] } })).await;
        assert_eq!(empty["status"], 400, "{empty}");
    }
    assert!(stage.world.provider.calls().is_empty());
}

#[tokio::test]
async fn they_list_models_and_find_each_by_its_name() {
    let offers = r#"[{"model":"openai:org/fake:1","label":"Fake","aliases":["claude-x"]}]"#;
    let stage = Stage::with(Script::new(), &[("MODELS", offers), ("DEFAULT_MODEL", "openai:org/fake:1")]).await;
    for sdk in ALL {
        for name in ["openai:org/fake:1", "claude-x"] {
            let told = stage.run(sdk, &json!({ "way": "models", "model": name })).await;
            let one = &told["one"];
            assert_eq!(
                (&one["id"], &one["display_name"], &one["type"]),
                (&json!(name), &json!("Fake"), &json!("model"))
            );
            let ids: Vec<_> = told["list"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
            assert_eq!(ids, ["openai:org/fake:1", "claude-x"], "{sdk}");
        }
    }
}

#[tokio::test]
async fn a_reply_that_breaks_200_times_is_the_stored_answer_in_node() {
    every_answer_comes_whole_through_a_proxy_that_cuts(NODE, "").await;
}

#[tokio::test]
async fn a_reply_that_breaks_200_times_is_the_stored_answer_in_python() {
    every_answer_comes_whole_through_a_proxy_that_cuts(PYTHON, "").await;
}
