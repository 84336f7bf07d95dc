//! The head of a turn's log, its record 0: what the turn is. A long question goes on in fragments behind it.

use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Head, HostedTool, MessageId, ModelRef, Options, Part, Question, SessionId, Timestamp, ToolSpec, TurnId, UserId,
};
use crate::error::Result;

use super::attributes::{AttributeMap, number, text, text_of};
use super::fault::conditional;
use super::keys::{self, SK};
use super::kinds::{Kind, Stored, read_item};
use super::{Store, spill, unreadable};

#[derive(Debug)]
pub enum HeadPut {
    Done,
    Taken(Box<Head>),
}

/// Record 0 of a log.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HeadItem {
    pub pk: String,
    pub sk: String,
    pub turn: TurnId,
    pub session: SessionId,
    pub model: ModelRef,
    pub question_id: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<MessageId>,
    pub digest: String,
    pub writer: String,
    pub at: i64,
    pub expires_at: i64,
    /// The client's tools as JSON.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tools: String,
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// The tools that the provider runs as JSON.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hosted: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_fields: Option<String>,
    /// The question's parts as JSON; a long one goes on in fragments.
    pub body: String,
    #[serde(default, skip_serializing_if = "spill::is_zero")]
    pub fragments: usize,
}

impl Stored for HeadItem {
    const KIND: Kind = Kind::Head;
}

impl HeadItem {
    fn new(owner: &UserId, head: &Head, expires_at: i64, body: &str, fragments: usize) -> Result<Self> {
        Ok(Self {
            pk: keys::log(owner, &head.turn),
            sk: keys::record(0),
            turn: head.turn.clone(),
            session: head.session.clone(),
            model: head.model.clone(),
            question_id: head.question_id.clone(),
            replaces: head.replaces.clone(),
            digest: head.body.clone(),
            writer: head.writer.clone(),
            at: head.at.millis(),
            expires_at,
            tools: list_json(&head.tools)?,
            hosted: list_json(&head.hosted)?,
            client_fields: head.client_fields.clone(),
            options: head.options.clone(),
            body: body.to_owned(),
            fragments,
        })
    }

    pub(super) fn into_head(self, body: &str) -> Result<Head> {
        let parts: Vec<Part> = serde_json::from_str(body).map_err(unreadable)?;
        Ok(Head {
            turn: self.turn,
            session: self.session,
            model: self.model,
            question_id: self.question_id,
            replaces: self.replaces,
            question: Question::parse(parts)?,
            tools: list::<ToolSpec>(&self.tools)?,
            hosted: list::<HostedTool>(&self.hosted)?,
            client_fields: self.client_fields,
            options: self.options,
            body: self.digest,
            writer: self.writer,
            at: Timestamp::from_millis(self.at),
        })
    }
}

impl Store {
    /// Begins a log, unless this turn has one.
    pub async fn put_head(&self, owner: &UserId, head: &Head) -> Result<HeadPut> {
        let body = serde_json::to_string(head.question.parts()).map_err(unreadable)?;
        let (first, fragments) = spill::split(&body);
        let item = HeadItem::new(owner, head, self.log_expiry(head.at), first, fragments.len())?;
        // The head comes last: a reader that sees it sees the whole question. Its fragments bear the writer's name,
        // since another writer may be putting another head to the same place.
        self.put_fragments(&item.pk, &keys::part_of_head(&head.writer), &fragments, Some(item.expires_at)).await?;
        let put = self
            .put(&item)
            .await?
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now OR writer = :writer")
            .expression_attribute_values(":now", number(head.at.seconds()))
            .expression_attribute_values(":writer", text(&head.writer))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(put.send().await, "begin log")? {
            Ok(reply) => {
                let before: Option<HeadItem> = reply.attributes.map(read_item).transpose()?;
                if before.is_some_and(|before| before.writer != head.writer) {
                    self.delete_rest(owner, head).await?;
                }
                Ok(HeadPut::Done)
            }
            Err(refused) => {
                let found = refused.item()?;
                if !fragments.is_empty() {
                    self.delete_fragments(owner, head).await?;
                }
                Ok(HeadPut::Taken(Box::new(self.whole_head(found).await?)))
            }
        }
    }

    /// The head in this item, its question read to the end.
    async fn whole_head(&self, item: AttributeMap) -> Result<Head> {
        let head: HeadItem = read_item(item)?;
        let rest = keys::part_of_head(&head.writer);
        let body = self.whole_body(&head.pk, &rest, &head.body, head.fragments).await?;
        head.into_head(&body)
    }

    /// What an expired log has left behind a head that took its place.
    async fn delete_rest(&self, owner: &UserId, head: &Head) -> Result<()> {
        let mut items = self.log_items(owner, &head.turn, 0, true).await?;
        let own = keys::part_of_head(&head.writer);
        items.retain(|item| text_of(item, SK) != keys::record(0) && !text_of(item, SK).starts_with(&own));
        self.delete_all(&items).await.map(|_| ())
    }

    async fn delete_fragments(&self, owner: &UserId, head: &Head) -> Result<()> {
        let items = self.items_of(&keys::log(owner, &head.turn), &keys::part_of_head(&head.writer)).await?;
        self.delete_all(&items).await.map(|_| ())
    }

    /// Takes back a head whose turn did not begin, unless another writer's stands there.
    pub async fn delete_head(&self, owner: &UserId, head: &Head) -> Result<()> {
        let delete = self
            .delete(&keys::log(owner, &head.turn), &keys::record(0))
            .await?
            .condition_expression("writer = :writer")
            .expression_attribute_values(":writer", text(&head.writer));
        // The head goes first: no reader may see half a question.
        conditional(delete.send().await, "take back head")?.ok();
        self.delete_fragments(owner, head).await
    }
}

/// No text is an empty list.
fn list<T: DeserializeOwned>(json: &str) -> Result<Vec<T>> {
    if json.is_empty() { Ok(Vec::new()) } else { serde_json::from_str(json).map_err(unreadable) }
}

fn list_json<T: Serialize>(list: &[T]) -> Result<String> {
    if list.is_empty() { Ok(String::new()) } else { serde_json::to_string(list).map_err(unreadable) }
}
