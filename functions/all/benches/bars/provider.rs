//! A fake model provider: what it says is written in the question, as in `tokens=200 gap_ms=20`.

use std::{convert::Infallible, sync::LazyLock, time::Duration, time::Instant};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use futures::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The zero of the stamps a `stamped` answer carries.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Serves for as long as the bench runs; returns what `OPENAI_BASE_URL` wants.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
    let address = listener.local_addr().expect("a bound listener has an address");
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    let router = Router::new().route("/v1/chat/completions", post(answer));
    tokio::spawn(async { axum::serve(listener, router).await });
    format!("http://{address}/v1")
}

/// Microseconds since the bench began, as written into the tokens of a `stamped` answer.
pub(crate) fn stamp() -> u128 {
    START.elapsed().as_micros()
}

#[derive(Clone, Copy)]
struct Script {
    tokens: usize,
    gap: Duration,
    /// Each token is the time it was said at.
    stamped: bool,
    /// Never ends after its last token.
    held: bool,
}

async fn answer(Json(request): Json<Value>) -> Response {
    let script = Script::read(&request);
    let pieces = stream::unfold(0, move |said| async move {
        let piece = script.piece(said).await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), said + 1))
    });
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(pieces)).into_response()
}

impl Script {
    fn read(request: &Value) -> Self {
        let last = request["messages"].as_array().and_then(|messages| messages.last());
        let content = last.map(|message| &message["content"]).cloned().unwrap_or_default();
        let prompt = content.as_str().or(content[0]["text"].as_str()).unwrap_or_default();
        let number = |name: &str| {
            let mut words = prompt.split_whitespace();
            words.find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
        };
        Self {
            tokens: number("tokens").and_then(|count| usize::try_from(count).ok()).unwrap_or(1),
            gap: Duration::from_millis(number("gap_ms").unwrap_or(0)),
            stamped: prompt.contains("stamped"),
            held: prompt.contains("held"),
        }
    }

    async fn piece(self, said: usize) -> Option<String> {
        if said > self.tokens {
            return None;
        }
        if said == self.tokens {
            if self.held {
                std::future::pending::<()>().await;
            }
            let usage = json!({"prompt_tokens": 1, "completion_tokens": said, "total_tokens": said + 1});
            let stop = chunk(&json!({}), Some("stop"), &Value::Null);
            let bill = json!({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": usage});
            return Some(format!("{stop}data: {bill}\n\ndata: [DONE]\n\n"));
        }
        if said > 0 && !self.gap.is_zero() {
            tokio::time::sleep(self.gap).await;
        }
        let text = if self.stamped { format!("@{} ", stamp()) } else { "word ".to_owned() };
        Some(chunk(&json!({ "content": text }), None, &Value::Null))
    }
}

fn chunk(delta: &Value, finish: Option<&str>, usage: &Value) -> String {
    let chunk = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench", "usage": usage,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    });
    format!("data: {chunk}\n\n")
}
