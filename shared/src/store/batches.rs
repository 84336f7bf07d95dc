//! Many items in one request: found by their sort key, deleted, written.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};

use crate::error::{Error, Result};

use super::attributes::{AttributeMap, text_of};
use super::keys::{PK, SK};
use super::kinds::{Kind, KindCounts};
use super::requests::all_pages;
use super::{Store, fault, unreadable};

/// DynamoDB's limit for one BatchWriteItem.
const BATCH: usize = 25;
const MAX_TRIES: usize = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

impl Store {
    /// What there is to delete: the keys, and the turns that messages name.
    pub(super) async fn items_of(&self, pk: &str, prefix: &str) -> Result<Vec<AttributeMap>> {
        let query = self.query_prefix(pk, prefix).await?.projection_expression("pk, sk, turn");
        all_pages(query, "read items").await
    }

    /// Deletes these items and says how many of each kind.
    pub(super) async fn delete_all(&self, items: &[AttributeMap]) -> Result<KindCounts> {
        let mut deleted = KindCounts::new();
        for batch in items.chunks(BATCH) {
            self.write_batch(batch.iter().map(deletion).collect::<Result<_>>()?).await?;
            for kind in batch.iter().filter_map(|item| Kind::of(text_of(item, PK), text_of(item, SK))) {
                *deleted.entry(kind).or_default() += 1;
            }
        }
        Ok(deleted)
    }

    /// Writes a batch until nothing of it is left over; gives up when nothing moves.
    pub(super) async fn write_batch(&self, mut requests: Vec<WriteRequest>) -> Result<()> {
        for _ in 0..MAX_TRIES {
            let write = self.client().await?.batch_write_item();
            let write = write.request_items(&self.table, std::mem::take(&mut requests));
            let reply = write.send().await.map_err(fault::during("write batch"))?;
            requests = reply.unprocessed_items.and_then(|mut left| left.remove(&self.table)).unwrap_or_default();
            if requests.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        Err(Error::unavailable("store").because(format!("a batch was left unprocessed {MAX_TRIES} times")))
    }
}

fn deletion(item: &AttributeMap) -> Result<WriteRequest> {
    let key = |name: &str| item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
    let delete = DeleteRequest::builder().key(PK, key(PK)).key(SK, key(SK)).build().map_err(unreadable)?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
