//! Passwords, and the latest tries to sign in with one: both found by the digest of an e-mail address.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::error::{Error, Result};

use super::Store;
use super::attributes::{AttributeMap, number, number_of, text, values};
use super::fault::{self, Refused, conditional};
use super::keys::{self, EXPIRES_AT};
use super::kinds::{Kind, Stored};

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
        let update = self
            .update(&pk, &sk)
            .await?
            .update_expression("SET #hash = :to")
            .condition_expression("#hash = :from")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to));
        conditional(update.send().await, "rehash password").map(|_| ())
    }

    /// Counts a try before it is made, so that many at once are not more than one after the other: `most` from the
    /// first one until `until`.
    pub async fn count_try(&self, address: &str, most: u32, now: Timestamp, until: Timestamp) -> Result<Try> {
        // Another request may end or begin the count between two looks at it.
        for _ in 0..10 {
            let Some(found) = self.add_try(address, most, now, until).await? else { return Ok(Try::Counted) };
            if let Some(end) = number_of(&found, EXPIRES_AT).filter(|end: &i64| *end > now.seconds()) {
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
        let update = self
            .update(&pk, &sk)
            .await?
            .update_expression("ADD tries :one SET expires_at = if_not_exists(expires_at, :until)")
            .condition_expression("attribute_not_exists(pk) OR (tries < :most AND expires_at > :now)")
            .set_expression_attribute_values(values([
                (":one", number(1)),
                (":most", number(most)),
                (":now", number(now.seconds())),
                (":until", number(until.seconds())),
            ]))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = conditional(update.send().await, "count try")?.err();
        Ok(refused.map(|Refused(found)| found.unwrap_or_default()))
    }

    /// A user who knows the password may go on.
    pub async fn forget_tries(&self, address: &str) -> Result<()> {
        let (pk, sk) = keys::tries(address);
        let delete = self.delete(&pk, &sk).await?;
        delete.send().await.map(|_| ()).map_err(fault::during("forget tries"))
    }
}
