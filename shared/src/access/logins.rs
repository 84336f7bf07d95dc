//! Logins: opened, refreshed, listed, ended. A refresh token is good once; one that comes back too late ends all.

use std::time::Duration;

use crate::domain::{Login, LoginId, Timestamp, UserId};
use crate::error::{Error, Result, codes};
use crate::identity::{Credential, Purpose, random_text};
use crate::store::{KeptLogin, Rotated, Rotation};

use super::Access;

/// Two tabs that refresh at once, or a reply that was lost.
const GRACE: Duration = Duration::from_secs(10);
/// A login's life is written down anew once a day, not with each request.
const PROLONG_AFTER: Duration = Duration::from_hours(24);
const MAX_AGENT_CHARS: usize = 200;

/// What somebody holds who is signed in.
pub struct Issued {
    pub user: UserId,
    pub access: String,
    pub access_life: Duration,
    pub refresh: String,
    pub refresh_life: Duration,
}

type RefreshToken = Credential<crate::domain::kind::Login>;

/// What a refresh token is to a login.
enum Standing {
    Current,
    /// Rotated a moment ago, with this salt.
    Former(String),
    Spent,
}

impl Access {
    pub(super) async fn open_login(
        &self,
        user: &UserId,
        provider: &str,
        agent: Option<&str>,
        now: Timestamp,
    ) -> Result<Issued> {
        let token = RefreshToken::fresh(Purpose::Refresh, user)?;
        let login = Login {
            id: token.id.clone(),
            provider: provider.to_owned(),
            agent: agent.map(|agent| agent.chars().take(MAX_AGENT_CHARS).collect()),
            created_at: now,
            used_at: now,
            expires_at: now.plus(self.login_life),
        };
        self.store.put_login(user, &login, &token.digest()).await?;
        self.issue(&token, now).await
    }

    /// A new access token and the refresh token's successor.
    pub async fn refresh(&self, token: &str, now: Timestamp) -> Result<Issued> {
        let token = RefreshToken::parse(Purpose::Refresh, token).ok_or_else(ended)?;
        let kept = self.store.login(&token.user, &token.id, now).await?.ok_or_else(ended)?;
        let next = match standing(&kept, &token, now) {
            Standing::Current => self.rotate(&token, now).await?,
            Standing::Former(salt) => token.successor(&salt),
            Standing::Spent => return Err(self.end_family(&token, now).await?),
        };
        self.issue(&next, now).await
    }

    async fn rotate(&self, token: &RefreshToken, now: Timestamp) -> Result<RefreshToken> {
        let salt = random_text()?;
        let next = token.successor(&salt);
        let (from, to) = (token.digest(), next.digest());
        let rotation = Rotation { from: &from, to: &to, salt: &salt, at: now, expires_at: now.plus(self.login_life) };
        match self.store.rotate_login(&token.user, &token.id, &rotation).await? {
            Rotated::Done => Ok(next),
            Rotated::Gone => Err(ended()),
            Rotated::Not(kept) => match standing(&kept, token, now) {
                Standing::Former(salt) => Ok(token.successor(&salt)),
                Standing::Current | Standing::Spent => Err(self.end_family(token, now).await?),
            },
        }
    }

    /// A browser whose access token has ended: a new one, for the refresh token that it goes on holding. Also
    /// whether that token's cookie should be given a longer life.
    pub(super) async fn renew(&self, token: &str, now: Timestamp) -> Result<(UserId, LoginId, bool)> {
        let token = RefreshToken::parse(Purpose::Refresh, token).ok_or_else(ended)?;
        let kept = self.store.login(&token.user, &token.id, now).await?.ok_or_else(ended)?;
        let is_current = match standing(&kept, &token, now) {
            Standing::Current => true,
            Standing::Former(_) => false,
            Standing::Spent => return Err(self.end_family(&token, now).await?),
        };
        let is_due = is_current && kept.login.used_at.plus(PROLONG_AFTER) < now;
        if is_due {
            self.store.prolong_login(&token.user, &token.id, now, now.plus(self.login_life)).await?;
        }
        Ok((token.user, token.id, is_due))
    }

    pub async fn logins(&self, user: &UserId, now: Timestamp) -> Result<Vec<Login>> {
        let mut logins = self.store.logins(user, now).await?;
        logins.sort_by_key(|login| std::cmp::Reverse(login.used_at));
        Ok(logins)
    }

    pub async fn end_login(&self, user: &UserId, id: &LoginId, now: Timestamp) -> Result<()> {
        if self.store.end_login(user, id, now).await? { Ok(()) } else { Err(Error::not_found("login")) }
    }

    /// The login whose refresh token this is; none when it is over already.
    pub async fn end_login_of(&self, token: &str, now: Timestamp) -> Result<Option<UserId>> {
        let Some(token) = RefreshToken::parse(Purpose::Refresh, token) else { return Ok(None) };
        let kept = self.store.login(&token.user, &token.id, now).await?;
        let Some(kept) = kept.filter(|kept| !matches!(standing(kept, &token, now), Standing::Spent)) else {
            return Ok(None);
        };
        self.store.end_login(&token.user, &kept.login.id, now).await?;
        Ok(Some(token.user))
    }

    /// All logins, and the keys that were made by signing in.
    pub async fn end_every_login(&self, user: &UserId, now: Timestamp) -> Result<()> {
        for login in self.store.logins(user, now).await? {
            self.store.end_login(user, &login.id, now).await?;
        }
        for key in self.store.keys(user, now).await?.into_iter().filter(|key| key.by_login) {
            self.store.end_key(user, &key.id, now).await?;
        }
        Ok(())
    }

    async fn issue(&self, token: &RefreshToken, now: Timestamp) -> Result<Issued> {
        Ok(Issued {
            user: token.user.clone(),
            access: self.tokens.mint(&token.user, Some(&token.id), self.token_life, now).await?,
            access_life: self.token_life,
            refresh: token.to_string(),
            refresh_life: self.login_life,
        })
    }

    /// Somebody else has a copy: nobody goes on with it.
    async fn end_family(&self, token: &RefreshToken, now: Timestamp) -> Result<Error> {
        tracing::warn!(user = %token.user, "a refresh token was used twice; its login is ended");
        self.store.end_login(&token.user, &token.id, now).await?;
        Ok(ended())
    }
}

fn standing(kept: &KeptLogin, token: &RefreshToken, now: Timestamp) -> Standing {
    match &kept.former {
        _ if token.is(&kept.current) => Standing::Current,
        Some(former) if token.is(&former.digest) && now <= former.rotated_at.plus(GRACE) => {
            Standing::Former(former.salt.clone())
        }
        _ => Standing::Spent,
    }
}

fn ended() -> Error {
    Error::unauthenticated("This login has ended. Please sign in again.").with_code(codes::LOGIN_ENDED)
}
