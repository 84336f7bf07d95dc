//! Signing in for a client that polls: an IDE plug-in opens the provider's page itself, with a state of its own.

use std::time::Duration;

use crate::domain::{Identity, Timestamp};
use crate::error::{Error, Result, codes};
use crate::identity::{Code, digest_of, user_id};

use super::{Access, NewKey, ProviderReply};

/// The plug-in polls for one minute; a slow user may need more.
const PICKUP_LIFE: Duration = Duration::from_mins(5);
/// It knows no refresh token: a working day, as before.
pub(super) const KEY_LIFE: Duration = Duration::from_hours(8);
/// A state that can be guessed would give the login to an attacker who guesses it.
const FEWEST_STATE_CHARS: usize = 16;

impl Access {
    /// The browser is back. The client sent neither nonce nor challenge, so its secret state is all that binds.
    pub async fn leave_for_pickup(&self, reply: &ProviderReply<'_>, callback: &str, now: Timestamp) -> Result<()> {
        let refused = |why| Error::new(codes::STALE_SIGN_IN, why);
        let state = reply.state.filter(|state| (FEWEST_STATE_CHARS..=200).contains(&state.len()));
        let state = state.ok_or_else(|| refused("This sign-in lacks its state. Please start again in your IDE."))?;
        let code = reply.code.filter(|_| reply.error.is_none());
        let code = code.ok_or_else(|| refused("You have not signed in. Please start again in your IDE."))?;
        let redirect_uri = self.address(callback)?;
        let code = Code { code, redirect_uri: &redirect_uri, verifier: None, nonce: None };
        let identity = self.provider(None)?.identify(&code).await?;
        let user = self.remember(&identity, now).await?;
        let until = now.plus(PICKUP_LIFE);
        if self.store.put_pickup(&user, &digest_of(state), &identity, now, until).await? {
            return Ok(());
        }
        Err(refused("This sign-in was used before. Please start again in your IDE."))
    }

    /// Who has signed in under this state, and a key for them; it can be had once.
    pub async fn pick_up(&self, state: &str, now: Timestamp) -> Result<Option<(Identity, String, Duration)>> {
        let Some(identity) = self.store.take_pickup(&digest_of(state), now).await? else { return Ok(None) };
        let user = user_id(&identity.issuer, &identity.subject);
        let (_, key) = self.make_key(&user, &NewKey::of_login("IDE", KEY_LIFE), now).await?;
        Ok(Some((identity, key, KEY_LIFE)))
    }
}
