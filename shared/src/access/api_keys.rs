//! Personal API keys: for scripts and SDKs, shown once, revocable at once.

use std::time::Duration;

use crate::domain::{ApiKey, KeyId, Timestamp, UserId};
use crate::error::{Error, Result, codes};
use crate::identity::{Credential, Purpose};

use super::Access;

const MAX_KEYS: usize = 50;
const MAX_NAME_CHARS: usize = 100;

/// What a key shall be called and how long it shall live.
pub struct NewKey {
    name: String,
    life: Option<Duration>,
    by_login: bool,
}

impl NewKey {
    pub fn parse(name: &str, life: Option<Duration>) -> Result<Self> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
            return Err(Error::invalid("name", "A name is 1 to 100 characters."));
        }
        if life.is_some_and(|life| life < Duration::from_secs(1) || life > Duration::from_hours(24 * 3_650)) {
            return Err(Error::invalid("expires_in", "A key lives from 1 second to 10 years."));
        }
        Ok(Self { name: name.to_owned(), life, by_login: false })
    }

    /// Made by signing in, for a client that knows no refresh token: ends with the logins.
    pub(super) fn of_login(name: &str, life: Duration) -> Self {
        Self { name: name.to_owned(), life: Some(life), by_login: true }
    }
}

type Key = Credential<crate::domain::kind::Key>;

impl Access {
    /// The key itself appears here and never again.
    pub async fn make_key(&self, user: &UserId, new: &NewKey, now: Timestamp) -> Result<(ApiKey, String)> {
        // Signing in makes keys as well: those end by themselves, and nobody is kept out by the others.
        let own = self.store.keys(user, now).await?.iter().filter(|key| !key.by_login).count();
        if own >= MAX_KEYS && !new.by_login {
            return Err(Error::new(codes::TOO_MANY_KEYS, "You have 50 keys; revoke one first."));
        }
        let secret = Key::fresh(Purpose::Key, user)?;
        let key = ApiKey {
            id: secret.id.clone(),
            name: new.name.clone(),
            created_at: now,
            expires_at: new.life.map(|life| now.plus(life)),
            by_login: new.by_login,
        };
        self.store.put_key(user, &key, &secret.digest()).await?;
        Ok((key, secret.to_string()))
    }

    pub async fn keys(&self, user: &UserId, now: Timestamp) -> Result<Vec<ApiKey>> {
        let mut keys = self.store.keys(user, now).await?;
        keys.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        Ok(keys)
    }

    pub async fn revoke_key(&self, user: &UserId, id: &KeyId, now: Timestamp) -> Result<()> {
        if self.store.end_key(user, id, now).await? { Ok(()) } else { Err(Error::not_found("key")) }
    }

    /// None when it is no key at all.
    pub(super) async fn user_of_key(&self, text: &str, now: Timestamp) -> Result<Option<(UserId, KeyId)>> {
        let Some(key) = Key::parse(Purpose::Key, text) else { return Ok(None) };
        let kept = self.store.key(&key.user, &key.id, now).await?;
        if kept.is_some_and(|(_, digest)| key.is(&digest)) {
            return Ok(Some((key.user, key.id)));
        }
        Err(Error::unauthenticated("This API key is not valid."))
    }
}
