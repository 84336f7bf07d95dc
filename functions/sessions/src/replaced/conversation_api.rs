//! The Conversation API's conversations are sessions, named by UUID. One whose id fits into none is not listed here.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::app::App;
use shared::domain::{Change, Metadata, Session, SessionChange, Timestamp, UserId};
use shared::error::{Error, ErrorKind, Result};
use shared::http::contract::{self, Contract, Param, Route, limit, offset, tag, uuid};
use shared::http::{self as edge, Caller, Conversation, DoneReply, OffsetPage};
use utoipa::ToSchema;

use crate::change::parse;
use crate::newest::newest;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/conversations", get(list).post(create))
        .route("/api/v1/conversations/{conversation}", get(read).patch(change).delete(remove))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::CONVERSATION_API, routes())
}

fn routes() -> Vec<Route> {
    let path = "/api/v1/conversations/{conversation}";
    let anything = json!({ "type": "string", "minLength": 1 });
    vec![
        contract::get("/api/v1/conversations", "listConversations", "List the user's conversations")
            .param(limit(20))
            .param(offset())
            .gives_list_of::<ConversationReply>("Newest activity first.")
            .refuses(["422"]),
        leads_on(
            contract::post("/api/v1/conversations", "createConversation", "Create a conversation")
                .takes::<ConversationCreateBody>(&json!({ "title": "The two offers", "metadata": { "color": "blue" } }))
                .gives::<ConversationReply>(200, "The conversation."),
        ),
        contract::get(path, "getConversation", "Get a conversation")
            .param(uuid("conversation"))
            .gives::<ConversationReply>(200, "The conversation."),
        contract::patch(path, "updateConversation", "Update a conversation")
            .param(uuid("conversation"))
            .takes::<ConversationChangeBody>(&json!({ "title": "The two offers, decided", "is_archived": true }))
            .gives::<ConversationReply>(200, "The conversation with its changes."),
        contract::delete(path, "deleteConversation", "Delete a conversation with its messages")
            .param(Param::path("conversation", "The conversation's id; deleting twice is no error.", &anything))
            .gives::<DoneReply>(200, "The conversation is deleted, or there was none.")
            .never("404")
            .refuses(["409"]),
    ]
}

fn leads_on(route: Route) -> Route {
    let operations = [
        "getConversation",
        "updateConversation",
        "deleteConversation",
        "listConversationMessages",
        "sendConversationMessage",
        "streamConversationMessage",
    ];
    operations.into_iter().fold(route, |route, to| route.leads_to(to, "conversation", "$response.body#/id"))
}

const MAX_MODEL_CHARS: usize = 200;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewConversation)]
struct ConversationCreateBody {
    #[schema(max_length = 200, pattern = r"[^\s\u0085]")]
    title: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 8192, pattern = r"[^\s\u0085]")]
    system_prompt: Change<String>,
    #[schema(min_length = 1, max_length = 200)]
    model: Option<String>,
    /// At most 4 KB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ConversationChange)]
struct ConversationChangeBody {
    #[schema(max_length = 200, pattern = r"[^\s\u0085]")]
    title: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 8192, pattern = r"[^\s\u0085]")]
    system_prompt: Change<String>,
    is_archived: Option<bool>,
    /// At most 4 KB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
struct ConversationReply {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    user_id: String,
    #[schema(required)]
    title: Option<String>,
    /// The one that is asked here unless a message names another.
    model: String,
    #[schema(required)]
    system_prompt: Option<String>,
    #[schema(value_type = Object)]
    metadata: Metadata,
    is_archived: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

async fn list(State(app): State<App>, caller: Caller, window: OffsetPage<20>) -> Result<Json<Vec<ConversationReply>>> {
    let shown = newest(&app, &caller.user, window.end(), |session| reply(&app, &caller.user, session)).await?;
    Ok(Json(shown.into_iter().skip(window.offset).collect()))
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    edge::Json(ConversationCreateBody { title, system_prompt, model, metadata }): edge::Json<ConversationCreateBody>,
) -> Result<Json<ConversationReply>> {
    if model.as_ref().is_some_and(|model| model.is_empty() || model.chars().count() > MAX_MODEL_CHARS) {
        return Err(Error::invalid("model", "The name of a model is 1 to 200 characters."));
    }
    let wanted = SessionChange { model, ..changed(title.as_deref(), system_prompt, metadata)? };
    let session = app.consultant.create_session(&caller.user, None, wanted).await?;
    found(&app, &caller.user, session)
}

async fn read(
    State(app): State<App>,
    caller: Caller,
    Conversation(id): Conversation,
) -> Result<Json<ConversationReply>> {
    let read = app.consultant.session_closing_lapsed(&caller.user, &id).await;
    let (session, _) = read.map_err(|error| error.called("conversation"))?;
    found(&app, &caller.user, session)
}

async fn change(
    State(app): State<App>,
    caller: Caller,
    Conversation(id): Conversation,
    edge::Json(ConversationChangeBody { title, system_prompt, is_archived, metadata }): edge::Json<
        ConversationChangeBody,
    >,
) -> Result<Json<ConversationReply>> {
    let change = SessionChange { archived: is_archived, ..changed(title.as_deref(), system_prompt, metadata)? };
    let session = app.store.change_session(&caller.user, &id, &change).await;
    found(&app, &caller.user, session.map_err(|error| error.called("conversation"))?)
}

/// Deleting what is not there is no fault to these clients.
async fn remove(
    State(app): State<App>,
    caller: Caller,
    conversation: Result<Conversation, Error>,
) -> Result<Json<DoneReply>> {
    let deleted = match conversation {
        Ok(Conversation(id)) => Box::pin(app.consultant.delete_session(&caller.user, &id)).await,
        Err(error) => Err(error),
    };
    match deleted {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(Json(DoneReply::saying("Conversation deleted successfully"))),
    }
}

fn changed(
    title: Option<&str>,
    system_prompt: Change<String>,
    metadata: Option<Map<String, Value>>,
) -> Result<SessionChange> {
    let metadata = metadata.map(Metadata::parse).transpose()?;
    Ok(SessionChange { metadata, ..parse(title, system_prompt)? })
}

fn found(app: &App, user: &UserId, session: Session) -> Result<Json<ConversationReply>> {
    reply(app, user, session).map(Json).ok_or_else(|| Error::not_found("conversation"))
}

fn reply(app: &App, user: &UserId, session: Session) -> Option<ConversationReply> {
    let Session { id, title, system_prompt, model, archived, metadata, created_at, updated_at, .. } = session;
    let usual = || app.config.llm.default_model.to_string();
    Some(ConversationReply {
        id: id.to_uuid()?,
        user_id: user.uuid(),
        title,
        model: model.unwrap_or_else(usual),
        system_prompt,
        metadata,
        is_archived: archived,
        created_at,
        updated_at,
    })
}
