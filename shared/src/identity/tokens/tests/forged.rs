//! A1 to A4: tokens made by hand, each wrong in one way.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::EncodingKey;

use super::*;

/// A token of any header and any claims, with any signature.
fn forge(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// Somebody who holds a key, and knows how to write a token.
struct Forger {
    pair: Ed25519KeyPair,
    kid: String,
}

fn pkcs8(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    BASE64_STANDARD.decode(body).unwrap()
}

impl Forger {
    fn with(pem: &str) -> Self {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8(pem)).unwrap();
        Self { pair, kid: Ring::parse(pem).unwrap().signer().id.clone() }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        forge(header, claims, |text| self.pair.sign(text).as_ref().to_vec())
    }

    fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.kid })
    }

    fn jwk(&self) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig" })
    }
}

fn claims() -> Value {
    let now = NOW.seconds();
    json!({ "iss": "us", "aud": "counsel", "sub": "ada", "iat": now, "exp": now + 900 })
}

/// `value` with one thing changed; null takes it away.
fn but(mut value: Value, name: &str, other: Value) -> Value {
    value[name] = other;
    if value[name].is_null() {
        value.as_object_mut().unwrap().remove(name);
    }
    value
}

#[tokio::test]
async fn the_forgers_tokens_are_good_as_long_as_nothing_is_wrong_with_them() {
    let pem = new_key();
    let (ours, us) = (tokens(&pem), Forger::with(&pem));
    assert!(accepts(&ours, &us.sign(&us.header(), &claims())).await);
}

#[tokio::test]
async fn no_algorithm_but_ours_is_accepted_even_with_our_public_key_as_its_secret() {
    let pem = new_key();
    let (ours, us) = (tokens(&pem), Forger::with(&pem));
    let public = us.pair.public_key().as_ref().to_vec();
    let x = BASE64_URL_SAFE_NO_PAD.encode(&public);
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = but(us.header(), "alg", name.into());
        assert!(!accepts(&ours, &forge(&header, &claims(), |_| Vec::new())).await, "{name}");
        assert!(!accepts(&ours, &us.sign(&header, &claims())).await, "{name}, signed");
    }
    let macs = [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
    for (name, algorithm) in macs {
        let header = but(us.header(), "alg", name.into());
        for secret in [public.as_slice(), x.as_bytes(), pem.as_bytes(), us.kid.as_bytes(), b""] {
            let sign = |text: &[u8]| hmac::sign(&hmac::Key::new(algorithm, secret), text).as_ref().to_vec();
            assert!(!accepts(&ours, &forge(&header, &claims(), sign)).await, "{name}");
        }
    }
    for name in ["RS256", "RS512", "PS256", "ES256", "ES384", "Ed25519", "eddsa"] {
        let header = but(us.header(), "alg", name.into());
        assert!(!accepts(&ours, &us.sign(&header, &claims())).await, "{name}");
    }
}

#[tokio::test]
async fn a_header_that_brings_or_names_a_key_of_its_own_is_refused() {
    let pem = new_key();
    let (ours, us, eve) = (tokens(&pem), Forger::with(&pem), Forger::with(&new_key()));
    let tricks = [
        ("jwk", eve.jwk()),
        ("jku", "https://eve.example/jwks.json".into()),
        ("x5u", "https://eve.example/chain.pem".into()),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("b64", false.into()),
        ("zip", "DEF".into()),
    ];
    for (name, value) in tricks {
        let ours_to_see = but(us.header(), name, value.clone());
        assert!(!accepts(&ours, &eve.sign(&ours_to_see, &claims())).await, "{name} with our kid");
        assert!(!accepts(&ours, &eve.sign(&but(eve.header(), name, value), &claims())).await, "{name}");
        assert!(!accepts(&ours, &us.sign(&ours_to_see, &claims())).await, "we never write {name}");
    }
    for kid in ["", "../../../dev/null", "' OR 1=1 --", "file:/dev/null", "\u{0}", &eve.kid] {
        for forger in [&us, &eve] {
            assert!(!accepts(&ours, &forger.sign(&but(us.header(), "kid", kid.into()), &claims())).await, "{kid:?}");
        }
    }
    assert!(!accepts(&ours, &us.sign(&but(us.header(), "kid", Value::Null), &claims())).await, "no kid");
    assert!(!accepts(&ours, &us.sign(&but(us.header(), "kid", json!([us.kid])), &claims())).await, "a list of kids");
}

#[tokio::test]
async fn a_token_with_our_key_id_signed_by_another_key_is_refused() {
    let pem = new_key();
    let (ours, us, eve) = (tokens(&pem), Forger::with(&pem), Forger::with(&new_key()));
    assert!(!accepts(&ours, &eve.sign(&us.header(), &claims())).await);
}

#[tokio::test]
async fn a_token_of_another_type_is_refused() {
    let pem = new_key();
    let (ours, us) = (tokens(&pem), Forger::with(&pem));
    for kind in [json!("JWT"), json!("id+jwt"), json!("logout+jwt"), json!(""), Value::Null] {
        assert!(!accepts(&ours, &us.sign(&but(us.header(), "typ", kind.clone()), &claims())).await, "{kind}");
    }
}

#[tokio::test]
async fn a_wrong_or_missing_claim_is_refused() {
    let pem = new_key();
    let (ours, us) = (tokens(&pem), Forger::with(&pem));
    let wrong = [
        ("iss", json!("them")),
        ("iss", json!("us ")),
        ("iss", json!(["us", "them"])),
        ("aud", json!("another service")),
        ("aud", json!([])),
        ("aud", json!(["another service", "counsel"])),
        ("sub", json!("")),
        ("sub", json!("a#b")),
        ("sub", json!(7)),
        ("sid", json!("a/b")),
        ("exp", json!("tomorrow")),
        ("exp", json!(1.0e30)),
        ("exp", json!(-1)),
        ("nbf", json!("now")),
    ];
    for (name, value) in wrong {
        let token = us.sign(&us.header(), &but(claims(), name, value.clone()));
        assert!(!accepts(&ours, &token).await, "{name} {value}");
    }
    for name in ["iss", "aud", "sub", "iat", "exp"] {
        assert!(!accepts(&ours, &us.sign(&us.header(), &but(claims(), name, Value::Null))).await, "no {name}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_but_not_by_two() {
    let pem = new_key();
    let (ours, us) = (tokens(&pem), Forger::with(&pem));
    let ends = [("exp", -60, true), ("exp", -61, false), ("exp", -120, false)];
    let begins = [("nbf", 60, true), ("nbf", 61, false), ("nbf", 120, false)];
    for (name, shift, good) in [ends, begins].concat() {
        let token = us.sign(&us.header(), &but(claims(), name, json!(NOW.seconds() + shift)));
        assert_eq!(accepts(&ours, &token).await, good, "{name} {shift}");
    }
}

#[tokio::test]
async fn what_is_cut_changed_or_no_token_at_all_is_refused() {
    let pem = new_key();
    let (ours, us) = (tokens(&pem), Forger::with(&pem));
    let good = us.sign(&us.header(), &claims());
    let parts: Vec<&str> = good.split('.').collect();
    let others = BASE64_URL_SAFE_NO_PAD.encode(but(claims(), "sub", "eve".into()).to_string());
    let bad = [
        String::new(),
        "a.b.c".to_owned(),
        "..".to_owned(),
        parts[..2].join("."),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{others}.{}", parts[0], parts[2]),
        format!("{good}.{}", parts[2]),
        format!("{good}="),
        good[..good.len() - 2].to_owned(),
    ];
    for bad in bad {
        assert!(!accepts(&ours, &bad).await, "{bad}");
    }
    assert!(accepts(&ours, &good).await);
}

#[tokio::test]
async fn a_token_that_a_library_writes_is_good_too() {
    let pem = new_key();
    let mut header = Header::new(Algorithm::EdDSA);
    (header.typ, header.kid) = (Some(KIND.to_owned()), Some(Forger::with(&pem).kid));
    let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_ed_der(&pkcs8(&pem))).unwrap();
    assert!(accepts(&tokens(&pem), &token).await);
}
