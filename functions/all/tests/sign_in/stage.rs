//! A process of ours, a provider that knows it, and the way through both.

use reqwest::header::SET_COOKIE;
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::{Value, json};
use shared::testing::{Script, Server, World, problem};

use crate::browser::{Browser, location, parameter};
use crate::provider::{CLIENT, CLIENT_SECRET, Provider};

/// Where the world outside believes us to be, for stories about https.
pub(crate) const OUTSIDE: &str = "https://api.example.com";

pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) provider: Provider,
    pub(crate) server: Server,
    /// Where browsers reach us.
    pub(crate) url: String,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    /// Some settings of the process its own.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let (world, provider) = (World::with(Script::says("Hello.")).await, Provider::start().await);
        let (server, url) = start(&world, &[&provider], settings).await;
        provider.knows(&redirect_uris(&url)).await;
        Self { world, provider, server, url }
    }

    /// One more process over the same store, at the same address for the world outside.
    pub(crate) async fn another_process(&self, settings: &[(&str, &str)]) -> Server {
        let mut all = vec![("PUBLIC_URL", self.url.as_str())];
        all.extend(settings);
        start(&self.world, &[&self.provider], &all).await.0
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::reaching(&self.url, &self.server.url)
    }

    /// The provider's page, as `GET /login` names it, with a hint who shall sign in there.
    pub(crate) async fn begin(&self, browser: &Browser, path: &str, name: &str) -> String {
        let reply = browser.get(&self.at(path)).await;
        let page = location(&reply).unwrap_or_else(|| panic!("{path}: {}", reply.status()));
        Url::parse_with_params(&page, [("login_hint", name)]).expect("an address").into()
    }

    /// Through the provider: the address at which it sends the browser back to us.
    pub(crate) async fn through(&self, browser: &Browser, page: &str) -> String {
        browser.follow(page, &self.at("/callback")).await
    }

    /// To the provider and back to us, but not in yet.
    pub(crate) async fn back(&self, browser: &Browser, name: &str) -> String {
        let page = self.begin(browser, "/login?return_to=/app", name).await;
        self.through(browser, &page).await
    }

    /// The whole way in a browser of its own.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        let reply = browser.get(&self.back(&browser, name).await).await;
        assert_eq!(location(&reply).map(|to| self.path_of(&to)).as_deref(), Some("/app"), "{}", reply.status());
        browser
    }

    /// The path behind an address of ours, written out or not.
    pub(crate) fn path_of(&self, to: &str) -> String {
        to.strip_prefix(&self.url).unwrap_or(to).to_owned()
    }

    /// Who the browser is for us; none when it is nobody.
    pub(crate) async fn who(&self, browser: &Browser) -> Option<Value> {
        let reply = browser.get(&self.at("/me")).await;
        if reply.status() == StatusCode::UNAUTHORIZED {
            return None;
        }
        assert_eq!(reply.status(), StatusCode::OK);
        Some(reply.json().await.expect("JSON"))
    }

    /// What a page of ours sends by itself.
    pub(crate) async fn call(&self, browser: &Browser, method: Method, path: &str, body: &Value) -> Response {
        let to = self.at(path);
        let request = browser.request(method, &to).header("origin", &self.url).json(body);
        browser.send(&to, request).await
    }

    pub(crate) async fn post(&self, browser: &Browser, path: &str, body: Value) -> Response {
        self.call(browser, Method::POST, path, &body).await
    }

    /// Nobody was let in: no cookie of a login, and no login in the store.
    pub(crate) async fn refused(&self, browser: &Browser, reply: Response, status: u16, code: &str) {
        let cookies: Vec<_> = reply.headers().get_all(SET_COOKIE).iter().cloned().collect();
        let refusal = problem(reply).await;
        assert_eq!((&refusal["status"], &refusal["code"]), (&json!(status), &json!(code)), "{refusal}");
        let sets = |cookie: &reqwest::header::HeaderValue| {
            let cookie = cookie.to_str().unwrap();
            cookie.contains("access=e") || cookie.contains("refresh=c")
        };
        assert!(!cookies.iter().any(sets), "{cookies:?}");
        assert_eq!(self.who(browser).await, None);
    }

    /// Items whose sort or partition key holds this word.
    pub(crate) async fn items(&self, word: &str) -> Vec<Value> {
        let mut items = self.world.items().await;
        let key = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        items.retain(|item| key(item, "pk").starts_with(word) || key(item, "sk").starts_with(word));
        items
    }
}

/// A process that offers these providers, the first of them named `acme`, the second `bolt`.
pub(crate) async fn start(world: &World, providers: &[&Provider], settings: &[(&str, &str)]) -> (Server, String) {
    let named = ["acme", "bolt"].into_iter().zip(providers).map(|(name, provider)| {
        let (issuer, label) = (&provider.issuer, name.to_uppercase());
        json!({ "name": name, "label": label, "issuer": issuer, "client_id": CLIENT, "client_secret": CLIENT_SECRET })
    });
    let providers = Value::Array(named.collect()).to_string();
    let mut all = vec![("OIDC_PROVIDERS", providers.as_str())];
    all.extend(settings);
    let server = world.start_with(&all).await;
    let given = settings.iter().find(|(name, _)| *name == "PUBLIC_URL").map(|(_, url)| (*url).to_owned());
    let url = given.unwrap_or_else(|| server.url.replace("127.0.0.1", "localhost"));
    (server, url)
}

pub(crate) fn redirect_uris(url: &str) -> Vec<String> {
    let ours = ["/callback", "/auth/google/callback", "/api/auth/google-login"].map(|path| format!("{url}{path}"));
    ours.into_iter().chain([APP.to_owned()]).collect()
}

/// Where an app of somebody else's is.
pub(crate) const APP: &str = "http://localhost:7777/done";

/// A parameter that has to be there.
pub(crate) fn given(address: &str, name: &str) -> String {
    parameter(address, name).unwrap_or_else(|| panic!("no {name} in {address}"))
}

/// The address with one parameter another way.
pub(crate) fn with(address: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(address).expect("an address");
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    url.into()
}
