//! What `OpenAI`'s SDKs read, name and delete of a response.

use serde_json::{Value, json};
use shared::testing::hosted::{recorded, start};
use shared::testing::{Cassettes, Script, World};

use crate::responses::{SDKS, body, kinds, newest_session, opens_a_file, output, text, turn, with};

#[tokio::test]
async fn what_a_response_answers_is_read_and_what_its_client_said_of_it() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let fields = json!({ "metadata": { "about": "greetings" }, "instructions": "Be brief.", "temperature": 0.5 });
    for sdk in SDKS {
        let picture = json!({ "type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto" });
        let content = json!([{ "type": "input_text", "text": "What is it?" }, picture]);
        let asked = with(body(json!([{ "role": "user", "content": content }])), &fields);
        let first = sdk.ask(&server, &ada, true, &asked).await;
        let again = sdk.call(&server.url, &ada, "retrieve", json!({ "id": first["id"] })).await["response"].clone();
        for field in ["metadata", "instructions", "temperature"] {
            assert_eq!(again[field], fields[field], "{sdk:?}: {again}");
        }
        let items = sdk.call(&server.url, &ada, "inputItems", json!({ "id": first["id"] })).await["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 1, "{sdk:?}: {items}");
        assert_eq!((&items[0]["role"], &items[0]["content"]), (&json!("user"), &content), "{sdk:?}");

        let next = with(body("And now?"), &json!({ "previous_response_id": first["id"] }));
        let second = sdk.ask(&server, &ada, false, &next).await;
        let again = sdk.call(&server.url, &ada, "retrieve", json!({ "id": second["id"] })).await["response"].clone();
        assert_eq!((&again["previous_response_id"], &again["instructions"]), (&first["id"], &json!(null)), "{sdk:?}");
    }
    let pairs = json!({ "metadata": { "about": 7 } });
    let refused = SDKS[0].call(&server.url, &ada, "refused", json!({ "body": with(body("Hi"), &pairs) })).await;
    assert_eq!((&refused["status"], &refused["param"]), (&json!(400), &json!("metadata")));
}

#[tokio::test]
async fn an_item_is_named_instead_of_sent_again() {
    let world = World::with(Script::says("It is empty.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let tools = json!({ "tools": [{ "type": "function", "name": "open_file", "parameters": { "type": "object" } }] });
    for sdk in SDKS {
        world.provider.then(opens_a_file());
        let question = json!({ "role": "user", "content": format!("What is in a? ({sdk:?})") });
        let called = sdk.ask(&server, &ada, true, &with(body(json!([question])), &tools)).await;
        let name = |item: &Value| json!({ "type": "item_reference", "id": item["id"] });
        let mut input = vec![question];
        input.extend(called["output"].as_array().unwrap().iter().map(name));
        let call = &called["output"][1]["call_id"];
        input.push(json!({ "type": "function_call_output", "call_id": call, "output": "nothing" }));
        let answer = sdk.ask(&server, &ada, true, &with(body(input.clone()), &tools)).await;
        assert_eq!((text(&answer).as_str(), turn(&answer)), ("It is empty.", turn(&called)), "{sdk:?}");
        let items = sdk.call(&server.url, &ada, "inputItems", json!({ "id": answer["id"] })).await["items"].clone();
        assert_eq!((&items[0]["type"], &items[0]["call_id"]), (&json!("function_call_output"), call), "{sdk:?}");

        input.extend(answer["output"].as_array().unwrap().iter().map(name));
        input.push(json!({ "role": "user", "content": "Are you sure?" }));
        sdk.ask(&server, &ada, true, &with(body(input.clone()), &tools)).await;
        let kept = ada.transcript(&newest_session(&ada).await).await;
        assert_eq!(kept.len(), 4, "{sdk:?}: the same session: {kept:?}");
        let prompt = world.provider.calls().last().unwrap().body["messages"].to_string();
        assert!(prompt.contains("Let me look.") && prompt.contains("nothing"), "{sdk:?}: {prompt}");

        let hers = with(body(input), &tools);
        let refused = sdk.call(&server.url, &eve, "refused", json!({ "body": hers })).await;
        assert_eq!(refused["status"], 404, "{sdk:?}: {refused}");
        let nobodys = body(json!([{ "type": "item_reference", "id": "msg_7" }, { "role": "user", "content": "Hi" }]));
        let refused = sdk.call(&server.url, &ada, "refused", json!({ "body": nobodys })).await;
        assert_eq!(refused["status"], 404, "{sdk:?}: {refused}");
    }
}

#[tokio::test]
async fn a_response_goes_with_what_it_answers() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let first = sdk.ask(&server, &ada, true, &body(format!("Hi ({sdk:?})"))).await;
        let next = with(body("More."), &json!({ "previous_response_id": first["id"] }));
        let second = sdk.ask(&server, &ada, true, &next).await;
        let removed = sdk.call(&server.url, &ada, "remove", json!({ "id": second["id"] })).await;
        assert!(removed.get("deleted").is_some(), "{sdk:?}: {removed}");
        let missing = sdk.call(&server.url, &ada, "missing", json!({ "id": second["id"] })).await;
        assert_eq!(missing["status"], 404, "{sdk:?}");
        let session = newest_session(&ada).await;
        assert_eq!(ada.history(&session).await.len(), 2, "{sdk:?}: the exchange before stays");
        let conversation = json!({ "conversation": format!("conv_{session}") });
        sdk.ask(&server, &ada, true, &with(body("Go on."), &conversation)).await;
        assert_eq!(ada.history(&session).await.len(), 4, "{sdk:?}");
    }
    world.provider.then(Script::new().say("Half an ").stalls());
    let begun = with(body("Hi"), &json!({ "background": true }));
    let begun = SDKS[0].call(&server.url, &ada, "create", json!({ "body": begun })).await["response"].clone();
    let path = format!("/v1/responses/{}", begun["id"].as_str().unwrap());
    assert_eq!(ada.delete(&path).await.status(), 409, "it is under way");
    assert_eq!(ada.post(&format!("{path}/cancel"), json!({})).await.status(), 200);
    assert_eq!(server.actor("eve").await.delete(&path).await.status(), 404);
    let deleted: Value = ada.delete(&path).await.json().await.unwrap();
    assert_eq!(deleted, json!({ "id": begun["id"], "object": "response", "deleted": true }));
    assert_eq!(ada.get(&path).await.status(), 404);
}

/// Tools that the provider runs, and approval of one of them.
#[tokio::test]
async fn what_the_provider_runs_is_asked_for_and_seen() {
    let world = World::with(Script::new()).await;
    for sdk in SDKS {
        for (cassette, tool, kind) in [
            ("web-search-with-citations", json!({ "type": "web_search" }), "web_search_call"),
            ("file-search", json!({ "type": "file_search", "vector_store_ids": ["vs_1"] }), "file_search_call"),
            (
                "code-that-makes-a-file",
                json!({ "type": "code_interpreter", "container": { "type": "auto" } }),
                "code_interpreter_call",
            ),
        ] {
            let openai = Cassettes::start(recorded(cassette)).await;
            let server = start(&world, &openai).await;
            let ada = server.actor("ada").await;
            let asked = json!({ "model": "openai-responses:gpt-5.2", "input": "Well?", "tools": [tool] });
            let response = sdk.ask(&server, &ada, true, &asked).await;
            assert!(kinds(&response).contains(&kind), "{sdk:?} {cassette}: {:?}", kinds(&response));
            assert_eq!(openai.calls()[0].body["tools"].as_array().unwrap().last(), Some(&tool), "{sdk:?} {cassette}");
            let again = sdk.call(&server.url, &ada, "retrieve", json!({ "id": response["id"] })).await;
            assert_eq!(output(&again["response"]), output(&response), "{sdk:?} {cassette}");
            let message =
                response["output"].as_array().unwrap().iter().rfind(|item| item["type"] == "message").unwrap();
            let cited = message["content"][0]["annotations"][0].clone();
            let wanted = match kind {
                "web_search_call" => "url_citation",
                "file_search_call" => "file_citation",
                _ => "container_file_citation",
            };
            assert_eq!(cited["type"], wanted, "{sdk:?}: {cited}");
        }
    }
}

#[tokio::test]
async fn a_remote_tool_waits_for_leave() {
    let world = World::with(Script::new()).await;
    for sdk in SDKS {
        let openai = Cassettes::start(recorded("remote-mcp-after-approval")).await;
        openai.then(recorded("remote-mcp-that-asks-for-approval"));
        let server = start(&world, &openai).await;
        let ada = server.actor("ada").await;
        let tool = json!({ "type": "mcp", "server_label": "dice", "server_url": "https://dice.example/sse" });
        let asked = json!({ "model": "openai-responses:gpt-5.2", "input": "Roll!", "tools": [tool] });
        let paused = sdk.ask(&server, &ada, true, &asked).await;
        let asked_for = paused["output"].as_array().unwrap().last().unwrap();
        assert_eq!(asked_for["type"], "mcp_approval_request", "{sdk:?}: {paused}");
        let approval =
            json!({ "type": "mcp_approval_response", "approval_request_id": asked_for["id"], "approve": true });
        let more =
            json!({ "model": "openai-responses:gpt-5.2", "input": [approval], "previous_response_id": paused["id"] });
        let answer = sdk.ask(&server, &ada, true, &more).await;
        assert_eq!(text(&answer), "A four.", "{sdk:?}");
        let again = sdk.call(&server.url, &ada, "retrieve", json!({ "id": answer["id"] })).await;
        assert_eq!(output(&again["response"]), output(&answer), "{sdk:?}");
        let items = sdk.call(&server.url, &ada, "inputItems", json!({ "id": answer["id"] })).await["items"].clone();
        assert_eq!(items[0]["approval_request_id"], asked_for["id"], "{sdk:?}: {items}");
    }
}
