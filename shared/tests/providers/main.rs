//! Each provider's adapter over a real socket, against recordings of it and the faults of a network.

mod anthropic;
mod gemini;

use std::sync::Arc;

use futures::StreamExt;
use shared::domain::{ModelEvent, Part, Role};
use shared::error::Error;
use shared::llm::{Model, ModelRequest, PromptMessage};
use shared::testing::{Cassette, Cassettes};

/// What was heard of an answer, and why no more.
struct Reply {
    events: Vec<ModelEvent>,
    error: Option<Error>,
}

impl Reply {
    fn text(&self) -> String {
        let text = |event: &ModelEvent| match event {
            ModelEvent::TextDelta { text, .. } => text.clone(),
            _ => String::new(),
        };
        self.events.iter().map(text).collect()
    }

    fn is_whole(&self) -> bool {
        matches!(self.events.last(), Some(ModelEvent::StepEnded { .. }))
    }

    fn code(&self) -> &str {
        self.error.as_ref().map_or("no error", |error| error.code().name())
    }
}

fn question(model: &str) -> ModelRequest {
    let messages = vec![PromptMessage { role: Role::User, parts: vec![Part::text("Hello?")] }];
    ModelRequest { model: model.to_owned(), messages, ..ModelRequest::default() }
}

async fn ask(model: &Arc<dyn Model>, request: ModelRequest) -> Reply {
    let mut stream = model.stream(request);
    let mut heard = Reply { events: Vec::new(), error: None };
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => heard.events.push(event),
            Err(error) => heard.error = Some(error),
        }
    }
    heard
}

/// Every recording of a provider with its name.
fn recordings(provider: &str) -> Vec<(String, Cassette)> {
    let folder = format!("llm/{provider}/cassettes");
    let files = std::fs::read_dir(format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), Cassette::read(&format!("{folder}/{name}")))).collect()
}

/// Cut or reset at many places, an answer is `model_cut_off` and never whole.
async fn breaks_off_wherever_it_is_cut(cassettes: &Cassettes, model: &Arc<dyn Model>, name: &str, path: &str) {
    let whole = Cassette::read(path);
    for at in (0..whole.len() - 2).step_by(97) {
        for broken in [whole.clone().cut_at(at), whole.clone().resets_at(at)] {
            cassettes.then(broken);
            let heard = ask(model, question(name)).await;
            assert_eq!((heard.code(), heard.is_whole()), ("model_cut_off", false), "cut at {at}");
        }
    }
}

/// Whatever is said instead of an answer has a code, and the provider's words stay behind.
async fn refusals_are_ours(cassettes: &Cassettes, model: &Arc<dyn Model>, name: &str) {
    let refusals = [
        (400, "model_refused"),
        (401, "model_refused_us"),
        (404, "model_not_found"),
        (429, "model_busy"),
        (503, "model_unavailable"),
        (529, "model_unavailable"),
    ];
    for (status, code) in refusals {
        let body = r#"{"error":{"type":"some_error","status":"SOME","message":"secret-7"}}"#;
        cassettes.then(Cassette::refusal(status, Some(3), body));
        let heard = ask(model, question(name)).await;
        assert_eq!(heard.code(), code, "{status}");
        assert!(!format!("{:?}", heard.error).contains("secret-7"));
    }
    cassettes.then(Cassette::of("<html>secret-7</html>").typed("text/html"));
    assert_eq!(ask(model, question(name)).await.code(), "model_garbled");
}
