//! What `account` serves, for the contract.

use serde_json::json;
use shared::http::TokenReply;
use shared::http::contract::{Contract, Param, Route, delete, get, post, tag};

use crate::keys::{KeyBody, KeyReply};
use crate::logins::LoginReply;
use crate::me::MeReply;
use crate::replaced;
use crate::sign_out::LogoutBody;
use crate::tickets::TicketReply;
use crate::token::{RenewedReply, TokenBody};

pub fn contract() -> Contract {
    Contract::of(tag::ACCOUNT, account()).and(Contract::of(tag::SIGN_IN, sign_in())).and(replaced::contract())
}

fn account() -> Vec<Route> {
    vec![
        get("/me", "getMe", "Get the signed-in user").gives::<MeReply>(200, "The user."),
        get("/me/logins", "listLogins", "List the user's logins")
            .for_a_person()
            .gives_page_of::<LoginReply>("All logins.")
            .leads_to("revokeLogin", "login", "$response.body#/data/0/id"),
        delete("/me/logins/{login}", "revokeLogin", "Revoke a login")
            .for_a_person()
            .gives_nothing(204, "The login has ended."),
        get("/me/keys", "listKeys", "List the user's API keys")
            .for_a_person()
            .gives_page_of::<KeyReply>("All keys, without the keys themselves."),
        post("/me/keys", "createKey", "Create an API key")
            .for_a_person()
            .takes::<KeyBody>(&json!({ "name": "a script", "expires_in": 86400 }))
            .gives::<KeyReply>(201, "The key. Only this reply holds the key itself.")
            .leads_to("revokeKey", "key", "$response.body#/id")
            .refuses(["409"]),
        delete("/me/keys/{key}", "revokeKey", "Revoke an API key")
            .for_a_person()
            .gives_nothing(204, "The key has ended."),
        post("/tickets", "createTicket", "Create a ticket for a client that cannot send headers")
            .for_a_person()
            .about("As `?ticket=` it authenticates one GET within 30 seconds.")
            .gives::<TicketReply>(201, "The ticket."),
    ]
}

fn sign_in() -> Vec<Route> {
    let everywhere =
        Param::query("everywhere", "End all of the user's logins, not only this one.", &json!({ "type": "boolean" }));
    vec![
        post("/token", "refreshToken", "Refresh an access token")
            .open()
            .about(
                "Each refresh token is good once: the reply has its successor. A browser sends no body; its refresh \
                 token is a cookie, and so are the new tokens.",
            )
            .takes_fields::<TokenBody>(&json!({ "refresh_token": "cr_…" }))
            .gives_one_of::<TokenReply, RenewedReply>(200, "Tokens; for a browser how long its cookies are good.")
            .refuses(["401", "403"]),
        post("/logout", "logout", "Sign out, here or everywhere")
            .open_or_signed_in()
            .param(everywhere)
            .takes_fields::<LogoutBody>(&json!({ "everywhere": false }))
            .gives_nothing(204, "Signed out."),
        get("/.well-known/jwks.json", "getJwks", "Get the public keys that verify access tokens").open().gives_json(
            200,
            "A JSON Web Key Set (RFC 7517).",
            &json!({ "type": "object", "required": ["keys"] }),
        ),
    ]
}
