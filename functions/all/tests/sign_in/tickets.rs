//! One-time tickets, for clients that cannot send a header.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::Stage;

async fn ticket(stage: &Stage, browser: &Browser) -> String {
    let reply = stage.post(browser, "/tickets", json!({})).await;
    assert!(reply.status().is_success(), "{}", reply.status());
    let body: Value = reply.json().await.unwrap();
    assert_eq!(body["expires_in"], 30);
    body["ticket"].as_str().expect("a ticket").to_owned()
}

/// The status of a reading with nothing but the ticket.
async fn reading(stage: &Stage, ticket: &str) -> StatusCode {
    stage.browser().get(&stage.at(&format!("/me?ticket={ticket}"))).await.status()
}

#[tokio::test]
async fn a_ticket_opens_one_reading_of_its_owners() {
    let stage = Stage::open().await;
    let ada = stage.signed_in("ada").await;
    let ticket = ticket(&stage, &ada).await;
    let me: Value = stage.browser().get(&stage.at(&format!("/me?ticket={ticket}"))).await.json().await.unwrap();
    assert_eq!(me["user"], stage.who(&ada).await.unwrap()["user"]);
    assert_eq!(reading(&stage, &ticket).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn of_many_who_bring_it_at_once_one_gets_in() {
    let stage = Stage::open().await;
    let another = stage.another_process(&[]).await;
    let ada = stage.signed_in("ada").await;
    for _ in 0..5 {
        let ticket = ticket(&stage, &ada).await;
        let browsers: Vec<_> = (0..6)
            .map(|n| Browser::reaching(&stage.url, if n % 2 == 0 { &stage.server.url } else { &another.url }))
            .collect();
        let at = stage.at(&format!("/me?ticket={ticket}"));
        let replies = join_all(browsers.iter().map(|browser| browser.get(&at))).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status().as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401, 401, 401]);
    }
}

#[tokio::test]
async fn a_ticket_lasts_half_a_minute() {
    let stage = Stage::open().await;
    let ada = stage.signed_in("ada").await;
    let ticket = ticket(&stage, &ada).await;
    let mut items = stage.items("TICKET#").await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let ends: u64 = items[0]["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!((now + 20..=now + 31).contains(&ends), "{} s", ends - now);
    items[0]["expires_at"]["N"] = json!((now - 1).to_string());
    stage.world.put_item(&items[0]).await;
    assert_eq!(reading(&stage, &ticket).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_ticket_changes_nothing_and_is_no_token() {
    let stage = Stage::open().await;
    let ada = stage.signed_in("ada").await;
    let ticket = ticket(&stage, &ada).await;
    let stranger = stage.browser();
    for path in ["/sessions", "/logout?everywhere=true", "/me/keys", "/tickets", "/token"] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let to = stage.at(&format!("{path}{joint}ticket={ticket}"));
        let body = json!({ "name": "mine" });
        let status = stranger.request(Method::POST, &to).json(&body).send().await.unwrap().status();
        assert!(status == StatusCode::UNAUTHORIZED || path.starts_with("/logout"), "{path}: {status}");
    }
    for path in ["/me", "/sessions", "/me/keys"] {
        let reply = stranger.request(Method::GET, &stage.at(path)).bearer_auth(&ticket).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let secret = ticket.rsplit('.').next().unwrap();
    assert!(!json!(stage.world.items().await).to_string().contains(secret));
    assert!(stage.who(&ada).await.is_some(), "nobody was logged out");
    assert_eq!(reading(&stage, &ticket).await, StatusCode::OK, "nothing has used it up");
}

#[tokio::test]
async fn what_a_ticket_may_not_do() {
    let stage = Stage::open().await;
    let ada = stage.signed_in("ada").await;
    let ticket = ticket(&stage, &ada).await;
    let reply = stage.browser().get(&stage.at(&format!("/me/keys?ticket={ticket}"))).await;
    assert_eq!(reply.status(), StatusCode::FORBIDDEN, "keys are for who is signed in");
    for wrong in ["", "nonsense", &ticket.replacen("ct_", "cr_", 1)] {
        assert_eq!(reading(&stage, wrong).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
}
