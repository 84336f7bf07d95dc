//! Google's Secret Manager, through its REST, as the service account that the metadata server says we are.
//!
//! - `cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access`
//! - `cloud.google.com/compute/docs/access/authenticate-workloads#applications` (the token)

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::config::GoogleConfig;
use crate::error::chain;
use crate::net::{Roots, http_client, http_client_builder};

use super::Fault;
use super::keep::Fetched;

const TIMEOUT: Duration = Duration::from_secs(3);
/// The metadata server hands out a new token in the old one's last five minutes, four at the latest.
const TOKEN_RESERVE: Duration = Duration::from_secs(225);
/// A secret has at most 64 KiB, a third more in base64.
const MAX_BYTES: usize = 128 * 1024;

pub(super) struct GoogleManager {
    config: GoogleConfig,
    roots: Roots,
    client: OnceLock<Client>,
    token: Mutex<Option<Token>>,
}

struct Token {
    value: SecretString,
    until: Instant,
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct AccessReply {
    name: String,
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default)]
    data: String,
    /// An int64, and so a string in Google's JSON.
    data_crc32c: Option<String>,
}

impl GoogleManager {
    pub(super) fn new(config: &GoogleConfig, roots: Roots) -> Self {
        Self { config: config.clone(), roots, client: OnceLock::new(), token: Mutex::default() }
    }

    /// `name` without a version is the latest one.
    pub(super) async fn current(&self, name: &str) -> Result<Fetched, Fault> {
        if name.contains("/versions/") {
            return self.fetch(name).await;
        }
        self.fetch(&format!("{name}/versions/latest")).await
    }

    /// The version before this one.
    pub(super) async fn before(&self, version: &str) -> Result<Fetched, Fault> {
        let (secret, number) = version.rsplit_once('/').ok_or(Fault::Missing)?;
        match number.parse::<u64>() {
            Ok(number) if number > 1 => self.fetch(&format!("{secret}/{}", number - 1)).await,
            _ => Err(Fault::Missing),
        }
    }

    async fn fetch(&self, version: &str) -> Result<Fetched, Fault> {
        let client = self.client()?;
        let token = self.token(false).await?;
        let url = format!("{}/v1/{version}:access", self.config.secrets_url);
        let reply = send(client.get(url).bearer_auth(token.expose_secret())).await?;
        match reply.status() {
            StatusCode::OK => {}
            // 400 FAILED_PRECONDITION: this version was disabled or destroyed.
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => return Err(Fault::Missing),
            status => {
                if status == StatusCode::UNAUTHORIZED {
                    *self.token.lock().await = None;
                }
                return Err(Fault::Away(format!("Google's Secret Manager answered {status}")));
            }
        }
        let AccessReply { name, payload } = read(reply).await?;
        let bytes = BASE64_STANDARD.decode(payload.data).map_err(|_| garbled())?;
        if payload.data_crc32c.is_some_and(|sum| sum.parse() != Ok(crc32c::crc32c(&bytes))) {
            return Err(Fault::Away("the secret was damaged on its way".to_owned()));
        }
        let text = String::from_utf8(bytes).map_err(|_| Fault::Bad("it is no text"))?;
        Ok(Fetched { version: Some(name), ..Fetched::new(text) })
    }

    /// Our own access token. Who comes while it is being fetched waits for that one.
    /// `insist`: the one that is kept was not accepted.
    pub(super) async fn token(&self, insist: bool) -> Result<SecretString, Fault> {
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| !insist && Instant::now() < token.until) {
            return Ok(token.value.clone());
        }
        // What asks for our identity goes through no proxy.
        let client = http_client_builder(self.roots).map_err(|error| Fault::Away(error.to_string()))?;
        let client = client.no_proxy().build().map_err(|error| Fault::Away(error.to_string()))?;
        let host = &self.config.metadata_host;
        let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
        let reply = send(client.get(url).header("Metadata-Flavor", "Google")).await?;
        if reply.status() != StatusCode::OK {
            return Err(Fault::Away(format!("the metadata server answered {}", reply.status())));
        }
        let TokenReply { access_token, expires_in } = read(reply).await?;
        let life = Duration::from_secs(expires_in.min(86_400)).saturating_sub(TOKEN_RESERVE);
        let value = SecretString::from(access_token);
        *kept = Some(Token { value: value.clone(), until: Instant::now() + life });
        Ok(value)
    }

    fn client(&self) -> Result<&Client, Fault> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = http_client(self.roots).map_err(|error| Fault::Away(error.to_string()))?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Fault> {
    request.timeout(TIMEOUT).send().await.map_err(away)
}

/// The parser's words are left out: they may quote the secret.
async fn read<T: DeserializeOwned>(mut reply: Response) -> Result<T, Fault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(away)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_BYTES {
            return Err(garbled());
        }
    }
    serde_json::from_slice(&bytes).map_err(|_| garbled())
}

fn away(error: reqwest::Error) -> Fault {
    Fault::Away(chain(&error.without_url()))
}

fn garbled() -> Fault {
    Fault::Away("the reply is not in the form we know".to_owned())
}
