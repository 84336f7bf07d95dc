//! The switches of the starter app: which tools its user wants.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{Container, HostedTool, RequireApproval, UserLocation};
use crate::error::{Error, Result};

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StarterTools)]
#[expect(clippy::struct_excessive_bools, reason = "these are its switches")]
pub(super) struct Switches {
    #[serde(default)]
    pub(super) functions_enabled: bool,
    #[serde(default)]
    web_search_enabled: bool,
    web_search_config: Option<WebSearch>,
    #[serde(default)]
    file_search_enabled: bool,
    vector_store: Option<VectorStore>,
    #[serde(default)]
    code_interpreter_enabled: bool,
    #[serde(default)]
    mcp_enabled: bool,
    mcp_config: Option<Mcp>,
    #[serde(default)]
    google_integration_enabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = StarterWebSearch)]
struct WebSearch {
    #[schema(value_type = Option<Object>)]
    user_location: Option<UserLocation>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = StarterVectorStore)]
struct VectorStore {
    id: String,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = StarterMcp)]
struct Mcp {
    #[serde(default)]
    server_label: String,
    #[serde(default)]
    server_url: String,
    #[serde(default)]
    allowed_tools: String,
    #[serde(default)]
    skip_approval: bool,
}

impl Switches {
    /// A switch that is on does what it says, or its user reads that it cannot.
    pub(super) fn hosted(self) -> Result<Vec<HostedTool>> {
        if self.google_integration_enabled {
            return Err(Error::invalid("tools", "Google's mail and calendar are not offered here: switch them off."));
        }
        let search = self.web_search_enabled.then(|| HostedTool::WebSearch {
            user_location: self.web_search_config.and_then(|web| web.user_location).filter(UserLocation::says),
        });
        let files = if self.file_search_enabled { Some(file_search(self.vector_store)?) } else { None };
        let code =
            self.code_interpreter_enabled.then(|| HostedTool::CodeInterpreter { container: Container::default() });
        let remote = self.mcp_config.filter(|_| self.mcp_enabled).and_then(Mcp::tool);
        Ok([search, files, code, remote].into_iter().flatten().collect())
    }
}

fn file_search(store: Option<VectorStore>) -> Result<HostedTool> {
    let store = store.filter(|store| !store.id.is_empty());
    let store = store.ok_or_else(|| Error::invalid("tools", "File search needs a vector store: link one first."))?;
    Ok(HostedTool::FileSearch { vector_store_ids: vec![store.id] })
}

impl Mcp {
    /// None until its user has said which.
    fn tool(self) -> Option<HostedTool> {
        let Self { server_label, server_url, allowed_tools, skip_approval } = self;
        if server_label.is_empty() || server_url.is_empty() {
            return None;
        }
        let names = allowed_tools.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<_> = names.map(str::to_owned).collect();
        Some(HostedTool::Mcp {
            server_label,
            server_url,
            allowed_tools: (!names.is_empty()).then_some(names),
            require_approval: if skip_approval { RequireApproval::Never } else { RequireApproval::Always },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn asked(switches: Value) -> Result<Value> {
        serde_json::from_value::<Switches>(switches).unwrap().hosted().map(|tools| json!(tools))
    }

    #[test]
    fn what_is_switched_on_is_asked_for_as_the_app_asks() {
        let all = asked(json!({
            "webSearchEnabled": true,
            "webSearchConfig": { "user_location": { "type": "approximate", "country": "AT", "city": "Graz", "region": "" } },
            "fileSearchEnabled": true, "vectorStore": { "id": "vs_1", "name": "Default store" },
            "codeInterpreterEnabled": true, "mcpEnabled": true,
            "mcpConfig": {
                "server_label": "dice", "server_url": "https://dice.example", "allowed_tools": "roll, ,throw ",
                "skip_approval": true,
            },
        }));
        let wanted = json!([
            { "type": "web_search", "user_location": { "type": "approximate", "country": "AT", "city": "Graz" } },
            { "type": "file_search", "vector_store_ids": ["vs_1"] },
            { "type": "code_interpreter", "container": { "type": "auto" } },
            {
                "type": "mcp", "server_label": "dice", "server_url": "https://dice.example",
                "allowed_tools": ["roll", "throw"], "require_approval": "never",
            },
        ]);
        assert_eq!(all.unwrap(), wanted);
    }

    #[test]
    fn what_is_switched_off_or_says_nothing_is_not_asked_for() {
        let nowhere = json!({ "user_location": { "type": "approximate", "country": "", "city": "", "region": "" } });
        let mcp = json!({ "server_label": "", "server_url": "", "allowed_tools": "", "skip_approval": false });
        let off =
            json!({ "functionsEnabled": true, "vectorStore": null, "webSearchConfig": nowhere, "mcpConfig": mcp });
        assert_eq!(asked(off).unwrap(), json!([]));
        let on = json!({ "webSearchEnabled": true, "webSearchConfig": nowhere, "mcpEnabled": true, "mcpConfig": mcp });
        assert_eq!(asked(on).unwrap(), json!([{ "type": "web_search" }]));
        assert_eq!(asked(json!({})).unwrap(), json!([]));
    }

    #[test]
    fn a_switch_that_cannot_do_what_it_says_is_told_of() {
        for (switches, why) in [
            (json!({ "fileSearchEnabled": true, "vectorStore": null }), "needs a vector store"),
            (json!({ "googleIntegrationEnabled": true }), "switch them off"),
        ] {
            assert!(asked(switches).unwrap_err().public().contains(why));
        }
    }
}
