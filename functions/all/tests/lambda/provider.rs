//! The identity provider of these functions: the laptop's issuer, told that we live at `PUBLIC_URL`.

use all::issuer;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::function::PUBLIC_URL;

pub(crate) struct Provider {
    pub(crate) url: String,
}

impl Provider {
    /// Serves until the test's runtime ends.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        // The issuer's own document would send us to PUBLIC_URL.
        let document = document(&url);
        let router = issuer::router(PUBLIC_URL).merge(Router::new().route("/found", get(async || Json(document))));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url }
    }

    /// The value of `OIDC_PROVIDERS`.
    pub(crate) fn setting(&self) -> String {
        let discovery = format!("{}/found", self.url);
        let provider = json!({
            "name": "demo", "issuer": "http://localhost/demo", "client_id": issuer::CLIENT, "discovery": discovery
        });
        json!([provider]).to_string()
    }
}

fn document(url: &str) -> Value {
    let at = |path: &str| format!("{url}/demo/{path}");
    json!({
        "issuer": "http://localhost/demo", "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("jwks"), "userinfo_endpoint": at("userinfo"), "token_endpoint_auth_methods_supported": ["none"]
    })
}
