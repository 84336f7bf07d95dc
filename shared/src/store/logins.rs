//! Logins: one item for each, which its refresh tokens rotate through.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use serde::{Deserialize, Serialize};

use crate::domain::{Login, LoginId, Timestamp, UserId};
use crate::error::Result;

use super::attributes::{number, text, values};
use super::fault::{Refused, conditional};
use super::kinds::{Kind, Stored, read_item};
use super::{Store, keys};

#[derive(Serialize, Deserialize)]
struct LoginItem {
    pk: String,
    sk: String,
    id: LoginId,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    created_at: i64,
    used_at: i64,
    expires_at: i64,
    /// The digest of the refresh token that is good now.
    current: String,
    /// The one before it, when it went, and what its successor was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    former: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated_at: Option<i64>,
}

impl Stored for LoginItem {
    const KIND: Kind = Kind::Login;
}

/// A login and what is kept of its refresh tokens.
pub struct KeptLogin {
    pub login: Login,
    pub current: String,
    pub former: Option<Former>,
}

/// The refresh token that was good until it rotated.
pub struct Former {
    pub digest: String,
    pub salt: String,
    pub rotated_at: Timestamp,
}

/// One refresh token takes another's place.
pub struct Rotation<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub salt: &'a str,
    pub at: Timestamp,
    pub expires_at: Timestamp,
}

pub enum Rotated {
    Done,
    /// Another request was faster; the login is now like this.
    Not(KeptLogin),
    Gone,
}

impl Store {
    pub async fn put_login(&self, owner: &UserId, login: &Login, current: &str) -> Result<()> {
        let Login { id, provider, agent, created_at, used_at, expires_at } = login.clone();
        let item = LoginItem {
            pk: keys::user(owner),
            sk: keys::login(&id),
            id,
            provider,
            agent,
            created_at: created_at.millis(),
            used_at: used_at.millis(),
            expires_at: expires_at.seconds(),
            current: current.to_owned(),
            former: None,
            salt: None,
            rotated_at: None,
        };
        self.put_entry(&item, login.created_at, "put login").await.map(|_| ())
    }

    pub async fn login(&self, owner: &UserId, id: &LoginId, now: Timestamp) -> Result<Option<KeptLogin>> {
        let item: Option<LoginItem> = self.entry(&keys::user(owner), &keys::login(id), now, "get login").await?;
        Ok(item.map(KeptLogin::from))
    }

    pub async fn logins(&self, owner: &UserId, now: Timestamp) -> Result<Vec<Login>> {
        let items: Vec<LoginItem> = self.entries(&keys::user(owner), keys::LOGINS, now, "list logins").await?;
        Ok(items.into_iter().map(|item| KeptLogin::from(item).login).collect())
    }

    pub async fn rotate_login(&self, owner: &UserId, id: &LoginId, rotation: &Rotation<'_>) -> Result<Rotated> {
        let update = self
            .update(&keys::user(owner), &keys::login(id))
            .await?
            .update_expression(
                "SET #current = :to, former = :from, salt = :salt, rotated_at = :at, used_at = :at, expires_at = :expires",
            )
            .condition_expression("#current = :from AND expires_at > :now")
            .expression_attribute_names("#current", "current")
            .set_expression_attribute_values(values([
                (":from", text(rotation.from)),
                (":to", text(rotation.to)),
                (":salt", text(rotation.salt)),
                (":at", number(rotation.at.millis())),
                (":now", number(rotation.at.seconds())),
                (":expires", number(rotation.expires_at.seconds())),
            ]))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(update.send().await, "rotate login")? {
            Ok(_) => Ok(Rotated::Done),
            Err(Refused(None)) => Ok(Rotated::Gone),
            Err(Refused(Some(found))) => Ok(Rotated::Not(read_item::<LoginItem>(found)?.into())),
        }
    }

    /// The login has been used: it lives on from here, unless it is gone.
    pub async fn prolong_login(
        &self,
        owner: &UserId,
        id: &LoginId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let update = self
            .update(&keys::user(owner), &keys::login(id))
            .await?
            .update_expression("SET used_at = :at, expires_at = :expires")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":at", number(now.millis()))
            .expression_attribute_values(":expires", number(expires_at.seconds()));
        conditional(update.send().await, "prolong login").map(|_| ())
    }

    /// False when there was none.
    pub async fn end_login(&self, owner: &UserId, id: &LoginId, now: Timestamp) -> Result<bool> {
        let ended: Option<LoginItem> = self.take_entry(&keys::user(owner), &keys::login(id), now, "end login").await?;
        Ok(ended.is_some())
    }
}

impl From<LoginItem> for KeptLogin {
    fn from(item: LoginItem) -> Self {
        let LoginItem { pk: _, sk: _, id, provider, agent, created_at, used_at, expires_at, current, .. } = item;
        let former = match (item.former, item.salt, item.rotated_at) {
            (Some(digest), Some(salt), Some(at)) => {
                Some(Former { digest, salt, rotated_at: Timestamp::from_millis(at) })
            }
            _ => None,
        };
        let login = Login {
            id,
            provider,
            agent,
            created_at: Timestamp::from_millis(created_at),
            used_at: Timestamp::from_millis(used_at),
            expires_at: Timestamp::from_millis(expires_at * 1_000),
        };
        Self { login, current, former }
    }
}
