//! Sign-ins under way. They have no owner yet: only a browser that holds the state finds them.

use serde::{Deserialize, Serialize};

use crate::domain::{Identity, Timestamp, UserId};
use crate::error::Result;

use super::kinds::{Kind, Stored};
use super::{Store, keys};

/// What is remembered between going to a provider and coming back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIn {
    pub provider: String,
    /// The digest of what only the browser that began it holds.
    pub browser: String,
    pub nonce: String,
    pub verifier: String,
    pub redirect_uri: String,
    pub return_to: String,
}

#[derive(Serialize, Deserialize)]
struct SignInItem {
    pk: String,
    sk: String,
    expires_at: i64,
    #[serde(flatten)]
    sign_in: SignIn,
}

impl Stored for SignInItem {
    const KIND: Kind = Kind::SignIn;
}

/// A user has signed in in a browser; the client that polls for it may have their identity.
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

/// Under its user: it leads an export and an erasure to the pick-up.
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
    /// `state` is a digest: a reader of the table cannot come back in the user's place.
    pub async fn put_sign_in(
        &self,
        state: &str,
        sign_in: &SignIn,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let (pk, sk) = keys::sign_in(state);
        let item = SignInItem { pk, sk, expires_at: expires_at.seconds(), sign_in: sign_in.clone() };
        self.put_entry(&item, now, "put sign-in").await.map(|_| ())
    }

    pub async fn sign_in(&self, state: &str, now: Timestamp) -> Result<Option<SignIn>> {
        let (pk, sk) = keys::sign_in(state);
        let item: Option<SignInItem> = self.entry(&pk, &sk, now, "get sign-in").await?;
        Ok(item.map(|item| item.sign_in))
    }

    /// False when it was taken before: a state is good once.
    pub async fn take_sign_in(&self, state: &str, now: Timestamp) -> Result<bool> {
        let (pk, sk) = keys::sign_in(state);
        let item: Option<SignInItem> = self.take_entry(&pk, &sk, now, "take sign-in").await?;
        Ok(item.is_some())
    }

    /// False when another identity was put there before.
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
