//! How an answer shall be made: what a client may ask of whichever model it is.

use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, Result};

/// What most providers take.
const MAX_STOPS: usize = 4;
const MAX_STOP_CHARS: usize = 100;
const MAX_TOKENS: u32 = 1_000_000;

/// What is not said here is the provider's to choose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Effort>,
    /// Of one answer of the model, what it thinks included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The answer ends before any of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

/// How much a model shall think before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    None,
    Low,
    Medium,
    High,
}

/// What is nearer to nothing, no model tells from it; and `DynamoDB` holds no number below 1e-130.
const MILLIONTH: f64 = 1e-6;

fn to_a_millionth(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// JSON has one kind of number: 4096.0 is as whole as 4096.
pub fn whole_number<'de, D: Deserializer<'de>, N: FromStr>(
    deserializer: D,
) -> std::result::Result<Option<N>, D::Error> {
    let number = Option::<f64>::deserialize(deserializer)?;
    let parse = |number: f64| number.to_string().parse().map_err(|_| D::Error::custom("Expected a whole number."));
    number.map(parse).transpose()
}

impl Options {
    pub fn checked(self) -> Result<Self> {
        let Self { max_tokens, temperature, top_p, stop, .. } = &self;
        let fits = |text: &String| (1..=MAX_STOP_CHARS).contains(&text.chars().count());
        if max_tokens.is_some_and(|most| !(1..=MAX_TOKENS).contains(&most)) {
            return Err(Error::invalid("max_tokens", format!("max_tokens is from 1 to {MAX_TOKENS}.")));
        }
        if temperature.is_some_and(|heat| !(0.0..=2.0).contains(&heat)) {
            return Err(Error::invalid("temperature", "temperature is from 0 to 2."));
        }
        if top_p.is_some_and(|share| share <= 0.0 || share > 1.0) {
            return Err(Error::invalid("top_p", "top_p is above 0 and at most 1."));
        }
        if stop.len() > MAX_STOPS || !stop.iter().all(fits) {
            let why = format!("stop is at most {MAX_STOPS} texts of 1 to {MAX_STOP_CHARS} characters.");
            return Err(Error::invalid("stop", why));
        }
        let (temperature, top_p) = (self.temperature.map(to_a_millionth), self.top_p.map(to_a_millionth));
        Ok(Self { temperature, top_p: top_p.map(|share| share.max(MILLIONTH)), ..self })
    }

    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_provider_could_do_is_refused_by_its_name() {
        let long = "x".repeat(101);
        for (options, field) in [
            (json!({ "max_tokens": 0 }), "max_tokens"),
            (json!({ "max_tokens": 1_000_001 }), "max_tokens"),
            (json!({ "temperature": -0.1 }), "temperature"),
            (json!({ "temperature": 2.1 }), "temperature"),
            (json!({ "top_p": 0 }), "top_p"),
            (json!({ "top_p": 1.1 }), "top_p"),
            (json!({ "stop": [""] }), "stop"),
            (json!({ "stop": [long] }), "stop"),
            (json!({ "stop": ["a", "b", "c", "d", "e"] }), "stop"),
        ] {
            let refused = serde_json::from_value::<Options>(options.clone()).unwrap().checked().unwrap_err();
            assert_eq!(refused.faults()[0].field, field, "{options}");
        }
        let all = json!({ "reasoning": "none", "max_tokens": 1, "temperature": 2.0, "top_p": 1.0, "stop": ["."] });
        let all: Options = serde_json::from_value(all).unwrap();
        assert!(!all.clone().checked().unwrap().is_default());
        assert!(Options::default().checked().unwrap().is_default());
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        #[derive(Debug, Deserialize)]
        struct Most(#[serde(deserialize_with = "whole_number")] Option<u32>);
        let read = |json: serde_json::Value| serde_json::from_value::<Most>(json).map(|most| most.0);
        for (json, number) in [(json!(4096), Some(4096)), (json!(4096.0), Some(4096)), (json!(null), None)] {
            assert_eq!(read(json).unwrap(), number);
        }
        for json in [json!(0.5), json!(-1), json!(1e300), json!("1")] {
            assert!(read(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn what_is_nearer_to_nothing_than_anybody_could_store_is_nothing() {
        let tiny: Options = serde_json::from_value(json!({ "temperature": 5e-324, "top_p": 5e-324 })).unwrap();
        let kept = tiny.checked().unwrap();
        assert_eq!((kept.temperature, kept.top_p), (Some(0.0), Some(MILLIONTH)));
        let usual: Options = serde_json::from_value(json!({ "temperature": 0.7, "top_p": 0.95 })).unwrap();
        assert_eq!(usual.clone().checked().unwrap(), usual);
    }
}
