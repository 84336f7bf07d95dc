//! Session items: created, opened for a turn, closed, renamed, buried, listed by activity.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, Select, TransactWriteItem, Update};
use serde_dynamo::from_item;

use crate::domain::{Change, MessageId, OpenTurn, Session, SessionChange, SessionId, Timestamp, Title, TurnId, UserId};
use crate::error::{Error, Result};

use super::entries::item_of;
use super::fault::{Item, Refused};
use super::items::SessionItem;
use super::keys::{self, PK, SK};
use super::usage::Used;
use super::{Store, fault, unreadable};

/// How long a deleted session's stone stays when all that it held is gone: longer than any writer that might still come.
const STONE: Duration = Duration::from_hours(30 * 24);
const NOT_DELETED: &str = "attribute_not_exists(deleted_by)";

/// A turn that wants to begin in a session.
pub struct Opening<'a> {
    pub session: &'a SessionId,
    /// Whether the session has to be there already.
    pub known: bool,
    /// The message that has to be its newest.
    pub after: Option<&'a MessageId>,
    pub turn: &'a TurnId,
    pub writer: &'a str,
    pub question_id: &'a MessageId,
    pub title: &'a Title,
    pub at: Timestamp,
}

/// A turn that has ended: its newest message, and what it has used up.
pub struct Closing<'a> {
    pub turn: &'a TurnId,
    pub last: &'a MessageId,
    pub used: Used,
}

pub enum OpeningRefused {
    Missing,
    /// Another turn is open.
    Busy(OpenTurn),
    /// The session has a message that is newer than this question's id: a clock is behind.
    Behind(MessageId),
    Fault(Error),
}

/// Where a list of sessions goes on: the last one seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionMark {
    pub updated_at: Timestamp,
    pub id: SessionId,
}

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

    /// Takes the session for one turn, and makes it if it is new: the point at which a turn has begun.
    pub async fn open_turn(&self, owner: &UserId, opening: &Opening<'_>) -> Result<Session, OpeningRefused> {
        let free = "(attribute_not_exists(open_turn) OR open_writer = :writer)";
        let newest = match opening.after {
            Some(_) => "last_message = :after AND last_message < :question",
            None => "(attribute_not_exists(last_message) OR last_message < :question)",
        };
        let known = if opening.known { "attribute_exists(pk) AND " } else { "" };
        let update = self
            .update_session(owner, opening.session)
            .await
            .map_err(OpeningRefused::Fault)?
            .update_expression(
                "SET open_turn = :turn, open_writer = :writer, updated_at = :at, active = :active, \
                 id = if_not_exists(id, :id), created_at = if_not_exists(created_at, :at), \
                 created_by = if_not_exists(created_by, :writer), title = if_not_exists(title, :title)",
            )
            .condition_expression(format!("{known}{NOT_DELETED} AND {free} AND {newest}"))
            .expression_attribute_values(":turn", keys::text(opening.turn))
            .expression_attribute_values(":writer", keys::text(opening.writer))
            .expression_attribute_values(":at", keys::number(opening.at.millis()))
            .expression_attribute_values(":active", keys::text(hour(opening.at)))
            .expression_attribute_values(":id", keys::text(opening.session))
            .expression_attribute_values(":title", keys::text(opening.title.as_str()))
            .expression_attribute_values(":question", keys::text(keys::message(opening.question_id)))
            .return_values(ReturnValue::AllNew);
        let update = match opening.after {
            Some(last) => update.expression_attribute_values(":after", keys::text(keys::message(last))),
            None => update,
        };
        match update.send().await.map_err(|error| fault::of_update(error, "open turn")) {
            Ok(reply) => parse(reply.attributes.unwrap_or_default()).map(Session::from).map_err(OpeningRefused::Fault),
            Err(Refused::ByItem(found)) => why_refused(found, opening.writer),
            Err(Refused::ByFault(error)) => Err(OpeningRefused::Fault(error)),
        }
    }

    /// Undoes an opening whose turn did not begin; a session that it made goes, too.
    pub async fn release_turn(&self, owner: &UserId, id: &SessionId, writer: &str) -> Result<()> {
        let delete = self
            .client()
            .await?
            .delete_item()
            .table_name(&self.table)
            .key(PK, keys::text(keys::user(owner)))
            .key(SK, keys::text(keys::session(id)))
            .condition_expression("open_writer = :writer AND created_by = :writer")
            .expression_attribute_values(":writer", keys::text(writer));
        match delete.send().await {
            Ok(_) => return Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) => {}
            Err(error) => return Err(fault::of(error, "release turn")),
        }
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("REMOVE open_turn, open_writer")
            .condition_expression("open_writer = :writer")
            .expression_attribute_values(":writer", keys::text(writer));
        match update.send().await.map_err(|error| fault::of_update(error, "release turn")) {
            Ok(_) | Err(Refused::ByItem(_)) => Ok(()),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// Gives the session free after its turn's messages were stored, and counts in the same write what the turn has
    /// used up: of any number of tries one closes and counts. False when the session was deleted meanwhile.
    pub async fn close_turn(&self, owner: &UserId, id: &SessionId, closing: &Closing<'_>) -> Result<bool> {
        match self.close_and_count(owner, id, closing, NOT_DELETED).await {
            Ok(()) => return Ok(true),
            Err(Refused::ByFault(error)) => return Err(error),
            Err(Refused::ByItem(None)) => return Ok(false),
            Err(Refused::ByItem(Some(found))) if parse(found.clone())?.deleted_by.is_none() => return Ok(true),
            Err(Refused::ByItem(Some(_))) => {}
        }
        // What was paid for a deleted session counts all the same.
        match self.close_and_count(owner, id, closing, "attribute_exists(deleted_by)").await {
            Ok(()) | Err(Refused::ByItem(_)) => Ok(false),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    async fn close_and_count(
        &self,
        owner: &UserId,
        id: &SessionId,
        closing: &Closing<'_>,
        deleted: &str,
    ) -> Result<(), Refused> {
        let close = Update::builder()
            .table_name(&self.table)
            .key(PK, keys::text(keys::user(owner)))
            .key(SK, keys::text(keys::session(id)))
            .update_expression("SET last_message = :last REMOVE open_turn, open_writer")
            .condition_expression(format!("open_turn = :turn AND {deleted}"))
            .expression_attribute_values(":turn", keys::text(closing.turn))
            .expression_attribute_values(":last", keys::text(keys::message(closing.last)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| Refused::ByFault(unreadable(error)))?;
        let count = self.count(owner, &closing.used).map_err(Refused::ByFault)?;
        let client = self.client().await.map_err(Refused::ByFault)?;
        let item = |update| TransactWriteItem::builder().update(update).build();
        let write = client.transact_write_items().transact_items(item(close)).transact_items(item(count));
        write.send().await.map(|_| ()).map_err(|error| fault::of_transaction(error, "close turn"))
    }

    /// Deletes the session for every reader at once; what it held is swept afterwards, and until that is done burying
    /// it again goes on with it. Returns it as it was.
    pub async fn bury_session(&self, owner: &UserId, id: &SessionId, by: &str) -> Result<Session> {
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

    /// Nothing is left of what the session held. Not before: whatever lies there is found by its stone.
    pub async fn let_stone_expire(&self, owner: &UserId, id: &SessionId, now: Timestamp) -> Result<()> {
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("SET expires_at = :expires")
            .condition_expression("attribute_exists(deleted_by)")
            .expression_attribute_values(":expires", keys::number(now.plus(STONE).seconds()));
        match update.send().await.map_err(|error| fault::of_update(error, "let stone expire")) {
            Ok(_) | Err(Refused::ByItem(_)) => Ok(()),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// The owner's sessions after `mark`, newest activity first, and whether there are more.
    pub async fn sessions(
        &self,
        owner: &UserId,
        limit: usize,
        mark: Option<&SessionMark>,
    ) -> Result<(Vec<Session>, bool)> {
        let from = mark.map_or_else(|| "~".to_owned(), |mark| hour(mark.updated_at));
        let mut found: Vec<SessionItem> = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self
                .by_activity(owner)
                .await?
                .key_condition_expression("pk = :pk AND active <= :from")
                .expression_attribute_values(":from", keys::text(&from))
                .select(Select::AllAttributes)
                .scan_index_forward(false)
                .set_exclusive_start_key(start.take());
            let reply = query.send().await.map_err(|error| fault::of(error, "list sessions"))?;
            for item in reply.items.unwrap_or_default() {
                found.push(parse(item)?);
            }
            start = reply.last_evaluated_key;
            if start.is_none() || whole_hours_suffice(&found, mark, limit) {
                return Ok(newest(found, mark, limit));
            }
        }
    }

    /// How many sessions the owner has.
    pub async fn count_sessions(&self, owner: &UserId) -> Result<usize> {
        let (mut count, mut start) = (0, None);
        loop {
            let query = self.by_activity(owner).await?.key_condition_expression("pk = :pk").select(Select::Count);
            let query = query.set_exclusive_start_key(start.take());
            let reply = query.send().await.map_err(|error| fault::of(error, "count sessions"))?;
            count += usize::try_from(reply.count).unwrap_or_default();
            start = reply.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn by_activity(&self, owner: &UserId) -> Result<QueryFluentBuilder> {
        let query = self.client().await?.query().table_name(&self.table).index_name(keys::BY_ACTIVITY);
        Ok(query.expression_attribute_values(":pk", keys::text(keys::user(owner))).consistent_read(true))
    }

    async fn update_session(&self, owner: &UserId, id: &SessionId) -> Result<UpdateItemFluentBuilder> {
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

fn parse(item: Item) -> Result<SessionItem> {
    from_item(item).map_err(unreadable)
}

/// The index sorts by the hour; within an hour the items are sorted here.
fn hour(at: Timestamp) -> String {
    format!("{:09}", at.seconds().div_euclid(3600))
}

fn why_refused(found: Option<Item>, writer: &str) -> Result<Session, OpeningRefused> {
    let Some(item) = found.map(parse).transpose().map_err(OpeningRefused::Fault)? else {
        return Err(OpeningRefused::Missing);
    };
    if item.deleted_by.is_some() {
        return Err(OpeningRefused::Missing);
    }
    let session = Session::from(item);
    match (&session.open_turn, &session.last_message) {
        // Our own first try, whose reply was lost.
        (Some(open), _) if open.writer == writer => Ok(session),
        (Some(open), _) => Err(OpeningRefused::Busy(open.clone())),
        (None, Some(last)) => Err(OpeningRefused::Behind(last.clone())),
        (None, None) => Err(OpeningRefused::Missing),
    }
}

/// Whether a page is full even if the last hour, which may not have been read whole, is left out.
fn whole_hours_suffice(found: &[SessionItem], mark: Option<&SessionMark>, limit: usize) -> bool {
    let last = found.last().and_then(|item| item.active.as_deref());
    let whole = found.iter().filter(|item| item.active.as_deref() != last);
    whole.filter(|item| is_after(item, mark)).count() > limit
}

fn newest(mut found: Vec<SessionItem>, mark: Option<&SessionMark>, limit: usize) -> (Vec<Session>, bool) {
    found.retain(|item| is_after(item, mark));
    found.sort_by(|a, b| (b.updated_at, b.id.as_str()).cmp(&(a.updated_at, a.id.as_str())));
    let more = found.len() > limit;
    found.truncate(limit);
    (found.into_iter().map(Session::from).collect(), more)
}

fn is_after(item: &SessionItem, mark: Option<&SessionMark>) -> bool {
    mark.is_none_or(|mark| (item.updated_at, item.id.as_str()) < (mark.updated_at.millis(), mark.id.as_str()))
}
