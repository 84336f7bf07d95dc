//! `POST /demo/token` and `/demo/userinfo`: a code for tokens, a token for what may be known.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use shared::domain::Timestamp;
use shared::identity::LOCAL_ISSUER;

use super::params::Params;
use super::person::DemoUser;
use super::refusal::Refusal;
use super::{CLIENT, Issuer, Shared};

const ACCESS_SECONDS: i64 = 900;
const ID_SECONDS: i64 = 300;
/// Access tokens are for the user info only.
const USERINFO: &str = "http://localhost/demo/userinfo";

pub(super) async fn token(State(issuer): Shared, headers: HeaderMap, body: String) -> Result<Json<Value>, Refusal> {
    let is_form = text(&headers, &CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    let params = Params::parse(body.as_bytes()).filter(|_| is_form);
    let params = params.ok_or(Refusal("invalid_request", "Send a form, and each parameter once."))?;
    issuer.exchange(&params, &headers).map(Json)
}

impl Issuer {
    fn exchange(&self, params: &Params, headers: &HeaderMap) -> Result<Value, Refusal> {
        if params.get("grant_type") != Some("authorization_code") {
            return Err(Refusal("unsupported_grant_type", "The grant_type has to be authorization_code."));
        }
        if params.get("client_id") != Some(CLIENT) && client_of_basic(headers).as_deref() != Some(CLIENT) {
            return Err(Refusal("invalid_client", "This issuer knows the client counsel-laptop only."));
        }
        let [Some(code), Some(redirect_uri), Some(verifier)] =
            ["code", "redirect_uri", "code_verifier"].map(|name| params.get(name))
        else {
            return Err(Refusal("invalid_request", "Send code, redirect_uri and code_verifier."));
        };
        let grant = self.codes.take(code, Instant::now()).filter(|grant| grant.is_of(redirect_uri, verifier));
        let unknown = Refusal("invalid_grant", "The code is unknown, used or too old, or was asked for differently.");
        let grant = grant.ok_or(unknown)?;
        self.tokens(grant.person, grant.nonce.as_deref())
    }

    fn tokens(&self, person: &DemoUser, nonce: Option<&str>) -> Result<Value, Refusal> {
        let now = Timestamp::now().seconds();
        let access = json!({ "iss": LOCAL_ISSUER, "aud": USERINFO, "sub": person.name, "exp": now + ACCESS_SECONDS });
        Ok(json!({
            "id_token": self.key.sign("JWT", &person.id_token(nonce, now, ID_SECONDS))?,
            "access_token": self.key.sign("at+jwt", &access)?,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
        }))
    }
}

pub(super) async fn userinfo(State(issuer): Shared, headers: HeaderMap) -> Response {
    let token = text(&headers, &AUTHORIZATION).strip_prefix("Bearer ");
    let claims = token.and_then(|token| issuer.key.read(token, USERINFO));
    match claims.and_then(|claims| DemoUser::named(claims["sub"].as_str()?)) {
        Some(person) => Json(person.claims()).into_response(),
        None => ([(WWW_AUTHENTICATE, "Bearer")], Refusal("invalid_token", "Send the access token.")).into_response(),
    }
}

/// Clients that have a secret may send it; there is none to compare it with.
fn client_of_basic(headers: &HeaderMap) -> Option<String> {
    let pair = BASE64_STANDARD.decode(text(headers, &AUTHORIZATION).strip_prefix("Basic ")?).ok()?;
    String::from_utf8(pair).ok()?.split_once(':').map(|(client, _)| client.to_owned())
}

fn text<'h>(headers: &'h HeaderMap, name: &axum::http::HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
