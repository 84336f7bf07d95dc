//! Messages: an item each, long ones with fragments behind them; read in pages and by the newest.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Cost, Message, MessageId, ModelRef, Role, SessionId, Spent, Status, StopReason, Timestamp, TurnId, Usage, UserId,
};
use crate::error::{Error, Result};

use super::attributes::{AttributeMap, text, text_of};
use super::erase::turns_of;
use super::keys::{self, SK};
use super::kinds::{Kind, Stored, read_item};
use super::spill::{self, FragmentItem};
use super::{Store, fault, unreadable};

/// A page ends here even when it has fewer messages than asked for: Lambda's replies are limited to 6 MB.
const PAGE_BYTES: usize = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

pub struct MessagePage {
    pub messages: Vec<Message>,
    pub more: bool,
}

/// How to read: how many messages at most, in which order, beyond which one.
struct Reading<'a> {
    limit: usize,
    order: Order,
    beyond: Option<&'a MessageId>,
    consistent: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct MessageItem {
    pk: String,
    sk: String,
    id: MessageId,
    turn: TurnId,
    role: Role,
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop: Option<StopReason>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<ModelRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    /// In pico-USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_heard_ms: Option<u64>,
    /// The parts as JSON; a long message goes on in fragments.
    body: String,
    #[serde(default, skip_serializing_if = "spill::is_zero")]
    fragments: usize,
}

impl Stored for MessageItem {
    const KIND: Kind = Kind::Message;
}

impl MessageItem {
    fn new(owner: &UserId, session: &SessionId, message: &Message, body: &str, fragments: usize) -> Self {
        Self {
            pk: keys::messages(owner, session),
            sk: keys::message(&message.id),
            id: message.id.clone(),
            turn: message.turn.clone(),
            role: message.role,
            status: message.status,
            stop: message.stop,
            created_at: message.created_at.millis(),
            model: message.model.clone(),
            usage: message.usage.map(|spent| spent.usage),
            cost: message.usage.and_then(|spent| spent.cost).map(Cost::pico_usd),
            latency_ms: message.usage.and_then(|spent| spent.latency_ms),
            first_heard_ms: message.usage.and_then(|spent| spent.first_heard_ms),
            body: body.to_owned(),
            fragments,
        }
    }

    fn into_message(self, body: &str) -> Result<Message> {
        Ok(Message {
            id: self.id,
            turn: self.turn,
            role: self.role,
            status: self.status,
            stop: self.stop,
            created_at: Timestamp::from_millis(self.created_at),
            model: self.model,
            parts: serde_json::from_str(body).map_err(unreadable)?,
            usage: self.usage.map(|usage| Spent {
                usage,
                cost: self.cost.map(Cost::from_pico_usd),
                latency_ms: self.latency_ms,
                first_heard_ms: self.first_heard_ms,
            }),
        })
    }
}

impl Store {
    /// Stores a message; storing it again changes nothing.
    pub async fn put_message(&self, owner: &UserId, session: &SessionId, message: &Message) -> Result<()> {
        let body = serde_json::to_string(&message.parts).map_err(unreadable)?;
        let (first, fragments) = spill::split(&body);
        let item = MessageItem::new(owner, session, message, first, fragments.len());
        self.put_fragments(&item.pk, &item.sk, &fragments, None).await?;
        self.put(&item).await?.send().await.map(|_| ()).map_err(fault::during("put message"))
    }

    pub async fn messages(
        &self,
        owner: &UserId,
        session: &SessionId,
        limit: usize,
        order: Order,
        beyond: Option<&MessageId>,
    ) -> Result<MessagePage> {
        self.read_messages(owner, session, &Reading { limit, order, beyond, consistent: true }).await
    }

    /// The newest messages, oldest first. What was stored a moment ago may be missing unless `consistent`.
    pub async fn newest_messages(
        &self,
        owner: &UserId,
        session: &SessionId,
        limit: usize,
        consistent: bool,
    ) -> Result<Vec<Message>> {
        let reading = Reading { limit, order: Order::NewestFirst, beyond: None, consistent };
        let mut page = self.read_messages(owner, session, &reading).await?;
        page.messages.reverse();
        Ok(page.messages)
    }

    async fn read_messages(&self, owner: &UserId, session: &SessionId, how: &Reading<'_>) -> Result<MessagePage> {
        let mut page = MessagePage { messages: Vec::new(), more: false };
        let (mut waiting, mut bytes, mut start) = (Vec::new(), 0, None);
        loop {
            let reply = self.query_messages(owner, session, how, start.take()).await?;
            for item in reply.items.unwrap_or_default() {
                waiting.push(item);
                let Some((message, size)) = complete(&mut waiting, how.order)? else { continue };
                bytes += size;
                let is_full = bytes > PAGE_BYTES && !page.messages.is_empty();
                if page.messages.len() == how.limit || is_full {
                    page.more = true;
                    return Ok(page);
                }
                page.messages.push(message);
            }
            start = reply.last_evaluated_key;
            if start.is_none() {
                return Ok(page);
            }
        }
    }

    async fn query_messages(
        &self,
        owner: &UserId,
        session: &SessionId,
        how: &Reading<'_>,
        start: Option<AttributeMap>,
    ) -> Result<QueryOutput> {
        let (first, last) = match (how.order, how.beyond) {
            (_, None) => ("MSG#".to_owned(), "MSG#~".to_owned()),
            // `~` is behind a message and all its fragments.
            (Order::OldestFirst, Some(id)) => (keys::message(id) + "~", "MSG#~".to_owned()),
            (Order::NewestFirst, Some(id)) => ("MSG#".to_owned(), keys::message(&before(id)) + "~"),
        };
        let query = self
            .query(&keys::messages(owner, session))
            .await?
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":last", text(last))
            .scan_index_forward(how.order == Order::OldestFirst)
            .consistent_read(how.consistent)
            .limit(i32::try_from(how.limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        query.send().await.map_err(fault::during("read messages"))
    }

    /// Deletes one message, its turn's log before it: that holds the same words, and nothing else leads there. 404 when
    /// it is not there.
    pub async fn delete_message(&self, owner: &UserId, session: &SessionId, id: &MessageId) -> Result<()> {
        let items = self.items_of(&keys::messages(owner, session), &keys::message(id)).await?;
        if items.is_empty() {
            return Err(Error::not_found("message"));
        }
        for turn in turns_of(&items) {
            self.delete_log(owner, &turn).await?;
        }
        self.delete_all(&items).await.map(|_| ())
    }
}

/// The largest id below `id`: where a page that goes back in time begins.
fn before(id: &MessageId) -> MessageId {
    let below = id.as_str().parse::<u64>().unwrap_or(0).saturating_sub(1);
    MessageId::parse(below.to_string()).unwrap_or_else(|_| id.clone())
}

/// The message whose last item has just arrived, and its size. Fragments follow their message, or precede it
/// when reading backwards.
fn complete(waiting: &mut Vec<AttributeMap>, order: Order) -> Result<Option<(Message, usize)>> {
    let is_fragment = |item: &AttributeMap| keys::is_fragment(text_of(item, SK));
    let Some(at) = waiting.iter().position(|item| !is_fragment(item)) else { return Ok(None) };
    let head: MessageItem = read_item(waiting[at].clone())?;
    if waiting.len() <= head.fragments {
        return Ok(None);
    }
    let mut body = head.body.clone();
    let mut fragments: Vec<AttributeMap> = waiting.drain(..).filter(is_fragment).collect();
    if order == Order::NewestFirst {
        fragments.reverse();
    }
    for fragment in fragments {
        body.push_str(&read_item::<FragmentItem>(fragment)?.body);
    }
    let size = body.len();
    Ok(Some((head.into_message(&body)?, size)))
}
