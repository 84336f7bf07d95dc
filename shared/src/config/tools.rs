//! The settings of tools: whom they ask, and which of them need leave.

use super::vars::Vars;

#[derive(Clone, Debug)]
pub struct ToolsConfig {
    /// `TOOLS_TO_APPROVE`: the tools that run only when their user has allowed it, each time.
    pub ask_first: Vec<String>,
    /// `WEATHER_URL`: who knows the weather, as Open-Meteo's forecast API does.
    pub weather_url: String,
    /// `GEOCODING_URL`: who knows where a place is, as Open-Meteo's geocoding API does.
    pub geocoding_url: String,
    /// `JOKE_URL`: who knows jokes, as icanhazdadjoke does.
    pub joke_url: String,
}

impl ToolsConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let mut url = |name: &str, usual: &str| vars.url(name).unwrap_or_else(|| usual.to_owned());
        Self {
            weather_url: url("WEATHER_URL", "https://api.open-meteo.com"),
            geocoding_url: url("GEOCODING_URL", "https://geocoding-api.open-meteo.com"),
            joke_url: url("JOKE_URL", "https://icanhazdadjoke.com"),
            ask_first: vars.list("TOOLS_TO_APPROVE"),
        }
    }
}
