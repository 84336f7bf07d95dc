//! An identity provider on a real socket, as far as these tests go: discovery, keys, page, tokens, userinfo.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{HeaderMap, Request, Uri};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};
use shared::identity::pkce;
use shared::testing::loopback::{Loopback, LoopbackReply, answer};

use crate::signing_key::{SigningKey, in_seconds};

pub(crate) const CLIENT: &str = "counsel-client";
pub(crate) const SECRET: &str = "the-client-s-own-secret";

type Query = BTreeMap<String, String>;

pub(crate) struct Issuer {
    server: Loopback,
    state: Arc<State>,
}

struct State {
    signer: SigningKey,
    /// What its key set tells; not always what it signs with.
    keys: Mutex<Vec<Value>>,
    /// Whether it gives an ID token to a client that did not ask for `openid`, as Google does.
    id_tokens: AtomicBool,
    /// Codes that were given and not used, with what they were asked with.
    codes: Mutex<HashMap<String, Query>>,
    given: AtomicUsize,
    paths: Mutex<Vec<String>>,
}

impl Issuer {
    pub(crate) async fn start(signer: SigningKey) -> Self {
        let state = Arc::new(State {
            keys: Mutex::new(vec![signer.jwk()]),
            signer,
            id_tokens: AtomicBool::new(true),
            codes: Mutex::default(),
            given: AtomicUsize::default(),
            paths: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        Self { server: Loopback::start(move |request| Arc::clone(&shared).answer(request)).await, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn jwks(&self) -> String {
        format!("{}/jwks", self.url())
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.state.signer
    }

    pub(crate) fn set_keys(&self, keys: Vec<Value>) {
        *self.state.keys.lock().unwrap() = keys;
    }

    pub(crate) fn without_id_tokens(&self) {
        self.state.id_tokens.store(false, Ordering::SeqCst);
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state.paths.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }

    pub(crate) fn was_left_alone(&self) -> bool {
        self.state.paths.lock().unwrap().is_empty()
    }

    /// The value of `OIDC_PROVIDERS` with this one provider in it.
    pub(crate) fn as_provider(&self) -> String {
        json!([{ "name": "google", "issuer": self.url(), "client_id": CLIENT, "client_secret": SECRET }]).to_string()
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> LoopbackReply {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let own = format!("http://{}", head.headers["host"].to_str().unwrap());
        let path = head.uri.path().to_owned();
        self.paths.lock().unwrap().push(path.clone());
        Ok(match path.as_str() {
            "/.well-known/openid-configuration" => as_json(200, &discovery(&own)),
            "/jwks" => as_json(200, &json!({ "keys": *self.keys.lock().unwrap() })),
            "/authorize" => self.page(&head.uri),
            "/token" => self.exchange(&own, &head.headers, &body),
            "/userinfo" => Self::userinfo(&head.headers),
            _ => as_json(404, &json!({ "error": "not_found" })),
        })
    }

    /// Everybody who comes is Ada, and agrees.
    fn page(&self, uri: &Uri) -> Response {
        let asked = fields(uri.query().unwrap_or_default().as_bytes());
        let code = format!("code-{}", self.given.fetch_add(1, Ordering::SeqCst));
        let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        self.codes.lock().unwrap().insert(code, asked);
        Response::builder().status(302).header("location", String::from(back)).body(Body::empty()).unwrap()
    }

    fn exchange(&self, own: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let form = fields(body);
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT}:{SECRET}")));
        if headers.get("authorization").is_none_or(|given| given != basic.as_str()) {
            return as_json(401, &json!({ "error": "invalid_client" }));
        }
        let Some(asked) = self.codes.lock().unwrap().remove(form.get("code").map_or("", String::as_str)) else {
            return as_json(400, &json!({ "error": "invalid_grant" }));
        };
        let proves = asked.get("code_challenge").is_none_or(|challenge| {
            form.get("code_verifier").is_some_and(|verifier| &pkce::challenge(verifier) == challenge)
        });
        if form.get("redirect_uri") != asked.get("redirect_uri") || !proves {
            return as_json(400, &json!({ "error": "invalid_grant" }));
        }
        let mut reply = json!({ "access_token": "ya29.ada", "token_type": "Bearer", "expires_in": 3_599 });
        let is_openid = asked["scope"].split(' ').any(|scope| scope == "openid");
        if is_openid || self.id_tokens.load(Ordering::SeqCst) {
            let mut claims = ada();
            let more =
                json!({ "iss": own, "aud": CLIENT, "azp": CLIENT, "iat": in_seconds(0), "exp": in_seconds(600) });
            claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            claims.as_object_mut().unwrap().extend(asked.get("nonce").map(|nonce| ("nonce".to_owned(), json!(nonce))));
            reply["id_token"] = json!(self.signer.sign(&claims));
        }
        as_json(200, &reply)
    }

    fn userinfo(headers: &HeaderMap) -> Response {
        match headers.get("authorization") {
            Some(bearer) if bearer == "Bearer ya29.ada" => as_json(200, &ada()),
            _ => as_json(401, &json!({ "error": "invalid_token" })),
        }
    }
}

fn ada() -> Value {
    json!({
        "sub": "10769150350006150715113082367", "email": "ada@example.com", "email_verified": true,
        "name": "Ada Lovelace", "picture": "https://lh3.example/ada.png"
    })
}

fn discovery(own: &str) -> Value {
    json!({
        "issuer": own, "authorization_endpoint": format!("{own}/authorize"), "token_endpoint": format!("{own}/token"),
        "jwks_uri": format!("{own}/jwks"), "userinfo_endpoint": format!("{own}/userinfo"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]
    })
}

pub(crate) fn fields(form: &[u8]) -> Query {
    url::form_urlencoded::parse(form).into_owned().collect()
}

fn as_json(status: u16, body: &Value) -> Response {
    answer(status, "application/json", body.to_string())
}
