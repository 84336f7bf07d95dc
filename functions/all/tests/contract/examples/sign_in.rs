//! What signing in needs to have happened before: browsers on their way back from the provider, and apps.

use reqwest::Url;
use reqwest::header::{LOCATION, SET_COOKIE};
use shared::identity::pkce;

use crate::issuer::CLIENT;

use super::house::{House, PUBLIC_URL, Stage};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const NONCE: &str = "an-app-made-this";

impl House {
    /// A browser that the provider has sent back, after it has begun here.
    pub(super) async fn back(&self, begins: &str, stage: Stage) -> Stage {
        let mut stage = stage.signed_out();
        let sent = self.call(begins, &stage, None).await;
        let cookie = sent.header(SET_COOKIE.as_str()).split(';').next().map(str::to_owned);
        let back = self.sent_back_from(sent.header(LOCATION.as_str())).await;
        stage.cookie = cookie;
        brings(&back, stage)
    }

    /// A browser that BAID's plug-in has sent to the provider by itself.
    pub(super) async fn back_of_ide(&self, stage: Stage) -> Stage {
        let made_up = format!("0b6f4b8e-6c1b-4d52-8d5f-{:012}", self.number());
        let page = self.page("/api/auth/google-login", &[("scope", "email profile"), ("state", &made_up)]);
        brings(&self.sent_back_from(&page).await, stage.signed_out())
    }

    /// The same, and it has come back to us.
    pub(super) async fn picked_up(&self, stage: Stage) -> Stage {
        let stage = self.back_of_ide(stage).await;
        let path = format!("/api/auth/google-login?state={}&code={}", stage.values["state"], stage.values["code"]);
        self.call(&path, &stage, None).await;
        stage
    }

    /// An app that went to the provider by itself.
    pub(super) async fn app_code(&self, stage: Stage) -> Stage {
        let challenge = pkce::challenge(VERIFIER);
        let own = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256"), ("nonce", NONCE)];
        let page = self.page("/callback", &[&own[..], &[("scope", "openid email"), ("state", "s")]].concat());
        let stage = brings(&self.sent_back_from(&page).await, stage.signed_out());
        let code = stage.values["code"].clone();
        stage.with_field("code", code).with_field("code_verifier", VERIFIER).with_field("nonce", NONCE)
    }

    /// The provider's page, as somebody calls it who begins there.
    fn page(&self, back: &str, own: &[(&str, &str)]) -> String {
        let redirect_uri = format!("{PUBLIC_URL}{back}");
        let all = [("client_id", CLIENT), ("response_type", "code"), ("redirect_uri", redirect_uri.as_str())];
        let all = [&all, own].concat();
        Url::parse_with_params(&format!("{}/authorize", self.issuer.url()), all).expect("an address").into()
    }

    /// Where the provider sends a browser that has come to this page.
    async fn sent_back_from(&self, page: &str) -> Url {
        let reply = self.client.get(page).send().await.expect("a reply");
        Url::parse(reply.headers()[LOCATION].to_str().expect("a text")).expect("an address")
    }
}

fn brings(back: &Url, stage: Stage) -> Stage {
    let given = |name: &str| back.query_pairs().find(|(key, _)| key == name).expect("a parameter").1.into_owned();
    let code = given("code");
    stage.standing_for(&code, "the-provider-s-code").with("state", given("state")).with("code", code)
}
