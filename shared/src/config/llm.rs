//! Which models may be asked, and of whom: the settings of model providers. A client names a model; addresses and
//! keys come from here and from nowhere else.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::ModelRef;

use super::SecretName;
use super::model_keys;
use super::vars::Vars;
use super::vendors::{Protocol, ProviderAccess, VENDORS};

#[derive(Clone, Debug)]
pub struct LlmConfig {
    /// `DEFAULT_MODEL`: who answers when the request names nobody.
    pub default_model: ModelRef,
    /// `MODELS`: which may be asked. Empty: every model of these providers.
    pub offers: Vec<Offer>,
    /// Those with a key, or with an address of one's own.
    pub providers: Vec<ProviderAccess>,
    /// `MODEL_CONNECT_TIMEOUT_MS`
    pub connect_timeout: Duration,
    /// `MODEL_FIRST_TOKEN_TIMEOUT_MS`: for all tries of a step together, those of fallbacks included.
    pub first_token_timeout: Duration,
}

/// A model that may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    pub model: ModelRef,
    /// How a menu names it.
    #[serde(default)]
    pub label: Option<String>,
    /// Who takes over before the first token, in this order.
    #[serde(default)]
    pub fallbacks: Vec<ModelRef>,
    /// What else it may be called, by clients of a system that had plain names.
    #[serde(default)]
    pub aliases: Vec<String>,
}

impl Offer {
    pub fn of(model: ModelRef) -> Self {
        Self { model, label: None, fallbacks: Vec::new(), aliases: Vec::new() }
    }
}

/// Google's cloud has no keys: who we are there says a token that lasts an hour.
fn google_cloud(vars: &mut Vars) -> Vec<ProviderAccess> {
    let Some(project) = vars.text("VERTEX_PROJECT") else { return Vec::new() };
    let location = vars.text("VERTEX_LOCATION").unwrap_or_else(|| "global".to_owned());
    let fits = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:".contains(&b));
    for (name, text) in [("VERTEX_PROJECT", &project), ("VERTEX_LOCATION", &location)] {
        if !fits(text) {
            vars.fault(name, "must be of letters, digits and -.:");
        }
    }
    let key = vars.secret("VERTEX_TOKEN").or_else(|| Some(SecretName::parse("google:token")));
    let usual = match location.as_str() {
        "global" => "https://aiplatform.googleapis.com".to_owned(),
        region => format!("https://{region}-aiplatform.googleapis.com"),
    };
    let mut access = |name, protocol, variable, usual| {
        let address = vars.url(variable);
        let own_server = address.is_some();
        let (key, key_variable) = (key.clone(), "VERTEX_TOKEN");
        ProviderAccess { name, protocol, base_url: address.unwrap_or(usual), key, key_variable, own_server }
    };
    let gemini = access("vertex", Protocol::Vertex { project, location }, "VERTEX_BASE_URL", usual.clone());
    vec![gemini, access("agent-engine", Protocol::AgentEngine, "AGENT_ENGINE_BASE_URL", format!("{usual}/v1"))]
}

/// Who we are on AWS says AWS; so it has to be switched on.
fn bedrock(vars: &mut Vars) -> Option<ProviderAccess> {
    let address = vars.url("BEDROCK_BASE_URL");
    let is_on = vars.one_of("BEDROCK", "off", &["off", "on"]) == "on" || address.is_some();
    is_on.then(|| ProviderAccess {
        name: "bedrock",
        protocol: Protocol::Bedrock,
        own_server: address.is_some(),
        base_url: address.unwrap_or_default(),
        key: None,
        key_variable: "BEDROCK",
    })
}

impl LlmConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        model_keys::put_in_place(vars, VENDORS.iter().map(|vendor| vendor.key));
        let mut providers = Vec::new();
        for vendor in VENDORS {
            providers.extend(vendor.access(vars));
        }
        providers.extend(google_cloud(vars));
        providers.extend(bedrock(vars));
        let offers = vars.json::<Offer>("MODELS");
        let default_model = vars.text("DEFAULT_MODEL").map(|name| ModelRef::parse(&name));
        let first = offers.first().map(|offer| offer.model.clone());
        let config = Self {
            default_model: default_model.or(first).unwrap_or_else(|| ModelRef::parse("scripted")),
            offers,
            providers,
            connect_timeout: vars.millis("MODEL_CONNECT_TIMEOUT_MS", 10_000, 1..=60_000),
            first_token_timeout: vars.millis("MODEL_FIRST_TOKEN_TIMEOUT_MS", 60_000, 1..=600_000),
        };
        config.check_offers(vars);
        config
    }

    fn check_offers(&self, vars: &mut Vars) {
        let mut taken = Vec::new();
        for (index, offer) in self.offers.iter().enumerate() {
            let mut wrong = |why: &str| vars.fault("MODELS", &format!("number {}: {why}", index + 1));
            for lack in [&offer.model].into_iter().chain(&offer.fallbacks).filter_map(|model| self.lack(model)) {
                wrong(&lack);
            }
            for name in [offer.model.to_string()].into_iter().chain(offer.aliases.iter().cloned()) {
                if taken.contains(&name) {
                    wrong("its name or an alias is taken, choose another");
                }
                taken.push(name);
            }
        }
        if !self.offers.is_empty() && self.offers.iter().all(|offer| offer.model != self.default_model) {
            vars.fault("DEFAULT_MODEL", "must be one of MODELS, or unset for the first of them");
        }
    }

    /// Whether there is somebody to ask for it.
    pub fn can_ask(&self, model: &ModelRef) -> bool {
        match model.provider.as_str() {
            "scripted" => model.name.is_empty(),
            provider => !model.name.is_empty() && self.providers.iter().any(|known| known.name == provider),
        }
    }
}
