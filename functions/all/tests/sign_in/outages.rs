//! A provider that is away is not a user who is refused: they may try again, and nothing is remembered wrongly.

use reqwest::header::RETRY_AFTER;

use crate::stage::Stage;

#[tokio::test]
async fn a_provider_that_stumbles_at_the_code_can_be_asked_again() {
    let stage = Stage::open().await;
    for fault in ["token_500", "token_html", "token_silence"] {
        stage.provider.fault(fault).await;
        let browser = stage.browser();
        let back = stage.back(&browser, "ada").await;
        let reply = browser.get(&back).await;
        assert!(reply.headers().contains_key(RETRY_AFTER), "{fault}: {}", reply.status());
        stage.refused(&browser, reply, 503, "provider_unavailable").await;
    }
    stage.provider.fault("token_without_id_token").await;
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    stage.refused(&browser, browser.get(&back).await, 401, "sign_in_refused").await;
    stage.provider.fault("keys_500").await;
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    stage.refused(&browser, browser.get(&back).await, 503, "provider_unavailable").await;
    stage.provider.fault("none").await;
    stage.signed_in("ada").await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_found_is_looked_for_again() {
    let stage = Stage::open().await;
    for fault in ["discovery_500", "discovery_of_another"] {
        stage.provider.fault(fault).await;
        let browser = stage.browser();
        let reply = browser.get(&stage.at("/login")).await;
        stage.refused(&browser, reply, 503, "provider_unavailable").await;
    }
    stage.provider.fault("none").await;
    stage.signed_in("ada").await;
}
