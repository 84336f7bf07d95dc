//! meAI's conversations are sessions whose id is a number: its front end knows no others. Ours are; one that another
//! client has named otherwise is not listed here.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::domain::{Change, Session, SessionId, Timestamp, UserId};
use shared::error::{Error, Result, codes};
use shared::http::{self as edge, Caller, DoneReply, Path};
use utoipa::ToSchema;

use crate::change::parse;
use crate::list::{MAX, newest};

#[derive(Deserialize, ToSchema)]
#[schema(as = MeAiNewConversation)]
pub(crate) struct MeaiCreateBody {
    #[schema(max_length = 200, pattern = r"\S")]
    title: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = MeAiTitle)]
pub(crate) struct TitleBody {
    #[schema(required, value_type = String, max_length = 200, pattern = r"\S")]
    title: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiConversation)]
pub(crate) struct MeaiConversationReply {
    conversation_id: u64,
    user_id: u64,
    #[schema(required)]
    title: Option<String>,
    /// Nobody writes one.
    #[schema(required)]
    summary_text: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiConversations)]
pub(crate) struct MeaiConversationsReply {
    conversations: Vec<MeaiConversationReply>,
}

pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<MeaiConversationsReply>> {
    let conversations = newest(&app, &caller.user, MAX, |session| reply(&caller.user, session)).await?;
    Ok(Json(MeaiConversationsReply { conversations }))
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    edge::Json(MeaiCreateBody { title }): edge::Json<MeaiCreateBody>,
) -> Result<Json<MeaiConversationReply>> {
    let wanted = parse(title.as_deref(), Change::Keep)?;
    let session = app.consultant.create_session(&caller.user, None, wanted).await?;
    found(&caller.user, session)
}

pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    edge::Json(TitleBody { title }): edge::Json<TitleBody>,
) -> Result<Json<MeaiConversationReply>> {
    let title = title.filter(|title| !title.trim().is_empty());
    let title = title.ok_or_else(|| Error::new(codes::TITLE_MISSING, "Title is required"))?;
    let change = parse(Some(&title), Change::Keep)?;
    let session = app.store.change_session(&caller.user, numbered(&id)?, &change).await;
    found(&caller.user, session.map_err(|error| error.called("conversation"))?)
}

pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<DoneReply>> {
    let deleted = Box::pin(app.consultant.delete_session(&caller.user, numbered(&id)?)).await;
    deleted.map_err(|error| error.called("conversation"))?;
    Ok(Json(DoneReply::saying("Conversation deleted successfully")))
}

/// What is not listed is not there.
fn numbered(id: &SessionId) -> Result<&SessionId> {
    id.to_number().map(|_| id).ok_or_else(|| Error::not_found("conversation"))
}

fn found(user: &UserId, session: Session) -> Result<Json<MeaiConversationReply>> {
    reply(user, session).map(Json).ok_or_else(|| Error::not_found("conversation"))
}

fn reply(user: &UserId, session: Session) -> Option<MeaiConversationReply> {
    let Session { id, title, created_at, updated_at, .. } = session;
    let conversation_id = id.to_number()?;
    Some(MeaiConversationReply {
        conversation_id,
        user_id: user.number(),
        title,
        summary_text: None,
        created_at,
        updated_at,
    })
}
