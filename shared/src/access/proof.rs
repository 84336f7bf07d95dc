//! What a request brings to show whose it is, and what that proves.

use std::time::Duration;

use crate::domain::{Identity, KeyId, LoginId, Timestamp, UserId};
use crate::error::{Error, Result, codes};
use crate::identity::user_id;

use super::Access;

/// How a user has proven to be one.
#[derive(Clone, Debug)]
pub enum Proof {
    /// One of our access tokens. A laptop's `make token` has no login behind it.
    Login(Option<LoginId>),
    Key(KeyId),
    /// An access token of an issuer that we trust.
    Trusted(Box<Identity>),
    Ticket,
}

/// A user, and how that is known.
#[derive(Clone, Debug)]
pub struct Proven {
    pub user: UserId,
    pub proof: Proof,
}

/// A browser whose access token had ended gets another one on the way.
pub struct Renewed {
    pub access: String,
    pub access_life: Duration,
    /// Set when the refresh token's cookie should live on, too.
    pub refresh_life: Option<Duration>,
}

impl Access {
    /// An access token or an API key, as a client sends it in a header.
    pub async fn prove(&self, token: &str, now: Timestamp) -> Result<Proven> {
        if let Some((user, key)) = self.user_of_key(token, now).await? {
            return Ok(Proven { user, proof: Proof::Key(key) });
        }
        if self.trusted.claims(token) {
            let identity = self.trusted.verify(token).await?;
            let user = user_id(&identity.issuer, &identity.subject);
            return Ok(Proven { user, proof: Proof::Trusted(Box::new(identity)) });
        }
        let verified = self.tokens.verify(token, now).await?;
        Ok(Proven { user: verified.user, proof: Proof::Login(verified.login) })
    }

    pub async fn prove_by_ticket(&self, ticket: &str, now: Timestamp) -> Result<Proven> {
        let user = self.spend_ticket(ticket, now).await?;
        Ok(Proven { user, proof: Proof::Ticket })
    }

    /// What a browser holds: an access token for a while, a refresh token for longer.
    pub async fn prove_by_cookies(
        &self,
        access: Option<&str>,
        refresh: Option<&str>,
        now: Timestamp,
    ) -> Result<(Proven, Option<Renewed>)> {
        if let Some(token) = access
            && let Ok(verified) = self.tokens.verify(token, now).await
        {
            return Ok((Proven { user: verified.user, proof: Proof::Login(verified.login) }, None));
        }
        let refresh = refresh.ok_or_else(|| Error::unauthenticated("Please sign in."))?;
        let (user, login, is_prolonged) = self.renew(refresh, now).await?;
        let access = self.tokens.mint(&user, Some(&login), self.token_life, now).await?;
        let refresh_life = is_prolonged.then_some(self.login_life);
        let renewed = Renewed { access, access_life: self.token_life, refresh_life };
        Ok((Proven { user, proof: Proof::Login(Some(login)) }, Some(renewed)))
    }

    /// An access token outlives its login by minutes. Where more than reading is at stake, and where a front end
    /// asks whether somebody is still signed in, the login itself is looked at.
    pub async fn still_stands(&self, proven: &Proven, now: Timestamp) -> Result<()> {
        let Proof::Login(Some(login)) = &proven.proof else { return Ok(()) };
        match self.store.login(&proven.user, login, now).await? {
            Some(_) => Ok(()),
            None => {
                Err(Error::unauthenticated("This login has ended. Please sign in again.").with_code(codes::LOGIN_ENDED))
            }
        }
    }
}
