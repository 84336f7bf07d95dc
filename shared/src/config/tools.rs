//! The settings of tools: whom they ask, and which of them need approval.

use crate::domain::HostedKind;

use super::vars::Vars;

#[derive(Clone, Debug)]
pub struct ToolsConfig {
    /// `TOOLS_TO_APPROVE`: the tools that run only when their user has allowed it, each time.
    pub ask_first: Vec<String>,
    /// `HOSTED_TOOLS`: the tools run by providers that may be asked for.
    pub hosted: Vec<HostedKind>,
    /// `WEATHER_URL`: who knows the weather, as Open-Meteo's forecast API does.
    pub weather_url: String,
    /// `GEOCODING_URL`: who knows where a place is, as Open-Meteo's geocoding API does.
    pub geocoding_url: String,
    /// `JOKE_URL`: who knows jokes, as icanhazdadjoke does.
    pub joke_url: String,
}

impl ToolsConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let hosted = hosted(vars);
        let mut url = |name: &str, usual: &str| vars.url(name).unwrap_or_else(|| usual.to_owned());
        Self {
            weather_url: url("WEATHER_URL", "https://api.open-meteo.com"),
            geocoding_url: url("GEOCODING_URL", "https://geocoding-api.open-meteo.com"),
            joke_url: url("JOKE_URL", "https://icanhazdadjoke.com"),
            ask_first: vars.list("TOOLS_TO_APPROVE"),
            hosted,
        }
    }
}

/// None unless it is named: each costs money, and some show a provider's account or send it to any address.
fn hosted(vars: &mut Vars) -> Vec<HostedKind> {
    let names = vars.list("HOSTED_TOOLS");
    let kinds: Vec<_> = names.iter().filter_map(|name| HostedKind::parse(name)).collect();
    if kinds.len() < names.len() {
        let known = HostedKind::ALL.map(HostedKind::name).join(", ");
        vars.fault("HOSTED_TOOLS", &format!("each must be one of {known}"));
    }
    kinds
}
