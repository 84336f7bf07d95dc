//! What `files` serves, for the contract.

use serde_json::json;
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{Contract, Param, Route, get};

pub fn contract() -> Contract {
    let text = || json!({ "type": "string" });
    let ours = [saves(get("/files/{file}", "getFile", "Download a file that a model's code made"))];
    let starter =
        [saves(get("/api/container_files/content", "starterGetFile", "Download a file that a model's code made"))
            .param(Param::query("file_id", "The file's id.", &json!({ "type": "string", "minLength": 1 })).required())
            .param(Param::query("container_id", "Ignored: the file's id is enough.", &text()))
            .param(Param::query("filename", "Ignored: the file has a name.", &text()))
            .refuses(["404"])];
    let tag = Tag::new("files", "Files that a model's code made, where an answer cites them.");
    Contract::of(tag, ours).and(Contract::of(tag::STARTER, starter))
}

/// A provider keeps a file for a while only.
fn saves(route: Route) -> Route {
    route
        .gives_bytes(200, "The file, in its own content type.")
        .with_header("Content-Disposition", "The file's name.")
        .refuses(["410", "502"])
}
