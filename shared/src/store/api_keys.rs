//! Personal API keys and one-time tickets: digests under their owner.

use serde::{Deserialize, Serialize};

use crate::domain::{ApiKey, KeyId, Timestamp, UserId};
use crate::error::Result;

use super::kinds::{Kind, Stored};
use super::{Store, keys};

#[derive(Serialize, Deserialize)]
struct KeyItem {
    pk: String,
    sk: String,
    id: KeyId,
    name: String,
    digest: String,
    created_at: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_login: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Stored for KeyItem {
    const KIND: Kind = Kind::Key;
}

#[derive(Serialize, Deserialize)]
struct TicketItem {
    pk: String,
    sk: String,
    digest: String,
    expires_at: i64,
}

impl Stored for TicketItem {
    const KIND: Kind = Kind::Ticket;
}

impl Store {
    pub async fn put_key(&self, owner: &UserId, key: &ApiKey, digest: &str) -> Result<()> {
        let ApiKey { id, name, created_at, expires_at, by_login } = key.clone();
        let item = KeyItem {
            pk: keys::user(owner),
            sk: keys::api_key(&id),
            id,
            name,
            digest: digest.to_owned(),
            created_at: created_at.millis(),
            by_login,
            expires_at: expires_at.map(Timestamp::seconds),
        };
        self.put_entry(&item, key.created_at, "put key").await.map(|_| ())
    }

    /// The key and its digest.
    pub async fn key(&self, owner: &UserId, id: &KeyId, now: Timestamp) -> Result<Option<(ApiKey, String)>> {
        let item: Option<KeyItem> = self.entry(&keys::user(owner), &keys::api_key(id), now, "get key").await?;
        Ok(item.map(|mut item| (item.take_digest(), item)).map(|(digest, item)| (item.into(), digest)))
    }

    pub async fn keys(&self, owner: &UserId, now: Timestamp) -> Result<Vec<ApiKey>> {
        let items: Vec<KeyItem> = self.entries(&keys::user(owner), keys::API_KEYS, now, "list keys").await?;
        Ok(items.into_iter().map(ApiKey::from).collect())
    }

    /// False when there was none.
    pub async fn end_key(&self, owner: &UserId, id: &KeyId, now: Timestamp) -> Result<bool> {
        let ended: Option<KeyItem> = self.take_entry(&keys::user(owner), &keys::api_key(id), now, "end key").await?;
        Ok(ended.is_some())
    }

    pub async fn put_ticket(
        &self,
        owner: &UserId,
        id: &str,
        digest: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let (pk, sk) = (keys::user(owner), keys::ticket(id));
        let item = TicketItem { pk, sk, digest: digest.to_owned(), expires_at: expires_at.seconds() };
        self.put_entry(&item, now, "put ticket").await.map(|_| ())
    }

    /// The digest of a ticket; a ticket can be taken once.
    pub async fn take_ticket(&self, owner: &UserId, id: &str, now: Timestamp) -> Result<Option<String>> {
        let item: Option<TicketItem> =
            self.take_entry(&keys::user(owner), &keys::ticket(id), now, "take ticket").await?;
        Ok(item.map(|item| item.digest))
    }
}

impl KeyItem {
    fn take_digest(&mut self) -> String {
        std::mem::take(&mut self.digest)
    }
}

impl From<KeyItem> for ApiKey {
    fn from(item: KeyItem) -> Self {
        let KeyItem { pk: _, sk: _, id, name, digest: _, created_at, by_login, expires_at } = item;
        let expires_at = expires_at.map(|seconds| Timestamp::from_millis(seconds * 1_000));
        Self { id, name, created_at: Timestamp::from_millis(created_at), expires_at, by_login }
    }
}
