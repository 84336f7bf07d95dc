//! `POST /api/v1/conversations/{conversation}/messages`, and `…/stream`: something is said in a conversation that is kept
//! here. The stream is that of Anthropic, with more in it than these clients read.

use axum::Json as JsonReply;
use axum::response::Response;
use serde::Deserialize;
use shared::agent::{Ask, Asked, Target, TurnView};
use shared::domain::{Part, Question, SessionId};
use shared::error::{Error, Result, codes};
use shared::http::{Conversation, Json, stream};
use shared::wire::Dialect;
use shared::wire::conversation_api::{MessageReply, message};
use utoipa::ToSchema;

use super::Started;
use crate::request::AskRequest;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewMessage)]
pub(crate) struct MessageBody {
    #[schema(pattern = r"[^\s\u0085]")]
    content: String,
    model: Option<String>,
}

pub(crate) async fn say(
    asks: AskRequest,
    Conversation(id): Conversation,
    Json(body): Json<MessageBody>,
) -> Result<JsonReply<MessageReply>> {
    let (app, user) = (asks.app.clone(), asks.user.clone());
    let asked = ask(asks, &id, body).await?;
    let turn = asked.turn.clone();
    Started { asked, from: 0 }.whole().await?;
    let TurnView { answer, .. } = app.consultant.turn_closing_lapsed(&user, &turn).await?;
    let answer = answer.ok_or_else(|| Error::new(codes::ANSWER_EMPTY, "The model has said nothing."))?;
    Ok(JsonReply(message(&id, &answer)))
}

pub(crate) async fn say_streamed(
    asks: AskRequest,
    Conversation(id): Conversation,
    Json(body): Json<MessageBody>,
) -> Result<Response> {
    let asked = ask(asks, &id, body).await?;
    Ok(stream(asked, Dialect::Anthropic, 0))
}

/// Of the model that the message names, or else the conversation.
async fn ask(asks: AskRequest, id: &SessionId, body: MessageBody) -> Result<Asked> {
    let MessageBody { content, model } = body;
    if content.trim().is_empty() {
        return Err(Error::invalid("content", "A message says something."));
    }
    let session = asks.app.store.session(&asks.user, id).await.map_err(|error| error.called("conversation"))?;
    let question = Question::parse(vec![Part::text(content)])?;
    let ask = Ask { model: model.or(session.model), ..Ask::new(Target::Known(id.clone()), question) };
    asks.ask(ask).await.map_err(|error| error.called("conversation"))
}
