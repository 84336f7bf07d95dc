//! Small items that are put, read, taken and listed whole: logins, keys, tickets, attempts.

use serde::de::DeserializeOwned;
use serde_dynamo::{from_item, to_item};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::domain::Timestamp;
use crate::error::Result;

use super::fault::{AttributeMap, Refused};
use super::keys::{self, EXPIRES_AT, PK, SK};
use super::kinds::{Kind, Stored};
use super::{Store, all_pages, fault, unreadable};

/// The only way into the table: what goes there is of a kind, and lies where that kind lies.
#[expect(clippy::disallowed_methods, reason = "here, and nowhere else")]
pub(super) fn item_of<T: Stored>(stored: &T) -> Result<AttributeMap> {
    let item: AttributeMap = to_item(stored).map_err(unreadable)?;
    debug_assert_eq!(Kind::of(text(&item, PK), text(&item, SK)), Some(T::KIND));
    Ok(item)
}

/// An attribute that is a text; nothing when there is none.
pub(super) fn text<'a>(item: &'a AttributeMap, name: &str) -> &'a str {
    item.get(name).and_then(|value| AttributeValue::as_s(value).ok()).map_or("", String::as_str)
}

impl Store {
    /// False when there is one already that has not expired.
    pub(super) async fn put_entry<T: Stored>(&self, entry: &T, now: Timestamp, what: &str) -> Result<bool> {
        let put = self
            .client()
            .await?
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of(entry)?))
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now")
            .expression_attribute_values(":now", keys::number(now.seconds()));
        match put.send().await.map_err(|error| fault::of_put(error, what)) {
            Ok(_) => Ok(true),
            Err(Refused::ByItem(_)) => Ok(false),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// As it is now: what was revoked a moment ago is gone.
    pub(super) async fn entry<T>(&self, pk: &str, sk: &str, now: Timestamp, what: &str) -> Result<Option<T>>
    where
        T: DeserializeOwned,
    {
        let get = self.client().await?.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PK, keys::text(pk)).key(SK, keys::text(sk));
        let reply = get.send().await.map_err(|error| fault::of(error, what))?;
        reply.item.filter(|item| is_alive(item, now)).map(|item| from_item(item).map_err(unreadable)).transpose()
    }

    /// Removes and returns it: of several who try at once, one gets it.
    pub(super) async fn take_entry<T>(&self, pk: &str, sk: &str, now: Timestamp, what: &str) -> Result<Option<T>>
    where
        T: DeserializeOwned,
    {
        let delete = self.client().await?.delete_item().table_name(&self.table).return_values(ReturnValue::AllOld);
        let delete = delete.key(PK, keys::text(pk)).key(SK, keys::text(sk));
        let reply = delete.send().await.map_err(|error| fault::of(error, what))?;
        reply.attributes.filter(|item| is_alive(item, now)).map(|item| from_item(item).map_err(unreadable)).transpose()
    }

    /// Those of a partition whose sort key begins so.
    pub(super) async fn entries<T>(&self, pk: &str, prefix: &str, now: Timestamp, what: &str) -> Result<Vec<T>>
    where
        T: DeserializeOwned,
    {
        let query = self
            .client()
            .await?
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", keys::text(pk))
            .expression_attribute_values(":prefix", keys::text(prefix));
        let items = all_pages(query, what).await?;
        items.into_iter().filter(|item| is_alive(item, now)).map(|item| from_item(item).map_err(unreadable)).collect()
    }
}

/// DynamoDB deletes what has expired days late.
pub(super) fn is_alive(item: &AttributeMap, now: Timestamp) -> bool {
    let expires = item.get(EXPIRES_AT).and_then(|value| AttributeValue::as_n(value).ok());
    expires.and_then(|seconds| seconds.parse::<i64>().ok()).is_none_or(|seconds| seconds > now.seconds())
}
