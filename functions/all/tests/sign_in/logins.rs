//! Staying in, and getting out: refresh tokens that rotate, logins that are ended here and everywhere.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::Stage;

const REFRESH: &str = "counsel-refresh";
const ACCESS: &str = "counsel-access";

fn refresh_token(browser: &Browser) -> String {
    browser.cookie(REFRESH).expect("a refresh token")
}

/// What a script that holds the token sends.
async fn refresh(stage: &Stage, token: &str) -> Response {
    let request = Browser::reaching(&stage.url, &stage.server.url).request(Method::POST, &stage.at("/token"));
    request.json(&json!({ "refresh_token": token })).send().await.unwrap()
}

async fn successor(stage: &Stage, token: &str) -> String {
    let reply = refresh(stage, token).await;
    let (status, body) = (reply.status(), reply.json::<Value>().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{body}");
    body["refresh_token"].as_str().unwrap().to_owned()
}

/// The rotation of every login happened so long ago.
async fn age_rotations(stage: &Stage, seconds: u64) {
    for mut item in stage.items("LOGIN#").await {
        if let Some(at) = item["rotated_at"]["N"].as_str() {
            let at: u64 = at.parse().unwrap();
            item["rotated_at"]["N"] = json!((at - seconds * 1_000).to_string());
            stage.world.put_item(&item).await;
        }
    }
}

#[tokio::test]
async fn a_refresh_token_is_followed_by_another() {
    let stage = Stage::open().await;
    let first = refresh_token(&stage.signed_in("ada").await);
    let second = successor(&stage, &first).await;
    let third = successor(&stage, &second).await;
    assert_eq!(BTreeSet::from([&first, &second, &third]).len(), 3);
    let secret = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let stored = json!(stage.world.items().await).to_string();
    for token in [&first, &second, &third] {
        assert!(!stored.contains(&secret(token)), "only a digest is kept");
    }
    // As a form, too, as OAuth clients send it.
    let browser = stage.browser();
    let form = [("grant_type", "refresh_token"), ("refresh_token", &third)];
    let reply = browser.request(Method::POST, &stage.at("/token")).form(&form).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_reply_that_was_lost_is_told_again() {
    let stage = Stage::open().await;
    let first = refresh_token(&stage.signed_in("ada").await);
    let second = successor(&stage, &first).await;
    age_rotations(&stage, 8).await;
    assert_eq!(successor(&stage, &first).await, second, "within the grace");
    successor(&stage, &second).await;
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_too_late_ends_the_login() {
    let stage = Stage::open().await;
    let browser = stage.signed_in("ada").await;
    let elsewhere = stage.signed_in("ada").await;
    let first = refresh_token(&browser);
    let second = successor(&stage, &first).await;
    age_rotations(&stage, 11).await;
    assert_eq!(refresh(&stage, &first).await.status(), StatusCode::UNAUTHORIZED, "a thief");
    assert_eq!(refresh(&stage, &second).await.status(), StatusCode::UNAUTHORIZED, "whoever it was, both are out");
    browser.forget(ACCESS);
    assert_eq!(stage.who(&browser).await, None);
    assert!(stage.who(&elsewhere).await.is_some(), "her other login stands");
    successor(&stage, &refresh_token(&elsewhere)).await;
}

#[tokio::test]
async fn one_that_was_spent_twice_ago_has_no_grace() {
    let stage = Stage::open().await;
    let first = refresh_token(&stage.signed_in("ada").await);
    let second = successor(&stage, &first).await;
    let third = successor(&stage, &second).await;
    assert_eq!(refresh(&stage, &first).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&stage, &third).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tabs_that_refresh_at_once_come_to_the_same() {
    let stage = Stage::open().await;
    let another = stage.another_process(&[]).await;
    let mut token = refresh_token(&stage.signed_in("ada").await);
    for _ in 0..5 {
        let processes = [&stage.server.url, &another.url];
        let tabs = (0..8).map(|tab| {
            let tab = Browser::reaching(&stage.url, processes[tab % 2]).request(Method::POST, &stage.at("/token"));
            tab.json(&json!({ "refresh_token": token })).send()
        });
        let mut successors = BTreeSet::new();
        for reply in join_all(tabs).await {
            let reply = reply.unwrap();
            assert_eq!(reply.status(), StatusCode::OK);
            let body: Value = reply.json().await.unwrap();
            successors.insert(body["refresh_token"].as_str().unwrap().to_owned());
        }
        assert_eq!(successors.len(), 1, "{successors:?}");
        token = successors.pop_first().unwrap();
    }
}

#[tokio::test]
async fn what_is_no_refresh_token_opens_nothing_and_ends_nothing() {
    let stage = Stage::open().await;
    let browser = stage.signed_in("ada").await;
    let eve = stage.signed_in("eve").await;
    let token = refresh_token(&browser);
    let (head, secret) = token.rsplit_once('.').unwrap();
    let eves = refresh_token(&eve);
    let parts: Vec<&str> = token.trim_start_matches("cr_").split('.').collect();
    let theirs: Vec<&str> = eves.trim_start_matches("cr_").split('.').collect();
    let mixed = format!("cr_{}.{}.{}", parts[0], theirs[1], theirs[2]);
    let stranger = format!("cr_{}.unknown.{secret}", parts[0]);
    for wrong in ["", "cr_", "nonsense", head, &mixed, &stranger, &token.replacen("cr_", "ck_", 1), &"a".repeat(5_000)]
    {
        let reply = refresh(&stage, wrong).await;
        assert!(matches!(reply.status().as_u16(), 401 | 422), "{wrong}: {}", reply.status());
    }
    let access = browser.cookie(ACCESS).unwrap();
    assert_eq!(refresh(&stage, &access).await.status(), StatusCode::UNAUTHORIZED, "an access token refreshes nothing");
    successor(&stage, &token).await;
    successor(&stage, &eves).await;
    // A refresh token is no access token either.
    let as_bearer = stage.browser().request(Method::GET, &stage.at("/me")).bearer_auth(&eves).send().await.unwrap();
    assert_eq!(as_bearer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logging_out_ends_this_login_at_once() {
    let stage = Stage::open().await;
    let (here, there) = (stage.signed_in("ada").await, stage.signed_in("ada").await);
    let (refresh_here, access_here) = (refresh_token(&here), here.cookie(ACCESS).unwrap());
    let reply = stage.post(&here, "/logout", json!({})).await;
    assert!(reply.status().is_success(), "{}", reply.status());
    assert_eq!((here.cookie(REFRESH), here.cookie(ACCESS)), (None, None), "the cookies are taken away");
    assert_eq!(refresh(&stage, &refresh_here).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stage.who(&here).await, None);
    assert!(stage.who(&there).await.is_some());
    // What is at stake is not left to a token that was copied before.
    let copied = stage.browser();
    for (method, path) in [(Method::GET, "/me"), (Method::POST, "/me/keys"), (Method::POST, "/tickets")] {
        let request = copied.request(method, &stage.at(path)).bearer_auth(&access_here);
        let reply = request.json(&json!({ "name": "mine" })).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    // Twice does no harm, and nobody needs to be somebody for it.
    assert!(stage.post(&here, "/logout", json!({})).await.status().is_success());
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_logins_of_one_user() {
    let stage = Stage::open().await;
    let adas = [stage.signed_in("ada").await, stage.signed_in("ada").await, stage.signed_in("ada").await];
    let bob = stage.signed_in("bob").await;
    let tokens: Vec<String> = adas.iter().map(refresh_token).collect();
    assert!(stage.post(&adas[0], "/logout", json!({ "everywhere": true })).await.status().is_success());
    for (ada, token) in adas.iter().zip(&tokens) {
        assert_eq!(refresh(&stage, token).await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(stage.who(ada).await, None);
    }
    assert!(stage.who(&bob).await.is_some());
    successor(&stage, &refresh_token(&bob)).await;
    let again = stage.signed_in("ada").await;
    assert!(stage.who(&again).await.is_some(), "she may come back");
}

#[tokio::test]
async fn an_app_logs_out_with_the_token_that_it_holds() {
    let stage = Stage::open().await;
    let [one, two, three] = [stage.signed_in("ada").await, stage.signed_in("ada").await, stage.signed_in("ada").await]
        .map(|ada| refresh_token(&ada));
    let app = stage.browser();
    let logout = |form: Vec<(&'static str, String)>| app.request(Method::POST, &stage.at("/logout")).form(&form).send();
    assert!(logout(vec![("refresh_token", one.clone())]).await.unwrap().status().is_success());
    assert_eq!(refresh(&stage, &one).await.status(), StatusCode::UNAUTHORIZED);
    let two = successor(&stage, &two).await;
    assert!(logout(vec![("refresh_token", "cr_ada.b.c".into()), ("everywhere", "true".into())]).await.is_ok());
    let two = successor(&stage, &two).await;
    let everywhere = vec![("refresh_token", two.clone()), ("everywhere", "true".to_owned())];
    assert!(logout(everywhere).await.unwrap().status().is_success());
    for token in [two, three] {
        assert_eq!(refresh(&stage, &token).await.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn logins_are_listed_and_one_can_be_ended_from_another() {
    let stage = Stage::open().await;
    let (here, phone) = (stage.signed_in("ada").await, stage.signed_in("ada").await);
    stage.signed_in("eve").await;
    let list: Value = here.get(&stage.at("/me/logins")).await.json().await.unwrap();
    let logins = list["data"].as_array().expect("a list").clone();
    assert_eq!(logins.len(), 2, "{list}");
    assert!(logins.iter().all(|login| login["provider"] == "acme"), "{list}");
    let current: Vec<_> = logins.iter().filter(|login| login["current"] == true).collect();
    assert_eq!(current.len(), 1, "{list}");
    let text = list.to_string();
    let secrets =
        [refresh_token(&here), refresh_token(&phone)].map(|token| token.rsplit('.').next().unwrap().to_owned());
    assert!(secrets.iter().all(|secret| !text.contains(secret)));

    let other = logins.iter().find(|login| login["current"] != true).unwrap()["id"].as_str().unwrap().to_owned();
    let eve = stage.signed_in("eve").await;
    let path = format!("/me/logins/{other}");
    assert_eq!(stage.call(&eve, Method::DELETE, &path, &json!({})).await.status(), StatusCode::NOT_FOUND, "not Eve's");
    assert!(stage.call(&here, Method::DELETE, &path, &json!({})).await.status().is_success());
    assert_eq!(refresh(&stage, &refresh_token(&phone)).await.status(), StatusCode::UNAUTHORIZED);
    assert!(stage.who(&here).await.is_some());
    assert_eq!(stage.call(&here, Method::DELETE, &path, &json!({})).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_whose_access_token_has_ended_goes_on() {
    let stage = Stage::open().await;
    let browser = stage.signed_in("ada").await;
    let refresh = refresh_token(&browser);
    browser.forget(ACCESS);
    assert!(stage.who(&browser).await.is_some());
    assert!(browser.cookie(ACCESS).is_some(), "it got a new one");
    assert_eq!(refresh_token(&browser), refresh, "reading rotates nothing");
    browser.set(ACCESS, "ey.spoiled.token");
    assert!(stage.who(&browser).await.is_some(), "one that is no good counts as none");
}
