//! Who is not let in: ID tokens that do not hold, states that are not theirs.

use futures::future::join_all;
use serde_json::json;

use crate::browser::{location, parameter};
use crate::stage::{Stage, given, with};

/// What a provider, or who pretends to be one, can get wrong in an ID token (`faults.mjs`).
const BAD_TOKENS: [&str; 18] = [
    "wrong_nonce",
    "no_nonce",
    "wrong_audience",
    "for_another_by_us",
    "another_party",
    "wrong_issuer",
    "no_subject",
    "expired",
    "endless",
    "from_the_future",
    "unsigned",
    "cut",
    "unknown_key",
    "forged_key",
    "embedded_key",
    "public_key_as_secret",
    "client_secret_as_key",
    "garbage",
];

#[tokio::test]
async fn an_id_token_that_does_not_hold_lets_nobody_in() {
    let stage = Stage::open().await;
    for fault in BAD_TOKENS {
        stage.provider.fault(fault).await;
        let browser = stage.browser();
        let back = stage.back(&browser, "ada").await;
        let reply = browser.get(&back).await;
        println!("{fault}: {}", reply.status());
        stage.refused(&browser, reply, 401, "sign_in_refused").await;
    }
    assert!(stage.items("LOGIN#").await.is_empty() && stage.items("PROFILE").await.is_empty());
    stage.provider.fault("none").await;
    stage.signed_in("ada").await;
}

#[tokio::test]
async fn a_state_is_good_once() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    assert!(location(&browser.get(&back).await).is_some());
    let again = stage.browser();
    stage.refused(&again, again.get(&back).await, 400, "stale_sign_in").await;
    let reply = browser.get(&back).await;
    assert_eq!((reply.status().as_u16(), location(&reply)), (400, None), "not even in the same browser");
    assert_eq!(stage.provider.asked("/token").await, 1);
}

#[tokio::test]
async fn of_many_who_come_back_at_once_one_gets_in() {
    let stage = Stage::open().await;
    let another = stage.another_process(&[]).await;
    for round in 1..=5 {
        let browser = stage.browser();
        let back = stage.back(&browser, "ada").await;
        let mut elsewhere = browser.clone();
        elsewhere.moves_to(&another.url);
        let tabs = [&browser, &elsewhere, &browser, &elsewhere];
        let replies = join_all(tabs.iter().map(|tab| tab.get(&back))).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status().as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [302, 400, 400, 400]);
        assert_eq!(stage.provider.asked("/token").await, round, "the code is brought once");
    }
    assert_eq!(stage.items("LOGIN#").await.len(), 5);
}

#[tokio::test]
async fn a_state_belongs_to_the_browser_that_began() {
    let stage = Stage::open().await;
    let (ada, eve) = (stage.browser(), stage.browser());
    // Eve wants Ada to be signed in as Eve: she begins, and sends her the way back.
    let trap = stage.back(&eve, "eve").await;
    stage.refused(&ada, ada.get(&trap).await, 400, "stale_sign_in").await;
    // The same when Ada has a sign-in of her own under way.
    stage.begin(&ada, "/login", "ada").await;
    stage.refused(&ada, ada.get(&trap).await, 400, "stale_sign_in").await;
    assert_eq!(stage.provider.asked("/token").await, 0, "nobody was given the code");
    // Ada's visit has not used it up for Eve.
    assert!(location(&eve.get(&trap).await).is_some());
}

#[tokio::test]
async fn a_state_that_nobody_gave_is_none() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    let another = stage.begin(&browser, "/login", "ada").await;
    let long = "a".repeat(10_000);
    for state in [None, Some(""), Some("unknown"), Some("../../LOGIN"), Some("\u{0}"), Some(&*long)] {
        stage.refused(&browser, browser.get(&with(&back, "state", state)).await, 400, "stale_sign_in").await;
    }
    // Another attempt's state, of the same browser: the nonce and the verifier are another's.
    let mixed = with(&back, "state", Some(&given(&another, "state")));
    stage.refused(&browser, browser.get(&mixed).await, 401, "sign_in_refused").await;
}

#[tokio::test]
async fn after_ten_minutes_one_begins_again() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    let mut attempts = stage.items("SIGN_IN#").await;
    let attempt = attempts.first_mut().expect("the attempt is stored");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let ends: u64 = attempt["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!((now + 590..=now + 600).contains(&ends), "{} s", ends - now);
    let text = attempt.to_string();
    assert!(!text.contains(&given(&back, "state")), "who reads the table cannot come back in her place: {text}");
    attempt["expires_at"]["N"] = json!((now - 1).to_string());
    stage.world.put_item(attempt).await;
    stage.refused(&browser, browser.get(&back).await, 400, "stale_sign_in").await;
}

#[tokio::test]
async fn without_the_right_proof_the_provider_gives_nothing() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    // No challenge: the provider does not even show its page.
    let page = stage.begin(&browser, "/login", "ada").await;
    let bare = with(&with(&page, "code_challenge", None), "code_challenge_method", None);
    let back = stage.through(&browser, &bare).await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("invalid_request"));
    stage.refused(&browser, browser.get(&back).await, 401, "sign_in_refused").await;
    // Another's challenge: the code was asked for by somebody else, and our verifier does not open it.
    let page = stage.begin(&browser, "/login", "ada").await;
    let foreign = with(&page, "code_challenge", Some(&"A".repeat(43)));
    let back = stage.through(&browser, &foreign).await;
    stage.refused(&browser, browser.get(&back).await, 401, "sign_in_refused").await;
    assert_eq!(stage.provider.asked("/token").await, 1);
}

#[tokio::test]
async fn whoever_says_no_is_not_in() {
    let stage = Stage::open().await;
    stage.provider.fault("denied").await;
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    stage.refused(&browser, browser.get(&back).await, 401, "sign_in_cancelled").await;
    // What the address says besides is nobody's word.
    let page = stage.begin(&browser, "/login", "ada").await;
    let forged = format!(
        "{}&error=%3Cscript%3E&error_description=call+0800+EVIL",
        with(&stage.at("/callback"), "state", Some(&given(&page, "state")))
    );
    let reply = browser.get(&with(&forged, "iss", Some(&stage.provider.issuer))).await;
    let text = reply.text().await.unwrap();
    assert!(!text.contains("script") && !text.contains("EVIL"), "{text}");
}
