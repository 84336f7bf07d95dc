//! `OpenAI`'s SDKs at `/v1/responses`.

use std::time::Duration;

use serde_json::{Value, json};
use shared::testing::{Actor, CutProxy, Script, Server, World};

use crate::client::run;

const ANSWER: &str = "Grüß Gott, Ada. 👋🏽 How are you?";

/// Which client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sdk {
    Node(&'static str),
    Python,
}

pub(crate) const SDKS: [Sdk; 3] = [Sdk::Node("openai"), Sdk::Node("openai-4"), Sdk::Python];

impl Sdk {
    pub(crate) async fn call(self, url: &str, user: &Actor, call: &str, mut task: Value) -> Value {
        task["call"] = call.into();
        match self {
            Self::Node(sdk) => {
                task["sdk"] = sdk.into();
                run("responses.mjs", url, user, &task).await
            }
            Self::Python => run("responses_client.py", url, user, &task).await,
        }
    }

    /// Asks: as a stream that the client accumulates, or whole.
    pub(crate) async fn ask(self, server: &Server, user: &Actor, streamed: bool, body: &Value) -> Value {
        let call = if streamed { "stream" } else { "create" };
        self.call(&server.url, user, call, json!({ "body": body })).await["response"].clone()
    }
}

pub(crate) fn body(input: impl Into<Value>) -> Value {
    json!({ "model": "openai:fake", "input": input.into() })
}

pub(crate) fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// All that the messages of a response say.
pub(crate) fn text(response: &Value) -> String {
    let items = response["output"].as_array().expect("output").iter();
    let parts = items.filter(|item| item["type"] == "message").flat_map(|item| item["content"].as_array().unwrap());
    parts.filter_map(|part| part["text"].as_str()).collect()
}

fn said(events: &Value) -> String {
    let events = events.as_array().expect("events").iter();
    events
        .filter(|event| event["type"] == "response.output_text.delta")
        .filter_map(|event| event["delta"].as_str())
        .collect()
}

pub(crate) fn kinds(response: &Value) -> Vec<&str> {
    response["output"].as_array().expect("output").iter().map(|item| item["type"].as_str().unwrap()).collect()
}

pub(crate) fn turn(response: &Value) -> String {
    let id = response["id"].as_str().expect("an id").trim_start_matches("resp_");
    id.split('_').next().unwrap().to_owned()
}

/// The output as it came: the clients add what they have made of it.
pub(crate) fn output(response: &Value) -> Value {
    fn bare(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let own = fields.iter().filter(|(name, _)| !name.starts_with("parsed"));
                own.map(|(name, value)| (name.clone(), bare(value))).collect()
            }
            Value::Array(items) => items.iter().map(bare).collect(),
            value => value.clone(),
        }
    }
    bare(&response["output"])
}

pub(crate) async fn newest_session(ada: &Actor) -> String {
    ada.sessions().await.first().expect("a session").clone()
}

#[tokio::test]
async fn they_hear_what_history_holds_streamed_and_whole() {
    let world = World::with(Script::says(ANSWER)).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        for streamed in [true, false] {
            let question = format!("Hello from {sdk:?}, {streamed}");
            let asked = with(body(question.as_str()), &json!({ "metadata": { "about": "greetings" } }));
            let response = sdk.ask(&server, &ada, streamed, &asked).await;
            assert_eq!((text(&response).as_str(), &response["status"]), (ANSWER, &json!("completed")), "{sdk:?}");
            assert_eq!(response["metadata"], json!({ "about": "greetings" }));
            let kept = [format!("user completed: {question}"), format!("assistant completed: {ANSWER}")];
            assert_eq!(ada.transcript(&newest_session(&ada).await).await, kept);
            let again = sdk.call(&server.url, &ada, "retrieve", json!({ "id": response["id"] })).await;
            assert_eq!(output(&again["response"]), output(&response), "{sdk:?}");
        }
    }
}

#[tokio::test]
async fn a_conversation_goes_on_after_a_response_or_as_it_is_told_again_and_stays_one_session() {
    let world = World::with(Script::says("Counsel.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let first = sdk.ask(&server, &ada, true, &body(format!("Hi from {sdk:?}"))).await;
        let next = json!({ "previous_response_id": first["id"], "instructions": "Be brief." });
        let second = sdk.ask(&server, &ada, false, &with(body("Who are you?"), &next)).await;
        let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
        assert_eq!(prompt.as_array().unwrap().len(), 4, "the system prompt and all three: {prompt}");
        assert_eq!(prompt[0]["content"], "Be brief.");
        let again = with(body("And now?"), &json!({ "previous_response_id": first["id"] }));
        let refused = sdk.call(&server.url, &ada, "refused", json!({ "body": again })).await;
        assert_eq!((&refused["status"], &refused["param"]), (&json!(400), &json!("previous_response_id")), "{sdk:?}");
        let session = newest_session(&ada).await;
        assert_eq!(ada.history(&session).await.len(), 4, "{sdk:?}");
        assert_eq!(second["conversation"]["id"], format!("conv_{session}"));

        let question = format!("Hi again from {sdk:?}");
        let first = sdk.ask(&server, &ada, true, &body(question.as_str())).await;
        let mut items = vec![json!({ "role": "user", "content": question })];
        items.extend(first["output"].as_array().unwrap().clone());
        items.push(json!({ "role": "user", "content": [{ "type": "input_text", "text": "Who are you?" }] }));
        sdk.ask(&server, &ada, true, &body(items)).await;
        let session = newest_session(&ada).await;
        let kept = [
            format!("user completed: {question}"),
            "assistant completed: Counsel.".to_owned(),
            "user completed: Who are you?".to_owned(),
            "assistant completed: Counsel.".to_owned(),
        ];
        assert_eq!(ada.transcript(&session).await, kept, "{sdk:?}");
    }
}

pub(crate) fn opens_a_file() -> Script {
    Script::new().say("Let me look. ").calls_tool("c1", "open_file", "{\"path\":\"a\"}").finish_because("tool_calls")
}

#[tokio::test]
async fn a_function_of_the_clients_is_called_and_the_answer_goes_on_however_it_comes_back() {
    let world = World::with(Script::says("It is empty.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let tool = json!({ "type": "function", "name": "open_file", "parameters": { "type": "object" }, "strict": false });
    for sdk in SDKS {
        for told in [true, false] {
            world.provider.then(opens_a_file());
            let question = format!("What is in a? ({sdk:?} {told})");
            let asked = with(body(question.as_str()), &json!({ "tools": [tool] }));
            let called = sdk.ask(&server, &ada, told, &asked).await;
            assert_eq!(kinds(&called), ["message", "function_call"], "{sdk:?}");
            let call = &called["output"][1];
            assert_eq!((&call["name"], &call["arguments"]), (&json!("open_file"), &json!("{\"path\":\"a\"}")));
            let outcome = json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "nothing" });
            let more = if told {
                let mut items = vec![json!({ "role": "user", "content": question })];
                items.extend(called["output"].as_array().unwrap().clone());
                items.push(outcome);
                json!({ "input": items, "tools": [tool] })
            } else {
                json!({ "input": [outcome], "previous_response_id": called["id"], "tools": [tool] })
            };
            let answer = sdk.ask(&server, &ada, true, &with(body(""), &more)).await;
            assert_eq!((text(&answer).as_str(), kinds(&answer)), ("It is empty.", vec!["message"]), "{sdk:?}");
            assert_ne!(answer["id"], called["id"], "another response of the same turn");
            assert_eq!(turn(&answer), turn(&called));
            assert_eq!(ada.history(&newest_session(&ada).await).await.len(), 2, "one question, one answer");
            for response in [&called, &answer] {
                let again = sdk.call(&server.url, &ada, "retrieve", json!({ "id": response["id"] })).await;
                assert_eq!(output(&again["response"]), output(response), "{sdk:?}: what came later changes nothing");
            }
        }
    }
}

#[tokio::test]
async fn what_was_thought_and_what_ran_here_are_items_of_their_own() {
    let world = World::with(Script::says("No such tools.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let calls = Script::new().reason("Two at once.").calls_tool("c1", "now", "{}").calls_tool("c2", "dig", "{}");
        world.provider.then(calls.finish_because("tool_calls"));
        let response = sdk.ask(&server, &ada, true, &body("What time is it?")).await;
        assert_eq!(kinds(&response), ["reasoning", "mcp_call", "mcp_call", "message"], "{sdk:?}");
        let output = &response["output"];
        assert_eq!(output[0]["summary"][0]["text"], "Two at once.");
        assert!(output[1]["output"].is_string() && output[1]["error"].is_null(), "{response}");
        assert!(output[2]["output"].is_null() && output[2]["error"].is_string(), "{response}");
        assert_eq!(text(&response), "No such tools.");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_once_in_the_response_and_a_refusal_of_ours_as_an_error() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        for (script, last, status, heard) in [
            (Script::fails(400), "response.failed", "failed", ""),
            (Script::new().say("Half an ").step(shared::testing::Step::Reset), "response.failed", "failed", "Half an "),
            (
                Script::new().say("I cannot.").finish_because("content_filter"),
                "response.incomplete",
                "incomplete",
                "I cannot.",
            ),
            (Script::new().say("So").finish_because("length"), "response.incomplete", "incomplete", "So"),
        ] {
            world.provider.then(script);
            let told = sdk.call(&server.url, &ada, "raw", json!({ "body": body("Hi") })).await["events"].clone();
            let events = told.as_array().unwrap();
            let lasts = ["response.completed", "response.incomplete", "response.failed", "error"];
            let is_last = |event: &&Value| lasts.contains(&event["type"].as_str().unwrap());
            assert_eq!(events.iter().filter(is_last).count(), 1, "{sdk:?} {told}");
            let end = events.last().unwrap();
            assert_eq!((&end["type"], &end["response"]["status"]), (&json!(last), &json!(status)), "{sdk:?}");
            assert_eq!((said(&told).as_str(), text(&end["response"]).as_str()), (heard, heard), "{sdk:?}");
            assert_eq!(end["response"]["error"].is_object(), status == "failed");
        }
        let unknown = with(body("Hi"), &json!({ "tools": [{ "type": "image_generation" }] }));
        let refused = sdk.call(&server.url, &ada, "refused", json!({ "body": unknown })).await;
        assert_eq!((&refused["status"], &refused["param"]), (&json!(400), &json!("tools")), "{sdk:?}: {refused}");
    }
    assert_eq!(world.provider.calls().len(), 3 * 4, "nobody has asked twice");
}

#[tokio::test]
async fn a_response_is_cancelled_and_keeps_what_was_said() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(Script::new().say("Half an ").stalls());
        let background = with(body("Hi"), &json!({ "background": true }));
        let begun = sdk.call(&server.url, &ada, "create", json!({ "body": background })).await["response"].clone();
        assert_eq!(begun["status"], "in_progress", "{sdk:?}");
        ada.logged(&turn(&begun), "Half an").await;
        let cancelled = sdk.call(&server.url, &ada, "cancel", json!({ "id": begun["id"] })).await["response"].clone();
        assert_eq!((&cancelled["status"], text(&cancelled).as_str()), (&json!("cancelled"), "Half an "), "{sdk:?}");
        let told = sdk.call(&server.url, &ada, "resume", json!({ "id": begun["id"], "after": 0 })).await;
        assert_eq!(said(&told["events"]), "Half an ");
        assert_eq!(told["events"].as_array().unwrap().last().unwrap()["type"], "response.incomplete");
    }
}

#[tokio::test]
async fn whoever_comes_back_in_the_middle_hears_the_rest_to_the_character() {
    let world = World::with(Script::says(ANSWER)).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let told = sdk.call(&server.url, &ada, "raw", json!({ "body": body("Hi") })).await["events"].clone();
        let events = told.as_array().unwrap();
        let deltas = events.iter().filter(|event| event["type"] == "response.output_text.delta");
        let first = deltas.clone().next().unwrap();
        let resumed = json!({ "id": events[0]["response"]["id"], "after": first["sequence_number"] });
        let rest = sdk.call(&server.url, &ada, "resume", resumed).await["events"].clone();
        assert_eq!(format!("{}{}", first["delta"].as_str().unwrap(), said(&rest)), ANSWER, "{sdk:?}");
        assert!(deltas.count() > 1 && rest[0]["type"] == "response.output_text.delta", "{sdk:?}: {rest}");
        assert_eq!(rest.as_array().unwrap().last(), events.last(), "{sdk:?}: the same end");
    }
}

#[tokio::test]
async fn two_hundred_cuts_cost_no_character() {
    let text = (0..60).map(|n| format!("Wörd {n} 👋🏽 ")).collect::<Vec<_>>().concat();
    let world = World::with(Script::says(&text)).await;
    let server = world.start().await;
    let mut asked = 0;
    for (seed, sdk) in (7..).zip(SDKS) {
        let proxy = CutProxy::start(&server.url, 1_000, 9_000, seed).await;
        let user = server.actor(&format!("user-{seed}")).await;
        let task = json!({ "body": body(format!("Hi from {sdk:?}")), "questions": 400, "cuts": 200 });
        let heard = sdk.call(&proxy.url(), &user, "cuts", task).await;
        assert!(heard["seen"].as_u64().unwrap() >= 200 && proxy.cuts() >= 200, "{sdk:?}: {} cuts", proxy.cuts());
        let answers = heard["heard"].as_array().unwrap();
        for answer in answers {
            assert_eq!((answer["text"].as_str(), &answer["over"]), (Some(text.as_str()), &json!(true)), "{sdk:?}");
            let kept = user.read(&format!("/turns/{}", turn(answer))).await;
            assert_eq!(shared::testing::text_of_message(&kept["answer"]), text);
        }
        asked += answers.len();
        assert_eq!(world.provider.calls().len(), asked, "nobody has asked twice");
    }
}

#[tokio::test]
async fn a_response_that_is_over_ends_its_stream_though_its_turn_goes_on() {
    let world = World::with(Script::new().say("It is ").gate("rest").say("empty.").finish()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    world.provider.then(opens_a_file());
    let tool = json!({ "type": "function", "name": "open_file", "parameters": { "type": "object" } });
    let asked = with(body("What is in a?"), &json!({ "tools": [tool] }));
    let called: Value = ada.post("/v1/responses", asked).await.json().await.unwrap();
    let outcome = json!({ "type": "function_call_output", "call_id": called["output"][1]["call_id"], "output": "x" });
    let more = json!({ "previous_response_id": called["id"], "background": true });
    let second: Value = ada.post("/v1/responses", with(body(json!([outcome])), &more)).await.json().await.unwrap();
    ada.logged(&turn(&second), "It is").await;

    let first = ada.get(&format!("/v1/responses/{}?stream=true", called["id"].as_str().unwrap())).await;
    let told = tokio::time::timeout(Duration::from_secs(5), first.text()).await.expect("an end").unwrap();
    assert_eq!(told.matches("event: response.completed").count(), 1);
    assert!(!told.contains("It is"), "{told}");
    world.provider.release("rest");
    let ended = ada.ended(&turn(&second)).await;
    assert_eq!(ended["status"], "completed");
}
