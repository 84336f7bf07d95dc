//! `App`: what every handler can reach, made once for each process.

use std::sync::Arc;

use crate::agent::Consultant;
use crate::config::{Config, Secrets};
use crate::identity::Tokens;
use crate::llm::Models;
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
    pub async fn new(config: Config) -> Self {
        let secrets = Arc::new(Secrets::default());
        let store = Store::connect(&config.store).await;
        let models = Models::new(&config.llm, &secrets);
        let tokens = Tokens::new(&config.identity, &secrets);
        let consultant = Consultant::new(store.clone(), models, config.agent.clone());
        Self(Arc::new(Parts { config, store, tokens, consultant }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
