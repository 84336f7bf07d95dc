//! `POST /consult?dialect=agui`: AG-UI's clients.

use axum::response::Response;
use shared::agent::Target;
use shared::domain::{NewInput, Question};
use shared::error::Result;
use shared::http::{Json, stream};
use shared::wire::agui::{Agui, Note, Run, RunBody};
use shared::wire::{Dialect, Encoding};

use crate::context;
use crate::request::AskRequest;

use super::AskOptions;

pub(crate) async fn run(asks: AskRequest, Json(body): Json<RunBody>) -> Result<Response> {
    let Run { name, mut request, keeps, notes } = body.parse()?;
    if let NewInput::Question(question) = request.new_input {
        request.new_input = NewInput::Question(with_notes(question, notes));
    }
    let target = Target::named(&name.thread);
    let started =
        asks.open(target, request, AskOptions { keeps, client_fields: name.kept(), ..AskOptions::default() }).await?;
    let encoding = Encoding { dialect: Dialect::Agui, encoder: Box::new(Agui::of(name)), opens_at: started.from };
    Ok(stream(started.asked, encoding, 0))
}

/// What the user has before their eyes goes with the question, as an IDE's file does.
fn with_notes(question: Question, notes: Vec<Note>) -> Question {
    let notes = notes.into_iter().map(|Note { description, value }| context::note(&description, &value));
    question.with(notes)
}
