//! Small items that are put, read, taken and listed whole: logins, keys, tickets, sign-ins.

use serde::de::DeserializeOwned;

use aws_sdk_dynamodb::types::ReturnValue;

use crate::domain::Timestamp;
use crate::error::Result;

use super::Store;
use super::attributes::{AttributeMap, number, number_of};
use super::fault::{self, conditional};
use super::keys::EXPIRES_AT;
use super::kinds::{Stored, read_item};
use super::requests::all_pages;

impl Store {
    /// False when there is one already that has not expired.
    pub(super) async fn put_entry<T: Stored>(&self, entry: &T, now: Timestamp, what: &str) -> Result<bool> {
        let put = self
            .put(entry)
            .await?
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now")
            .expression_attribute_values(":now", number(now.seconds()));
        Ok(conditional(put.send().await, what)?.is_ok())
    }

    /// As it is now: what was revoked a moment ago is gone.
    pub(super) async fn entry<T>(&self, pk: &str, sk: &str, now: Timestamp, what: &str) -> Result<Option<T>>
    where
        T: DeserializeOwned,
    {
        let reply = self.get(pk, sk).await?.send().await.map_err(fault::during(what))?;
        reply.item.filter(|item| is_alive(item, now)).map(read_item).transpose()
    }

    /// Removes and returns it: of several who try at once, one gets it.
    pub(super) async fn take_entry<T>(&self, pk: &str, sk: &str, now: Timestamp, what: &str) -> Result<Option<T>>
    where
        T: DeserializeOwned,
    {
        let delete = self.delete(pk, sk).await?.return_values(ReturnValue::AllOld);
        let reply = delete.send().await.map_err(fault::during(what))?;
        reply.attributes.filter(|item| is_alive(item, now)).map(read_item).transpose()
    }

    /// Those of a partition whose sort key begins so.
    pub(super) async fn entries<T>(&self, pk: &str, prefix: &str, now: Timestamp, what: &str) -> Result<Vec<T>>
    where
        T: DeserializeOwned,
    {
        let items = all_pages(self.query_prefix(pk, prefix).await?, what).await?;
        items.into_iter().filter(|item| is_alive(item, now)).map(read_item).collect()
    }
}

/// DynamoDB deletes what has expired days late.
fn is_alive(item: &AttributeMap, now: Timestamp) -> bool {
    number_of::<i64>(item, EXPIRES_AT).is_none_or(|seconds| seconds > now.seconds())
}
