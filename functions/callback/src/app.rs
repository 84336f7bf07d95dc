//! `POST /callback`: an app that went to the provider by itself brings its code and gets tokens.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde::Deserialize;
use shared::access::AppCode;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::{self as edge, TokenReply};
use utoipa::ToSchema;

use crate::browser::agent;

#[derive(Deserialize, ToSchema)]
#[schema(as = AppCode)]
pub(crate) struct CodeBody {
    provider: Option<String>,
    code: String,
    #[serde(alias = "verifier")]
    code_verifier: String,
    nonce: String,
    redirect_uri: Option<String>,
}

pub(crate) async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    edge::Json(body): edge::Json<CodeBody>,
) -> Result<Json<TokenReply>> {
    let CodeBody { provider, code, code_verifier, nonce, redirect_uri } = &body;
    let (provider, redirect_uri) = (provider.as_deref(), redirect_uri.as_deref());
    let code = AppCode { provider, code, verifier: code_verifier, nonce, redirect_uri };
    let issued = app.access.finish_app(&code, agent(&headers), Timestamp::now()).await?;
    Ok(Json(issued.into()))
}
