//! The one open turn of a session: it is taken, given back, closed and counted.

use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use crate::domain::{MessageId, OpenTurn, Session, SessionId, Timestamp, Title, TurnId, UserId};
use crate::error::{Error, Result};

use super::attributes::{AttributeMap, number, text, values};
use super::fault::{Refused, conditional};
use super::sessions::{NOT_DELETED, hour, parse};
use super::usage::Used;
use super::{Store, keys, unreadable};

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

impl From<Error> for OpeningRefused {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl Store {
    /// Takes the session for one turn, and makes it if it is new: the point at which a turn has begun.
    pub async fn open_turn(&self, owner: &UserId, opening: &Opening<'_>) -> Result<Session, OpeningRefused> {
        let mut update = self
            .update_session(owner, opening.session)
            .await?
            .update_expression(
                "SET open_turn = :turn, open_writer = :writer, updated_at = :at, active = :active, \
                 id = if_not_exists(id, :id), created_at = if_not_exists(created_at, :at), \
                 created_by = if_not_exists(created_by, :writer), title = if_not_exists(title, :title)",
            )
            .condition_expression(may_open(opening))
            .set_expression_attribute_values(values([
                (":turn", text(opening.turn)),
                (":writer", text(opening.writer)),
                (":at", number(opening.at.millis())),
                (":active", text(hour(opening.at))),
                (":id", text(opening.session)),
                (":title", text(opening.title.as_str())),
                (":question", text(keys::message(opening.question_id))),
            ]))
            .return_values(ReturnValue::AllNew);
        if let Some(last) = opening.after {
            update = update.expression_attribute_values(":after", text(keys::message(last)));
        }
        match conditional(update.send().await, "open turn")? {
            Ok(reply) => Ok(parse(reply.attributes.unwrap_or_default())?.into()),
            Err(Refused(found)) => why_refused(found, opening.writer),
        }
    }

    /// Undoes an opening whose turn did not begin; a session that it made goes, too.
    pub async fn release_turn(&self, owner: &UserId, id: &SessionId, writer: &str) -> Result<()> {
        let made_here = self
            .delete(&keys::user(owner), &keys::session(id))
            .await?
            .condition_expression("open_writer = :writer AND created_by = :writer")
            .expression_attribute_values(":writer", text(writer));
        if conditional(made_here.send().await, "release turn")?.is_ok() {
            return Ok(());
        }
        let update = self
            .update_session(owner, id)
            .await?
            .update_expression("REMOVE open_turn, open_writer")
            .condition_expression("open_writer = :writer")
            .expression_attribute_values(":writer", text(writer));
        conditional(update.send().await, "release turn").map(|_| ())
    }

    /// Gives the session free after its turn's messages were stored, and counts in the same write what the turn has
    /// used up: of any number of tries one closes and counts. False when the session was deleted meanwhile.
    pub async fn close_turn(&self, owner: &UserId, id: &SessionId, closing: &Closing<'_>) -> Result<bool> {
        match self.close_and_count(owner, id, closing, NOT_DELETED).await? {
            Ok(()) => return Ok(true),
            Err(Refused(None)) => return Ok(false),
            Err(Refused(Some(found))) if parse(found.clone())?.deleted_by.is_none() => return Ok(true),
            Err(Refused(Some(_))) => {}
        }
        // What was paid for a deleted session counts all the same.
        self.close_and_count(owner, id, closing, "attribute_exists(deleted_by)").await.map(|_| false)
    }

    async fn close_and_count(
        &self,
        owner: &UserId,
        id: &SessionId,
        closing: &Closing<'_>,
        deleted: &str,
    ) -> Result<Result<(), Refused>> {
        let close = self
            .transact_update(&keys::user(owner), &keys::session(id))
            .update_expression("SET last_message = :last REMOVE open_turn, open_writer")
            .condition_expression(format!("open_turn = :turn AND {deleted}"))
            .expression_attribute_values(":turn", text(closing.turn))
            .expression_attribute_values(":last", text(keys::message(closing.last)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unreadable)?;
        let count = self.count(owner, &closing.used)?;
        let writes = [close, count].map(|update| TransactWriteItem::builder().update(update).build());
        self.transact(writes, "close turn").await
    }
}

/// The session is free, or this writer's already, and the question is newer than every message.
fn may_open(opening: &Opening<'_>) -> String {
    let known = if opening.known { "attribute_exists(pk) AND " } else { "" };
    let free = "(attribute_not_exists(open_turn) OR open_writer = :writer)";
    let newest = match opening.after {
        Some(_) => "last_message = :after AND last_message < :question",
        None => "(attribute_not_exists(last_message) OR last_message < :question)",
    };
    format!("{known}{NOT_DELETED} AND {free} AND {newest}")
}

fn why_refused(found: Option<AttributeMap>, writer: &str) -> Result<Session, OpeningRefused> {
    let Some(item) = found.map(parse).transpose()? else {
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
