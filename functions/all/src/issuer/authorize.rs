//! `GET /demo/authorize`: the page, and the way back with a code.

use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use shared::identity::LOCAL_ISSUER;
use url::Url;

use super::code::Grant;
use super::params::Params;
use super::person::DemoUser;
use super::refusal::Refusal;
use super::{CLIENT, Issuer, Shared, page};

pub(super) async fn authorize(State(issuer): Shared, RawQuery(query): RawQuery) -> Response {
    // A client that cannot be trusted with the way back gets its answer here.
    let told = |text| (StatusCode::BAD_REQUEST, page::refusal(text)).into_response();
    let Some(params) = Params::parse(query.unwrap_or_default().as_bytes()) else {
        return told("A parameter is given twice.");
    };
    if params.get("client_id") != Some(CLIENT) {
        return told("This issuer knows the client counsel-laptop only.");
    }
    let Some(back) = issuer.way_back(&params) else {
        return told("The redirect_uri has to be an address of this process.");
    };
    match issuer.outcome(&params) {
        Ok(Outcome::Page) => page::choice(&params).into_response(),
        Ok(Outcome::Code(code)) => redirect(back, &params, &[("code", &code)]),
        Err(Refusal(error, detail)) => redirect(back, &params, &[("error", error), ("error_description", detail)]),
    }
}

enum Outcome {
    Page,
    Code(String),
}

impl Issuer {
    /// Where the browser may go with its code: to this process only.
    fn way_back(&self, params: &Params) -> Option<Url> {
        let given = params.get("redirect_uri")?;
        let ours = given.strip_prefix(&self.public_url).is_some_and(|rest| rest.starts_with('/'));
        let back = Url::parse(given).ok()?;
        (ours && back.fragment().is_none()).then_some(back)
    }

    fn outcome(&self, params: &Params) -> Result<Outcome, Refusal> {
        check(params)?;
        let Some(person) = params.get("login_hint").and_then(DemoUser::named) else {
            let silent = params.words("prompt").contains(&"none");
            let why = Refusal("login_required", "Nobody is signed in; name somebody in login_hint.");
            return if silent { Err(why) } else { Ok(Outcome::Page) };
        };
        let text = |name| params.get(name).unwrap_or_default().to_owned();
        let nonce = params.get("nonce").map(str::to_owned);
        let grant = Grant { person, redirect_uri: text("redirect_uri"), challenge: text("code_challenge"), nonce };
        Ok(Outcome::Code(self.codes.give(grant, Instant::now())?))
    }
}

/// `OpenID` Connect Core 1.0, section 3.1.2.2, with PKCE (RFC 7636) for everybody.
fn check(params: &Params) -> Result<(), Refusal> {
    if params.get("response_type") != Some("code") {
        return Err(Refusal("unsupported_response_type", "The response_type has to be code."));
    }
    if !matches!(params.get("response_mode"), None | Some("query")) {
        return Err(Refusal("invalid_request", "The response_mode has to be query."));
    }
    if !params.words("scope").contains(&"openid") {
        return Err(Refusal("invalid_scope", "The scope has to contain openid."));
    }
    if params.get("code_challenge_method") != Some("S256") {
        return Err(Refusal("invalid_request", "The code_challenge_method has to be S256."));
    }
    // A SHA-256 in base64url.
    if params.get("code_challenge").is_none_or(|challenge| challenge.len() != 43) {
        return Err(Refusal("invalid_request", "The code_challenge has to be there."));
    }
    Ok(())
}

/// The answer goes with the client's state, and with our name, so that no other issuer's can be mixed in (RFC 9207).
fn redirect(mut back: Url, params: &Params, answer: &[(&str, &str)]) -> Response {
    let state = params.get("state").map(|state| ("state", state));
    back.query_pairs_mut().extend_pairs(answer).extend_pairs(state).append_pair("iss", LOCAL_ISSUER);
    Redirect::to(back.as_str()).into_response()
}
