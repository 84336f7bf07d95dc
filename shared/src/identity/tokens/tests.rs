//! Only our own algorithm, key, issuer, audience, type and time are accepted.

use jsonwebtoken::EncodingKey;

use super::*;
use crate::config::SecretName;
use crate::net::{Aws, Roots};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LIFE: Duration = Duration::from_mins(15);

fn tokens(folder: &tempfile::TempDir, issuer: &str) -> Tokens {
    let path = folder.path().join("key.pem");
    Tokens::make_local_key(&path).unwrap();
    let config = IdentityConfig::of_key(SecretName::File(path), issuer);
    Tokens::new(&config, &Arc::new(Secrets::new(&Arc::new(Aws::new(Roots::Builtin)))))
}

fn ada() -> UserId {
    UserId::parse("ada").unwrap()
}

#[tokio::test]
async fn a_token_names_its_user_until_it_ends_give_or_take_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(&folder, "us");
    let token = tokens.mint(&ada(), None, LIFE, NOW).await.unwrap();
    let at = |seconds| NOW.plus(LIFE).plus(Duration::from_secs(seconds));
    assert_eq!(tokens.verify(&token, NOW).await.unwrap().user, ada());
    assert!(tokens.verify(&token, at(59)).await.is_ok());
    assert!(tokens.verify(&token, at(120)).await.is_err());
}

#[tokio::test]
async fn another_issuers_and_another_keys_tokens_are_refused() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ours = tokens(&folder, "us");
    for theirs in [tokens(&folder, "them"), tokens(&elsewhere, "us")] {
        let token = theirs.mint(&ada(), None, LIFE, NOW).await.unwrap();
        assert!(ours.verify(&token, NOW).await.is_err());
    }
}

#[tokio::test]
async fn another_algorithm_or_type_is_refused_even_with_our_public_key_as_secret() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(&folder, "us");
    let key = tokens.key().await.unwrap();
    let claims = |aud: &str| Claims {
        iss: "us".into(),
        aud: aud.into(),
        sub: "ada".into(),
        sid: None,
        iat: NOW.seconds(),
        exp: NOW.plus(LIFE).seconds(),
        nbf: None,
    };
    let mut confused = Header::new(Algorithm::HS256);
    (confused.typ, confused.kid) = (Some(KIND.into()), Some(key.id.clone()));
    let hmac =
        jsonwebtoken::encode(&confused, &claims(AUDIENCE), &EncodingKey::from_secret(key.id.as_bytes())).unwrap();

    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.id.clone());
    let untyped = jsonwebtoken::encode(&header, &claims(AUDIENCE), &key.signs).unwrap();
    header.typ = Some(KIND.into());
    let elsewhere = jsonwebtoken::encode(&header, &claims("another service"), &key.signs).unwrap();
    let good = jsonwebtoken::encode(&header, &claims(AUDIENCE), &key.signs).unwrap();

    let none = good.replacen(good.split('.').next().unwrap(), "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0", 1);
    for bad in [hmac.as_str(), &untyped, &elsewhere, &none, &good[..good.len() - 2], "", "a.b.c"] {
        assert!(tokens.verify(bad, NOW).await.is_err(), "{bad} was accepted");
    }
    assert!(tokens.verify(&good, NOW).await.is_ok());
}

#[tokio::test]
async fn a_seal_holds_for_its_purpose_and_its_text_only() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(&folder, "us");
    let sealed = tokens.seal("ada sessions", "place").await.unwrap();
    assert_eq!(tokens.unseal("ada sessions", &sealed).await.unwrap().as_deref(), Some("place"));
    assert_eq!(tokens.unseal("eve sessions", &sealed).await.unwrap(), None);
    for bad in ["", "x", &sealed[1..], &format!("{sealed}AA")] {
        assert_eq!(tokens.unseal("ada sessions", bad).await.unwrap(), None);
    }
}
