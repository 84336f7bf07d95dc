//! A small `OpenID` Connect issuer with three demo users, so that a laptop signs in without an account anywhere.
//! It asks nobody for a password: it exists in local mode only.

mod authorize;
mod code;
mod key;
mod page;
mod params;
mod person;
mod refusal;
mod token;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use shared::identity::LOCAL_ISSUER;

use code::Codes;
use key::IssuerKey;

/// The one client it knows, a public one: there is no secret.
pub const CLIENT: &str = "counsel-laptop";

struct Issuer {
    /// Where a browser reaches us, without a slash at its end.
    public_url: String,
    key: IssuerKey,
    codes: Codes,
}

type Shared = State<Arc<Issuer>>;

pub fn router(public_url: &str) -> Router {
    let public_url = public_url.trim_end_matches('/').to_owned();
    let key = IssuerKey::make().expect("a key can be made");
    let issuer = Issuer { public_url, key, codes: Codes::default() };
    Router::new()
        .route("/demo/.well-known/openid-configuration", get(discovery))
        .route("/demo/authorize", get(authorize::authorize))
        .route("/demo/token", post(token::token))
        .route("/demo/jwks", get(jwks))
        .route("/demo/userinfo", get(token::userinfo).post(token::userinfo))
        .with_state(Arc::new(issuer))
}

/// `OpenID` Connect Discovery 1.0, section 3.
async fn discovery(State(issuer): Shared) -> Json<Value> {
    let at = |path: &str| format!("{}/demo/{path}", issuer.public_url);
    Json(json!({
        "issuer": LOCAL_ISSUER,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "claims_supported": ["sub", "email", "email_verified", "name"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    }))
}

async fn jwks(State(issuer): Shared) -> Json<Value> {
    Json(json!({ "keys": [issuer.key.public()] }))
}
