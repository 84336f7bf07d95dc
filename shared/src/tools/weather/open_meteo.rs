//! Open-Meteo: a place by its name (<https://open-meteo.com/en/docs/geocoding-api>) and its weather
//! (<https://open-meteo.com/en/docs>). Both are free of keys; a commercial contract has addresses of its own.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::ToolsConfig;
use crate::net::Roots;
use crate::tools::ToolFault;
use crate::tools::web::Service;

use super::Unit;

/// How many places of one name are looked at, and how many of them a model sees.
const MAX_PLACES: &str = "20";
const TOLD_PLACES: usize = 5;

pub(in crate::tools) struct OpenMeteo {
    places: Service,
    forecasts: Service,
}

/// What has no results has no `results`.
#[derive(Deserialize)]
struct Places {
    #[serde(default)]
    results: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    name: String,
    latitude: f64,
    longitude: f64,
    country: Option<String>,
    country_code: Option<String>,
    admin1: Option<String>,
    admin2: Option<String>,
    admin3: Option<String>,
}

#[derive(Deserialize)]
struct Forecast {
    current: Current,
}

#[derive(Deserialize)]
struct Current {
    /// In UTC unless another zone is asked for, and without saying so: `2026-03-26T16:15`.
    time: String,
    temperature_2m: f64,
    relative_humidity_2m: Option<f64>,
    wind_speed_10m: Option<f64>,
    weather_code: Option<u32>,
}

impl OpenMeteo {
    pub(in crate::tools) fn new(config: &ToolsConfig, roots: Roots) -> Self {
        let places = Service::new("directory of places", &config.geocoding_url, roots);
        Self { places, forecasts: Service::new("weather service", &config.weather_url, roots) }
    }

    #[cfg(test)]
    pub(super) fn within(self, patience: std::time::Duration) -> Self {
        Self { places: self.places.within(patience), forecasts: self.forecasts.within(patience) }
    }

    pub(super) async fn weather(&self, location: &str, unit: Unit) -> Result<Value, ToolFault> {
        let place = self.place(location).await?;
        let (latitude, longitude) = (place.latitude.to_string(), place.longitude.to_string());
        let query = [
            ("latitude", latitude.as_str()),
            ("longitude", longitude.as_str()),
            ("current", "temperature_2m,relative_humidity_2m,wind_speed_10m,weather_code"),
            ("temperature_unit", if unit == Unit::Celsius { "celsius" } else { "fahrenheit" }),
        ];
        let Forecast { current } = self.forecasts.get("/v1/forecast", &query).await?;
        Ok(json!({
            "location": place.full_name(),
            "temperature": current.temperature_2m,
            "unit": unit,
            "sky": current.weather_code.and_then(sky),
            "humidity_percent": current.relative_humidity_2m,
            "wind_kmh": current.wind_speed_10m,
            "observed_at": format!("{}Z", current.time),
        }))
    }

    /// The directory knows names, not addresses: what comes after a comma chooses among places of one name.
    async fn place(&self, location: &str) -> Result<Place, ToolFault> {
        let mut words = location.split(',').map(str::trim).filter(|word| !word.is_empty());
        let name = words.next().unwrap_or_default();
        let query = [("name", name), ("count", MAX_PLACES), ("language", "en"), ("format", "json")];
        let Places { mut results } = self.places.get("/v1/search", &query).await?;
        let regions: Vec<&str> = words.collect();
        if let Some(found) = results.iter().position(|place| regions.iter().all(|region| place.lies_in(region))) {
            return Ok(results.swap_remove(found));
        }
        if results.is_empty() {
            return Err(ToolFault::arguments("location", format!("No place named {name} is known.")));
        }
        let known: Vec<_> = results.iter().take(TOLD_PLACES).map(Place::full_name).collect();
        let regions = regions.join(", ");
        Err(ToolFault::arguments("location", format!("No {name} in {regions} is known, but: {}.", known.join("; "))))
    }
}

impl Place {
    fn lies_in(&self, region: &str) -> bool {
        let names = [&self.country, &self.country_code, &self.admin1, &self.admin2, &self.admin3];
        names.into_iter().flatten().any(|name| name.to_lowercase() == region.to_lowercase())
    }

    fn full_name(&self) -> String {
        let mut names = vec![self.name.as_str()];
        let region = self.admin1.as_deref().filter(|region| *region != self.name && !region.is_empty());
        names.extend(region.into_iter().chain(self.country.as_deref()));
        names.join(", ")
    }
}

/// WMO code 4677 as Open-Meteo uses it.
fn sky(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "clear",
        1 => "mainly clear",
        2 => "partly cloudy",
        3 => "overcast",
        45 | 48 => "fog",
        51 | 53 | 55 => "drizzle",
        56 | 57 => "freezing drizzle",
        61 | 63 | 65 => "rain",
        66 | 67 => "freezing rain",
        71 | 73 | 75 | 77 => "snow",
        80..=82 => "rain showers",
        85 | 86 => "snow showers",
        95 => "thunderstorm",
        96 | 99 => "thunderstorm with hail",
        _ => return None,
    })
}
