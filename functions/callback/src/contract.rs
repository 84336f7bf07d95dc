//! What `callback` serves, for the contract.

use serde_json::{Value, json};
use shared::http::TokenReply;
use shared::http::contract::{Contract, Param, Route, get, post, tag};

use crate::app::CodeBody;
use crate::replaced;

pub fn contract() -> Contract {
    let ours = [
        lets_in(get("/callback", "callback", "Complete a browser's sign-in"))
            .about("The identity provider sends the browser here."),
        post("/callback", "exchangeCode", "Exchange an authorization code for tokens")
            .open()
            .about("For an app that runs the flow itself: with its own verifier and nonce.")
            .takes::<CodeBody>(&json!({
                "code": "code-1", "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "nonce": "an-app-made-this",
            }))
            .gives::<TokenReply>(200, "Tokens.")
            .refuses(["401", "404"]),
    ];
    Contract::of(tag::SIGN_IN, ours).and(replaced::contract())
}

pub(crate) fn lets_in(route: Route) -> Route {
    from_provider(route)
        .gives_nothing(302, "Signed in: cookies, and the way to the page that the browser wanted.")
        .with_header("Location", "A path of this API or its front end.")
        .refuses(["401"])
}

/// RFC 6749, 4.1.2; RFC 9207.
pub(crate) fn from_provider(route: Route) -> Route {
    let param = |name, about| Param::query(name, about, &text());
    let route = route.open().param(param("state", "The state that began this sign-in."));
    let route = route.param(param("code", "The provider's authorization code."));
    route.param(param("error", "Why the provider gives no code.")).param(param("iss", "The provider's issuer."))
}

pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}
