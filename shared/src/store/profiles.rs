//! Profiles: what a provider last said of a user.

use serde::Deserialize;

use crate::domain::{ErasureId, Identity, Profile, Timestamp, UserId};
use crate::error::Result;

use super::attributes::{flag, number, optional, text, values};
use super::erasures::being_erased;
use super::fault::conditional;
use super::{Store, keys};

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProfileItem {
    pk: String,
    sk: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    email_verified: bool,
    name: Option<String>,
    picture: Option<String>,
    created_at: i64,
    last_login_at: i64,
    /// It is a tombstone: the erasure that will take it. A user who never signed in here has no more than that.
    erasure: Option<ErasureId>,
}

impl Store {
    /// A user has signed in: writes what their provider says of them now. Refused while they are being erased.
    pub async fn see_profile(&self, owner: &UserId, identity: &Identity, now: Timestamp) -> Result<()> {
        let update = self
            .update(&keys::user(owner), keys::PROFILE)
            .await?
            .update_expression(
                "SET issuer = :issuer, subject = :subject, email = :email, email_verified = :verified, #name = :name, \
                 picture = :picture, created_at = if_not_exists(created_at, :now), last_login_at = :now",
            )
            .condition_expression("attribute_not_exists(erasure)")
            .expression_attribute_names("#name", "name")
            .set_expression_attribute_values(values([
                (":issuer", text(&identity.issuer)),
                (":subject", text(&identity.subject)),
                (":email", optional(identity.email.as_deref())),
                (":verified", flag(identity.email_verified)),
                (":name", optional(identity.name.as_deref())),
                (":picture", optional(identity.picture.as_deref())),
                (":now", number(now.millis())),
            ]));
        conditional(update.send().await, "see profile")?.map(|_| ()).map_err(|_| being_erased())
    }

    /// None for a user who has never signed in here: a local one, or another issuer's.
    pub async fn profile(&self, owner: &UserId, now: Timestamp) -> Result<Option<Profile>> {
        Ok(self.kept_profile(owner, now).await?.filter(|item| item.erasure.is_none()).map(Profile::from))
    }

    /// E-mail address and subject, also of a user who is being erased.
    pub async fn address(&self, owner: &UserId, now: Timestamp) -> Result<Option<(String, String)>> {
        Ok(self.kept_profile(owner, now).await?.and_then(|item| Some((item.email?, item.subject))))
    }

    async fn kept_profile(&self, owner: &UserId, now: Timestamp) -> Result<Option<ProfileItem>> {
        self.entry(&keys::user(owner), keys::PROFILE, now, "get profile").await
    }
}

impl From<ProfileItem> for Profile {
    fn from(item: ProfileItem) -> Self {
        let ProfileItem { pk: _, sk: _, issuer, subject, email, email_verified, name, picture, .. } = item;
        Self {
            identity: Identity { issuer, subject, email, email_verified, name, picture },
            created_at: Timestamp::from_millis(item.created_at),
            last_login_at: Timestamp::from_millis(item.last_login_at),
        }
    }
}
