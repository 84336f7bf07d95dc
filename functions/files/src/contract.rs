//! What `files` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, Route, get};

pub fn contract() -> Contract {
    let text = || json!({ "type": "string" });
    let routes = [
        saves(get("/files/{file}", "readFile", "A file that a model's code has made")),
        saves(get("/api/container_files/content", "readContainerFile", "The same, for OpenAI's starter app"))
            .param(Param::query("file_id", "The file.", &json!({ "type": "string", "minLength": 1 })).required())
            .param(Param::query("container_id", "Where it was made.", &text()))
            .param(Param::query("filename", "Not needed: the file has a name.", &text()))
            .refuses(["404"]),
    ];
    Contract::of("files", "What answers come with.", routes)
}

/// Gone is what its provider keeps no more.
fn saves(route: Route) -> Route {
    route
        .gives_bytes(200, "The file, of whatever kind.")
        .with_header("Content-Disposition", "To be saved, under its name.")
        .refuses(["410", "502"])
}
