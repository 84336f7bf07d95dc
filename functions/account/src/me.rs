//! `GET /me`: who I am, and whether I am still signed in.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::access::{Proof, Proven};
use shared::app::App;
use shared::domain::{Identity, LoginId, Profile, Timestamp, UserId};
use shared::error::Result;
use shared::http::Caller;
use utoipa::ToSchema;

#[derive(Default, Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeReply {
    user: Option<UserId>,
    issuer: Option<String>,
    email: Option<String>,
    email_verified: bool,
    name: Option<String>,
    picture: Option<String>,
    created_at: Option<Timestamp>,
    last_login_at: Option<Timestamp>,
    /// The login that this request was made in, if it was made in one.
    login: Option<LoginId>,
}

pub(crate) async fn me(State(app): State<App>, caller: Caller) -> Result<Json<MeReply>> {
    let login = caller.login().cloned();
    let profile = profile(&app, &caller).await?;
    let (created_at, last_login_at) = profile.as_ref().map(|p| (p.created_at, p.last_login_at)).unzip();
    let identity = match (profile, caller.proof) {
        (Some(profile), _) => Some(profile.identity),
        (None, Proof::Trusted(identity)) => Some(*identity),
        (None, _) => None,
    };
    let reply = identity.map(MeReply::from).unwrap_or_default();
    Ok(Json(MeReply { user: Some(caller.user), created_at, last_login_at, login, ..reply }))
}

/// What is known of somebody who is still signed in.
pub(crate) async fn profile(app: &App, caller: &Caller) -> Result<Option<Profile>> {
    let now = Timestamp::now();
    let proven = Proven { user: caller.user.clone(), proof: caller.proof.clone() };
    let stands = Box::pin(app.access.still_stands(&proven, now));
    let (stands, profile) = futures::join!(stands, Box::pin(app.store.profile(&caller.user, now)));
    stands?;
    profile
}

impl From<Identity> for MeReply {
    fn from(identity: Identity) -> Self {
        let Identity { issuer, subject: _, email, email_verified, name, picture } = identity;
        Self { issuer: Some(issuer), email, email_verified, name, picture, ..Self::default() }
    }
}
