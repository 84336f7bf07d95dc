//! Signing in: to a provider with a state, a nonce and a verifier, and back with a code that fits all three.

use std::time::Duration;

use crate::domain::{Identity, Timestamp, UserId};
use crate::error::{Error, Result, codes};
use crate::identity::{AuthorizationRequest, Code, digest_of, pkce, random_text, user_id};
use crate::store::SignIn;

use super::{Access, Issued};

/// Time enough for a second factor; then one begins again.
pub const SIGN_IN_TTL: Duration = Duration::from_mins(10);

/// What a browser wants when it begins.
pub struct SignInOptions<'a> {
    pub provider: Option<&'a str>,
    pub return_to: Option<&'a str>,
    /// Which path of ours the provider sends it back to.
    pub callback: &'a str,
    /// What this browser holds already: two tabs may sign in at once.
    pub browser: Option<&'a str>,
}

/// Where the browser goes, and what it has to hold until it comes back.
pub struct StartedSignIn {
    pub url: String,
    pub browser: String,
}

/// What a provider sent along with the browser.
pub struct ProviderReply<'a> {
    pub state: Option<&'a str>,
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    pub issuer: Option<&'a str>,
}

/// Who comes back: the browser, and what it calls itself.
pub struct ReturningBrowser<'a> {
    pub browser: Option<&'a str>,
    pub agent: Option<&'a str>,
}

/// What an app brings that has run the flow itself.
pub struct AppCode<'a> {
    pub provider: Option<&'a str>,
    pub code: &'a str,
    pub verifier: &'a str,
    pub nonce: &'a str,
    pub redirect_uri: Option<&'a str>,
}

pub struct SignedIn {
    pub issued: Issued,
    pub return_to: String,
}

impl Access {
    pub async fn begin(&self, wish: &SignInOptions<'_>, now: Timestamp) -> Result<StartedSignIn> {
        let provider = self.provider(wish.provider)?;
        let browser = match wish.browser.filter(|held| is_ours(held)) {
            Some(held) => held.to_owned(),
            None => random_text()?,
        };
        let state = random_text()?;
        let sign_in = SignIn {
            provider: provider.config.name.clone(),
            browser: digest_of(&browser),
            nonce: random_text()?,
            verifier: pkce::verifier()?,
            redirect_uri: self.address(wish.callback)?,
            return_to: self.return_paths.choose(wish.return_to),
        };
        let challenge = pkce::challenge(&sign_in.verifier);
        let SignIn { redirect_uri, nonce, .. } = &sign_in;
        let url =
            provider.page(&AuthorizationRequest { redirect_uri, state: &state, nonce, challenge: &challenge }).await?;
        self.store.put_sign_in(&digest_of(&state), &sign_in, now, now.plus(SIGN_IN_TTL)).await?;
        Ok(StartedSignIn { url: url.into(), browser })
    }

    /// Back from the provider. The state is good once, for ten minutes, and in the browser that began.
    pub async fn finish(
        &self,
        reply: &ProviderReply<'_>,
        came: &ReturningBrowser<'_>,
        now: Timestamp,
    ) -> Result<SignedIn> {
        let state = reply.state.ok_or_else(stale)?;
        let sign_in = self.take_sign_in(state, came.browser, now).await?;
        let provider = self.provider(Some(&sign_in.provider))?;
        if !provider.is(reply.issuer).await? {
            return Err(stale().because("another issuer than the one that was asked"));
        }
        let code = reply.code.filter(|_| reply.error.is_none()).ok_or_else(|| declined(reply.error))?;
        let (redirect_uri, verifier, nonce) = (&*sign_in.redirect_uri, Some(&*sign_in.verifier), Some(&*sign_in.nonce));
        let identity = provider.identify(&Code { code, redirect_uri, verifier, nonce }).await?;
        let issued = self.welcome(&sign_in.provider, &identity, came.agent, now).await?;
        Ok(SignedIn { issued, return_to: format!("{}{}", self.landing, sign_in.return_to) })
    }

    /// For an app that went to the provider by itself: it brings the code, its verifier and its nonce.
    pub async fn finish_app(&self, app: &AppCode<'_>, agent: Option<&str>, now: Timestamp) -> Result<Issued> {
        let provider = self.provider(app.provider)?;
        let redirect_uri = self.app_redirect_uri(app.redirect_uri)?;
        let (code, verifier, nonce) = (app.code, Some(app.verifier), Some(app.nonce));
        let identity = provider.identify(&Code { code, redirect_uri: &redirect_uri, verifier, nonce }).await?;
        self.welcome(&provider.config.name, &identity, agent, now).await
    }

    /// Remembers who this is, and opens a login.
    pub(super) async fn welcome(
        &self,
        provider: &str,
        identity: &Identity,
        agent: Option<&str>,
        now: Timestamp,
    ) -> Result<Issued> {
        let user = self.remember(identity, now).await?;
        self.open_login(&user, provider, agent, now).await
    }

    pub(super) async fn remember(&self, identity: &Identity, now: Timestamp) -> Result<UserId> {
        let user = user_id(&identity.issuer, &identity.subject);
        self.store.see_profile(&user, identity, now).await?;
        Ok(user)
    }

    async fn take_sign_in(&self, state: &str, browser: Option<&str>, now: Timestamp) -> Result<SignIn> {
        let digest = digest_of(state);
        let sign_in = self.store.sign_in(&digest, now).await?.ok_or_else(stale)?;
        if browser.map(digest_of).as_ref() != Some(&sign_in.browser) {
            return Err(stale().because("begun in another browser"));
        }
        if !self.store.take_sign_in(&digest, now).await? {
            return Err(stale().because("used at the same moment"));
        }
        Ok(sign_in)
    }

    /// One that the configuration names; without any, our own callback.
    fn app_redirect_uri(&self, wanted: Option<&str>) -> Result<String> {
        let ours = self.address("/callback").ok();
        let known: Vec<&str> = self.app_redirect_uris.iter().map(String::as_str).chain(ours.as_deref()).collect();
        let chosen = match wanted {
            Some(wanted) => known.iter().find(|uri| **uri == wanted),
            None => known.first(),
        };
        let why = "This address is not among those that apps may be sent back to.";
        chosen.map(|uri| (*uri).to_owned()).ok_or_else(|| Error::invalid("redirect_uri", why))
    }
}

fn is_ours(held: &str) -> bool {
    held.len() == 22 && held.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn stale() -> Error {
    let why = "This sign-in has ended, was used before, or was begun in another browser. Please start again.";
    Error::new(codes::STALE_SIGN_IN, why)
}

/// The provider's own words stay outside; its codes (RFC 6749, 4.1.2.1) tell enough.
fn declined(error: Option<&str>) -> Error {
    match error {
        Some("access_denied") => Error::unauthenticated("You have not signed in.").with_code(codes::SIGN_IN_CANCELLED),
        Some("temporarily_unavailable" | "server_error") => Error::unavailable("provider"),
        _ => Error::unauthenticated("The provider did not sign you in.").with_code(codes::SIGN_IN_REFUSED),
    }
}
