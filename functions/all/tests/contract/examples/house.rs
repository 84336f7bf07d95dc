//! Where examples are sent: a process with everything on, and for each operation a user of its own who has what the
//! operation is about.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Client;
use reqwest::header::{COOKIE, USER_AGENT};
use serde_json::{Map, Value, json};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Cassette, Cassettes, Script, Server, World, client};

use crate::document::operations;
use crate::issuer::Issuer;
use crate::places::entries;
use crate::signing_key::SigningKey;

use super::bodies;
use super::request::{self, Reply, Sent};
use super::steady::Steady;

/// Where browsers find this process.
pub(super) const PUBLIC_URL: &str = "https://api.example.com";
const PROVIDER_URL: &str = "https://id.example.com";
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "a long password";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0";
const ANSWER: [&str; 3] = ["The second one: ", "it costs less, ", "and you keep the code."];
const FILE: &str = "/containers/cntr_1/files/cfile_1/content";

pub(crate) struct House {
    pub(super) world: World,
    server: Server,
    /// The same, where a provider of models keeps files.
    pub(super) with_files: Server,
    pub(super) issuer: Issuer,
    pub(super) client: Client,
    numbers: AtomicUsize,
    _services: Loopback,
    _files: Cassettes,
}

/// What one operation finds.
#[derive(Clone, Default)]
pub(crate) struct Stage {
    pub(super) url: String,
    pub(super) token: Option<String>,
    /// The operation itself is sent without the token.
    pub(super) is_open: bool,
    pub(super) cookie: Option<String>,
    /// Of parameters, by their names.
    pub(crate) values: BTreeMap<String, String>,
    /// Of the body, instead of what its example says.
    pub(crate) fields: Map<String, Value>,
    /// The gate in front of the model's answer that opens when the reply has begun.
    pub(super) opens: Option<String>,
    /// Whole texts and what they are shown as.
    pub(super) addresses: Vec<(String, &'static str)>,
}

impl Stage {
    pub(crate) fn steady(&self) -> Steady {
        Steady::new(&self.addresses)
    }

    fn at(server: &Server) -> Self {
        Self { url: server.url.clone(), ..Self::default() }
    }

    pub(super) fn signed_out(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// Where a path names the user first, and the session then.
    fn named_by_email(self) -> Self {
        let (email, session) = (self.values["email"].clone(), self.values["session"].clone());
        self.with("session", email).with("second", session)
    }

    /// What differs in every run is shown as this.
    pub(super) fn standing_for(mut self, text: &str, shown: &'static str) -> Self {
        self.addresses.push((text.to_owned(), shown));
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn with_field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        let world = World::with(ANSWER.into_iter().fold(Script::new(), Script::say).finish()).await;
        let issuer = Issuer::start(SigningKey::es256("one")).await;
        let services = Loopback::start(|request| async move {
            let body = match request.uri().path() {
                "/v1/search" => json!({ "results": [{ "name": "Graz", "latitude": 47.07, "longitude": 15.44 }] }),
                "/v1/forecast" => json!({ "current": { "time": "2026-11-21T05:15", "temperature_2m": 3.5 } }),
                _ => json!({ "joke": "I would tell you a joke about UDP, but you might not get it." }),
            };
            Ok(answer(200, "application/json", body.to_string()))
        })
        .await;
        let (provider, elsewhere) = (issuer.as_provider(), services.url());
        let settings = [
            ("PUBLIC_URL", PUBLIC_URL),
            ("OIDC_PROVIDERS", &provider),
            ("PASSWORD_SIGN_IN", "on"),
            ("DEFAULT_MODEL", "openai:gpt-5-mini"),
            ("TOOLS_TO_APPROVE", "get_joke"),
            ("WEATHER_URL", &elsewhere),
            ("GEOCODING_URL", &elsewhere),
            ("JOKE_URL", &elsewhere),
        ];
        let server = world.start_with(&settings).await;
        let files = Cassettes::start(Cassette::of("")).await;
        files.hold(FILE, Cassette::of("month,offers\n2026-10,2\n2026-11,3\n").typed("text/csv"));
        let with_files = shared::testing::hosted::start(&world, &files).await;
        let (client, numbers) = (client(), AtomicUsize::default());
        Self { world, server, with_files, issuer, client, numbers, _services: services, _files: files }
    }

    pub(crate) async fn send(&self, sent: Sent, stage: &Stage) -> Reply {
        let Sent { method, path, headers, body, .. } = sent;
        let mut request = self.client.request(method.parse().expect("a method"), format!("{}{path}", stage.url));
        request = request.header(USER_AGENT, BROWSER).header(COOKIE, stage.cookie.clone().unwrap_or_default());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(token) = stage.token.as_ref().filter(|_| !stage.is_open) {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.expect("a reply");
        if let Some(gate) = &stage.opens {
            self.world.provider.release(gate);
        }
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        Reply { status, headers, text: reply.text().await.expect("a text") }
    }

    /// What the operation finds: a new user who has asked one question, or whatever else it is about.
    pub(crate) async fn stage(&self, operation: &Value) -> Stage {
        let stage = self.user().await;
        match operation["operationId"].as_str().expect("a name") {
            "registerWithPassword" => self.unregistered(stage),
            "callback" => self.back("/login", stage).await,
            "meaiCallback" => self.back("/auth/google", stage).await,
            "baidCallback" => self.back_of_ide(stage).await,
            "baidGetKey" => self.picked_up(stage).await,
            "exchangeCode" => self.app_code(stage).await,
            "getFile" | "starterGetFile" => self.file(stage).await,
            "approveCall" => self.waiting(stage, "call_joke", "get_joke", "{}").await,
            "submitOutcome" => self.waiting(stage, "call_file", "open_file", r#"{"path":"offer.md"}"#).await,
            "cancelTurn" | "cancelResponse" => self.open_turn(stage).await,
            "resumeChat" | "stopChat" => self.open_chat(stage).await,
            "baidDeleteSession" => self.answered(stage).await.named_by_email(),
            "listKeys" => self.with_key(stage).await,
            "exportAccount" => stage,
            _ if operation["security"].as_array().is_none_or(Vec::is_empty) => stage.signed_out(),
            _ => self.answered(stage).await,
        }
    }

    /// A value that another operation's reply leads to, as the contract's links say.
    pub(crate) async fn follow(&self, document: &Value, to: &Value, name: &str, stage: &Stage) -> Option<String> {
        let (to, stage) = (to.as_str()?, &Stage { is_open: false, ..stage.clone() });
        for (path, method, operation) in operations(document) {
            let replies = entries(&operation["responses"]);
            let links = replies.filter_map(|(_, reply)| reply["links"][to]["parameters"][name].as_str());
            let Some(expression) = links.last() else { continue };
            let reply =
                self.send(request::of((&path, &method), &operation, bodies(&operation).remove(0), stage), stage).await;
            return Some(reply.at(expression));
        }
        None
    }

    fn unregistered(&self, stage: Stage) -> Stage {
        let email = self.address();
        stage.signed_out().standing_for(&email, EMAIL).with_field("email", email)
    }

    fn address(&self) -> String {
        format!("ada-{}@example.org", self.number())
    }

    /// Another one each time.
    pub(super) fn number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    async fn user(&self) -> Stage {
        let email = self.address();
        let body = json!({ "email": email, "password": PASSWORD });
        let signed_in = self.call("/api/v1/auth/register", &Stage::at(&self.server), Some(body)).await.json();
        let user = text(&signed_in["user"]["id"]).replace('-', "");
        let mut stage = Stage::at(&self.server).with("email", &email);
        stage.token = Some(text(&signed_in["access_token"]));
        stage
            .standing_for(&self.issuer.url(), PROVIDER_URL)
            .standing_for(&self.server.url, PUBLIC_URL)
            .standing_for(&email, EMAIL)
            .with_field("email", email)
            .with_field("confirm", user)
            .with_field("refresh_token", signed_in["refresh_token"].clone())
    }

    pub(super) async fn call(&self, path: &str, stage: &Stage, body: Option<Value>) -> Reply {
        let method = if body.is_some() { "POST" } else { "GET" };
        let (method, path) = (method.to_owned(), path.to_owned());
        self.send(Sent { method, path, headers: BTreeMap::new(), body, params: Vec::new() }, stage).await
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
