//! What `callback` serves, for the contract.

use serde_json::{Value, json};
use shared::http::TokenReply;
use shared::http::contract::{Contract, Param, Route, get, post};

use crate::app::CodeBody;
use crate::ide::PickedUpReply;

pub fn contract() -> Contract {
    Contract::of(
        "sign-in",
        "The way in, and staying in.",
        [
            lets_in(get("/callback", "comeBack", "The browser is back from its provider")),
            post("/callback", "bringCode", "An app brings the code that it got, and gets tokens")
                .open()
                .takes::<CodeBody>(&json!({ "code": "…", "code_verifier": "…", "nonce": "…" }))
                .gives::<TokenReply>(200, "Tokens.")
                .refuses(["401", "404"]),
            lets_in(get("/auth/google/callback", "comeBackToMeAi", "The same, where meAI has registered it")),
            from_provider(get("/api/auth/google-login", "comeBackToIde", "The IDE plug-in's browser is back"))
                .gives_text(200, "A page: signed in.", "text/html")
                .gives_text(400, "A page: not signed in.", "text/html")
                .gives_text("5XX", "A page: not signed in, by our fault.", "text/html"),
            get("/api/auth/session", "pickUp", "The IDE plug-in picks its key up")
                .open()
                .param(Param::query("state", "What it has sent to the provider.", &text()).required())
                .gives::<PickedUpReply>(200, "The key.")
                .gives_json(404, "Not yet: ask again.", &json!({ "type": "object", "required": ["error"] })),
        ],
    )
}

fn lets_in(route: Route) -> Route {
    from_provider(route)
        .gives_nothing(302, "Signed in, and off to where it wanted.")
        .with_header("Location", "A path of ours.")
        .refuses(["401"])
}

/// RFC 6749, 4.1.2; RFC 9207.
fn from_provider(route: Route) -> Route {
    let param = |name, about| Param::query(name, about, &text());
    let route = route.open().param(param("state", "Ours, back again.")).param(param("code", "The provider's."));
    route.param(param("error", "Why there is no code.")).param(param("iss", "Who the provider is."))
}

fn text() -> Value {
    json!({ "type": "string" })
}
