//! `POST /consult`: a question in, a stream out. BAID's plug-in says `prompt`, and names its session in a header.

use axum::Json as JsonReply;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shared::agent::{Ask, Asked, Target};
use shared::app::App;
use shared::domain::{Effort, Options, Part, Question, SessionId, ToolSpec, UserId, whole_number};
use shared::error::{Error, Result};
use shared::http::{Json, Preferred, SessionHeader, TurnReply, Wanted, stream};
use shared::wire::Dialect;
use utoipa::ToSchema;

use crate::compat;
use crate::context::Context;
use crate::parts::AskPart;
use crate::request::AskRequest;
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

/// The dialect of the answer says in which the question is written.
pub(crate) async fn consult(State(app): State<App>, Wanted(dialect): Wanted, request: Request) -> Response {
    match dialect {
        Dialect::Agui => compat::run.call(request, app).await,
        _ => ask.call(request, app).await,
    }
}

async fn ask(
    asks: AskRequest,
    Preferred(dialect): Preferred,
    SessionHeader(named): SessionHeader,
    Json(body): Json<AskBody>,
) -> Result<Response> {
    let (app, user, streamed) = (asks.app.clone(), asks.user.clone(), body.stream);
    let usual = if body.prompt.is_some() { Dialect::Baid } else { Dialect::Ui };
    let asked = asks.ask(body.parse(named)?).await?;
    if streamed { Ok(stream(asked, dialect.unwrap_or(usual), 0)) } else { turn_reply(&app, &user, asked).await }
}

impl AskBody {
    /// `named`: the session that BAID's plug-in names in a header.
    fn parse(self, named: Option<SessionId>) -> Result<Ask> {
        let Self { text, parts, prompt, session, context, model, tools, .. } = self;
        let Self { reasoning, max_tokens, temperature, top_p, stop, .. } = self;
        let options = Options { reasoning, max_tokens, temperature, top_p, stop }.checked()?;
        let named = named.filter(|_| prompt.is_some());
        let target = session.map(Target::Known).or(named.map(Target::Named)).unwrap_or(Target::New);
        let (tools, hosted) = sorted(tools);
        let question = question(text.or(prompt), parts, context)?;
        Ok(Ask { model, tools, hosted, options, ..Ask::new(target, question) })
    }
}

/// `POST /api/consult`: the plug-in since June 2025, which shows blocks.
pub(crate) async fn ask_for_blocks(
    asks: AskRequest,
    Preferred(dialect): Preferred,
    session: SessionHeader,
    body: Json<AskBody>,
) -> Result<Response> {
    ask(asks, Preferred(dialect.or(Some(Dialect::Blocks))), session, body).await
}

/// What the user wrote comes first: the session is named after it.
fn question(text: Option<String>, parts: Option<Vec<AskPart>>, context: Option<Context>) -> Result<Question> {
    let question = Question::parse(match (text, parts) {
        (Some(text), None) => vec![Part::text(text)],
        (None, Some(parts)) => parts.into_iter().map(AskPart::parse).collect::<Result<_>>()?,
        (Some(_), Some(_)) => return Err(Error::invalid("parts", "Send text or parts, not both.")),
        (None, None) => return Err(Error::invalid("text", "A question has a text, or parts.")),
    })?;
    Ok(question.with(context.and_then(Context::into_part)))
}

/// `"stream": false`: waits for the end and answers with the whole turn.
pub(crate) async fn turn_reply(app: &App, user: &UserId, mut asked: Asked) -> Result<Response> {
    while asked.events.next().await.is_some() {}
    let turn = app.consultant.turn_closing_lapsed(user, &asked.turn).await?;
    let headers = [("location", format!("/turns/{}", asked.turn)), ("x-session-id", asked.session.to_string())];
    Ok((headers, JsonReply(TurnReply::from(turn))).into_response())
}
