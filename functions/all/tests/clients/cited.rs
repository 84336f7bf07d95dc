//! A model that says where it has read what it says: Anthropic's, which names a page of the web.

use serde_json::{Value, json};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Server, World};

pub(crate) const URL: &str = "https://weather.example/graz";
pub(crate) const TITLE: &str = "Weather in Graz";
pub(crate) const TEXT: &str = "21 °C.";

/// A process that asks this model, which answers as long as it is held.
pub(crate) async fn start(world: &World) -> (Server, Loopback) {
    start_and_stop(world, json!({ "stop_reason": "end_turn" })).await
}

/// It stops so.
pub(crate) async fn start_and_stop(world: &World, stop: Value) -> (Server, Loopback) {
    let stream = stream(&stop);
    let provider = Loopback::start(move |_| {
        let stream = stream.clone();
        async move { Ok(answer(200, "text/event-stream", stream)) }
    })
    .await;
    let url = provider.url();
    let settings =
        [("DEFAULT_MODEL", "anthropic:fake"), ("ANTHROPIC_API_KEY", "none"), ("ANTHROPIC_BASE_URL", url.as_str())];
    (world.start_with(&settings).await, provider)
}

fn stream(stop: &Value) -> String {
    let citation = json!({ "type": "web_search_result_location", "url": URL, "title": TITLE, "cited_text": "21" });
    let usage = json!({ "input_tokens": 1, "output_tokens": 1 });
    let events = [
        json!({ "type": "message_start", "message": { "id": "m", "content": [], "usage": usage } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": TEXT } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "citations_delta", "citation": citation } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": stop, "usage": usage }),
        json!({ "type": "message_stop" }),
    ];
    events.iter().map(frame).collect()
}

fn frame(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().expect("a type"))
}
