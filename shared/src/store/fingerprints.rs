//! Which session a conversation belongs to whose client names none, by the digest of what the client sends.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::from_item;

use crate::domain::{MessageId, SessionId, Timestamp, UserId};
use crate::error::Result;

use super::entries::item_of;
use super::keys::{self, PK, SK};
use super::kinds::{Kind, Stored};
use super::{Store, fault, unreadable};

/// A client that comes back later begins a new session.
const LIFE: Duration = Duration::from_hours(30 * 24);

/// A session as far as a client has sent it: up to this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub session: SessionId,
    pub last: MessageId,
}

#[derive(Serialize, Deserialize)]
struct EchoItem {
    pk: String,
    sk: String,
    session: SessionId,
    last: MessageId,
    expires_at: i64,
}

impl Stored for EchoItem {
    const KIND: Kind = Kind::Fingerprint;
}

impl Store {
    pub async fn put_fingerprint(&self, owner: &UserId, digest: &str, known: &Known, now: Timestamp) -> Result<()> {
        let Known { session, last } = known.clone();
        let (pk, sk, expires_at) = (keys::user(owner), keys::fingerprint(digest), now.plus(LIFE).seconds());
        let item = item_of(&EchoItem { pk, sk, session, last, expires_at })?;
        let put = self.client().await?.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|error| fault::of(error, "put echo"))
    }

    pub async fn fingerprint(&self, owner: &UserId, digest: &str, now: Timestamp) -> Result<Option<Known>> {
        let get = self.client().await?.get_item().table_name(&self.table).consistent_read(true);
        let get =
            get.key(PK, AttributeValue::S(keys::user(owner))).key(SK, AttributeValue::S(keys::fingerprint(digest)));
        let reply = get.send().await.map_err(|error| fault::of(error, "get echo"))?;
        let item: Option<EchoItem> = reply.item.map(from_item).transpose().map_err(unreadable)?;
        let item = item.filter(|item| item.expires_at > now.seconds());
        Ok(item.map(|EchoItem { session, last, .. }| Known { session, last }))
    }
}
