//! Access tokens of other issuers: a Supabase project's, by a shared secret or by its public keys.

use std::time::Duration;

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, World, problem};

use crate::issuer::Issuer;
use crate::signing_key::{SigningKey, hs256, in_seconds, token};

const AUDIENCE: &str = "authenticated";
pub(crate) const SHARED: &str = "https://shared.example/auth/v1";
pub(crate) const SHARED_SECRET: &str = "a-secret-that-the-project-shares-with-us-0123456789";
const SUBJECT: &str = "3f0c1f5e-6c1e-4a3c-9a77-0c0a3d9b8f11";

/// What a Supabase project says of a user.
pub(crate) fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": AUDIENCE, "sub": SUBJECT, "email": "ada@example.com", "role": "authenticated",
        "iat": in_seconds(-5), "exp": in_seconds(600)
    })
}

fn with(mut claims: Value, more: &Value) -> Value {
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

pub(crate) async fn trusting(world: &World, issuer: &Issuer) -> Server {
    let trusted = json!([
        { "issuer": SHARED, "audience": AUDIENCE, "secret": SHARED_SECRET },
        { "issuer": issuer.url(), "audience": AUDIENCE, "jwks": issuer.jwks() }
    ]);
    world.start_with(&[("TRUSTED_ISSUERS", &trusted.to_string()), ("LOG_LEVEL", "debug")]).await
}

fn as_actor(server: &Server, token: &str) -> Actor {
    Actor::new(&server.url, token)
}

async fn refused(server: &Server, token: &str, why: &str) {
    let reply = as_actor(server, token).get("/me").await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED, "{why} passed");
    let body = problem(reply).await;
    assert_eq!(body["code"], "unauthenticated", "{why}: {body}");
}

#[tokio::test]
async fn a_shared_secret_or_a_key_pair_lets_somebody_in() {
    let world = World::with(Script::says("Hello.")).await;
    let (ec, rsa) = (Issuer::start(SigningKey::es256("one")).await, Issuer::start(SigningKey::rs256("one")).await);
    for (issuer, token) in [
        (SHARED.to_owned(), hs256(SHARED_SECRET.as_bytes(), &json!({}), &claims(SHARED))),
        (ec.url(), ec.key().sign(&claims(&ec.url()))),
        (rsa.url(), rsa.key().sign(&claims(&rsa.url()))),
    ] {
        let server = trusting(&world, if issuer == rsa.url() { &rsa } else { &ec }).await;
        let ada = as_actor(&server, &token);
        let me = ada.read("/me").await;
        assert_eq!((&me["issuer"], &me["email"]), (&json!(issuer), &json!("ada@example.com")));
        let turn = ada.ask("Hello?").await;
        let session = turn.session.clone();
        assert_eq!(turn.text().await, "Hello.");
        assert_eq!(ada.sessions().await, [session], "and only what is theirs");
    }
}

#[tokio::test]
async fn the_same_subject_at_two_issuers_is_two_users() {
    let world = World::with(Script::says("A secret.")).await;
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let server = trusting(&world, &issuer).await;
    let here = as_actor(&server, &hs256(SHARED_SECRET.as_bytes(), &json!({}), &claims(SHARED)));
    let there = as_actor(&server, &issuer.key().sign(&claims(&issuer.url())));
    assert_ne!(here.read("/me").await["user"], there.read("/me").await["user"]);
    let turn = here.ask("What is it?").await;
    let id = turn.id.clone();
    turn.text().await;
    assert_eq!(there.get(&format!("/turns/{id}")).await.status(), StatusCode::NOT_FOUND);
    assert!(there.sessions().await.is_empty());
}

#[tokio::test]
async fn a_token_for_others_or_from_another_time_is_refused() {
    let world = World::with(Script::says("Never.")).await;
    let issuer = Issuer::start(SigningKey::rs256("one")).await;
    let server = trusting(&world, &issuer).await;
    let by_key = |more: &Value| issuer.key().sign(&with(claims(&issuer.url()), more));
    let by_secret = |more: &Value| hs256(SHARED_SECRET.as_bytes(), &json!({}), &with(claims(SHARED), more));

    for good in [json!({}), json!({ "exp": in_seconds(-30) }), json!({ "nbf": in_seconds(30) })] {
        for token in [by_key(&good), by_secret(&good)] {
            assert_eq!(as_actor(&server, &token).get("/me").await.status(), StatusCode::OK, "{good} was refused");
        }
    }
    for wrong in [
        json!({ "aud": "anon" }),
        json!({ "aud": null }),
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": null }),
        json!({ "exp": in_seconds(-120) }),
        json!({ "exp": null }),
        json!({ "nbf": in_seconds(120) }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "role": "anon" }),
        json!({ "role": "service_role" }),
    ] {
        refused(&server, &by_key(&wrong), &format!("{wrong} by key")).await;
        refused(&server, &by_secret(&wrong), &format!("{wrong} by secret")).await;
    }
    assert_eq!(world.items().await.len(), 0);
}

#[tokio::test]
async fn no_algorithm_no_key_of_others_and_no_address_in_a_header_is_believed() {
    let world = World::with(Script::says("Never.")).await;
    let forger = Issuer::start(SigningKey::rs256("forged")).await;
    let ec_forger = SigningKey::es256("forged");
    for issuer in [Issuer::start(SigningKey::rs256("one")).await, Issuer::start(SigningKey::es256("one")).await] {
        let server = trusting(&world, &issuer).await;
        let claims = claims(&issuer.url());
        let good = issuer.key().sign(&claims);
        assert_eq!(as_actor(&server, &good).get("/me").await.status(), StatusCode::OK);

        for name in ["none", "None", "NONE", "nOnE", "", "HS256", "HS999"] {
            for kid in [json!("one"), Value::Null] {
                let header = with(json!({ "alg": name, "typ": "JWT" }), &json!({ "kid": kid }));
                refused(&server, &token(&header, &claims, |_| String::new()), &format!("{header} unsigned")).await;
            }
        }
        for (number, secret) in issuer.key().public_forms().iter().enumerate() {
            for kid in [json!("one"), Value::Null] {
                let sealed = hs256(secret, &with(json!({}), &json!({ "kid": kid })), &claims);
                refused(&server, &sealed, &format!("a public key as a secret, form {number}")).await;
            }
        }
        // By the secret of the neighbour in the configuration.
        refused(&server, &hs256(SHARED_SECRET.as_bytes(), &json!({ "kid": "one" }), &claims), "another's secret").await;
        for key in [forger.key(), &ec_forger] {
            let addresses = json!({
                "jku": forger.jwks(), "x5u": format!("{}/x5u", forger.url()), "jwk": key.jwk(), "x5c": ["AAAA"]
            });
            for kid in [json!("one"), json!("forged"), json!(forger.jwks()), json!("../../dev/null"), Value::Null] {
                let header = with(json!({ "typ": "JWT" }), &json!({ "kid": kid }));
                refused(&server, &key.sign_under(&header, &claims), &format!("forged, {header}")).await;
                let whole = with(header, &addresses);
                refused(&server, &key.sign_under(&whole, &claims), &format!("forged, {whole}")).await;
                for one in ["jku", "x5u", "jwk", "x5c"] {
                    let header = with(json!({ "kid": kid }), &json!({ one: addresses[one] }));
                    refused(&server, &key.sign_under(&header, &claims), &format!("forged, {header}")).await;
                }
            }
        }
        // A good signature under a name that is another key's, or nobody's.
        refused(&server, &issuer.key().sign_under(&json!({ "kid": "two" }), &claims), "a kid of nobody").await;
        let mut changed = good.clone();
        changed.replace_range(good.len() - 8..good.len() - 4, "AAAA");
        refused(&server, &changed, "a changed signature").await;
        let body = good.split('.').nth(1).unwrap();
        let other = token(&json!({}), &with(claims.clone(), &json!({ "sub": "eve" })), |_| String::new());
        refused(&server, &good.replace(body, other.split('.').nth(1).unwrap()), "changed claims").await;
        for part in good.split('.') {
            let lines = server.process.lines();
            assert!(!lines.iter().any(|line| part.len() > 40 && line.contains(part)), "a part of a token is logged");
        }
    }
    assert!(forger.was_left_alone(), "an address in a header was asked");
}

#[tokio::test]
async fn with_two_keys_each_signs_for_itself() {
    let world = World::with(Script::says("Never.")).await;
    let issuer = Issuer::start(SigningKey::rs256("one")).await;
    let second = SigningKey::es256("two");
    // Beside them kinds of keys that we do not know, and one that is for other things.
    let unknown = json!({ "kty": "LATTICE", "kid": "three", "alg": "ML-DSA-44" });
    issuer.set_keys(vec![unknown, issuer.key().jwk(), second.jwk()]);
    let server = trusting(&world, &issuer).await;
    let claims = claims(&issuer.url());
    for key in [issuer.key(), &second] {
        assert_eq!(as_actor(&server, &key.sign(&claims)).get("/me").await.status(), StatusCode::OK);
        let nameless = key.sign_under(&json!({}), &claims);
        assert_eq!(as_actor(&server, &nameless).get("/me").await.status(), StatusCode::OK, "only one of its kind");
    }
    refused(&server, &second.sign_under(&json!({ "kid": "one" }), &claims), "the other key's name").await;
    let other_alg = json!({ "kid": "two", "alg": "RS256" });
    refused(&server, &second.sign_under(&other_alg, &claims), "the other key's algorithm").await;
}

#[tokio::test]
async fn unknown_keys_make_us_ask_once_in_two_seconds_however_many_come() {
    let world = World::with(Script::says("Never.")).await;
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let server = trusting(&world, &issuer).await;
    let stranger = SigningKey::es256("stranger");
    let crowd = async |from: usize| {
        let tokens = (from..from + 40).map(|n| {
            let claims = claims(&issuer.url());
            stranger.sign_under(&json!({ "kid": format!("k{n}") }), &claims)
        });
        join_all(tokens.map(|token| {
            let actor = as_actor(&server, &token);
            async move { assert_eq!(actor.get("/me").await.status(), StatusCode::UNAUTHORIZED) }
        }))
        .await;
    };
    crowd(0).await;
    assert_eq!(issuer.asked("/jwks"), 1, "all at once, before there was any key");
    let good = issuer.key().sign(&claims(&issuer.url()));
    assert_eq!(as_actor(&server, &good).get("/me").await.status(), StatusCode::OK);
    assert_eq!(issuer.asked("/jwks"), 1);

    let begun = std::time::Instant::now();
    for round in 1.. {
        crowd(round * 40).await;
        let elapsed = begun.elapsed();
        let allowed = 2 + usize::try_from(elapsed.as_secs() / 2).unwrap();
        assert!(issuer.asked("/jwks") <= allowed, "{} times in {elapsed:?}", issuer.asked("/jwks"));
        if elapsed > Duration::from_millis(4_500) {
            break;
        }
    }
    assert!(issuer.asked("/jwks") >= 2, "and it does ask");
}

#[tokio::test]
async fn an_issuer_that_is_away_is_not_asked_by_everybody() {
    let world = World::with(Script::says("Never.")).await;
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let trusted =
        json!([{ "issuer": issuer.url(), "audience": AUDIENCE, "jwks": format!("{}/nothing", issuer.url()) }]);
    let server = world.start_with(&[("TRUSTED_ISSUERS", &trusted.to_string())]).await;
    let begun = std::time::Instant::now();
    let token = issuer.key().sign(&claims(&issuer.url()));
    let replies = join_all((0..20).map(|_| async { as_actor(&server, &token).get("/me").await })).await;
    assert!(replies.iter().all(|reply| reply.status() == StatusCode::SERVICE_UNAVAILABLE));
    assert!(replies.iter().all(|reply| reply.headers().contains_key("retry-after")));
    let allowed = 1 + usize::try_from(begun.elapsed().as_secs() / 2).unwrap();
    assert!(issuer.asked("/nothing") <= allowed, "{} times", issuer.asked("/nothing"));
}

#[tokio::test]
async fn a_key_that_has_taken_anothers_place_works_after_one_more_look() {
    let world = World::with(Script::says("Never.")).await;
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let server = trusting(&world, &issuer).await;
    let old = issuer.key().sign(&claims(&issuer.url()));
    assert_eq!(as_actor(&server, &old).get("/me").await.status(), StatusCode::OK);

    // Once with a name of its own, and once under the name that the old key had.
    for (round, kid) in ["two", "two"].into_iter().enumerate() {
        let next = SigningKey::es256(kid);
        issuer.set_keys(vec![next.jwk()]);
        let new = next.sign(&claims(&issuer.url()));
        let actor = as_actor(&server, &new);
        shared::testing::poll("the new key to be known", async || {
            (actor.get("/me").await.status() == StatusCode::OK).then_some(())
        })
        .await;
        assert_eq!(issuer.asked("/jwks"), round + 2, "one look for each key");
    }
    refused(&server, &old, "a token of the key that is gone").await;
}
