//! Session items: made, read, changed, marked deleted.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::{Deserialize, Serialize};

use crate::domain::{Change, OpenTurn, Session, SessionChange, SessionId, Timestamp, TurnId, UserId};
use crate::error::{Error, Result, codes};

use super::attributes::{AttributeMap, flag, number, text, values};
use super::fault::{self, Refused, conditional};
use super::kinds::{Kind, Stored, read_item};
use super::{Store, keys};

/// How long a tombstone stays when all that its session held is gone: longer than any writer that might still come.
const TOMBSTONE_TTL: Duration = Duration::from_hours(30 * 24);
pub(super) const NOT_DELETED: &str = "attribute_not_exists(deleted_by)";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionItem {
    pub pk: String,
    pub sk: String,
    pub id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// As JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    /// The hour of `updated_at`: the index is written once an hour, not with every turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_turn: Option<TurnId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_writer: Option<String>,
    /// The sort key of the newest message: padded, so that keys compare as numbers do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
    pub created_by: String,
    /// A deleted session stays as a tombstone for a while, so that a late writer cannot revive it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl Stored for SessionItem {
    const KIND: Kind = Kind::Session;
}

impl Store {
    pub async fn create_session(&self, owner: &UserId, session: &Session) -> Result<()> {
        let item = SessionItem::new(owner, session);
        let put = self
            .put(&item)
            .await?
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now")
            .expression_attribute_values(":now", number(session.created_at.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(put.send().await, "create session")? {
            Ok(_) => Ok(()),
            // Our own first try, whose reply was lost.
            Err(Refused(Some(found))) if parse(found.clone())?.created_by == item.created_by => Ok(()),
            Err(_) => Err(Error::new(codes::SESSION_EXISTS, "There is a session with this id.")),
        }
    }

    /// The session, as it is now; 404 when it is not there, not this owner's, or deleted.
    pub async fn session(&self, owner: &UserId, id: &SessionId) -> Result<Session> {
        let get = self.get(&keys::user(owner), &keys::session(id)).await?;
        let reply = get.send().await.map_err(fault::during("get session"))?;
        let item = reply.item.map(parse).transpose()?.filter(|item| item.deleted_by.is_none());
        item.map(Session::from).ok_or_else(|| Error::not_found("session"))
    }

    /// 404 when it is not there, not this owner's, or deleted.
    pub async fn change_session(&self, owner: &UserId, id: &SessionId, change: &SessionChange) -> Result<Session> {
        let (expression, named) = changing(change);
        if expression.is_empty() {
            return self.session(owner, id).await;
        }
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression(expression)
            .condition_expression(format!("attribute_exists(pk) AND {NOT_DELETED}"))
            .set_expression_attribute_values(values(named))
            .return_values(ReturnValue::AllNew);
        match conditional(update.send().await, "change session")? {
            Ok(reply) => Ok(parse(reply.attributes.unwrap_or_default())?.into()),
            Err(_) => Err(Error::not_found("session")),
        }
    }

    /// Deletes the session for every reader at once; what it held is swept afterwards, and until that is done marking
    /// it deleted again goes on with it. Returns it as it was.
    pub async fn mark_session_deleted(&self, owner: &UserId, id: &SessionId, by: &str) -> Result<Session> {
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("SET deleted_by = :by REMOVE title, system_prompt, model, metadata, active")
            .condition_expression(format!("attribute_exists(pk) AND {NOT_DELETED}"))
            .expression_attribute_values(":by", text(by))
            .return_values(ReturnValue::AllOld);
        match conditional(update.send().await, "delete session")? {
            Ok(reply) => Ok(parse(reply.attributes.unwrap_or_default())?.into()),
            Err(Refused(Some(found))) => match parse(found)? {
                item if item.expires_at.is_none() => Ok(item.into()),
                _ => Err(Error::not_found("session")),
            },
            Err(Refused(None)) => Err(Error::not_found("session")),
        }
    }

    /// Lets a tombstone expire when nothing is left of what its session held. Not before: the tombstone leads to it.
    pub async fn let_tombstone_expire(&self, owner: &UserId, id: &SessionId, now: Timestamp) -> Result<()> {
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("SET expires_at = :expires")
            .condition_expression("attribute_exists(deleted_by)")
            .expression_attribute_values(":expires", number(now.plus(TOMBSTONE_TTL).seconds()));
        conditional(update.send().await, "let tombstone expire").map(|_| ())
    }

    /// An update that, when it is refused, shows the session as it is.
    pub(super) async fn update_session(&self, owner: &UserId, id: &SessionId) -> Result<UpdateItemFluentBuilder> {
        let update = self.update(&keys::user(owner), &keys::session(id)).await?;
        Ok(update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }
}

/// The update that makes this change, and its values; an empty one when nothing changes.
fn changing(change: &SessionChange) -> (String, Vec<(&'static str, AttributeValue)>) {
    let SessionChange { title, system_prompt, model, archived, metadata } = change;
    let (prompt, remove) = match system_prompt {
        Change::Set(prompt) => (Some(text(prompt.as_str())), ""),
        Change::Clear => (None, "REMOVE system_prompt"),
        Change::Keep => (None, ""),
    };
    let named = [
        (":title", title.as_ref().map(|title| text(title.as_str()))),
        (":system_prompt", prompt),
        (":model", model.as_ref().map(text)),
        (":archived", archived.map(flag)),
        (":metadata", metadata.as_ref().map(|metadata| text(metadata.to_json()))),
    ];
    let named: Vec<_> = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let sets: Vec<_> = named.iter().map(|(name, _)| format!("{} = {name}", name.trim_start_matches(':'))).collect();
    let set = if sets.is_empty() { String::new() } else { format!("SET {} ", sets.join(", ")) };
    (set + remove, named)
}

impl SessionItem {
    fn new(owner: &UserId, session: &Session) -> Self {
        let session = session.clone();
        let (open_turn, open_writer) = session.open_turn.map(|open| (open.turn, open.writer)).unzip();
        Self {
            pk: keys::user(owner),
            sk: keys::session(&session.id),
            id: session.id,
            title: session.title,
            system_prompt: session.system_prompt,
            model: session.model,
            archived: session.archived,
            metadata: (!session.metadata.is_empty()).then(|| session.metadata.to_json()),
            created_at: session.created_at.millis(),
            updated_at: session.updated_at.millis(),
            active: Some(hour(session.updated_at)),
            open_turn,
            open_writer,
            last_message: session.last_message.as_ref().map(keys::message),
            created_by: session.created_by,
            deleted_by: None,
            expires_at: None,
        }
    }
}

impl From<SessionItem> for Session {
    fn from(item: SessionItem) -> Self {
        let SessionItem { pk: _, sk: _, active: _, deleted_by: _, expires_at: _, .. } = item;
        let open_turn = item.open_turn.map(|turn| OpenTurn { turn, writer: item.open_writer.unwrap_or_default() });
        Self {
            id: item.id,
            title: item.title,
            system_prompt: item.system_prompt,
            model: item.model,
            archived: item.archived,
            metadata: item.metadata.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
            created_at: Timestamp::from_millis(item.created_at),
            updated_at: Timestamp::from_millis(item.updated_at),
            open_turn,
            last_message: item.last_message.as_deref().and_then(keys::message_id),
            created_by: item.created_by,
        }
    }
}

pub(super) fn parse(item: AttributeMap) -> Result<SessionItem> {
    read_item(item)
}

/// The index sorts by the hour; within an hour the items are sorted here.
pub(super) fn hour(at: Timestamp) -> String {
    format!("{:09}", at.seconds().div_euclid(3600))
}
