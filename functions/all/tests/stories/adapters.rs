//! What is special to one provider, through the whole house.

use serde_json::{Value, json};
use shared::testing::{Cassette, Cassettes, GoogleSecrets, Script, Server, World};

fn recorded(name: &str) -> Cassette {
    Cassette::read(&format!("llm/{name}"))
}

async fn with_anthropic(world: &World, cassettes: &Cassettes) -> Server {
    let settings =
        [("ANTHROPIC_BASE_URL", cassettes.url()), ("DEFAULT_MODEL", "anthropic:claude-sonnet-4-5".to_owned())];
    world.start_with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await
}

#[tokio::test]
async fn a_model_that_pauses_in_a_search_of_its_own_is_asked_to_go_on_from_there() {
    let world = World::with(Script::says("Never.")).await;
    let cassettes = Cassettes::start(recorded("anthropic/cassettes/pause-in-a-search.sse")).await;
    cassettes.then(recorded("anthropic/cassettes/pause-in-a-search.sse"));
    cassettes.then(recorded("anthropic/cassettes/after-the-pause.sse"));
    let server = with_anthropic(&world, &cassettes).await;
    let ada = server.actor("ada").await;

    let turn = ada.ask("When was Claude Shannon born?").await;
    let id = turn.id.clone();
    assert_eq!(turn.text().await, "I'll search.He was born in 1916.");
    assert_eq!(ada.read(&format!("/turns/{id}")).await["status"], "completed");

    let calls = cassettes.calls();
    assert_eq!(calls.len(), 2);
    let search = json!({
        "type": "server_tool_use", "id": "srvtoolu_01Search", "name": "web_search",
        "input": { "query": "Claude Shannon born" },
    });
    let said = json!({ "role": "assistant", "content": [{ "type": "text", "text": "I'll search." }, search] });
    assert_eq!(calls[1].body["messages"].as_array().and_then(|messages| messages.last()), Some(&said));
}

#[tokio::test]
async fn a_model_that_pauses_for_ever_comes_to_an_end() {
    let world = World::with(Script::says("Never.")).await;
    let cassettes = Cassettes::start(recorded("anthropic/cassettes/pause-in-a-search.sse")).await;
    let server = with_anthropic(&world, &cassettes).await;
    let ada = server.actor("ada").await;

    let turn = ada.ask("When was Claude Shannon born?").await;
    let id = turn.id.clone();
    turn.frames().await;
    let ended: Value = ada.read(&format!("/turns/{id}")).await;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("failed"), &json!("too_many_steps")));
    assert!(cassettes.calls().len() < 20);
}

#[tokio::test]
async fn a_call_that_gemini_could_not_write_down_is_asked_for_again() {
    let world = World::with(Script::says("Never.")).await;
    let cassettes = Cassettes::start(recorded("gemini/cassettes/plain.sse")).await;
    cassettes.then(recorded("gemini/cassettes/malformed-call.sse"));
    let settings = [("GEMINI_BASE_URL", cassettes.url()), ("DEFAULT_MODEL", "gemini:gemini-2.5-flash".to_owned())];
    let server = world.start_with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let ada = server.actor("ada").await;

    let turn = ada.ask("Hello?").await;
    let id = turn.id.clone();
    assert_eq!(turn.text().await, "Let me see.Grüß dich, Ada 👋");
    assert_eq!(ada.read(&format!("/turns/{id}")).await["status"], "completed");
    assert_eq!(cassettes.calls().len(), 2);
}

#[tokio::test]
async fn a_token_of_google_that_is_not_accepted_any_more_is_fetched_anew_once() {
    let world = World::with(Script::says("Never.")).await;
    let google = GoogleSecrets::start().await;
    let cassettes = Cassettes::start(Cassette::refusal(401, None, "{}")).await;
    let settings = [
        ("VERTEX_PROJECT", "my-project".to_owned()),
        ("VERTEX_BASE_URL", cassettes.url()),
        ("GCE_METADATA_HOST", google.metadata_host()),
        ("DEFAULT_MODEL", "vertex:gemini-2.5-flash".to_owned()),
    ];
    let server = world.start_with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let ada = server.actor("ada").await;

    cassettes.then(recorded("gemini/cassettes/plain.sse"));
    assert_eq!(ada.ask("Hello?").await.text().await, "Grüß dich, Ada 👋");
    google.revoke_tokens();
    cassettes.then(Cassette::refusal(401, None, "{}")).then(recorded("gemini/cassettes/plain.sse"));
    assert_eq!(ada.ask("And now?").await.text().await, "Grüß dich, Ada 👋");
    let tokens: Vec<_> = cassettes.calls().iter().map(|call| call.headers["authorization"].clone()).collect();
    assert!(tokens.len() == 3 && tokens[0] == tokens[1] && tokens[1] != tokens[2], "{tokens:?}");

    let turn = ada.ask("And when nothing helps?").await;
    let id = turn.id.clone();
    turn.frames().await;
    assert_eq!(ada.read(&format!("/turns/{id}")).await["error"]["code"], "model_refused_us");
    assert_eq!(cassettes.calls().len(), 5, "it is asked twice, and no more");
}
