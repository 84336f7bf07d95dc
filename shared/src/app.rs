//! `App`: what every handler can reach, made once for each process.

use std::sync::Arc;

use crate::access::Access;
use crate::agent::Consultant;
use crate::config::{Config, Secrets};
use crate::error::Result;
use crate::identity::Tokens;
use crate::net::Aws;
use crate::store::Store;

#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub secrets: Arc<Secrets>,
    pub store: Store,
    pub tokens: Arc<Tokens>,
    pub access: Access,
    pub consultant: Consultant,
}

impl App {
    pub fn new(config: Config) -> Result<Self> {
        let aws = Arc::new(Aws::with_role(config.roots, config.aws_role.clone()));
        let secrets = Arc::new(Secrets::new(&aws, &config.google, config.roots));
        let store = Store::new(&config.store, &aws);
        let tokens = Arc::new(Tokens::new(&config.identity, &secrets));
        let access = Access::new(&config, &store, &tokens, &secrets)?;
        let consultant = Consultant::new(&config, &store, &aws, &secrets);
        Ok(Self(Arc::new(Parts { config, secrets, store, tokens, access, consultant })))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
