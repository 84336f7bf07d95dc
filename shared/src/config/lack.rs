//! What is missing so that a model can be asked, and which variable gives it.

use crate::domain::ModelRef;
use crate::error::{Error, Result};

use super::LlmConfig;
use super::vendors::{VENDORS, Vendor};

impl LlmConfig {
    /// For processes that ask models: the others know the default model's name and have no keys.
    pub fn check_default(&self) -> Result<()> {
        self.lack(&self.default_model).map_or(Ok(()), |lack| Err(Error::setting("DEFAULT_MODEL", lack)))
    }

    /// None: nothing is missing.
    pub(super) fn lack(&self, model: &ModelRef) -> Option<String> {
        if self.can_ask(model) {
            return None;
        }
        let provider = model.provider.as_str();
        let needs = match provider {
            "scripted" => return Some("scripted has no models, it must stand alone".to_owned()),
            "vertex" | "agent-engine" => "VERTEX_PROJECT".to_owned(),
            "bedrock" => "BEDROCK=on".to_owned(),
            _ => match VENDORS.iter().find(|vendor| vendor.name == provider) {
                Some(vendor) => vendor.needs(),
                None => return Some(no_provider(model)),
            },
        };
        Some(match model.name.as_str() {
            "" => format!("{provider} must be followed by a model, {provider}:<model>"),
            _ => format!("the provider {provider} needs {needs}"),
        })
    }
}

impl Vendor {
    fn needs(&self) -> String {
        match self.address {
            Some(_) if !self.local => format!("{}, or {} for a server of one's own", self.key, self.base_url),
            _ => self.base_url.to_owned(),
        }
    }
}

/// Shows the value only if it reads like a name: it may be a secret in the wrong place.
fn no_provider(model: &ModelRef) -> String {
    let provider = &model.provider;
    let is_name = provider.len() <= 24 && provider.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let shown = is_name && !model.name.is_empty();
    let which = if shown { format!("there is no provider {provider}; it ") } else { String::new() };
    let vendors = VENDORS.iter().map(|vendor| vendor.name);
    let names: Vec<_> = vendors.chain(["vertex", "agent-engine", "bedrock"]).collect();
    format!("{which}must be scripted, or <provider>:<model> with one of {}", names.join(", "))
}
