//! `POST /consult`: a question in, a stream out. BAID's plug-in says `prompt`, and names its session in a header.

use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonReply};
use serde::Deserialize;
use shared::agent::{Ask, Asked, Target};
use shared::app::App;
use shared::domain::{Effort, Options, Part, Question, SessionId, ToolSpec, whole_number};
use shared::error::{Error, Result};
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, Preferred, SessionHeader, TurnReply, Wanted, stream};
use shared::wire::Dialect;
use utoipa::ToSchema;

use crate::compat;
use crate::context::Context;
use crate::parts::AskPart;
use crate::tools::{AskTool, sorted};

#[derive(Deserialize, ToSchema)]
#[schema(as = Ask)]
pub(crate) struct AskBody {
    text: Option<String>,
    parts: Option<Vec<AskPart>>,
    /// What the plug-in calls the text.
    prompt: Option<String>,
    session: Option<SessionId>,
    context: Option<Context>,
    model: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<ToolSpec>)]
    tools: Vec<AskTool>,
    reasoning: Option<Effort>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(default, deserialize_with = "whole_number")]
    max_tokens: Option<u32>,
    #[schema(minimum = 0, maximum = 2)]
    temperature: Option<f64>,
    #[schema(exclusive_minimum = 0, maximum = 1)]
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
        Dialect::Agui => compat::run.call(request, app).await,
        _ => ask.call(request, app).await,
    }
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Preferred(dialect): Preferred,
    SessionHeader(named): SessionHeader,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<AskBody>,
) -> Result<Response> {
    let AskBody { text, parts, prompt, session, context, model, tools, stream: streamed, .. } = body;
    let AskBody { reasoning, max_tokens, temperature, top_p, stop, .. } = body;
    let options = Options { reasoning, max_tokens, temperature, top_p, stop }.checked()?;
    let (named, usual) = if prompt.is_some() { (named, Dialect::Baid) } else { (None, Dialect::Ui) };
    let question = question(text.or(prompt), parts, context)?;
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let target = session.map(Target::Known).or(named.map(Target::Named)).unwrap_or(Target::New);
    let (tools, hosted) = sorted(tools);
    let ask = Ask {
        target,
        question,
        client_context: None,
        regenerate: None,
        model,
        tools,
        hosted,
        options,
        client_fields: None,
        key,
        deadline,
    };
    let asked = app.consultant.ask(&caller.user, ask).await?;
    if streamed { Ok(stream(asked, dialect.unwrap_or(usual), 0)) } else { whole(&app, &caller, asked).await }
}

/// `POST /api/consult`: the plug-in since June 2025, which shows blocks.
pub(crate) async fn ask_for_blocks(
    app: State<App>,
    caller: Caller,
    Preferred(dialect): Preferred,
    session: SessionHeader,
    key: IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    body: Json<AskBody>,
) -> Result<Response> {
    let dialect = Preferred(dialect.or(Some(Dialect::Blocks)));
    ask(app, caller, dialect, session, key, deadline, body).await
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
