//! What `files` serves, for the contract.

use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, Route, get};

use crate::replaced;

pub fn contract() -> Contract {
    let ours = [saves(get("/files/{file}", "getFile", "Download a file that a model's code made"))];
    let tag = Tag::new("files", "Files that a model's code made, where an answer cites them.");
    Contract::of(tag, ours).and(replaced::contract())
}

/// A provider keeps a file for a while only.
pub(crate) fn saves(route: Route) -> Route {
    route
        .gives_bytes(200, "The file, in its own content type.")
        .with_header("Content-Disposition", "The file's name.")
        .refuses(["410", "502"])
}
