//! Vercel's AI SDK at `POST /api/chat`: its newest chat, and one of an old major that refuses what it does not know.

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, CutProxy, Script, Server, World, text_of_message};

use crate::cited;
use crate::client::run;
use crate::signal::Signal;

const NEWEST: &str = "ai";
const SDKS: [&str; 2] = [NEWEST, "ai-strict"];
const SCRIPT: &str = "ai_sdk.mjs";

/// What a chat with this id has come to after these steps.
async fn chat(server: &Server, user: &Actor, sdk: &str, id: &str, steps: &Value) -> Value {
    run(SCRIPT, &server.url, user, &json!({ "sdk": sdk, "id": id, "steps": steps })).await
}

/// The same, with tools that the chat runs.
async fn chat_with_files(server: &Server, user: &Actor, sdk: &str, id: &str, steps: &Value) -> Value {
    let open_file = json!({ "name": "open_file", "description": "Opens", "parameters": { "type": "object" } });
    let task = json!({ "sdk": sdk, "id": id, "steps": steps, "body": { "tools": [open_file] } });
    run(SCRIPT, &server.url, user, &task).await
}

fn wants_a_file(call: &str) -> Script {
    let script = Script::new().say("Let me look. ").calls_tool(call, "open_file", r#"{"path":"a"}"#);
    script.finish_because("tool_calls")
}

fn messages(chat: &Value) -> &Vec<Value> {
    chat["messages"].as_array().expect("messages")
}

fn answer(chat: &Value) -> &Value {
    messages(chat).last().expect("an answer")
}

fn text(message: &Value) -> String {
    text_of_message(message)
}

/// The parts of an answer that are of this type.
fn parts(message: &Value, kind: &str) -> Vec<Value> {
    let parts = message["parts"].as_array().expect("parts").iter();
    parts.filter(|part| part["type"] == kind).cloned().collect()
}

fn is_well(chat: &Value) {
    assert_eq!((&chat["status"], &chat["errors"]), (&json!("ready"), &json!([])), "{chat}");
}

#[tokio::test]
async fn a_chat_hears_what_history_holds_under_the_same_id() {
    let world = World::with(Script::new().reason("She greets.").say("Grüß ").say("Gott, Ada. 👋🏽").finish()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let heard = chat(&server, &ada, sdk, sdk, &json!([{ "ask": "Hello" }])).await;
        is_well(&heard);
        assert_eq!(parts(answer(&heard), "reasoning")[0]["text"], "She greets.");
        let kept = ada.history(sdk).await;
        assert_eq!((text(answer(&heard)), &answer(&heard)["id"]), (text(&kept[1]), &kept[1]["id"]));
        assert_eq!(ada.transcript(sdk).await, ["user completed: Hello", "assistant completed: Grüß Gott, Ada. 👋🏽"]);
    }
}

#[tokio::test]
async fn what_a_chat_sends_again_is_told_to_the_model_and_not_stored_again() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let heard = chat(&server, &ada, sdk, sdk, &json!([{ "ask": "Hi" }, { "ask": "Who are you?" }])).await;
        is_well(&heard);
        let kept = ["user completed: Hi", "assistant completed: Hello.", "user completed: Who are you?"];
        assert_eq!(ada.transcript(sdk).await[..3], kept);
        let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
        assert_eq!(prompt.as_array().unwrap().len(), 4, "the system prompt and all three: {prompt}");
    }
    // A page that leaves the history to the server.
    let message = json!({ "id": "x", "role": "user", "parts": [{ "type": "text", "text": "Still there?" }] });
    let reply = ada.post("/api/chat", json!({ "id": "ai", "message": message })).await;
    assert_eq!(reply.headers()["x-vercel-ai-ui-message-stream"], "v1");
    reply.text().await.unwrap();
    assert_eq!(ada.history("ai").await.len(), 6);
    let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
    assert_eq!(prompt.as_array().unwrap().len(), 6, "{prompt}");
}

#[tokio::test]
async fn tools_that_run_here_are_shown_with_what_came_of_them() {
    let world = World::with(Script::says("Noon, and no more.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let calls = Script::new().calls_tool("c1", "now", "{}").calls_tool("c2", "rm", "{}");
        world.provider.then(calls.finish_because("tool_calls"));
        let heard = chat(&server, &ada, sdk, sdk, &json!([{ "ask": "The time?" }, { "ask": "Sure?" }])).await;
        is_well(&heard);
        let told = &messages(&heard)[1];
        assert_eq!(text(told), "Noon, and no more.");
        assert_eq!(parts(told, "tool-now")[0]["state"], "output-available");
        let failed = &parts(told, "tool-rm")[0];
        assert_eq!(
            (&failed["state"], &failed["errorText"]),
            (&json!("output-error"), &json!("There is no tool named rm."))
        );
        assert_eq!(ada.history(sdk).await.len(), 4, "what came of our own tools is no news to us");
    }
}

#[tokio::test]
async fn a_tool_of_the_chats_is_called_and_the_same_message_goes_on() {
    let world = World::with(Script::says("It is empty.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(wants_a_file("c1")).then(wants_a_file("c2"));
        let steps = json!([{ "ask": "What is in a?" }, { "output": { "lines": 0 } }, { "output": "nothing" }, { "ask": "Sure?" }]);
        let heard = chat_with_files(&server, &ada, sdk, sdk, &steps).await;
        is_well(&heard);
        let told = &messages(&heard)[1];
        assert_eq!(messages(&heard).len(), 4);
        assert_eq!(text(told), "Let me look. Let me look. It is empty.");
        let outputs: Vec<Value> = parts(told, "tool-open_file").iter().map(|part| part["output"].clone()).collect();
        assert_eq!(outputs, [json!({ "lines": 0 }), json!("nothing")]);
        let kept = ada.history(sdk).await;
        assert_eq!((kept.len(), text(&kept[1])), (4, text(told)), "one question, one answer, twice");
        assert_eq!(told["id"], kept[1]["id"]);
    }
}

#[tokio::test]
async fn a_call_is_allowed_or_not_in_the_chat() {
    let world = World::with(Script::says("As you wish.")).await;
    let server = world.start_with(&[("TOOLS_TO_APPROVE", "now")]).await;
    let ada = server.actor("ada").await;
    for (id, approved, state) in [("yes", true, "output-available"), ("no", false, "output-error")] {
        world.provider.then(Script::new().calls_tool("c1", "now", "{}").finish_because("tool_calls"));
        let steps = json!([{ "ask": "The time?" }, { "approve": approved, "reason": "Not now." }]);
        let heard = chat(&server, &ada, NEWEST, id, &steps).await;
        is_well(&heard);
        assert_eq!((messages(&heard).len(), text(answer(&heard)).as_str()), (2, "As you wish."));
        let call = &parts(answer(&heard), "tool-now")[0];
        assert_eq!(call["state"], state, "{call}");
        assert_eq!(ada.transcript(id).await, ["user completed: The time?", "assistant completed: As you wish."]);
    }
}

#[tokio::test]
async fn sources_are_shown() {
    let world = World::with(Script::new()).await;
    let (server, _provider) = cited::start(&world).await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let heard = chat(&server, &ada, sdk, sdk, &json!([{ "ask": "The weather?" }])).await;
        is_well(&heard);
        let source = &parts(answer(&heard), "source-url")[0];
        assert_eq!((&source["url"], &source["title"]), (&json!(cited::URL), &json!(cited::TITLE)));
        assert_eq!(text(answer(&heard)), cited::TEXT);
    }
}

#[tokio::test]
async fn an_error_is_told_before_the_first_word_and_after_it() {
    let world = World::with(Script::says("Again.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(Script::fails(400)).then(Script::new().say("Hel").resets());
        let heard =
            chat(&server, &ada, sdk, sdk, &json!([{ "ask": "Hi" }, { "ask": "Hi again" }, { "ask": "Well?" }])).await;
        let errors = heard["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 2, "{heard}");
        assert!(errors[1].as_str().unwrap().contains("interrupted"), "{heard}");
        assert_eq!((&heard["status"], text(answer(&heard)).as_str()), (&json!("ready"), "Again."));
        let unknown = json!({ "sdk": sdk, "id": "x", "body": { "model": "nobody:x" }, "steps": [{ "ask": "Hi" }] });
        let refused = run(SCRIPT, &server.url, &ada, &unknown).await;
        let said = refused["errors"][0].as_str().unwrap();
        assert!(said.contains("model") && !said.contains('{'), "{said}");
    }
}

#[tokio::test]
async fn a_stop_ends_the_answer_and_keeps_what_was_said() {
    let world = World::with(Script::says("Later.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let id = format!("chat of {sdk}: é");
        world.provider.then(Script::new().say("Hello").stalls());
        let heard =
            chat(&server, &ada, sdk, &id, &json!([{ "ask": "Hi", "stopAfter": "Hello" }, { "ask": "And now?" }])).await;
        is_well(&heard);
        assert_eq!((text(&messages(&heard)[1]).as_str(), text(answer(&heard)).as_str()), ("Hello", "Later."));
        let session = ada.sessions().await[0].clone();
        assert_eq!(session.len(), 64, "a name that is no id stands as its digest");
        assert_eq!(ada.transcript(&session).await[..2], ["user completed: Hi", "assistant cancelled: Hello"]);
    }
    let (stop, nothing) = ("/api/chat/nothing/stop", "/api/chat/nothing/stream");
    assert_eq!(ada.post(stop, json!({})).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(ada.get(nothing).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_chat_comes_back_in_the_middle_and_hears_all_of_it() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let (id, gate) = (format!("{sdk} é"), format!("{sdk} is back"));
        world.provider.then(Script::new().reason("Hm.").say("Hello, ").gate(&gate).say("Ada.").finish());
        // A client that comes back receives the beginning again, and then what is said from now on.
        let back = Signal::start().await;
        let released = async {
            back.heard().await;
            world.provider.release(&gate);
        };
        let steps = json!([
            { "ask": "Hi", "leaveAfter": "Hello, " },
            { "resume": back.url(), "tellAfter": "Hello, " },
        ]);
        let (heard, ()) = tokio::join!(chat(&server, &ada, sdk, &id, &steps), released);
        is_well(&heard);
        assert_eq!(messages(&heard).len(), 2);
        assert_eq!((text(answer(&heard)).as_str(), parts(answer(&heard), "reasoning").len()), ("Hello, Ada.", 1));
    }
}

#[tokio::test]
async fn another_answer_takes_the_place_of_the_last_one_and_of_nothing_else() {
    let world = World::with(Script::says("Fine.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(Script::says("Hello.")).then(Script::says("Bad.")).then(Script::fails(400));
        let steps = json!([{ "ask": "Hi" }, { "ask": "How are you?" }, { "regenerate": true }, { "regenerate": true }]);
        let heard = chat(&server, &ada, sdk, sdk, &steps).await;
        assert_eq!((messages(&heard).len(), text(answer(&heard)).as_str()), (4, "Fine."));
        let first = ["user completed: Hi", "assistant completed: Hello."];
        let failed = ["user completed: How are you?", "assistant completed: Bad."];
        let last = ["user completed: How are you?", "assistant completed: Fine."];
        assert_eq!(
            ada.transcript(sdk).await,
            [first, failed, last].concat(),
            "a failed answer is no reason to lose one"
        );
        let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
        assert_eq!(prompt.as_array().unwrap().len(), 4, "the old answer is not told: {prompt}");
    }
}

#[tokio::test]
async fn who_asks_something_new_gives_up_a_call_and_waits_for_an_answer_that_is_being_written() {
    let world = World::with(Script::says("Of course.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(wants_a_file("c1"));
        let steps = json!([{ "ask": "What is in a?" }, { "ask": "Something else?" }]);
        let heard = chat_with_files(&server, &ada, sdk, sdk, &steps).await;
        is_well(&heard);
        assert_eq!(text(answer(&heard)), "Of course.");
        assert_eq!(
            ada.transcript(sdk).await[1..3],
            ["assistant cancelled: Let me look. ", "user completed: Something else?"]
        );
        world.provider.then(Script::new().say("Hello").gate(sdk).finish());
        let steps = json!([{ "ask": "Hi", "leaveAfter": "Hello" }, { "ask": "Well?" }]);
        let refused = chat(&server, &ada, sdk, sdk, &steps).await;
        assert!(refused["errors"][0].as_str().unwrap().contains("still open"), "{refused}");
        world.provider.release(sdk);
    }
}

#[tokio::test]
async fn two_hundred_cuts_cost_no_byte() {
    const CUTS: usize = 200;
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for (seed, sdk) in (1..).zip(SDKS) {
        let words = (0..80).map(|n| format!("Wört{n} 👋🏽 \"{{\n "));
        let begun = words.fold(Script::new().reason("Hm, "), |script, word| script.say(&word));
        world.provider.then(Script::new().say("Well: ").calls_tool("c1", "now", "{}").finish_because("tool_calls"));
        world.provider.then(begun.gate(sdk).say("The end.").finish());
        let proxy = CutProxy::start(&server.url, CUTS, 6_000, seed).await;
        let url = proxy.url();
        let task = json!({ "sdk": sdk, "id": sdk, "key": sdk, "steps": [{ "ask": "Hi" }, { "whole": true }] });
        let all_cut = async {
            while proxy.cuts() < CUTS {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            world.provider.release(sdk);
        };
        let (heard, ()) = tokio::join!(run(SCRIPT, &url, &ada, &task), all_cut);
        assert_eq!(heard["status"], "ready", "{heard}");
        let kept = ada.history(sdk).await;
        assert_eq!((kept.len(), messages(&heard).len()), (2, 2));
        assert_eq!(text(answer(&heard)), text(&kept[1]));
        assert!(text(&kept[1]).ends_with("The end."));
    }
}
