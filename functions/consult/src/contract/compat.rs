//! SDK-compatible APIs and replaced systems.

use serde_json::{Value, json};
use shared::http::contract::{Contract, Param, Route, chat, delete, get, idempotency_key, limit, post, tag, uuid};
use shared::wire::anthropic::MessagesBody;
use shared::wire::completions::CompletionsBody;
use shared::wire::conversation_api::MessageReply;
use shared::wire::responses::{ResponseBody, StarterBody};
use shared::wire::ui::ChatBody;

use crate::compat::{Count, MessageBody};

use super::named;
use super::shapes::refer;

const QUESTION: &str = "Which of our two offers should we take?";

pub(super) fn contract() -> Contract {
    Contract::of(tag::AI_SDK, chats())
        .and(Contract::of(tag::OPENAI, openai()))
        .and(Contract::of(tag::ANTHROPIC, anthropic()))
        .and(Contract::of(tag::CONVERSATION_API, conversation_api()))
        .and(Contract::of(tag::STARTER, starter()))
}

fn chats() -> Vec<Route> {
    let message = json!({ "id": "1", "role": "user", "parts": [{ "type": "text", "text": QUESTION }] });
    let about = "The answer, as a UI message stream.";
    vec![
        named(
            post("/api/chat", "sendChat", "Send a chat message (AI SDK `useChat`)")
                .param(idempotency_key())
                .takes::<ChatBody>(&json!({ "id": "a-chat", "messages": [message] }))
                .gives_events(200, about),
        )
        .refuses(["404", "409"]),
        named(
            get("/api/chat/{session}/stream", "resumeChat", "Resume the open answer of a chat")
                .param(chat())
                .never("404")
                .gives_events(200, about),
        )
        .gives_nothing(204, "No answer is open in this chat."),
    ]
}

fn openai() -> Vec<Route> {
    let message = json!({ "role": "user", "content": QUESTION });
    let completion = json!({ "model": "openai:gpt-5-mini", "messages": [message] });
    let response = json!({ "model": "openai:gpt-5-mini", "input": QUESTION });
    let routes = vec![
        asks(post("/v1/chat/completions", "createChatCompletion", "Create a chat completion"))
            .takes::<CompletionsBody>(&completion)
            .or_takes("streamed", &streamed(&completion))
            .gives_json(200, "A completion, or its chunks.", &refer("Completion"))
            .gives_events(200, ""),
        leads_on(
            asks(post("/v1/responses", "createResponse", "Create a response"))
                .about("`previous_response_id` or `conversation` goes on with a session; `background` answers at once.")
                .takes::<ResponseBody>(&response)
                .or_takes("streamed", &streamed(&response))
                .gives_json(200, "A response, or its events.", &refer("Response"))
                .gives_events(200, ""),
        ),
    ];
    routes.into_iter().chain(responses()).collect()
}

fn responses() -> Vec<Route> {
    let (name, boolean) = (json!({ "type": "string", "minLength": 1 }), json!({ "type": "boolean", "default": false }));
    let order = json!({ "enum": ["asc", "desc"], "default": "desc" });
    let named = |route: Route| route.param(Param::path("response", "The response's id.", &name));
    vec![
        named(get("/v1/responses/{response}", "getResponse", "Get a response"))
            .param(Param::query("stream", "Whether to stream the response's events.", &boolean))
            .param(Param::query("starting_after", "The number of the last event that the client received.", &number()))
            .gives_json(200, "The response, or its events.", &refer("Response"))
            .gives_events(200, ""),
        named(post("/v1/responses/{response}/cancel", "cancelResponse", "Cancel a response")).gives_json(
            200,
            "The response: cancelled, or as it had ended before.",
            &refer("Response"),
        ),
        named(get("/v1/responses/{response}/input_items", "listInputItems", "List the input items of a response"))
            .param(Param::query("order", "`desc`: newest first.", &order))
            .param(limit(20))
            .param(Param::query(
                "after",
                "The id of the last item that the client received.",
                &json!({ "type": "string" }),
            ))
            .gives_json(200, "The items.", &refer("ResponseItems")),
        named(delete("/v1/responses/{response}", "deleteResponse", "Delete a response with its input"))
            .gives_json(200, "The response is deleted.", &refer("ResponseDeleted"))
            .refuses(["409"]),
    ]
}

fn anthropic() -> Vec<Route> {
    let message = json!({ "role": "user", "content": QUESTION });
    let example = json!({ "model": "openai:gpt-5-mini", "max_tokens": 1024, "messages": [message] });
    vec![
        asks(post("/v1/messages", "createMessage", "Create a message"))
            .takes::<MessagesBody>(&example)
            .or_takes("streamed", &streamed(&example))
            .gives_json(200, "A message, or its events.", &refer("AnthropicReply"))
            .gives_events(200, ""),
        post("/v1/messages/count_tokens", "countTokens", "Count the tokens of a message")
            .takes::<MessagesBody>(&example)
            .gives::<Count>(200, "An estimate."),
    ]
}

fn conversation_api() -> Vec<Route> {
    let says = |path, id, summary: &str| {
        let route = post(path, id, summary).param(uuid("conversation")).param(idempotency_key());
        route.takes::<MessageBody>(&json!({ "content": QUESTION })).refuses(["409"])
    };
    let path = "/api/v1/conversations/{conversation}/messages";
    let streamed = "/api/v1/conversations/{conversation}/messages/stream";
    vec![
        says(path, "sendConversationMessage", "Send a message, and wait for the answer")
            .gives::<MessageReply>(200, "The answer.")
            .refuses(["502"]),
        named(
            says(streamed, "streamConversationMessage", "Send a message, and stream the answer")
                .gives_events(200, "The answer."),
        ),
    ]
}

fn starter() -> Vec<Route> {
    vec![
        post("/api/turn_response", "starterRespond", "Create a response for a conversation")
            .about("Of a body that can be read every refusal is an answer: that browser shows nothing else.")
            .takes::<StarterBody>(&json!({ "messages": [{ "role": "user", "content": QUESTION }] }))
            .gives_events(200, "The response's events."),
    ]
}

/// A question of a client that keeps the conversation itself.
fn asks(route: Route) -> Route {
    route.param(idempotency_key()).refuses(["404", "409", "502"])
}

fn leads_on(route: Route) -> Route {
    let operations = ["getResponse", "cancelResponse", "listInputItems", "deleteResponse"];
    operations.into_iter().fold(route, |route, to| route.leads_to(to, "response", "$response.body#/id"))
}

fn streamed(body: &Value) -> Value {
    let mut streamed = body.clone();
    streamed["stream"] = true.into();
    streamed
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX })
}
