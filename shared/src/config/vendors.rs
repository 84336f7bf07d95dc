//! The vendors of models, a row each: what they are called, where they are, which protocol they speak. A new vendor that
//! speaks Chat Completions is one row; its prices are in `shared/data/models.json`.

mod quirks;

use super::vars::Vars;
use super::{SecretName, Variable};

pub use quirks::{Quirks, Reasoning};

use Protocol::ChatCompletions;

/// How a provider is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    ChatCompletions(Quirks),
    Responses,
    Anthropic,
    Gemini,
    Vertex { project: String, location: String },
    AgentEngine,
    Bedrock,
}

/// A provider that can be asked.
#[derive(Clone, Debug)]
pub struct ProviderAccess {
    /// What stands before the colon of a model's address.
    pub name: &'static str,
    pub protocol: Protocol,
    pub base_url: String,
    pub key: Option<SecretName>,
    /// The variable that names the key.
    pub key_variable: Variable,
    /// Whether the address is another than the vendor's.
    pub own_server: bool,
}

/// A provider as everybody knows it.
pub(super) struct Vendor {
    /// What stands before the colon of a model's address.
    pub(super) name: &'static str,
    /// Its name in spans, where the conventions have one
    /// (<https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/>).
    pub(super) span_name: &'static str,
    pub(super) protocol: fn() -> Protocol,
    pub(super) key: Variable,
    pub(super) base_url: Variable,
    /// None: it is the server at the configured address.
    pub(super) address: Option<&'static str>,
    /// It runs beside us and asks for no key.
    pub(super) local: bool,
}

pub(super) const VENDORS: &[Vendor] = &[
    Vendor { protocol: || ChatCompletions(quirks::OPENAI), ..OPENAI },
    Vendor { name: "openai-responses", protocol: || Protocol::Responses, ..OPENAI },
    Vendor { protocol: || Protocol::Anthropic, ..ANTHROPIC },
    Vendor { protocol: || Protocol::Gemini, span_name: "gcp.gemini", ..GEMINI },
    Vendor { protocol: || ChatCompletions(quirks::GROQ), ..GROQ },
    vendor("together", "TOGETHER_API_KEY", "TOGETHER_BASE_URL", "https://api.together.xyz/v1"),
    Vendor { protocol: || ChatCompletions(quirks::DEEPSEEK), ..DEEPSEEK },
    Vendor { protocol: || ChatCompletions(quirks::MISTRAL), span_name: "mistral_ai", ..MISTRAL },
    vendor("openrouter", "OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", "https://openrouter.ai/api/v1"),
    Vendor { local: true, ..OLLAMA },
    own_server("vllm", "VLLM_API_KEY", "VLLM_BASE_URL"),
    own_server("compatible", "COMPATIBLE_API_KEY", "COMPATIBLE_BASE_URL"),
];

// Those above that are something more than a row.
const OPENAI: Vendor = vendor("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1");
const ANTHROPIC: Vendor = vendor("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "https://api.anthropic.com");
const GEMINI: Vendor =
    vendor("gemini", "GEMINI_API_KEY", "GEMINI_BASE_URL", "https://generativelanguage.googleapis.com");
const GROQ: Vendor = vendor("groq", "GROQ_API_KEY", "GROQ_BASE_URL", "https://api.groq.com/openai/v1");
const DEEPSEEK: Vendor = vendor("deepseek", "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "https://api.deepseek.com/v1");
const MISTRAL: Vendor = vendor("mistral", "MISTRAL_API_KEY", "MISTRAL_BASE_URL", "https://api.mistral.ai/v1");
const OLLAMA: Vendor = vendor("ollama", "OLLAMA_API_KEY", "OLLAMA_BASE_URL", "http://localhost:11434/v1");

/// Speaks Chat Completions, and nothing otherwise than it is documented.
const fn vendor(name: &'static str, key: Variable, base_url: Variable, address: &'static str) -> Vendor {
    Vendor { address: Some(address), ..own_server(name, key, base_url) }
}

const fn own_server(name: &'static str, key: Variable, base_url: Variable) -> Vendor {
    let protocol: fn() -> Protocol = || ChatCompletions(quirks::NONE);
    Vendor { name, span_name: name, protocol, key, base_url, address: None, local: false }
}

/// A provider's name in spans.
pub fn span_name(provider: &str) -> &str {
    match provider {
        "vertex" | "agent-engine" => "gcp.vertex_ai",
        "bedrock" => "aws.bedrock",
        other => VENDORS.iter().find(|vendor| vendor.name == other).map_or(other, |vendor| vendor.span_name),
    }
}

impl Vendor {
    /// None without a key or an address: there is no server to ask. On a laptop one may run beside us.
    pub(super) fn access(&self, vars: &mut Vars) -> Option<ProviderAccess> {
        let Self { name, protocol, .. } = *self;
        let protocol = protocol();
        let (key, address) = (vars.secret(self.key), vars.url(self.base_url));
        let own_server = address.is_some();
        let beside_us = self.local && vars.is_laptop();
        let usual = self.address.filter(|_| (key.is_some() && !self.local) || beside_us).map(str::to_owned);
        Some(ProviderAccess { name, protocol, base_url: address.or(usual)?, key, key_variable: self.key, own_server })
    }
}
