//! Which session a conversation belongs to whose client names none, by the digest of what the client sends.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{MessageId, SessionId, Timestamp, UserId};
use crate::error::Result;

use super::kinds::{Kind, Stored};
use super::{Store, fault, keys};

/// A client that comes back later begins a new session.
const TTL: Duration = Duration::from_hours(30 * 24);

/// A session as far as a client has sent it: up to this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub session: SessionId,
    pub last: MessageId,
}

#[derive(Serialize, Deserialize)]
struct FingerprintItem {
    pk: String,
    sk: String,
    session: SessionId,
    last: MessageId,
    expires_at: i64,
}

impl Stored for FingerprintItem {
    const KIND: Kind = Kind::Fingerprint;
}

impl Store {
    pub async fn put_fingerprint(&self, owner: &UserId, digest: &str, known: &Known, now: Timestamp) -> Result<()> {
        let Known { session, last } = known.clone();
        let (pk, sk, expires_at) = (keys::user(owner), keys::fingerprint(digest), now.plus(TTL).seconds());
        let put = self.put(&FingerprintItem { pk, sk, session, last, expires_at }).await?;
        put.send().await.map(|_| ()).map_err(fault::during("put fingerprint"))
    }

    pub async fn fingerprint(&self, owner: &UserId, digest: &str, now: Timestamp) -> Result<Option<Known>> {
        let (pk, sk) = (keys::user(owner), keys::fingerprint(digest));
        let item: Option<FingerprintItem> = self.entry(&pk, &sk, now, "get fingerprint").await?;
        Ok(item.map(|FingerprintItem { session, last, .. }| Known { session, last }))
    }
}
