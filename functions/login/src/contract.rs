//! What `login` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, Route, get};

use crate::ProvidersReply;

pub fn contract() -> Contract {
    let text = || json!({ "type": "string" });
    Contract::of(
        "sign-in",
        "The way in, and staying in.",
        [
            sends_away(get("/login", "signIn", "Send the browser to an identity provider"))
                .param(
                    Param::query("provider", "One of `GET /login/providers`; the first without.", &text())
                        .example("google"),
                )
                .param(Param::query("return_to", "A path of ours to come back to.", &text()).example("/app")),
            get("/login/providers", "listProviders", "Who can vouch for somebody")
                .open()
                .gives::<ProvidersReply>(200, "All of them."),
            sends_away(get("/auth/google", "signInToMeAi", "The same, from meAI's button")),
            sends_away(get("/api/google/auth", "signInToStarter", "The same, from OpenAI's starter app")),
        ],
    )
}

fn sends_away(route: Route) -> Route {
    route
        .open()
        .gives_nothing(302, "Off to the provider.")
        .with_header("Location", "The provider's page.")
        .refuses(["404"])
}
