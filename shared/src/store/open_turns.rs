//! The one open turn of a session: it is taken, given back, closed and counted.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};

use crate::domain::{MessageId, OpenTurn, Session, SessionId, Timestamp, Title, TurnId, UserId};
use crate::error::{Error, Result};

use super::fault::{AttributeMap, Refused};
use super::keys::{self, PK, SK};
use super::sessions::{NOT_DELETED, hour, parse};
use super::usage::Used;
use super::{Store, fault, unreadable};

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

impl Store {
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
}

fn why_refused(found: Option<AttributeMap>, writer: &str) -> Result<Session, OpeningRefused> {
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
