//! For tests: one provider's model, at an address of the test's choice. Otherwise configuration chooses.

use std::sync::Arc;

use crate::config::{GoogleConfig, SecretName, Secrets};
use crate::net::{Aws, Roots};

use super::server::ProviderServer;
use super::{Model, anthropic, gemini};

/// The key that every one of these models sends.
pub const KEY: &str = "key-of-the-test";

pub fn anthropic(url: &str) -> Arc<dyn Model> {
    Arc::new(anthropic::Anthropic::new(server(url)))
}

pub fn gemini(url: &str) -> Arc<dyn Model> {
    Arc::new(gemini::Gemini::new(server(url)))
}

pub fn vertex(url: &str, project: &str, location: &str) -> Arc<dyn Model> {
    Arc::new(gemini::Gemini::vertex(server(url), project, location))
}

fn server(url: &str) -> ProviderServer {
    let nowhere = GoogleConfig { secrets_url: String::new(), metadata_host: String::new() };
    let secrets = Arc::new(Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &nowhere, Roots::Builtin));
    ProviderServer::new(url.to_owned(), Some(SecretName::Literal(KEY.to_owned().into())), &secrets, Roots::Builtin)
}
