//! `App`: what every handler can reach, made once for each process.

use std::sync::Arc;

use crate::agent::Consultant;
use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::identity::Tokens;
use crate::llm::Models;
use crate::net::Aws;
use crate::store::Store;

#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub tokens: Tokens,
    pub consultant: Consultant,
}

impl App {
    pub async fn new(config: Config) -> Result<Self> {
        let aws = Arc::new(Aws::new(config.roots));
        let secrets = Arc::new(Secrets::new(&aws));
        let store = Store::connect(&config.store, &aws).await?;
        let models = Models::new(&config.llm, config.roots, &secrets);
        let tokens = Tokens::new(&config.identity, &secrets);
        let consultant = Consultant::new(store.clone(), models, config.agent.clone());
        Ok(Self(Arc::new(Parts { config, store, tokens, consultant })))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
