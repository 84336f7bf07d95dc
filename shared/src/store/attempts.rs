//! Sign-ins under way. They have no owner yet: whoever holds the state, and nobody else, finds them.

use serde::{Deserialize, Serialize};

use crate::domain::{Identity, Timestamp, UserId};
use crate::error::Result;

use super::kinds::{Kind, Stored};
use super::{Store, keys};

/// What is remembered between going to a provider and coming back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub provider: String,
    /// The digest of what only the browser that began it holds.
    pub browser: String,
    pub nonce: String,
    pub verifier: String,
    pub redirect_uri: String,
    pub return_to: String,
}

#[derive(Serialize, Deserialize)]
struct AttemptItem {
    pk: String,
    sk: String,
    expires_at: i64,
    #[serde(flatten)]
    attempt: Attempt,
}

impl Stored for AttemptItem {
    const KIND: Kind = Kind::Attempt;
}

/// Somebody has signed in in a browser; what polls for it may have them.
#[derive(Serialize, Deserialize)]
struct PickupItem {
    pk: String,
    sk: String,
    expires_at: i64,
    issuer: String,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
}

impl Stored for PickupItem {
    const KIND: Kind = Kind::Pickup;
}

/// Under its user: without it nobody would find their pick-up.
#[derive(Serialize)]
struct PickupMarkItem {
    pk: String,
    sk: String,
    expires_at: i64,
}

impl Stored for PickupMarkItem {
    const KIND: Kind = Kind::PickupMark;
}

impl Store {
    /// `state` is a digest: who reads the table cannot come back in somebody's place.
    pub async fn put_attempt(
        &self,
        state: &str,
        attempt: &Attempt,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let (pk, sk) = keys::attempt(state);
        let item = AttemptItem { pk, sk, expires_at: expires_at.seconds(), attempt: attempt.clone() };
        self.put_entry(&item, now, "put attempt").await.map(|_| ())
    }

    pub async fn attempt(&self, state: &str, now: Timestamp) -> Result<Option<Attempt>> {
        let (pk, sk) = keys::attempt(state);
        let item: Option<AttemptItem> = self.entry(&pk, &sk, now, "get attempt").await?;
        Ok(item.map(|item| item.attempt))
    }

    /// False when it was taken before: a state is good once.
    pub async fn take_attempt(&self, state: &str, now: Timestamp) -> Result<bool> {
        let (pk, sk) = keys::attempt(state);
        let item: Option<AttemptItem> = self.take_entry(&pk, &sk, now, "take attempt").await?;
        Ok(item.is_some())
    }

    /// False when somebody else was put there before.
    pub async fn put_pickup(
        &self,
        owner: &UserId,
        state: &str,
        identity: &Identity,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool> {
        let mark =
            PickupMarkItem { pk: keys::user(owner), sk: keys::pickup_mark(state), expires_at: expires_at.seconds() };
        self.put_entry(&mark, now, "mark pickup").await?;
        let (pk, sk) = keys::pickup(state);
        let Identity { issuer, subject, email, email_verified: _, name, picture } = identity.clone();
        let item = PickupItem { pk, sk, expires_at: expires_at.seconds(), issuer, subject, email, name, picture };
        self.put_entry(&item, now, "put pickup").await
    }

    pub async fn take_pickup(&self, state: &str, now: Timestamp) -> Result<Option<Identity>> {
        let (pk, sk) = keys::pickup(state);
        let item: Option<PickupItem> = self.take_entry(&pk, &sk, now, "take pickup").await?;
        Ok(item.map(|item| {
            let PickupItem { pk: _, sk: _, expires_at: _, issuer, subject, email, name, picture } = item;
            Identity { issuer, subject, email, email_verified: false, name, picture }
        }))
    }
}
