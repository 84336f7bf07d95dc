//! What `account` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, Route, delete, get, post};
use shared::http::{DoneReply, TokenReply};

use crate::conversation_api::{PasswordBody, PasswordSignInReply};
use crate::keys::{KeyBody, KeyReply};
use crate::logins::LoginReply;
use crate::me::MeReply;
use crate::meai::MeAiReply;
use crate::sign_out::LogoutBody;
use crate::starter::StatusReply;
use crate::tickets::TicketReply;
use crate::token::{RenewedReply, TokenBody};

pub fn contract() -> Contract {
    let about = "The way in, and staying in.";
    Contract::of("account", "Who I am.", account()).and(Contract::of("sign-in", about, sign_in()))
}

fn account() -> Vec<Route> {
    vec![
        get("/me", "readMe", "Who I am").gives::<MeReply>(200, "What is known of me."),
        get("/me/logins", "listLogins", "Where I am signed in")
            .for_a_person()
            .gives_page_of::<LoginReply>("All of them."),
        delete("/me/logins/{login}", "endLogin", "Sign out elsewhere")
            .for_a_person()
            .gives_nothing(204, "It has ended."),
        get("/me/keys", "listKeys", "My API keys").for_a_person().gives_page_of::<KeyReply>("All of them."),
        post("/me/keys", "makeKey", "Make an API key")
            .for_a_person()
            .takes::<KeyBody>(&json!({ "name": "a script", "expires_in": 86400 }))
            .gives::<KeyReply>(201, "The key: it is shown here and never again.")
            .leads_to("revokeKey", "key", "$response.body#/id")
            .refuses(["409"]),
        delete("/me/keys/{key}", "revokeKey", "Revoke an API key").for_a_person().gives_nothing(204, "It has ended."),
        post("/tickets", "makeTicket", "A ticket opens one stream within 30 seconds, as `?ticket=`")
            .for_a_person()
            .gives::<TicketReply>(201, "The ticket."),
        get("/auth/me", "readMeForMeAi", "Who I am, in meAI's words").gives::<MeAiReply>(200, "What is known of me."),
    ]
}

fn sign_in() -> Vec<Route> {
    let everywhere = Param::query("everywhere", "All logins, not this one only.", &json!({ "type": "boolean" }));
    vec![
        post("/token", "refresh", "A refresh token becomes an access token and its own successor")
            .open()
            .about("A browser sends nothing: it holds its refresh token in a cookie, and gets cookies.")
            .takes_fields::<TokenBody>()
            .gives_one_of::<TokenReply, RenewedReply>(200, "Tokens, or how long the cookies are good.")
            .refuses(["401", "403"]),
        ends(post("/logout", "signOut", "Sign out here, or everywhere"))
            .param(everywhere)
            .takes_fields::<LogoutBody>()
            .gives_nothing(204, "Out."),
        get("/.well-known/jwks.json", "readKeys", "Our public keys").open().gives_json(
            200,
            "A JSON Web Key Set (RFC 7517).",
            &json!({ "type": "object", "required": ["keys"] }),
        ),
        get("/api/google/status", "readGoogleStatus", "Whether I am signed in, for OpenAI's starter app")
            .open()
            .about("Who is not is told so, and not refused.")
            .gives::<StatusReply>(200, "Whether, and whether anybody can be."),
        ends(post("/auth/logout", "signOutOfMeAi", "Sign out, in meAI's words")).gives::<DoneReply>(200, "Out."),
        ends(post("/api/v1/auth/logout", "signOutOfConversationApi", "Sign out, in the Conversation API's words"))
            .gives::<DoneReply>(200, "Out."),
        by_password(post("/api/v1/auth/register", "register", "Register with an e-mail address and a password")),
        by_password(post("/api/v1/auth/login", "logIn", "Sign in with a password")).refuses(["429"]),
    ]
}

/// Who comes with a cookie that is good no more has what they want.
fn ends(route: Route) -> Route {
    route.open().refuses(["401", "403"])
}

/// Where this is off, there is nothing at these paths.
fn by_password(route: Route) -> Route {
    route
        .open()
        .takes::<PasswordBody>(&json!({ "email": "you@example.org", "password": "a long password" }))
        .gives::<PasswordSignInReply>(200, "Signed in.")
        .refuses(["401", "404"])
}
