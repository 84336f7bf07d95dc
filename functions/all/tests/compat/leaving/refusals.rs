//! Who may leave, and what is refused from then on.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::identity::user_id;
use shared::store::Kind;
use shared::testing::{Actor, Script, World, problem};

use super::{CANARY, EMAIL, SOON, done, erase, held, keys, nothing_is_left, of_user, server, with_everything};
use crate::baid::{at_the_provider, back, minted};
use crate::issuer::Issuer;
use crate::registered::{PASSWORD, PASSWORDS_ON, send};
use crate::signing_key::SigningKey;

#[tokio::test]
async fn nobody_leaves_by_mistake_or_by_a_key() {
    let world = World::with(Script::says("An answer.")).await;
    let server = server(&world).await;
    let ada = with_everything(&world, &server, EMAIL, CANARY).await;
    let script = Actor::new(&server.url, &ada.key);
    let before = held(&world, &ada.user, EMAIL).await;

    for confirm in [json!({}), json!({ "confirm": "yes" }), json!({ "confirm": EMAIL })] {
        let reply = ada.actor.request(Method::DELETE, "/me").json(&confirm).send().await.unwrap();
        assert_eq!(problem(reply).await["code"], "not_confirmed", "{confirm}");
    }
    let by_key = script.request(Method::DELETE, "/me").json(&json!({ "confirm": ada.user })).send().await.unwrap();
    assert_eq!(problem(by_key).await["code"], "sign_in_needed");
    assert_eq!(problem(script.get("/me/export").await).await["code"], "sign_in_needed");
    assert_eq!(problem(ada.actor.get("/erasures/nothing").await).await["code"], "erasure_not_found");
    assert_eq!(held(&world, &ada.user, EMAIL).await, before);
}

/// The access token is good for minutes still, and an answer is being written.
#[tokio::test]
async fn from_then_on_nothing_can_be_asked_and_nobody_comes_in() {
    let world = World::with(Script::says("An answer.")).await;
    // Long: nothing is deleted while this is looked at.
    let server = world.start_with(&[("ERASURE_DELAY_MS", "600000"), PASSWORDS_ON]).await;
    let ada = with_everything(&world, &server, EMAIL, CANARY).await;
    world.provider.then(Script::new().say("Half").stalls());
    let mut live = ada.actor.ask("And now?").await;
    live.stream.until("Half").await;

    let receipt = erase(&ada).await;
    world.provider.wait_for_aborted(1).await;
    live.stream.rest().await;

    let refused = [
        ada.actor.post("/consult", json!({ "text": "Still there?" })).await,
        ada.actor.consult_with_key("a key", &json!({ "text": "Still there?" })).await,
        ada.actor.post("/consult", json!({ "text": "Still there?", "session": live.session })).await,
        ada.actor.post("/sessions", json!({})).await,
        ada.actor.post("/turns/1/outcomes/call_1", json!({ "content": "Late." })).await,
        send(&server, "login", EMAIL, PASSWORD).await,
    ];
    for reply in refused {
        assert_eq!(reply.status(), StatusCode::FORBIDDEN);
        assert_eq!(problem(reply).await["code"], "being_erased");
    }
    let out = [
        Actor::new(&server.url, &ada.key).get("/sessions").await,
        ada.actor.post("/token", json!({ "refresh_token": ada.refresh })).await,
        ada.actor.get("/me").await,
        ada.actor.get("/me/export").await,
        ada.actor.request(Method::DELETE, "/me").json(&json!({ "confirm": ada.user })).send().await.unwrap(),
    ];
    for reply in out {
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    }
    let read = ada.actor.read(receipt["link"].as_str().unwrap()).await;
    assert_eq!((&read["status"], &read["finished_at"]), (&json!("running"), &Value::Null));
    assert!(!read.to_string().contains(&ada.user));
    // What was refused has left nothing: the one question is the last.
    assert!(!world.items().await.iter().any(|item| item.to_string().contains("Still there?")));
}

/// Wanting it twice, with two tokens that have no login behind them, is wanting it once.
#[tokio::test]
async fn two_wishes_are_one_erasure() {
    let world = World::with(Script::says("An answer.")).await;
    let server = world.start_with(&[SOON]).await;
    let ada = server.actor("ada").await;
    ada.ask("Hello?").await.text().await;
    let user = ada.read("/me").await["user"].clone();
    let wish = async || {
        let reply = ada.request(Method::DELETE, &format!("/me?confirm={}", user.as_str().unwrap()));
        reply.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let (one, two) = tokio::join!(wish(), wish());
    assert_eq!(one["id"], two["id"]);
    done(&server, &one).await;
    nothing_is_left(&world, user.as_str().unwrap(), "ada@example.com").await;
    ada.ask("Hello?").await.text().await;
    assert_eq!(ada.sessions().await.len(), 1, "who comes back is new");
}

/// A sign-in that an IDE has never picked up; and with it, all kinds that there are.
#[tokio::test]
async fn what_waits_to_be_picked_up_goes_as_well_and_no_kind_is_left_out() {
    let world = World::with(Script::says("An answer.")).await;
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let settings = [("OIDC_PROVIDERS", issuer.as_provider())];
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str())).chain([SOON, PASSWORDS_ON]);
    let server = world.start_with(&settings.collect::<Vec<_>>()).await;
    with_everything(&world, &server, "bob@example.com", "Bob's").await;
    let ide = at_the_provider(&issuer, &server, "a-state-of-36-characters-abcdefghijk").await;
    assert_eq!(back(&server, &ide).await.status(), StatusCode::OK);
    let ada = Actor::new(&server.url, &minted(&issuer, &server).await);
    let user = ada.read("/me").await["user"].as_str().unwrap().to_owned();
    assert_eq!(user, user_id(&issuer.url(), "10769150350006150715113082367").as_str());
    let half = Actor::new(&server.url, "").request_without_token(Method::GET, "/login").send().await.unwrap();
    assert_eq!(half.status(), StatusCode::FOUND);
    assert_eq!(of_user(&world, &user).await.len(), 3, "a profile, a login, a mark");
    let reply = ada.request(Method::DELETE, "/me").json(&json!({ "confirm": user })).send().await.unwrap();
    let receipt: Value = reply.json().await.unwrap();

    let kinds = keys(&world).await.iter().map(|(pk, sk)| Kind::of(pk, sk).expect("a kind")).collect::<Vec<_>>();
    let missing: Vec<_> = Kind::ALL.into_iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "nobody here has these: {missing:?}");

    let receipt = done(&server, &receipt).await;
    assert_eq!(receipt["erased"], json!({ "login": 1, "pickup": 1, "pickup_identity": 1, "profile": 1 }));
    nothing_is_left(&world, &user, EMAIL).await;
    let anew = Actor::new(&server.url, &minted(&issuer, &server).await);
    assert_eq!(anew.read("/me").await["user"], user.as_str());
    assert_eq!(anew.sessions().await, [""; 0]);
}
