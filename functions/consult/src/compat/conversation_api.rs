//! `POST /api/v1/conversations/{conversation}/messages`, and `…/stream`: something is said in a conversation that is kept
//! here. The stream is that of Anthropic, with more in it than these clients read.

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json as JsonReply};
use serde::Deserialize;
use shared::agent::{Ask, Asked, Target, TurnView};
use shared::app::App;
use shared::domain::{Options, Part, Question, SessionId, UserId};
use shared::error::{Error, Result};
use shared::http::{Caller, Conversation, HostDeadline, IdempotencyKey, Json, stream};
use shared::wire::Dialect;
use shared::wire::conversation_api::{MessageReply, message};
use utoipa::ToSchema;

use super::Started;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewMessage)]
pub(crate) struct MessageBody {
    #[schema(pattern = r"\S")]
    content: String,
    model: Option<String>,
}

type Deadline = Option<Extension<HostDeadline>>;

pub(crate) async fn say(
    State(app): State<App>,
    caller: Caller,
    Conversation(id): Conversation,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Deadline,
    Json(body): Json<MessageBody>,
) -> Result<JsonReply<MessageReply>> {
    let asked = ask(&app, &caller.user, &id, body, key, deadline).await?;
    let turn = asked.turn.clone();
    Started { asked, from: 0 }.whole().await?;
    let TurnView { answer, .. } = app.consultant.turn(&caller.user, &turn).await?;
    let answer = answer.ok_or_else(|| Error::upstream("answer_empty", "The model has said nothing."))?;
    Ok(JsonReply(message(&id, &answer)))
}

pub(crate) async fn say_streamed(
    State(app): State<App>,
    caller: Caller,
    Conversation(id): Conversation,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Deadline,
    Json(body): Json<MessageBody>,
) -> Result<Response> {
    let asked = ask(&app, &caller.user, &id, body, key, deadline).await?;
    Ok(stream(asked, Dialect::Anthropic, 0))
}

/// Of the model that the message names, or else the conversation.
async fn ask(
    app: &App,
    user: &UserId,
    id: &SessionId,
    body: MessageBody,
    key: Option<String>,
    deadline: Deadline,
) -> Result<Asked> {
    let MessageBody { content, model } = body;
    if content.trim().is_empty() {
        return Err(Error::invalid("content", "A message says something."));
    }
    let session = app.store.session(user, id).await.map_err(|error| error.called("conversation"))?;
    let ask = Ask {
        target: Target::Known(id.clone()),
        question: Question::parse(vec![Part::text(content)])?,
        client_context: None,
        regenerate: None,
        model: model.or(session.model),
        tools: Vec::new(),
        hosted: Vec::new(),
        options: Options::default(),
        client_fields: None,
        key,
        deadline: deadline.map(|Extension(HostDeadline(at))| at),
    };
    app.consultant.ask(user, ask).await.map_err(|error| error.called("conversation"))
}
