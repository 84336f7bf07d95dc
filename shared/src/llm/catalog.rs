//! What is known of models: `data/models.json`, from public documentation, each price with its source and its date.
//! What is not known is absent, never zero.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::domain::{ModelRef, Price};

const DATA: &str = include_str!("../../data/models.json");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    pub name: String,
    pub context_tokens: Option<u64>,
    pub max_output_tokens: Option<u64>,
    /// `text`, `image`, `file`.
    pub inputs: Option<Vec<String>>,
    pub tools: Option<bool>,
    pub reasoning: Option<bool>,
    pub price: Option<ListPrice>,
}

/// USD for a million tokens.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListPrice {
    pub input: f64,
    /// Input that the provider had read before.
    pub cached_input: Option<f64>,
    pub output: f64,
    /// A longer input has another price, for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_input_tokens: Option<u64>,
    pub source: String,
    /// The day of which the source speaks, or on which it was read.
    pub as_of: String,
}

type Catalog = BTreeMap<String, Facts>;

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| serde_json::from_str(DATA).expect("a test has read it"))
}

pub fn facts(model: &ModelRef) -> Option<&'static Facts> {
    // One vendor's models by two of its protocols.
    let vendor = model.provider.strip_suffix("-responses").unwrap_or(&model.provider);
    catalog().get(&format!("{vendor}:{}", model.name))
}

/// What its tokens cost, if that is known.
pub fn price(model: &ModelRef) -> Option<Price> {
    facts(model)?.price.as_ref().map(ListPrice::by_token)
}

impl ListPrice {
    fn by_token(&self) -> Price {
        Price {
            input: pico(self.input),
            cached_input: self.cached_input.map(pico),
            output: pico(self.output),
            up_to_input_tokens: self.up_to_input_tokens,
        }
    }
}

/// USD a million tokens as pico-USD a token.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test holds prices in their bounds")]
fn pico(usd: f64) -> u64 {
    (usd * 1e6).round() as u64
}

pub(super) fn models() -> impl Iterator<Item = ModelRef> {
    catalog().keys().map(|name| ModelRef::parse(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_read_and_says_nothing_impossible() {
        assert!(catalog().len() > 20);
        for (model, Facts { context_tokens, max_output_tokens, inputs, price, .. }) in catalog() {
            assert_eq!(&ModelRef::parse(model).to_string(), model);
            assert!(context_tokens.is_none_or(|tokens| (1_000..=20_000_000).contains(&tokens)), "{model}");
            assert!(max_output_tokens.is_none_or(|most| most > 0 && Some(most) <= *context_tokens), "{model}");
            let known = ["text", "image", "file"];
            assert!(inputs.iter().flatten().all(|input| known.contains(&input.as_str())), "{model}");
            let Some(price) = price else { continue };
            let cached = price.cached_input.unwrap_or(price.input);
            assert!(0.0 < cached && cached <= price.input && price.input <= price.output, "{model}: {price:?}");
            assert!(price.output < 1_000.0, "{model}: that is a price for a token, or for nothing");
        }
    }

    #[test]
    fn a_price_by_the_million_is_a_price_by_the_token() {
        let price = |model| price(&ModelRef::parse(model));
        let mini = Price { input: 250_000, cached_input: Some(25_000), output: 2_000_000, up_to_input_tokens: None };
        assert_eq!(price("openai:gpt-5-mini"), Some(mini));
        assert_eq!(price("openai-responses:gpt-5-mini"), Some(mini), "the same vendor");
        assert_eq!(price("deepseek:deepseek-chat").unwrap().cached_input, Some(2_800));
        assert_eq!(price("openai:gpt-5.5").unwrap().up_to_input_tokens, Some(272_000));
        assert_eq!(price("openai:fake"), None);
    }

    #[test]
    fn a_price_says_where_it_was_read_and_when() {
        for (model, price) in catalog().iter().filter_map(|(model, facts)| Some((model, facts.price.as_ref()?))) {
            assert!(price.source.starts_with("https://"), "{model}");
            let parts: Vec<u32> = price.as_of.split('-').map(|part| part.parse().expect("a number")).collect();
            assert!(matches!(parts[..], [2026..=2099, 1..=12, 1..=31]), "{model}: {}", price.as_of);
        }
    }
}
