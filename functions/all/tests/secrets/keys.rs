//! Signing keys, and tokens signed with them.

use std::sync::Arc;
use std::time::Duration;

use shared::config::{GoogleConfig, IdentityConfig, SecretName, Secrets};
use shared::domain::{Timestamp, UserId};
use shared::identity::Tokens;
use shared::net::{Aws, Roots};

/// A new key as PEM.
pub(crate) fn new_key() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key.pem");
    Tokens::make_local_key(&path).expect("a key");
    std::fs::read_to_string(path).expect("PEM")
}

/// What a process signs and seals with when this is its key.
pub(crate) fn tokens(pem: &str) -> Tokens {
    let google = GoogleConfig { secrets_url: String::new(), metadata_host: String::new() };
    let secrets = Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &google, Roots::Builtin);
    let config = IdentityConfig::of_key(SecretName::Literal(pem.to_owned().into()), "counsel");
    Tokens::new(&config, &Arc::new(secrets))
}

/// Ada's access token, signed with this key.
pub(crate) async fn token(pem: &str) -> String {
    let ada = UserId::parse("ada").expect("an id");
    tokens(pem).mint(&ada, None, Duration::from_mins(15), Timestamp::now()).await.expect("a token")
}
