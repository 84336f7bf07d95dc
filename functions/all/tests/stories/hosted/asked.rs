//! Which of them can be asked for, and what is seen of them.

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, Cassettes, problem};

use super::{parts, recorded, start, world};

fn mcp(url: &str) -> Value {
    json!({ "type": "mcp", "server_label": "dice", "server_url": url, "require_approval": "never" })
}

async fn refusal(ada: &Actor, body: Value) -> (u64, String, String) {
    let refused = problem(ada.post("/consult", body).await).await;
    let text = |name: &str| refused[name].as_str().unwrap().to_owned();
    (refused["status"].as_u64().unwrap(), text("code"), text("detail"))
}

#[tokio::test]
async fn a_question_asks_for_them_beside_tools_of_its_own() {
    let (world, openai) = (world().await, Cassettes::start(recorded("web-search-with-citations")).await);
    let server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let here = json!({ "type": "approximate", "country": "AT", "city": "Graz", "region": "" });
    let parameters = json!({ "type": "object" });
    let tools = json!([
        { "type": "function", "name": "open_file", "parameters": parameters },
        { "name": "close_file", "parameters": parameters },
        { "type": "web_search", "user_location": here },
        { "type": "file_search", "vector_store_ids": ["vs_1"] },
        { "type": "code_interpreter", "container": { "type": "auto" } },
        mcp("https://dice.example/sse"),
    ]);

    let turn = ada.consult(json!({ "text": "What is new in Rust?", "tools": tools })).await;
    let session = turn.session.clone();
    let frames = turn.frames().await;

    let sent = openai.calls()[0].body["tools"].as_array().unwrap().clone();
    let sent: Vec<_> = sent.iter().map(|tool| tool["name"].as_str().or(tool["type"].as_str()).unwrap()).collect();
    assert_eq!(sent[sent.len() - 6..sent.len() - 4], ["open_file", "close_file"]);
    assert_eq!(sent[sent.len() - 4..], ["web_search", "file_search", "code_interpreter", "mcp"]);
    let kinds: Vec<_> = frames.iter().filter_map(|frame| serde_json::from_str::<Value>(&frame.data).ok()).collect();
    assert!(kinds.iter().any(|part| part["type"] == "source-url" && part["url"] == "https://blog.rust-lang.org/"));
    assert!(kinds.iter().any(|part| part["type"] == "tool-output-available"));
    let answer = &ada.history(&session).await[1];
    assert_eq!(parts(answer, "tool_call")[0]["runner"], "provider");
    assert_eq!(parts(answer, "citation")[0]["title"], "Rust Blog");
}

#[tokio::test]
async fn what_each_of_them_found_is_kept_in_the_answer() {
    let world = world().await;
    for (cassette, tool, found) in [
        ("web-search-with-citations", "web_search", "https://lwn.net/"),
        ("file-search", "file_search", "Thirty days."),
        ("code-that-makes-a-file", "code_interpreter", "grüß"),
        ("remote-mcp-of-which-one-call-fails", "roll", "4"),
    ] {
        let openai = Cassettes::start(recorded(cassette)).await;
        let server = start(&world, &openai).await;
        let ada = server.actor("ada").await;
        let turn = ada.ask("Well?").await;
        let session = turn.session.clone();
        turn.frames().await;
        let answer = &ada.history(&session).await[1];
        assert_eq!(parts(answer, "tool_call")[0]["name"], tool, "{cassette}");
        let outcome = parts(answer, "tool_result")[0]["outcome"]["content"].as_str().unwrap();
        assert!(outcome.contains(found), "{cassette}: {outcome}");
    }
}

#[tokio::test]
async fn what_is_not_offered_or_cannot_be_understood_is_refused_before_anything_is_written() {
    let (world, openai) = (world().await, Cassettes::start(recorded("a-plain-answer")).await);
    let all = start(&world, &openai).await;
    let ada = all.actor("ada").await;
    let ask = |tool: Value| json!({ "text": "Well?", "tools": [tool] });
    let before = world.items().await;

    for (tool, detail) in [
        (mcp("http://dice.example"), "https://"),
        (json!({ "type": "web_search", "filters": {} }), "tools[0]: expected `user_location`"),
        (json!({ "type": "computer_use" }), "tools[0]: expected one of `web_search`, `file_search`"),
        (json!({ "type": "file_search" }), "missing field `vector_store_ids`"),
        (json!({ "type": "function" }), "missing field `name`"),
    ] {
        let (status, _, told) = refusal(&ada, ask(tool)).await;
        assert!(status == 422 && told.contains(detail), "{status} {told}");
    }
    let none = world.start_with(&[]).await;
    let search = ask(json!({ "type": "web_search" }));
    let refused = refusal(&ada.at(&none), search.clone()).await;
    assert_eq!(refused, (422, "tool_not_offered".to_owned(), "web_search is not offered here.".to_owned()));
    let other = world.start_with(&[("HOSTED_TOOLS", "web_search")]).await;
    let refused = refusal(&ada.at(&other), search).await;
    assert_eq!((refused.0, refused.1.as_str()), (422, "tool_not_run"));
    assert_eq!(refused.2, "The provider of openai:fake does not run web_search.");
    assert_eq!(world.items().await, before);
    assert!(openai.calls().is_empty() && world.provider.calls().is_empty());
}

#[tokio::test]
async fn gemini_takes_tools_of_one_kind_and_says_so() {
    let world = world().await;
    let settings = [
        ("GEMINI_BASE_URL", world.provider.base_url()),
        ("DEFAULT_MODEL", "gemini:gemini-2.5-flash".to_owned()),
        ("HOSTED_TOOLS", "web_search,mcp".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = world.start_with(&settings).await;
    let ada = server.actor("ada").await;
    let own = json!({ "name": "open_file", "parameters": { "type": "object" } });
    let both = json!({ "text": "Well?", "tools": [own, { "type": "web_search" }] });
    assert_eq!(refusal(&ada, both).await.1, "tools_not_mixed");
    let remote = json!({ "text": "Well?", "tools": [mcp("https://dice.example")] });
    assert_eq!(refusal(&ada, remote).await.1, "tool_not_run");
}

#[tokio::test]
async fn the_list_of_tools_says_which_may_be_asked_for() {
    let world = world().await;
    let server = world.start_with(&[("HOSTED_TOOLS", "code_interpreter")]).await;
    let ada = server.actor("ada").await;
    let list = ada.read("/tools").await;
    let types: Vec<_> = list["data"].as_array().unwrap().iter().map(|tool| tool["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["function", "function", "function", "function", "code_interpreter"]);
    let direct = ada.post("/tools/code_interpreter", json!({ "arguments": {} })).await;
    assert_eq!(direct.status(), StatusCode::NOT_FOUND, "only its provider runs it");
}
