//! Which models can be asked here, by which names, and what is known of each. Configuration and catalog only: a
//! function that lists them is not linked with what it takes to ask one.

use std::borrow::Cow;

use crate::config::{LlmConfig, Offer};
use crate::domain::ModelRef;
use crate::error::{Error, Result, codes};

use super::catalog::{self, Facts};

pub struct Offers<'a>(&'a LlmConfig);

/// A model as it is shown to those who choose.
pub struct ListedModel<'a> {
    pub offer: Cow<'a, Offer>,
    pub is_default: bool,
    /// None: nothing is known of it.
    pub facts: Option<&'static Facts>,
}

impl<'a> Offers<'a> {
    pub fn of(config: &'a LlmConfig) -> Self {
        Self(config)
    }

    /// The model of that name or alias, or the default one.
    pub fn find(&self, name: Option<&str>) -> Result<Cow<'a, Offer>> {
        let Self(config) = self;
        let wanted = name.map_or_else(|| config.default_model.clone(), ModelRef::parse);
        if config.offers.is_empty() {
            let may = config.can_ask(&wanted) && !self.is_private(&wanted);
            let found = may.then(|| Cow::Owned(Offer::of(wanted)));
            return found.ok_or_else(|| self.unknown());
        }
        let is_it = |offer: &&Offer| offer.model == wanted || offer.aliases.iter().any(|alias| name == Some(alias));
        config.offers.iter().find(is_it).map(Cow::Borrowed).ok_or_else(|| self.unknown())
    }

    /// What is offered; or else the default model and what the catalog knows of the providers.
    pub fn list(&self) -> Vec<ListedModel<'a>> {
        let Self(config) = self;
        let model = |offer: Cow<'a, Offer>| ListedModel {
            is_default: offer.model == config.default_model,
            facts: catalog::facts(&offer.model),
            offer,
        };
        if !config.offers.is_empty() {
            return config.offers.iter().map(|offer| model(Cow::Borrowed(offer))).collect();
        }
        let known = catalog::models().filter(|model| config.can_ask(model) && *model != config.default_model);
        let default = Some(config.default_model.clone()).filter(|model| config.can_ask(model));
        default.into_iter().chain(known).map(|name| model(Cow::Owned(Offer::of(name)))).collect()
    }

    /// An engine is a program of somebody's project, with its data: it has to be named here before it is asked.
    fn is_private(&self, model: &ModelRef) -> bool {
        model.provider == "agent-engine" && *model != self.0.default_model
    }

    fn unknown(&self) -> Error {
        let Self(config) = self;
        let mut names: Vec<String> = config.offers.iter().map(|offer| offer.model.to_string()).collect();
        if names.is_empty() {
            names.push("scripted".to_owned());
            names.extend(config.providers.iter().map(|provider| format!("{}:<model>", provider.name)));
        }
        let why = format!("This model cannot be asked here. There is: {}.", names.join(", "));
        Error::invalid("model", why).with_code(codes::UNKNOWN_MODEL)
    }
}
