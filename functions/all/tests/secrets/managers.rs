//! The two managers, and processes that have their secrets from them.

use shared::testing::{Actor, GoogleSecrets, Process, StoreFault, World};

use crate::moto::Moto;

pub(crate) enum Manager {
    Aws(Moto),
    Google(GoogleSecrets),
}

impl Manager {
    pub(crate) async fn both() -> [Self; 2] {
        [Self::Aws(Moto::start().await), Self::Google(GoogleSecrets::start().await)]
    }

    /// What a variable holds that names this manager's secret.
    pub(crate) fn name(&self, secret: &str) -> String {
        match self {
            Self::Aws(_) => format!("aws:counsel/{secret}"),
            Self::Google(_) => format!("projects/counsel/secrets/{secret}"),
        }
    }

    /// The secret's first value, or its rotation.
    pub(crate) async fn put(&self, secret: &str, value: &str) {
        match self {
            Self::Aws(moto) => moto.put(&format!("counsel/{secret}"), value).await,
            Self::Google(google) => google.add(&self.name(secret), value),
        }
    }

    pub(crate) fn set_away(&self, away: bool) {
        match self {
            Self::Aws(moto) => moto.proxy.set(if away { StoreFault::Refuse } else { StoreFault::None }),
            Self::Google(google) => google.set_away(away),
        }
    }

    /// How often the current value was asked for.
    pub(crate) fn reads(&self) -> usize {
        match self {
            Self::Aws(moto) => moto.proxy.count("GetSecretValue"),
            Self::Google(google) => google.count("versions/latest:access"),
        }
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        match self {
            Self::Aws(moto) => moto.environment(),
            Self::Google(google) => vec![
                ("GOOGLE_SECRETS_URL".to_owned(), google.url()),
                ("GCE_METADATA_HOST".to_owned(), google.metadata_host()),
            ],
        }
    }

    /// A process of this world that has its `TOKEN_KEY` from here.
    pub(crate) fn spawn(&self, world: &World) -> Process {
        let settings = [("TOKEN_KEY".to_owned(), self.name("token-key"))];
        spawn(world, self.environment().into_iter().chain(settings))
    }
}

/// A process with these settings; the later ones win.
pub(crate) fn spawn(world: &World, settings: impl IntoIterator<Item = (String, String)>) -> Process {
    let mut environment = world.environment();
    environment.extend([("PORT".to_owned(), "0".to_owned()), ("LOG_LEVEL".to_owned(), "debug".to_owned())]);
    environment.extend(settings);
    Process::start("all", environment)
}

/// The holder of this token, at that process, once it listens.
pub(crate) async fn actor(process: &Process, token: &str) -> Actor {
    let line = process.wait_for_line("listening on").await;
    let port = line.rsplit(':').next().expect("an address ends with its port");
    Actor::new(&format!("http://127.0.0.1:{port}"), token)
}

/// Nothing of these was printed: no line of their keys, no token.
pub(crate) fn assert_silent(process: &Process, secrets: &[&str]) {
    let printed = process.lines().join("\n");
    for secret in secrets.iter().flat_map(|secret| secret.lines()).filter(|line| line.len() > 4) {
        assert!(secret.starts_with("-----") || !printed.contains(secret), "{secret} was printed:\n{printed}");
    }
}
