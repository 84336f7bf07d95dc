//! `POST /consult`: a question in, a stream out.

use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonReply};
use serde::Deserialize;
use shared::agent::{Ask, Asked, Place};
use shared::app::App;
use shared::domain::{Effort, Options, Part, Question, SessionId};
use shared::error::{Error, Result};
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, TurnReply, Wanted, stream};
use shared::wire::Dialect;

use crate::context::Context;
use crate::doors;
use crate::parts::AskPart;
use crate::tools::{AskTool, sorted};

#[derive(Deserialize)]
pub(crate) struct AskBody {
    text: Option<String>,
    parts: Option<Vec<AskPart>>,
    session: Option<SessionId>,
    context: Option<Context>,
    model: Option<String>,
    #[serde(default)]
    tools: Vec<AskTool>,
    reasoning: Option<Effort>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    #[serde(default)]
    stop: Vec<String>,
    #[serde(default = "streamed")]
    stream: bool,
}

fn streamed() -> bool {
    true
}

/// In which dialect the answer is wanted says in which the question is asked.
pub(crate) async fn consult(State(app): State<App>, Wanted(dialect): Wanted, request: Request) -> Response {
    match dialect {
        Dialect::Agui => doors::run.call(request, app).await,
        _ => ask.call(request, app).await,
    }
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Wanted(dialect): Wanted,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<AskBody>,
) -> Result<Response> {
    let AskBody { text, parts, session, context, model, tools, stream: streamed, .. } = body;
    let AskBody { reasoning, max_tokens, temperature, top_p, stop, .. } = body;
    let options = Options { reasoning, max_tokens, temperature, top_p, stop }.checked()?;
    let question = question(text, parts, context)?;
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let place = session.map_or(Place::New, Place::Known);
    let (tools, hosted) = sorted(tools);
    let ask = Ask { place, question, told: None, again: None, model, tools, hosted, options, key, deadline };
    let asked = app.consultant.ask(&caller.user, ask).await?;
    if streamed { Ok(stream(asked, dialect, 0)) } else { whole(&app, &caller, asked).await }
}

/// What the user wrote comes first: the session is named after it.
fn question(text: Option<String>, parts: Option<Vec<AskPart>>, context: Option<Context>) -> Result<Question> {
    let question = Question::parse(match (text, parts) {
        (Some(text), None) => vec![Part::text(text)],
        (None, Some(parts)) => parts.into_iter().map(AskPart::parse).collect::<Result<_>>()?,
        (Some(_), Some(_)) => return Err(Error::invalid("parts", "Send text or parts, not both.")),
        (None, None) => return Err(Error::invalid("text", "A question has a text, or parts.")),
    })?;
    let file = context.and_then(Context::into_part);
    Question::parse(question.into_parts().into_iter().chain(file).collect())
}

/// `"stream": false`: waits for the end and answers with the whole turn.
pub(crate) async fn whole(app: &App, caller: &Caller, mut asked: Asked) -> Result<Response> {
    while asked.events.next().await.is_some() {}
    let turn = app.consultant.turn(&caller.user, &asked.turn).await?;
    let headers = [("location", format!("/turns/{}", asked.turn)), ("x-session-id", asked.session.to_string())];
    Ok((headers, JsonReply(TurnReply::from(turn))).into_response())
}
