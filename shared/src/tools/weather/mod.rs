//! `get_weather`: what the weather is like at a place, from a public service, kept for a while.

mod cache;
mod open_meteo;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::ToolSpec;

use super::{Tool, ToolContext, ToolFault, parse};
use cache::Cache;
pub(super) use open_meteo::OpenMeteo;

const MAX_LOCATION_CHARS: usize = 100;

pub(super) struct Weather {
    source: OpenMeteo,
    /// By place and unit. Nothing in it says who asked.
    cache: Cache<(String, Unit), Value>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Unit {
    #[default]
    #[serde(rename = "c", alias = "C", alias = "celsius")]
    Celsius,
    #[serde(rename = "f", alias = "F", alias = "fahrenheit")]
    Fahrenheit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    location: String,
    #[serde(default)]
    unit: Unit,
}

impl Weather {
    pub(super) fn new(source: OpenMeteo) -> Self {
        Self { source, cache: Cache::default() }
    }

    async fn tell(&self, arguments: &Value, context: &ToolContext) -> Result<Value, ToolFault> {
        let Arguments { location, unit } = parse(arguments)?;
        let location = location.split_whitespace().collect::<Vec<_>>().join(" ");
        if !(2..=MAX_LOCATION_CHARS).contains(&location.chars().count()) {
            return Err(ToolFault::arguments("location", "A place is 2 to 100 characters."));
        }
        let key = (location.to_lowercase(), unit);
        if let Some(weather) = self.cache.get(&key, context.now) {
            return Ok(weather);
        }
        let weather = self.source.weather(&location, unit).await?;
        self.cache.put(key, weather.clone(), context.now);
        Ok(weather)
    }
}

impl Tool for Weather {
    fn spec(&self) -> ToolSpec {
        let place = "A town; region and country after commas if need be, written out: Springfield, Illinois.";
        ToolSpec {
            name: "get_weather".to_owned(),
            description: "The weather at a place right now.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "location": { "type": "string", "description": place },
                    "unit": { "type": "string", "enum": ["c", "f"], "description": "Celsius unless f." },
                },
                "required": ["location"],
                "additionalProperties": false,
            }),
        }
    }

    fn call<'a>(&'a self, arguments: &'a Value, context: &'a ToolContext) -> BoxFuture<'a, Result<Value, ToolFault>> {
        self.tell(arguments, context).boxed()
    }
}

#[cfg(test)]
mod tests;
