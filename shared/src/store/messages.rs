//! Messages: an item each, long ones with fragments behind them; read in pages and by the newest.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use serde_dynamo::from_item;

use crate::domain::{Cost, Message, MessageId, SessionId, UserId};
use crate::error::{Error, Result};

use super::entries::{item_of, text};
use super::erase::turns_of;
use super::fault::AttributeMap;
use super::items::{FragmentItem, MessageItem};
use super::keys::{self, PK, SK};
use super::kinds::{Kind, KindCounts};
use super::{Store, all_pages, fault, spill, unreadable};

/// DynamoDB's limit for one BatchWriteItem.
const BATCH: usize = 25;
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

impl Store {
    /// Stores a message; storing it again changes nothing.
    pub async fn put_message(&self, owner: &UserId, session: &SessionId, message: &Message) -> Result<()> {
        let body = serde_json::to_string(&message.parts).map_err(unreadable)?;
        let (first, fragments) = spill::split(&body);
        let item = MessageItem {
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
            body: first.to_owned(),
            fragments: fragments.len(),
        };
        self.put_fragments(&item.pk, &item.sk, &fragments, None).await?;
        let put = self.client().await?.put_item().table_name(&self.table).set_item(Some(item_of(&item)?));
        put.send().await.map(|_| ()).map_err(|error| fault::of(error, "put message"))
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
    ) -> Result<aws_sdk_dynamodb::operation::query::QueryOutput> {
        let (first, last) = match (how.order, how.beyond) {
            (_, None) => ("MSG#".to_owned(), "MSG#~".to_owned()),
            // `~` is behind a message and all its fragments.
            (Order::OldestFirst, Some(id)) => (keys::message(id) + "~", "MSG#~".to_owned()),
            (Order::NewestFirst, Some(id)) => ("MSG#".to_owned(), keys::message(&before(id)) + "~"),
        };
        let query = self
            .client()
            .await?
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", keys::text(keys::messages(owner, session)))
            .expression_attribute_values(":first", keys::text(first))
            .expression_attribute_values(":last", keys::text(last))
            .scan_index_forward(how.order == Order::OldestFirst)
            .consistent_read(how.consistent)
            .limit(i32::try_from(how.limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        query.send().await.map_err(|error| fault::of(error, "read messages"))
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

    pub(super) async fn items_of(&self, pk: &str, prefix: &str) -> Result<Vec<AttributeMap>> {
        let query = self
            .client()
            .await?
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", keys::text(pk))
            .expression_attribute_values(":prefix", keys::text(prefix))
            .projection_expression("pk, sk, turn")
            .consistent_read(true);
        all_pages(query, "read items").await
    }

    /// Deletes these items and says how many of each kind.
    pub(super) async fn delete_all(&self, items: &[AttributeMap]) -> Result<KindCounts> {
        let key = |item: &AttributeMap, name: &str| item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
        let mut deleted = KindCounts::new();
        for batch in items.chunks(BATCH) {
            let delete =
                |item: &AttributeMap| DeleteRequest::builder().key(PK, key(item, PK)).key(SK, key(item, SK)).build();
            let requests: Result<Vec<_>, _> = batch.iter().map(delete).collect();
            let requests = requests.map_err(unreadable)?;
            self.write_batch(requests.into_iter().map(|r| WriteRequest::builder().delete_request(r).build()).collect())
                .await?;
            for kind in batch.iter().filter_map(|item| Kind::of(text(item, PK), text(item, SK))) {
                *deleted.entry(kind).or_default() += 1;
            }
        }
        Ok(deleted)
    }

    pub(super) async fn put_fragments(
        &self,
        pk: &str,
        sk: &str,
        fragments: &[&str],
        expires_at: Option<i64>,
    ) -> Result<()> {
        for (number, body) in (1..).zip(fragments) {
            let (pk, sk) = (pk.to_owned(), keys::fragment(sk, number));
            let item = FragmentItem { pk, sk, body: (*body).to_owned(), expires_at };
            let put = PutRequest::builder().set_item(Some(item_of(&item)?)).build();
            let put = put.map_err(unreadable)?;
            self.write_batch(vec![WriteRequest::builder().put_request(put).build()]).await?;
        }
        Ok(())
    }

    /// Writes a batch until nothing of it is left over; gives up when nothing moves.
    async fn write_batch(&self, mut requests: Vec<WriteRequest>) -> Result<()> {
        for _ in 0..20 {
            let write =
                self.client().await?.batch_write_item().request_items(&self.table, std::mem::take(&mut requests));
            let reply = write.send().await.map_err(|error| fault::of(error, "write batch"))?;
            requests = reply.unprocessed_items.and_then(|mut left| left.remove(&self.table)).unwrap_or_default();
            if requests.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        Err(Error::unavailable("store").because("a batch was left unprocessed twenty times"))
    }

    pub(super) async fn whole_body(&self, pk: &str, sk: &str, first: &str, fragments: usize) -> Result<String> {
        let mut body = first.to_owned();
        for number in 1..=fragments {
            let get = self.client().await?.get_item().table_name(&self.table).consistent_read(true);
            let get = get.key(PK, keys::text(pk)).key(SK, keys::text(keys::fragment(sk, number)));
            let item = get.send().await.map_err(|error| fault::of(error, "read fragment"))?.item;
            let item: FragmentItem = from_item(item.unwrap_or_default()).map_err(unreadable)?;
            body.push_str(&item.body);
        }
        Ok(body)
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
    let is_fragment =
        |item: &AttributeMap| item.get(SK).and_then(|sk| sk.as_s().ok()).is_some_and(|sk| keys::is_fragment(sk));
    let Some(at) = waiting.iter().position(|item| !is_fragment(item)) else { return Ok(None) };
    let head: MessageItem = from_item(waiting[at].clone()).map_err(unreadable)?;
    if waiting.len() <= head.fragments {
        return Ok(None);
    }
    let mut body = head.body.clone();
    let mut fragments: Vec<AttributeMap> = waiting.drain(..).filter(is_fragment).collect();
    if order == Order::NewestFirst {
        fragments.reverse();
    }
    for fragment in fragments {
        body.push_str(&from_item::<_, FragmentItem>(fragment).map_err(unreadable)?.body);
    }
    let size = body.len();
    Ok(Some((head.into_message(&body)?, size)))
}
