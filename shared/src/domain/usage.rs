//! Tokens, prices, costs.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// Tokens as the provider counts them; what it does not say is unknown, not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// The whole input, what was cached included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Those of the input that the provider had read before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// The whole output, what was thought included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Those of the output that were thought and not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// The provider did not count: we have guessed by the length of the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

impl Usage {
    /// Adds the usage of one more step.
    pub fn plus(self, other: Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            cached_tokens: sum(self.cached_tokens, other.cached_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            reasoning_tokens: sum(self.reasoning_tokens, other.reasoning_tokens),
            estimated: self.estimated || other.estimated,
        }
    }

    /// Where the provider said nothing, these guesses.
    pub fn or_estimated(self, input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens: self.input_tokens.or(Some(input_tokens)),
            output_tokens: self.output_tokens.or(Some(output_tokens)),
            estimated: self.estimated || self.input_tokens.is_none() || self.output_tokens.is_none(),
            ..self
        }
    }
}

/// What a model's tokens cost, in pico-USD each: 150,000 is $0.15 a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub input: u64,
    /// What the provider had read before; none when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<u64>,
    pub output: u64,
    /// Beyond so much input all of it has another price, which is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_input_tokens: Option<u64>,
}

impl Price {
    /// None when this usage has a part whose price is not known.
    pub fn of(self, usage: Usage) -> Option<Cost> {
        let input = usage.input_tokens.unwrap_or(0);
        if self.up_to_input_tokens.is_some_and(|most| input > most) {
            return None;
        }
        let cached = usage.cached_tokens.unwrap_or(0).min(input);
        let cached_cost = if cached == 0 { 0 } else { cached.saturating_mul(self.cached_input?) };
        let fresh = (input - cached).saturating_mul(self.input);
        let output = usage.output_tokens.unwrap_or(0).saturating_mul(self.output);
        Some(Cost(fresh.saturating_add(cached_cost).saturating_add(output)))
    }
}

/// Money, in pico-USD: sums of it are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u64);

impl Cost {
    pub const fn from_pico_usd(pico: u64) -> Self {
        Self(pico)
    }

    pub const fn pico_usd(self) -> u64 {
        self.0
    }

    /// Rounded, for those who only look.
    #[expect(clippy::cast_precision_loss, reason = "rounded")]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e12
    }

    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Whole dollars and as many decimals as it takes: `0.00015`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const USD: u64 = 1_000_000_000_000;
        let decimals = format!("{:012}", self.0 % USD);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        write!(f, "{}{point}{decimals}", self.0 / USD)
    }
}

/// A text on the wire: many readers make a rounded float of a number. Items keep the integer.
impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price { input: 150_000, cached_input: None, output: 600_000, up_to_input_tokens: None };

    #[test]
    fn a_cost_counts_cached_input_at_its_own_price_and_loses_nothing() {
        let price = Price { cached_input: Some(75_000), ..PRICE };
        let usage = Usage {
            input_tokens: Some(1_000),
            cached_tokens: Some(400),
            output_tokens: Some(3),
            reasoning_tokens: Some(2),
            estimated: false,
        };
        assert_eq!(price.of(usage).map(Cost::pico_usd), Some(600 * 150_000 + 400 * 75_000 + 3 * 600_000));
        assert_eq!(price.of(usage).map(|cost| cost.to_string()).as_deref(), Some("0.0001218"));
    }

    #[test]
    fn what_has_a_part_without_a_known_price_has_none() {
        let usage =
            |input, cached| Usage { input_tokens: Some(input), cached_tokens: Some(cached), ..Usage::default() };
        let bounded = Price { up_to_input_tokens: Some(10), ..PRICE };
        assert_eq!(PRICE.of(usage(11, 0)), Some(Cost(11 * 150_000)));
        assert_eq!(PRICE.of(usage(11, 1)), None);
        assert_eq!(bounded.of(usage(10, 0)), Some(Cost(10 * 150_000)));
        assert_eq!(bounded.of(usage(11, 0)), None);
    }

    #[test]
    fn dollars_are_told_without_a_float() {
        let told = |pico| Cost::from_pico_usd(pico).to_string();
        assert_eq!(told(0), "0");
        assert_eq!(told(1), "0.000000000001");
        assert_eq!(told(3_000_000_000_000), "3");
        assert_eq!(told(1_234_500_000_000_000), "1234.5");
    }

    #[test]
    fn what_the_provider_has_counted_is_not_guessed() {
        let said = Usage { output_tokens: Some(7), ..Usage::default() };
        let filled = said.or_estimated(10, 99);
        assert_eq!((filled.input_tokens, filled.output_tokens, filled.estimated), (Some(10), Some(7), true));
        assert_eq!(filled.cached_tokens, None);
        let whole = Usage { input_tokens: Some(1), output_tokens: Some(2), ..Usage::default() };
        assert_eq!(whole.or_estimated(10, 99), whole);
    }
}
