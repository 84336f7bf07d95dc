//! `POST /consult?dialect=agui`: AG-UI's clients.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use shared::agent::Target;
use shared::app::App;
use shared::domain::{NewInput, Question};
use shared::error::Result;
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, stream};
use shared::wire::agui::{Agui, Note, Run, RunBody};
use shared::wire::{Dialect, Encoding};

use crate::context;

use super::{AskOptions, CompatRequest};

pub(crate) async fn run(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<RunBody>,
) -> Result<Response> {
    let Run { name, mut request, keeps, notes } = body.parse()?;
    if let NewInput::Question(question) = request.new_input {
        request.new_input = NewInput::Question(with_notes(question, notes)?);
    }
    let target = Target::named(&name.thread);
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let compat = CompatRequest { app, user: caller.user, target, key, deadline };
    let opened =
        compat.open_as(request, AskOptions { keeps, client_fields: name.kept(), ..AskOptions::default() }).await?;
    let encoding = Encoding { dialect: Dialect::Agui, encoder: Box::new(Agui::of(name)), opens_at: opened.from };
    Ok(stream(opened.asked, encoding, 0))
}

/// What the user has before their eyes is told with the question, as an IDE's file is.
fn with_notes(question: Question, notes: Vec<Note>) -> Result<Question> {
    let notes = notes.into_iter().map(|Note { description, value }| context::note(&description, &value));
    Question::parse(question.into_parts().into_iter().chain(notes).collect())
}
