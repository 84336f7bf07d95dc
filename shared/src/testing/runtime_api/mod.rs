//! A fake of Lambda's Runtime API: hands events to a function and watches what comes back.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    body::Body,
    http::{Method, Request},
    response::Response,
};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use super::{
    eventually::eventually,
    loopback::{Loopback, LoopbackReply, answer},
};

mod invocation;

pub use invocation::{Invocation, Prelude};
use invocation::{Line, ReplyState};

const API: &str = "/2018-06-01/runtime";

pub struct RuntimeApi {
    server: Loopback,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    nexts: AtomicUsize,
    invoked: AtomicUsize,
    waiting: Mutex<VecDeque<Event>>,
    came: Notify,
    running: Mutex<Vec<(String, Line)>>,
    init_error: Mutex<Option<Value>>,
}

struct Event {
    id: String,
    body: String,
    deadline: SystemTime,
}

impl RuntimeApi {
    pub async fn start() -> Self {
        let state = Arc::new(State::default());
        let shared = state.clone();
        let server = Loopback::start(move |request| shared.clone().answer(request)).await;
        Self { server, state }
    }

    /// `host:port`, the value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.server.address().to_string()
    }

    /// What the host sets for every function: enough environment for a process to believe it is Lambda.
    pub fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_LAMBDA_RUNTIME_API", self.address()),
            ("AWS_LAMBDA_FUNCTION_NAME", "fake".into()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".into()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Hands over an event that may run for a minute.
    pub fn invoke(&self, event: &Value) -> Invocation {
        self.invoke_until(event, SystemTime::now() + Duration::from_mins(1))
    }

    pub fn invoke_until(&self, event: &Value, deadline: SystemTime) -> Invocation {
        let number = self.state.invoked.fetch_add(1, Ordering::SeqCst) + 1;
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let (say, said) = mpsc::unbounded_channel();
        let invocation = Invocation::new(said);
        let line = Line { say, cut: invocation.cut.clone() };
        self.state.running.lock().unwrap().push((id.clone(), line));
        let event = Event { id, body: event.to_string(), deadline };
        self.state.waiting.lock().unwrap().push_back(event);
        self.state.came.notify_waiters();
        invocation
    }

    /// How often the function has asked for an event.
    pub fn nexts(&self) -> usize {
        self.state.nexts.load(Ordering::SeqCst)
    }

    pub async fn wait_for_nexts(&self, count: usize) {
        eventually("the function to ask for its next event", || (self.nexts() >= count).then_some(())).await;
    }

    /// What the function reported if it could not start.
    pub fn init_error(&self) -> Option<Value> {
        self.state.init_error.lock().unwrap().clone()
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> LoopbackReply {
        let path = request.uri().path().strip_prefix(API).unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => Ok(self.next().await),
            (&Method::POST, ["invocation", id, "response"]) => self.response(id, request).await,
            (&Method::POST, ["invocation", id, "error"]) => self.error(id, request).await,
            (&Method::POST, ["init", "error"]) => {
                *self.init_error.lock().unwrap() = Some(json(request).await?);
                Ok(answer(202, "application/json", "{}"))
            }
            _ => Ok(answer(404, "application/json", "{}")),
        }
    }

    async fn next(&self) -> Response {
        self.nexts.fetch_add(1, Ordering::SeqCst);
        loop {
            let came = self.came.notified();
            let event = self.waiting.lock().unwrap().pop_front();
            match event {
                Some(event) => return event.into_response(),
                None => came.await,
            }
        }
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> LoopbackReply {
        let Some(line) = self.take(id) else {
            return Ok(answer(400, "application/json", r#"{"errorType":"InvalidRequestID"}"#));
        };
        let (head, mut body) = request.into_parts();
        line.say(ReplyState::Head(head.headers));
        let mut seen = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| line.broken(error))?;
            let Ok(chunk) = frame.into_data() else {
                continue;
            };
            seen += chunk.len();
            line.say(ReplyState::Chunk(chunk));
            if seen > line.cut.load(Ordering::SeqCst) {
                return Err(line.broken(io::Error::other("cut by the test")));
            }
        }
        line.say(ReplyState::End);
        Ok(answer(202, "application/json", r#"{"status":"OK"}"#))
    }

    async fn error(&self, id: &str, request: Request<Incoming>) -> LoopbackReply {
        let report = json(request).await?;
        if let Some(line) = self.take(id) {
            line.say(ReplyState::Error(report));
        }
        Ok(answer(202, "application/json", r#"{"status":"OK"}"#))
    }

    /// An invocation is answered once; a second answer finds nothing.
    fn take(&self, id: &str) -> Option<Line> {
        let mut running = self.running.lock().unwrap();
        let at = running.iter().position(|(known, _)| known == id)?;
        Some(running.remove(at).1)
    }
}

impl Event {
    fn into_response(self) -> Response {
        let deadline = self.deadline.duration_since(UNIX_EPOCH).expect("a deadline after 1970");
        Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", self.id)
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:1:function:fake")
            .header("lambda-runtime-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793")
            .body(Body::from(self.body))
            .expect("headers of plain ASCII")
    }
}

async fn json(request: Request<Incoming>) -> io::Result<Value> {
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(serde_json::from_slice(&body).unwrap_or_else(|_| lossy(&body)))
}

fn lossy(body: &Bytes) -> Value {
    Value::String(String::from_utf8_lossy(body).into_owned())
}
