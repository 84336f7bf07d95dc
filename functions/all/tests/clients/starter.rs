//! The browser of `OpenAI`'s Responses starter app, at `/api/turn_response`.

use serde_json::{Value, json};
use shared::testing::hosted::{recorded, start};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Actor, Cassettes, Script, Server, World};

use crate::client::run;

const ANSWER: &str = "Grüß Gott, Ada. 👋🏽 Wie geht's?";
const PLACE: &str = r#"{"results":[{"name":"San José","latitude":9.9,"longitude":-84.1,"country":"Costa Rica"}]}"#;
const WEATHER: &str = r#"{"current":{"time":"2026-11-21T04:00","temperature_2m":21.5,"weather_code":0}}"#;

fn asks(question: &str) -> Value {
    json!([{ "role": "user", "content": question }])
}

async fn browse(server: &Server, ada: &Actor, messages: Value, then: Value) -> Value {
    let tools = json!({ "functionsEnabled": true, "webSearchEnabled": false, "vectorStore": null });
    switched(server, ada, messages, tools, then).await
}

/// With these of its switches on.
async fn switched(server: &Server, ada: &Actor, messages: Value, tools: Value, then: Value) -> Value {
    run("starter.mjs", &server.url, ada, &json!({ "messages": messages, "toolsState": tools, "then": then })).await
}

async fn newest_session(ada: &Actor) -> String {
    ada.sessions().await.first().expect("a session").clone()
}

#[tokio::test]
async fn it_shows_what_history_holds_and_what_it_sends_again_is_not_stored_again() {
    let world = World::with(Script::new().say("Grüß Gott, ").say("Ada. 👋🏽 ").say("Wie geht's?").finish()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let empty = json!({ "role": "assistant", "content": [{ "type": "output_text", "text": "" }] });
    let shown = browse(&server, &ada, asks("Hi"), json!([{ "role": "user", "content": "Again?" }])).await;
    assert_eq!((&shown["text"], &shown["errors"]), (&json!(ANSWER), &json!([])));
    assert_eq!(shown["rows"], json!([]), "no message is begun: it would be kept as an empty one");
    let session = newest_session(&ada).await;
    let kept = [
        "user completed: Hi".to_owned(),
        format!("assistant completed: {ANSWER}"),
        "user completed: Again?".to_owned(),
        format!("assistant completed: {ANSWER}"),
    ];
    assert_eq!(ada.transcript(&session).await, kept);
    let mut items = shown["items"].as_array().unwrap().clone();
    items.insert(1, empty);
    items.push(json!({ "role": "user", "content": "And again?" }));
    browse(&server, &ada, items.into(), json!([])).await;
    assert_eq!(ada.history(&session).await.len(), 6, "empty duplicates say nothing");
    let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
    assert_eq!(prompt.as_array().unwrap().len(), 6, "{prompt}");
}

#[tokio::test]
async fn no_piece_of_the_network_breaks_a_character() {
    let world = World::with(Script::says(ANSWER)).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let body = json!({ "messages": asks("Grüß Gott"), "toolsState": {} });
    let reply = ada.post("/api/turn_response", body).await;
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    let bytes = reply.bytes().await.unwrap();
    assert!(bytes.is_ascii(), "so it cannot be cut inside a character");
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(
        text.split_terminator("\n\n").all(|block| block.starts_with("data: {") || block.starts_with(": ")),
        "{text}"
    );
    assert!(!text.contains('\r'));
}

#[tokio::test]
async fn it_runs_its_functions_and_tools_of_ours_are_shown_as_mcp_calls() {
    let services = Loopback::start(async |request| {
        let json = |status, body| Ok(answer(status, "application/json", body));
        match request.uri().path() {
            "/v1/search" => json(200, PLACE),
            "/v1/forecast" => json(200, WEATHER),
            _ => json(503, "{}"),
        }
    })
    .await;
    let url = services.url();
    let world = World::with(Script::says("21.5 °C.")).await;
    let settings = [("WEATHER_URL", url.as_str()), ("GEOCODING_URL", &url), ("JOKE_URL", &url)];
    let server = world.start_with(&settings).await;
    let ada = server.actor("ada").await;
    let weather = r#"{"location":"San José, Costa Rica","unit":"celsius"}"#;
    world.provider.then(Script::new().calls_tool("c1", "get_weather", weather).finish_because("tool_calls"));
    let shown = browse(&server, &ada, asks("How warm is it?"), json!([])).await;
    assert_eq!(
        (&shown["text"], &shown["rows"], &shown["turns"]),
        (&json!("21.5 °C."), &json!(["function_call"]), &json!(2))
    );
    let outcome = shown["items"].as_array().unwrap().iter().find(|item| item["type"] == "function_call_output");
    assert_eq!(outcome.unwrap()["output"], r#"{"temperature":21.5}"#);
    assert_eq!(ada.history(&newest_session(&ada).await).await.len(), 2, "one question, one answer");

    world.provider.then(Script::new().calls_tool("c1", "now", "{}").finish_because("tool_calls"));
    let shown = browse(&server, &ada, asks("What time is it?"), json!([])).await;
    assert_eq!((&shown["rows"], &shown["last"]), (&json!(["mcp_call"]), &json!(["mcp_call", "message"])));

    let nowhere = ada.get("/api/functions/get_weather?location=&unit=celsius").await;
    assert_eq!(nowhere.status(), 404);
    assert_eq!(nowhere.json::<Value>().await.unwrap(), json!({ "error": "There is no such location." }));
    let joke = ada.get("/api/functions/get_joke").await;
    assert!(joke.status().is_server_error());
    assert!(joke.json::<Value>().await.unwrap()["error"].is_string());
}

#[tokio::test]
async fn its_user_allows_a_call_and_what_goes_wrong_is_said_as_an_answer() {
    let world = World::with(Script::says("Noon.")).await;
    let server = world.start_with(&[("TOOLS_TO_APPROVE", "now")]).await;
    let ada = server.actor("ada").await;
    world.provider.then(Script::new().calls_tool("c1", "now", "{}").finish_because("tool_calls"));
    let shown = browse(&server, &ada, asks("What time is it?"), json!(["approve"])).await;
    assert_eq!((&shown["text"], &shown["asked"]["name"]), (&json!("Noon."), &json!("now")), "{shown}");
    assert_eq!(ada.history(&newest_session(&ada).await).await.len(), 2);

    world.provider.then(Script::fails(400));
    let shown = browse(&server, &ada, asks("Hi"), json!([])).await;
    assert!(shown["text"].as_str().unwrap().ends_with('.') && shown["errors"] == json!([]), "{shown}");
    let nothing = browse(&server, &ada, json!([]), json!([])).await;
    assert_eq!(
        (&nothing["text"], &nothing["errors"]),
        (&json!("The last message is the user's question."), &json!([]))
    );
}

#[tokio::test]
async fn it_learns_who_is_signed_in() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start().await;
    let status = |actor: Actor| async move { actor.read("/api/google/status").await["connected"].clone() };
    assert_eq!(status(server.actor("ada").await).await, true);
    assert_eq!(status(Actor::new(&server.url, "")).await, false);
}

#[tokio::test]
async fn what_is_switched_on_runs_at_the_provider_and_is_shown() {
    let world = World::with(Script::new()).await;
    let here = json!({ "user_location": { "type": "approximate", "country": "AT", "city": "", "region": "" } });
    for (cassette, switches, row, sent) in [
        (
            "web-search-with-citations",
            json!({ "webSearchEnabled": true, "webSearchConfig": here }),
            "web_search_call",
            json!({ "type": "web_search", "user_location": { "type": "approximate", "country": "AT" } }),
        ),
        (
            "file-search",
            json!({ "fileSearchEnabled": true, "vectorStore": { "id": "vs_1", "name": "Default store" } }),
            "file_search_call",
            json!({ "type": "file_search", "vector_store_ids": ["vs_1"] }),
        ),
        (
            "code-that-makes-a-file",
            json!({ "codeInterpreterEnabled": true }),
            "code_interpreter_call",
            json!({ "type": "code_interpreter", "container": { "type": "auto" } }),
        ),
    ] {
        let openai = Cassettes::start(recorded(cassette)).await;
        let server = start(&world, &openai).await;
        let ada = server.actor("ada").await;
        let shown = switched(&server, &ada, asks("Well?"), switches, json!([])).await;
        assert_eq!(shown["rows"][0], row, "{cassette}: {shown}");
        assert_eq!(shown["completed"][0][0], format!("response.{row}.completed"), "{cassette}");
        assert_eq!(openai.calls()[0].body["tools"].as_array().unwrap().last(), Some(&sent), "{cassette}");
        if row == "code_interpreter_call" {
            assert!(!shown["code"].as_str().unwrap().is_empty());
            let cited = &shown["annotations"][0];
            assert_eq!(cited["type"], "container_file_citation", "{shown}");
            let query = |name: &str| cited[name].as_str().unwrap().to_owned();
            let (file, container) = (query("file_id"), query("container_id"));
            // As its page links it; the recording holds no file.
            let path = format!("/api/container_files/content?file_id={file}&container_id={container}");
            assert_ne!(ada.get(&path).await.status(), 404, "it is hers");
            assert_eq!(server.actor("eve").await.get(&path).await.status(), 404);
        }
    }
}

#[tokio::test]
async fn its_user_allows_a_remote_call() {
    let world = World::with(Script::new()).await;
    let openai = Cassettes::start(recorded("remote-mcp-after-approval")).await;
    openai.then(recorded("remote-mcp-that-asks-for-approval"));
    let server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let mcp = json!({ "server_label": "dice", "server_url": "https://dice.example/sse", "allowed_tools": "", "skip_approval": false });
    let switches = json!({ "mcpEnabled": true, "mcpConfig": mcp });
    let shown = switched(&server, &ada, asks("Roll!"), switches, json!(["approve"])).await;
    assert_eq!(
        (&shown["asked"]["type"], &shown["text"]),
        (&json!("mcp_approval_request"), &json!("A four.")),
        "{shown}"
    );
}

#[tokio::test]
async fn a_switch_that_cannot_do_what_it_says_is_told_of_in_words() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start_with(&[("HOSTED_TOOLS", "file_search")]).await;
    let ada = server.actor("ada").await;
    for (switches, why) in [
        (json!({ "webSearchEnabled": true }), "web_search is not offered here."),
        (
            json!({ "fileSearchEnabled": true, "vectorStore": null }),
            "File search needs a vector store: link one first.",
        ),
    ] {
        let shown = switched(&server, &ada, asks("Well?"), switches, json!([])).await;
        assert_eq!((&shown["text"], &shown["errors"]), (&json!(why), &json!([])));
    }
    assert!(world.provider.calls().is_empty());
}
