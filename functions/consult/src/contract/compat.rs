//! The compatible APIs: paths and dialects that existing clients speak.

use serde_json::{Value, json};
use shared::http::contract::{Param, Route, delete, get, idempotency_key, limit, post, uuid};
use shared::wire::anthropic::MessagesBody;
use shared::wire::completions::CompletionsBody;
use shared::wire::conversation_api::MessageReply;
use shared::wire::responses::{ResponseBody, StarterBody};
use shared::wire::ui::ChatBody;

use crate::compat::{Count, MessageBody};

use super::named;
use super::shapes::refer;

pub(super) fn routes() -> Vec<Route> {
    [anthropic(), openai(), responses(), chat(), conversation_api()].into_iter().flatten().collect()
}

fn anthropic() -> Vec<Route> {
    let example = json!({
        "model": "openai:gpt-5-mini", "max_tokens": 1024, "messages": [{ "role": "user", "content": "Hello!" }],
    });
    vec![
        asks(post("/v1/messages", "anthropicMessages", "Anthropic's Messages API"))
            .takes::<MessagesBody>(&example)
            .gives_json(200, "A message, or its events.", &refer("AnthropicReply"))
            .gives_events(200, ""),
        post(
            "/v1/messages/count_tokens",
            "anthropicCountTokens",
            "About how many tokens a message of Anthropic's API has",
        )
        .takes::<MessagesBody>(&example)
        .gives::<Count>(200, "An estimate."),
    ]
}

fn openai() -> Vec<Route> {
    vec![
        asks(post("/v1/chat/completions", "openaiCompletions", "OpenAI's Chat Completions API"))
            .takes::<CompletionsBody>(&json!({
                "model": "openai:gpt-5-mini", "messages": [{ "role": "user", "content": "Hello!" }],
            }))
            .gives_json(200, "A completion, or its chunks.", &refer("Completion"))
            .gives_events(200, ""),
    ]
}

fn responses() -> Vec<Route> {
    let name = json!({ "type": "string", "minLength": 1 });
    let named = |route: Route| route.in_path("response", "As the response calls itself.", &name);
    let id = "$response.body#/id";
    vec![
        asks(post("/v1/responses", "openaiResponses", "OpenAI's Responses API"))
            .takes::<ResponseBody>(&json!({ "model": "openai:gpt-5-mini", "input": "Hello!" }))
            .gives_json(200, "A response, or its events.", &refer("Response"))
            .gives_events(200, "")
            .leads_to("readResponse", "response", id)
            .leads_to("cancelResponse", "response", id)
            .leads_to("readResponseInput", "response", id)
            .leads_to("deleteResponse", "response", id),
        named(get("/v1/responses/{response}", "readResponse", "A response as it stands, or its events"))
            .param(Param::query("stream", "Its events.", &json!({ "type": "boolean", "default": false })))
            .param(Param::query("starting_after", "The number of the last event that was received.", &number()))
            .gives_json(200, "The response, or its events.", &refer("Response"))
            .gives_events(200, ""),
        named(post("/v1/responses/{response}/cancel", "cancelResponse", "Stop a response")).gives_json(
            200,
            "The response as it stands then.",
            &refer("Response"),
        ),
        named(get("/v1/responses/{response}/input_items", "readResponseInput", "What a response answers"))
            .param(Param::query(
                "order",
                "`desc`: the newest first.",
                &json!({ "enum": ["asc", "desc"], "default": "desc" }),
            ))
            .param(limit(20))
            .param(Param::query("after", "The id of the last item that was read.", &json!({ "type": "string" })))
            .gives_json(200, "Its items.", &refer("ResponseItems")),
        named(delete("/v1/responses/{response}", "deleteResponse", "Delete a response, and what it answers"))
            .gives_json(200, "It is gone.", &refer("ResponseDeleted"))
            .refuses(["409"]),
        post("/api/turn_response", "starterResponse", "The browser of OpenAI's Responses starter app asks")
            .about("What is refused of a body that can be read is said as an answer: that browser shows nothing else.")
            .takes::<StarterBody>(&json!({ "messages": [{ "role": "user", "content": "Hello!" }] }))
            .gives_events(200, "The answer."),
    ]
}

fn chat() -> Vec<Route> {
    let example = json!({
        "id": "a-chat", "messages": [{ "id": "1", "role": "user", "parts": [{ "type": "text", "text": "Hello!" }] }],
    });
    let about = "The answer, as UI message stream.";
    vec![
        named(
            post("/api/chat", "chat", "The AI SDK's `useChat` asks")
                .param(idempotency_key())
                .takes::<ChatBody>(&example)
                .gives_events(200, about),
        )
        .refuses(["404", "409"]),
        named(
            get("/api/chat/{session}/stream", "followChat", "The same comes back to an answer")
                .in_path("session", "The chat.", &json!({ "type": "string", "minLength": 1 }))
                .never("404")
                .gives_events(200, about),
        )
        .gives_nothing(204, "Nothing is being told there."),
    ]
}

fn conversation_api() -> Vec<Route> {
    let says = |path, id, summary: &str| {
        let route = post(path, id, summary).in_path("conversation", "", &uuid()).param(idempotency_key());
        route.takes::<MessageBody>(&json!({ "content": "Hello!" })).refuses(["409"])
    };
    let path = "/api/v1/conversations/{conversation}/messages";
    vec![
        says(path, "sayInConversation", "Say something in a conversation of the Conversation API")
            .gives::<MessageReply>(200, "The answer.")
            .refuses(["502"]),
        named(
            says(
                "/api/v1/conversations/{conversation}/messages/stream",
                "sayInConversationStreamed",
                "The same; the answer comes as it is written",
            )
            .gives_events(200, "The answer."),
        ),
    ]
}

/// A conversation's end, of a client that keeps the conversation.
fn asks(route: Route) -> Route {
    route.param(idempotency_key()).refuses(["404", "409", "502"])
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX })
}
