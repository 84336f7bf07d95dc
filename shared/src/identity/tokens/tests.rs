//! Only our own algorithm, keys, issuer, audience, type and time are accepted; keys may change under way.

use std::path::PathBuf;

use super::*;
use crate::config::{GoogleConfig, SecretName};
use crate::net::{Aws, Roots};
use crate::testing::{GoogleSecrets, poll};

mod forged;
mod rotated;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LIFE: Duration = Duration::from_mins(15);

fn nobody() -> GoogleConfig {
    GoogleConfig { secrets_url: "http://127.0.0.1:9".to_owned(), metadata_host: "127.0.0.1:9".to_owned() }
}

fn with_key(key: SecretName, issuer: &str, google: &GoogleConfig) -> Tokens {
    let secrets = Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), google, Roots::Builtin);
    Tokens::new(&IdentityConfig::of_key(key, issuer), &Arc::new(secrets))
}

fn key_file(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("key.pem");
    Tokens::make_local_key(&path).unwrap();
    path
}

fn new_key() -> String {
    std::fs::read_to_string(key_file(&tempfile::tempdir().unwrap())).unwrap()
}

fn tokens(pem: &str) -> Tokens {
    with_key(SecretName::parse(pem), "us", &nobody())
}

fn ada() -> UserId {
    UserId::parse("ada").unwrap()
}

async fn mint(tokens: &Tokens) -> String {
    tokens.mint(&ada(), None, LIFE, NOW).await.unwrap()
}

async fn accepts(tokens: &Tokens, token: &str) -> bool {
    tokens.verify(token, NOW).await.is_ok()
}

#[tokio::test]
async fn a_token_names_its_user_its_login_and_its_end() {
    let tokens = tokens(&new_key());
    let login = LoginId::parse("42").unwrap();
    let token = tokens.mint(&ada(), Some(&login), LIFE, NOW).await.unwrap();
    let verified = tokens.verify(&token, NOW).await.unwrap();
    assert_eq!(verified, Verified { user: ada(), login: Some(login), expires_at: NOW.plus(LIFE) });
    assert_eq!(tokens.verify(&mint(&tokens).await, NOW).await.unwrap().login, None);
}

#[tokio::test]
async fn a_token_is_good_until_it_ends_give_or_take_a_minute() {
    let tokens = tokens(&new_key());
    let token = mint(&tokens).await;
    let at = |seconds| NOW.plus(LIFE).plus(Duration::from_secs(seconds));
    assert!(tokens.verify(&token, at(60)).await.is_ok());
    assert!(tokens.verify(&token, at(120)).await.is_err());
}

#[tokio::test]
async fn another_issuers_and_another_keys_tokens_are_refused() {
    let pem = new_key();
    let ours = tokens(&pem);
    for theirs in [with_key(SecretName::parse(&pem), "them", &nobody()), tokens(&new_key())] {
        assert!(!accepts(&ours, &mint(&theirs).await).await);
    }
}

#[tokio::test]
async fn a_seal_holds_for_its_purpose_and_its_text_only() {
    let tokens = tokens(&new_key());
    let sealed = tokens.seal("ada sessions", "place").await.unwrap();
    assert_eq!(tokens.unseal("ada sessions", &sealed).await.unwrap().as_deref(), Some("place"));
    assert_eq!(tokens.unseal("eve sessions", &sealed).await.unwrap(), None);
    for bad in ["", "x", &sealed[1..], &format!("{sealed}AA")] {
        assert_eq!(tokens.unseal("ada sessions", bad).await.unwrap(), None);
    }
}

#[test]
fn a_bundle_is_ed25519_keys_in_pem_and_nothing_else() {
    let (key, other) = (new_key(), new_key());
    for good in [key.clone(), format!("{key}{other}"), format!("\n{key}\n\n{}", other.replace('\n', "\r\n"))] {
        assert!(Ring::parse(&good).is_ok());
    }
    let no_ed25519 = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n-----END PRIVATE KEY-----";
    let bad = [
        String::new(),
        "garbage".to_owned(),
        format!("{key}garbage"),
        format!("garbage{key}"),
        key.replace("-----END PRIVATE KEY-----", ""),
        key.replace("PRIVATE", "PUBLIC"),
        "-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----".to_owned(),
        no_ed25519.to_owned(),
    ];
    for bad in bad {
        assert!(Ring::parse(&bad).is_err(), "{bad}");
    }
}
