//! What `erase` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, delete, get, tag};

use crate::EraseQuery;
use crate::receipt::Receipt;

pub fn contract() -> Contract {
    let about = "Logins and keys end at once, and nobody can ask any more. Everything is deleted once no writer can be \
                 left, some 16 minutes later; until then this user cannot sign in. A later sign-in is a new account.";
    let confirm = Param::query("confirm", "The same, for clients that send no body.", &json!({ "type": "string" }));
    let routes = [
        delete("/me", "deleteAccount", "Delete the account and all of its data")
            .for_a_person()
            .about(about)
            .param(confirm)
            .takes_fields::<EraseQuery>(&json!({ "confirm": "35ea9408c75f4ca98689aa71670c0000" }))
            .gives::<Receipt>(202, "A receipt, which can be read without an account.")
            .with_header("Location", "The receipt: `/erasures/{erasure}`.")
            .leads_to("getErasure", "erasure", "$response.body#/id"),
        get("/erasures/{erasure}", "getErasure", "Get the state of an account's deletion")
            .open()
            .gives::<Receipt>(200, "The receipt, for a year after the deletion."),
    ];
    Contract::of(tag::ACCOUNT, routes)
}
