//! Signs Ada in through the functions themselves, for events that need somebody who is signed in or about to be.

use reqwest::{Method, Url};
use serde_json::{Value, json};
use shared::identity::{LOCAL_ISSUER, digest_of, pkce, user_id};
use shared::testing::{Actor, World, poll};

use crate::function::{Answer, Function, PUBLIC_URL, event, plain};
use crate::provider::Provider;

/// What an app that runs the flow itself has made up: events/callback/app.json.
const APP_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const APP_NONCE: &str = "an-app-made-this";
/// A state that an IDE made up.
const PICKUP: &str = "a-state-that-an-ide-made-up";

/// Placeholders of events and what they stand for.
pub(crate) type Fill = Vec<(&'static str, String)>;

pub(crate) struct SignIn {
    pub(crate) provider: Provider,
    login: Function,
    callback: Function,
    account: Function,
    erase: Function,
}

/// A browser between the provider and us.
struct UnderWay {
    browser: String,
    state: String,
    code: String,
}

impl SignIn {
    pub(crate) async fn start(world: &World) -> Self {
        let provider = Provider::start().await;
        let providers = [("OIDC_PROVIDERS", provider.setting())];
        Self {
            login: Function::start_with(world, "login", &providers).await,
            callback: Function::start_with(world, "callback", &providers).await,
            account: Function::start(world, "account").await,
            erase: Function::start_with(world, "erase", &[("ERASURE_DELAY_MS", "0".to_owned())]).await,
            provider,
        }
    }

    /// What the event names: a login of Ada's with a key or a ticket, a sign-in under way.
    pub(crate) async fn fill(&self, world: &World, event: &str) -> Fill {
        let names = |names: &[&str]| names.iter().any(|name| event.contains(&format!("{{{{{name}}}}}")));
        let mut fill = Fill::new();
        if names(&["ACCESS", "REFRESH", "LOGIN", "KEY", "API_KEY", "TICKET", "SPENT_STATE", "USER", "ERASURE"]) {
            let spent = self.begin("login", "").await;
            let (access, refresh) = self.finish(&spent).await;
            if names(&["LOGIN", "KEY", "API_KEY", "TICKET"]) {
                fill.extend(self.things(&access, &refresh).await);
            }
            if names(&["USER", "ERASURE"]) {
                fill.push(("USER", user_id(LOCAL_ISSUER, "ada").to_string()));
            }
            if names(&["ERASURE"]) {
                fill.push(("ERASURE", self.erased(world, &access).await));
                return fill;
            }
            fill.extend([("ACCESS", access), ("REFRESH", refresh), ("SPENT_STATE", spent.state)]);
            // The same browser goes again: nothing but the state is spent.
            let again = self.begin("login-in-a-second-tab", &spent.browser).await;
            fill.extend([("BROWSER", again.browser), ("CODE", again.code)]);
        } else if names(&["BROWSER", "STATE", "CODE"]) {
            let UnderWay { browser, state, code } = self.begin("login", "").await;
            fill.extend([("BROWSER", browser), ("STATE", state), ("CODE", code)]);
        }
        if names(&["APP_CODE"]) {
            fill.push(("APP_CODE", self.app_code().await));
        }
        if names(&["PICKUP"]) {
            leave_for_pickup(world).await;
            fill.push(("PICKUP", PICKUP.to_owned()));
        }
        fill
    }

    /// A login, a key and a ticket.
    async fn things(&self, access: &str, refresh: &str) -> Fill {
        let fill = [("ACCESS", access), ("REFRESH", refresh)];
        let logins = self.account.read(&event("account", "logins", &fill)).await;
        let key = self.made(&event("account", "make-a-key", &fill)).await;
        let ticket = self.made(&event("account", "make-a-ticket", &fill)).await;
        let current = logins["data"].as_array().expect("logins").iter().find(|login| login["current"] == true);
        vec![
            ("LOGIN", plain(&current.expect("the login that asks")["id"])),
            ("KEY", plain(&key["id"])),
            ("API_KEY", plain(&key["key"])),
            ("TICKET", plain(&ticket["ticket"])),
        ]
    }

    /// The receipt of an erasure of Ada's. When it is done she is somebody new.
    async fn erased(&self, world: &World, access: &str) -> String {
        let user = user_id(LOCAL_ISSUER, "ada");
        let wish = event("erase", "erase", &[("ACCESS", access), ("USER", user.as_str())]);
        let begun = self.erase.answer(&wish).await;
        assert_eq!(begun.status, 202, "{begun:?}");
        self.tick(world).await;
        let receipt: Value = serde_json::from_str(&begun.body).expect("JSON");
        plain(&receipt["id"])
    }

    /// Erases everybody who is to be erased. A tick of the clock does as much as there is time for.
    pub(crate) async fn tick(&self, world: &World) {
        let query = json!({
            "TableName": "counsel",
            "KeyConditionExpression": "pk = :erasures",
            "ExpressionAttributeValues": { ":erasures": { "S": "ERASURES" } },
        });
        poll("the erasure", async || {
            let ticked = self.erase.answer(&event("erase", "clock", &[])).await;
            assert_eq!(ticked.status, 204, "{ticked:?}");
            let erasures = world.dynamodb("Query", &query).await;
            let all = erasures["Items"].as_array().expect("items");
            all.iter().all(|erasure| erasure["active"].is_null()).then_some(())
        })
        .await;
    }

    async fn begin(&self, recorded: &str, browser: &str) -> UnderWay {
        let sent = self.login.answer(&event("login", recorded, &[("BROWSER", browser)])).await;
        assert_eq!(sent.status, 302, "{sent:?}");
        let browser = cookie(&sent, "__Host-counsel-sign-in");
        let back = self.pick_ada(&sent.headers["location"]).await;
        UnderWay { browser, state: parameter(&back, "state"), code: parameter(&back, "code") }
    }

    /// The access and the refresh token that the browser holds then.
    async fn finish(&self, UnderWay { browser, state, code }: &UnderWay) -> (String, String) {
        let fill = [("BROWSER", browser.as_str()), ("STATE", state.as_str()), ("CODE", code.as_str())];
        let back = self.callback.answer(&event("callback", "callback", &fill)).await;
        assert_eq!(back.status, 302, "{back:?}");
        (cookie(&back, "__Host-counsel-access"), cookie(&back, "__Host-counsel-refresh"))
    }

    /// The code of an app that went to the provider by itself.
    async fn app_code(&self) -> String {
        let (redirect_uri, challenge) = (format!("{PUBLIC_URL}/callback"), pkce::challenge(APP_VERIFIER));
        let mut url = Url::parse(&format!("{}/demo/authorize", self.provider.url)).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("client_id", all::issuer::CLIENT),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", &redirect_uri),
            ("nonce", APP_NONCE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        parameter(&self.pick_ada(url.as_str()).await, "code")
    }

    /// What the provider's page does when Ada is picked: the address that it sends the browser to.
    async fn pick_ada(&self, page: &str) -> Url {
        let path = page.strip_prefix(&self.provider.url).expect("the provider's page");
        let browser = Actor::new(&self.provider.url, "");
        let request = browser.request_without_token(Method::GET, &format!("{path}&login_hint=ada"));
        let reply = request.send().await.expect("a reply");
        Url::parse(reply.headers()["location"].to_str().unwrap()).expect("an address")
    }

    async fn made(&self, event: &Value) -> Value {
        let answer = self.account.answer(event).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        serde_json::from_str(&answer.body).expect("JSON")
    }
}

/// Somebody has signed in for an IDE, which has not asked yet.
async fn leave_for_pickup(world: &World) {
    let text = |value: &str| json!({ "S": value });
    let item = json!({
        "pk": text(&format!("PICKUP#{}", digest_of(PICKUP))), "sk": text("PICKUP"), "expires_at": { "N": "4102444800" },
        "issuer": text("http://localhost/demo"), "subject": text("ada"), "email": text("ada@example.com")
    });
    world.put_item(&item).await;
}

fn cookie(answer: &Answer, name: &str) -> String {
    let prefix = format!("{name}=");
    let value = answer.cookies.iter().find_map(|cookie| cookie.strip_prefix(&prefix));
    value.and_then(|rest| rest.split(';').next()).unwrap_or_else(|| panic!("no {name} in {answer:?}")).to_owned()
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}
