//! Passwords, and the latest tries to sign in with one: both found by the digest of an e-mail address.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::error::{Error, Result};

use super::fault::{AttributeMap, Refused};
use super::keys::{self, EXPIRES_AT, PK, SK};
use super::kinds::{Kind, Stored};
use super::{Store, fault};

/// What is kept of a user who has registered.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptPassword {
    /// As they wrote it.
    pub email: String,
    pub subject: String,
    pub hash: String,
    /// Milliseconds.
    pub created_at: i64,
}

#[derive(Serialize, Deserialize)]
struct PasswordItem {
    pk: String,
    sk: String,
    #[serde(flatten)]
    password: KeptPassword,
}

impl Stored for PasswordItem {
    const KIND: Kind = Kind::Password;
}

#[derive(Serialize)]
struct TriesItem {
    pk: String,
    sk: String,
    tries: u32,
    expires_at: i64,
}

impl Stored for TriesItem {
    const KIND: Kind = Kind::Tries;
}

/// Whether there may be one more try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    Counted,
    /// Not before this.
    TooMany(Timestamp),
}

impl Store {
    /// False when another user has registered with this address.
    pub async fn put_password(&self, address: &str, password: &KeptPassword, now: Timestamp) -> Result<bool> {
        let (pk, sk) = keys::password(address);
        self.put_entry(&PasswordItem { pk, sk, password: password.clone() }, now, "put password").await
    }

    pub async fn password(&self, address: &str, now: Timestamp) -> Result<Option<KeptPassword>> {
        let (pk, sk) = keys::password(address);
        let item: Option<PasswordItem> = self.entry(&pk, &sk, now, "get password").await?;
        Ok(item.map(|item| item.password))
    }

    /// Puts a better hash in the place of this one, unless another has come there meanwhile.
    pub async fn rehash_password(&self, address: &str, from: &str, to: &str) -> Result<()> {
        let (pk, sk) = keys::password(address);
        let update = self.client().await?.update_item().table_name(&self.table);
        let update = update
            .key(PK, keys::text(pk))
            .key(SK, keys::text(sk))
            .update_expression("SET #hash = :to")
            .condition_expression("#hash = :from")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":from", keys::text(from))
            .expression_attribute_values(":to", keys::text(to));
        match update.send().await.map_err(|error| fault::of_update(error, "rehash password")) {
            Ok(_) | Err(Refused::ByItem(_)) => Ok(()),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// Counts a try before it is made, so that many at once are not more than one after the other: `most` from the
    /// first one until `until`.
    pub async fn count_try(&self, address: &str, most: u32, now: Timestamp, until: Timestamp) -> Result<Try> {
        // Another request may end or begin the count between two looks at it.
        for _ in 0..10 {
            let Some(found) = self.add_try(address, most, now, until).await? else { return Ok(Try::Counted) };
            if let Some(end) = end_of(&found).filter(|end| *end > now.seconds()) {
                return Ok(Try::TooMany(Timestamp::from_millis(end * 1_000)));
            }
            let (pk, sk) = keys::tries(address);
            let first = TriesItem { pk, sk, tries: 1, expires_at: until.seconds() };
            if self.put_entry(&first, now, "begin tries").await? {
                return Ok(Try::Counted);
            }
        }
        Err(Error::unavailable("store").because("the count of tries never held still"))
    }

    /// None when it was counted; else the count that stood in the way.
    async fn add_try(
        &self,
        address: &str,
        most: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<AttributeMap>> {
        let (pk, sk) = keys::tries(address);
        let update = self.client().await?.update_item().table_name(&self.table);
        let update = update
            .key(PK, keys::text(pk))
            .key(SK, keys::text(sk))
            .update_expression("ADD tries :one SET expires_at = if_not_exists(expires_at, :until)")
            .condition_expression("attribute_not_exists(pk) OR (tries < :most AND expires_at > :now)")
            .expression_attribute_values(":one", keys::number(1))
            .expression_attribute_values(":most", keys::number(most))
            .expression_attribute_values(":now", keys::number(now.seconds()))
            .expression_attribute_values(":until", keys::number(until.seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await.map_err(|error| fault::of_update(error, "count try")) {
            Ok(_) => Ok(None),
            Err(Refused::ByItem(found)) => Ok(Some(found.unwrap_or_default())),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// Whoever knows the password may go on.
    pub async fn forget_tries(&self, address: &str) -> Result<()> {
        let (pk, sk) = keys::tries(address);
        let delete = self.client().await?.delete_item().table_name(&self.table);
        let delete = delete.key(PK, keys::text(pk)).key(SK, keys::text(sk));
        delete.send().await.map(|_| ()).map_err(|error| fault::of(error, "forget tries"))
    }
}

fn end_of(tries: &AttributeMap) -> Option<i64> {
    tries.get(EXPIRES_AT).and_then(|value| AttributeValue::as_n(value).ok())?.parse().ok()
}
