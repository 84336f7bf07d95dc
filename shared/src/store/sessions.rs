//! Session items: made, read, changed, buried.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde_dynamo::from_item;

use crate::domain::{Change, Session, SessionChange, SessionId, Timestamp, UserId};
use crate::error::{Error, Result};

use super::entries::item_of;
use super::fault::{AttributeMap, Refused};
use super::items::SessionItem;
use super::keys::{self, PK, SK};
use super::{Store, fault, unreadable};

/// How long a tombstone stays when all that its session held is gone: longer than any writer that might still come.
const STONE: Duration = Duration::from_hours(30 * 24);
pub(super) const NOT_DELETED: &str = "attribute_not_exists(deleted_by)";

impl Store {
    pub async fn create_session(&self, owner: &UserId, session: &Session) -> Result<()> {
        let item = SessionItem::new(owner, session);
        let put = self
            .client()
            .await?
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of(&item)?))
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now")
            .expression_attribute_values(":now", keys::number(session.created_at.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await.map_err(|error| fault::of_put(error, "create session")) {
            Ok(_) => Ok(()),
            Err(Refused::ByItem(Some(found))) if parse(found.clone())?.created_by == item.created_by => Ok(()),
            Err(Refused::ByItem(_)) => Err(Error::conflict("session_exists", "There is a session with this id.")),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// The session, as it is now; 404 when it is not there, not this owner's, or deleted.
    pub async fn session(&self, owner: &UserId, id: &SessionId) -> Result<Session> {
        let get = self.client().await?.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PK, keys::text(keys::user(owner))).key(SK, keys::text(keys::session(id)));
        let reply = get.send().await.map_err(|error| fault::of(error, "get session"))?;
        let item = reply.item.map(parse).transpose()?.filter(|item| item.deleted_by.is_none());
        item.map(Session::from).ok_or_else(|| Error::not_found("session"))
    }

    /// 404 when it is not there, not this owner's, or deleted.
    pub async fn change_session(&self, owner: &UserId, id: &SessionId, change: &SessionChange) -> Result<Session> {
        let SessionChange { title, system_prompt, model, archived, metadata } = change;
        let (prompt, remove) = match system_prompt {
            Change::Set(prompt) => (Some(keys::text(prompt.as_str())), ""),
            Change::Clear => (None, "REMOVE system_prompt"),
            Change::Keep => (None, ""),
        };
        let values = [
            (":title", title.as_ref().map(|title| keys::text(title.as_str()))),
            (":system_prompt", prompt),
            (":model", model.as_ref().map(keys::text)),
            (":archived", archived.map(keys::flag)),
            (":metadata", metadata.as_ref().map(|metadata| keys::text(metadata.to_json()))),
        ];
        let values: HashMap<_, _> =
            values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let sets: Vec<_> = values.keys().map(|name| format!("{} = {name}", name.trim_start_matches(':'))).collect();
        let set = if sets.is_empty() { String::new() } else { format!("SET {} ", sets.join(", ")) };
        if set.is_empty() && remove.is_empty() {
            return self.session(owner, id).await;
        }
        let update = self
            .update_session(owner, id)
            .await?
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .update_expression(set + remove)
            .condition_expression(format!("attribute_exists(pk) AND {NOT_DELETED}"))
            .return_values(ReturnValue::AllNew);
        match update.send().await.map_err(|error| fault::of_update(error, "change session")) {
            Ok(reply) => Ok(parse(reply.attributes.unwrap_or_default())?.into()),
            Err(Refused::ByItem(_)) => Err(Error::not_found("session")),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// Deletes the session for every reader at once; what it held is swept afterwards, and until that is done burying
    /// it again goes on with it. Returns it as it was.
    pub async fn mark_session_deleted(&self, owner: &UserId, id: &SessionId, by: &str) -> Result<Session> {
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("SET deleted_by = :by REMOVE title, system_prompt, model, metadata, active")
            .condition_expression(format!("attribute_exists(pk) AND {NOT_DELETED}"))
            .expression_attribute_values(":by", keys::text(by))
            .return_values(ReturnValue::AllOld);
        match update.send().await.map_err(|error| fault::of_update(error, "delete session")) {
            Ok(reply) => Ok(parse(reply.attributes.unwrap_or_default())?.into()),
            Err(Refused::ByItem(Some(found))) => match parse(found)? {
                item if item.expires_at.is_none() => Ok(item.into()),
                _ => Err(Error::not_found("session")),
            },
            Err(Refused::ByItem(None)) => Err(Error::not_found("session")),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// Lets a tombstone expire when nothing is left of what its session held. Not before: the tombstone leads to it.
    pub async fn let_tombstone_expire(&self, owner: &UserId, id: &SessionId, now: Timestamp) -> Result<()> {
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("SET expires_at = :expires")
            .condition_expression("attribute_exists(deleted_by)")
            .expression_attribute_values(":expires", keys::number(now.plus(STONE).seconds()));
        match update.send().await.map_err(|error| fault::of_update(error, "let tombstone expire")) {
            Ok(_) | Err(Refused::ByItem(_)) => Ok(()),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    pub(super) async fn update_session(&self, owner: &UserId, id: &SessionId) -> Result<UpdateItemFluentBuilder> {
        let client = self.client().await?;
        let update = client
            .update_item()
            .table_name(&self.table)
            .key(PK, keys::text(keys::user(owner)))
            .key(SK, keys::text(keys::session(id)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(update)
    }
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

pub(super) fn parse(item: AttributeMap) -> Result<SessionItem> {
    from_item(item).map_err(unreadable)
}

/// The index sorts by the hour; within an hour the items are sorted here.
pub(super) fn hour(at: Timestamp) -> String {
    format!("{:09}", at.seconds().div_euclid(3600))
}
