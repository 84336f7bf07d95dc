//! What `erase` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, delete, get};

use crate::EraseQuery;
use crate::receipt::Receipt;

pub fn contract() -> Contract {
    let about = "Logins and keys end at once, and nothing can be asked any more. Everything is deleted when nobody can \
                 be writing, some sixteen minutes later; until then nobody signs in as this user. A later sign-in is a \
                 new account.";
    let confirm = Param::query("confirm", "The same, for clients that send no body.", &json!({ "type": "string" }));
    let routes = [
        delete("/me", "eraseMe", "Delete everything of mine, for good")
            .for_a_person()
            .about(about)
            .param(confirm)
            .takes_fields::<EraseQuery>()
            .gives::<Receipt>(202, "The receipt: it tells how far it is, also when there is no account any more.")
            .with_header("Location", "Where the receipt is read.")
            .leads_to("readErasure", "erasure", "$response.body#/id"),
        get("/erasures/{erasure}", "readErasure", "How far an erasure is")
            .open()
            .gives::<Receipt>(200, "The receipt, for a year after it is done."),
    ];
    Contract::of("account", "Who I am.", routes)
}
