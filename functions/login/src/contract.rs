//! What `login` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, Route, get, tag};

use crate::{ProvidersReply, replaced};

pub fn contract() -> Contract {
    let text = || json!({ "type": "string" });
    let provider = Param::query("provider", "A name from `GET /login/providers`; by default the first.", &text());
    let return_to = Param::query("return_to", "The path to return to after the sign-in.", &text());
    let ours = [
        sends_away(get("/login", "login", "Sign in with an identity provider"))
            .about("For browsers: the reply sends them to the provider's page.")
            .param(provider.example("google"))
            .param(return_to.example("/app")),
        get("/login/providers", "listProviders", "List the identity providers")
            .open()
            .gives::<ProvidersReply>(200, "All providers."),
    ];
    Contract::of(tag::SIGN_IN, ours).and(replaced::contract())
}

pub(crate) fn sends_away(route: Route) -> Route {
    route
        .open()
        .gives_nothing(302, "The way to the provider.")
        .with_header("Location", "The provider's page.")
        .refuses(["404"])
}
