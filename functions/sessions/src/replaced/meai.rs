//! meAI's conversations are sessions whose id is a number: its front end knows no others. Ours are; one that another
//! client has named otherwise is not listed here.

use axum::extract::State;
use axum::routing::{get, patch};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::domain::{Change, Session, SessionId, Timestamp, UserId};
use shared::error::{Error, Result, codes};
use shared::http::contract::{self, Contract, Route, number, tag};
use shared::http::{self as edge, Caller, DoneReply, Path};
use utoipa::ToSchema;

use crate::change::parse;
use crate::newest::{MAX, newest};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/conversations", get(list).post(create))
        .route("/conversations/{session}", patch(change).delete(remove))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::MEAI, routes())
}

fn routes() -> Vec<Route> {
    let id = "$response.body#/conversation_id";
    let numbered = |route: Route| route.param(number("session"));
    vec![
        contract::get("/conversations", "meaiListConversations", "List the user's conversations")
            .gives::<MeaiConversationsReply>(200, "At most a thousand, newest activity first."),
        contract::post("/conversations", "meaiCreateConversation", "Create a conversation")
            .takes::<MeaiCreateBody>(&json!({ "title": "The two offers" }))
            .gives::<MeaiConversationReply>(200, "The conversation.")
            .leads_to("meaiRenameConversation", "session", id)
            .leads_to("meaiDeleteConversation", "session", id)
            .leads_to("meaiListMessages", "session", id),
        numbered(contract::patch("/conversations/{session}", "meaiRenameConversation", "Rename a conversation"))
            .takes::<TitleBody>(&json!({ "title": "The two offers, decided" }))
            .gives::<MeaiConversationReply>(200, "The conversation with its new title."),
        numbered(contract::delete(
            "/conversations/{session}",
            "meaiDeleteConversation",
            "Delete a conversation with its messages",
        ))
        .gives::<DoneReply>(200, "The conversation is deleted.")
        .refuses(["409"]),
    ]
}

#[derive(Deserialize, ToSchema)]
#[schema(as = MeAiNewConversation)]
struct MeaiCreateBody {
    #[schema(max_length = 200, pattern = r"[^\s\u0085]")]
    title: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = MeAiTitle)]
struct TitleBody {
    #[schema(required, value_type = String, max_length = 200, pattern = r"[^\s\u0085]")]
    title: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiConversation)]
struct MeaiConversationReply {
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
struct MeaiConversationsReply {
    conversations: Vec<MeaiConversationReply>,
}

async fn list(State(app): State<App>, caller: Caller) -> Result<Json<MeaiConversationsReply>> {
    let conversations = newest(&app, &caller.user, MAX, |session| reply(&caller.user, session)).await?;
    Ok(Json(MeaiConversationsReply { conversations }))
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    edge::Json(MeaiCreateBody { title }): edge::Json<MeaiCreateBody>,
) -> Result<Json<MeaiConversationReply>> {
    let wanted = parse(title.as_deref(), Change::Keep)?;
    let session = app.consultant.create_session(&caller.user, None, wanted).await?;
    found(&caller.user, session)
}

async fn change(
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

async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<SessionId>) -> Result<Json<DoneReply>> {
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
