//! A new key logs nobody out, wherever the old one is kept.

use super::*;

const NAME: &str = "projects/p/secrets/token-key";

/// A process that starts now.
fn process(google: &GoogleSecrets) -> Tokens {
    with_key(SecretName::parse(NAME), "us", &google.config())
}

fn kid(token: &str) -> String {
    header(token).unwrap().kid
}

async fn kids(tokens: &Tokens) -> Vec<String> {
    let jwks = tokens.jwks().await.unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_first_key_of_a_bundle_signs_and_all_verify() {
    let (old, new) = (new_key(), new_key());
    let (before, after) = (tokens(&old), tokens(&format!("{new}{old}")));
    let (earlier, later) = (mint(&before).await, mint(&after).await);
    assert!(accepts(&after, &earlier).await);
    assert!(accepts(&after, &later).await);
    assert_ne!(kid(&earlier), kid(&later));
    assert_eq!(kids(&after).await, [kid(&later), kid(&earlier)]);
    let sealed = before.seal("ada sessions", "place").await.unwrap();
    assert_eq!(after.unseal("ada sessions", &sealed).await.unwrap().as_deref(), Some("place"));
}

#[tokio::test]
async fn a_freshly_started_process_knows_the_previous_version() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, new_key());
    let before = process(&google);
    let (token, sealed) = (mint(&before).await, before.seal("ada sessions", "place").await.unwrap());
    google.add(NAME, new_key());
    let after = process(&google);
    assert!(accepts(&after, &token).await);
    assert_eq!(after.unseal("ada sessions", &sealed).await.unwrap().as_deref(), Some("place"));
    let new = mint(&after).await;
    assert_eq!(kids(&after).await, [kid(&new), kid(&token)]);
    google.add(NAME, new_key());
    assert!(!accepts(&process(&google), &token).await, "two rotations later its key is gone");
}

#[tokio::test]
async fn an_unknown_key_makes_a_process_look_again_and_it_still_knows_the_old_one() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, new_key());
    let running = process(&google);
    let old = mint(&running).await;
    google.add(NAME, new_key());
    let new = mint(&process(&google)).await;
    poll("the new key", async || accepts(&running, &new).await.then_some(())).await;
    assert!(accepts(&running, &old).await);
    assert_eq!(kid(&mint(&running).await), kid(&new));
    assert_eq!(kids(&running).await, [kid(&new), kid(&old)]);
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_no_flood_for_the_manager() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, new_key());
    let running = process(&google);
    for _ in 0..50 {
        let stranger = mint(&tokens(&new_key())).await;
        assert!(!accepts(&running, &stranger).await);
    }
    assert!(google.count(":access") <= 3, "{} calls", google.count(":access"));
}

#[tokio::test]
async fn a_manager_that_is_away_takes_no_key_from_anybody_and_a_doubt_is_no_refusal() {
    let google = GoogleSecrets::start().await;
    google.add(NAME, new_key());
    google.add(NAME, new_key());
    let running = process(&google);
    let token = mint(&running).await;
    google.set_away(true);
    assert!(accepts(&running, &token).await);
    let stranger = mint(&tokens(&new_key())).await;
    assert!(running.verify(&stranger, NOW).await.unwrap_err().is_unavailable(), "its key may be the previous one");
    assert!(process(&google).verify(&token, NOW).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn the_published_keys_verify_our_tokens_and_hold_nothing_private() {
    let ours = tokens(&new_key());
    let jwks = ours.jwks().await.unwrap();
    let jwk = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    let token = mint(&ours).await;
    let key = DecodingKey::from_jwk(&jwk).unwrap();
    assert_eq!(jsonwebtoken::decode::<Claims>(&token, &key, &validation).unwrap().claims.sub, "ada");
    let mut names: Vec<&String> = jwks["keys"][0].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
}
