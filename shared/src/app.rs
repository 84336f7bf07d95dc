//! `App`: what every handler can reach, made once for each process.

use std::sync::Arc;

use crate::agent::Consultant;
use crate::config::{Config, Secrets};
use crate::identity::Tokens;
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
    pub fn new(config: Config) -> Self {
        let aws = Arc::new(Aws::new(config.roots));
        let secrets = Arc::new(Secrets::new(&aws));
        let store = Store::new(&config.store, &aws);
        let tokens = Tokens::new(&config.identity, &secrets);
        let consultant = Consultant::new(&config, &store, &secrets);
        Self(Arc::new(Parts { config, store, tokens, consultant }))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
