//! What a laptop needs instead of a cloud account: an embedded DynamoDB, a table, a user.

use std::fmt::Display;
use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dynoxide::Database;
use shared::config::{Config, Secrets, unusable_data_dir};
use shared::domain::{Timestamp, UserId};
use shared::error::{Error, Result};
use shared::identity::{LOCAL_ISSUER, Tokens, user_id};
use shared::net::Aws;
use shared::store::Store;

/// Local users are nobody's secret; a day is long enough for an experiment.
const TOKEN_LIFE: Duration = Duration::from_hours(24);
/// DynamoDB deletes expired items by itself; the embedded engine wants to be asked.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// In the data folder.
const DATABASE: &str = "dynamodb.sqlite";
const LOCK: &str = "dynamodb.lock";

/// Gives a laptop's process its database and its table; a deployed one is left alone.
pub async fn prepare(config: Config) -> Result<Config> {
    let Some(folder) = config.data_dir.clone() else { return Ok(config) };
    let Some(endpoint) = &config.store.endpoint else {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::internal)?;
        return embed(config, &folder, listener).await;
    };
    make_table(&config).await.map_err(|error| {
        let cure = "start a DynamoDB there (make dynamodb), or unset it for the embedded one";
        Error::setting("DYNAMODB_ENDPOINT", format!("{endpoint} gives no table ({error}); {cure}"))
    })?;
    Ok(config)
}

/// Starts the embedded DynamoDB, with its table, where this listener listens.
pub async fn embed(mut config: Config, folder: &Path, listener: TcpListener) -> Result<Config> {
    config.store.endpoint = Some(start_dynamodb(folder, listener)?);
    make_table(&config).await.map_err(|error| unusable_database(folder, error))?;
    Ok(config)
}

async fn make_table(config: &Config) -> Result<()> {
    Store::new(&config.store, &aws(config)).create_table().await
}

/// On a thread of its own, since its writes block; returns its endpoint.
fn start_dynamodb(folder: &Path, listener: TcpListener) -> Result<String> {
    std::fs::create_dir_all(folder).map_err(|error| unusable_data_dir(folder, &error))?;
    let lock = lock(folder)?;
    let database = Database::new(&folder.join(DATABASE).to_string_lossy());
    let database = database.map_err(|error| unusable_database(folder, error))?;
    let address = listener.local_addr().map_err(Error::internal)?;
    listener.set_nonblocking(true).map_err(Error::internal)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
    let serve = move || {
        runtime.block_on(async {
            tokio::spawn(sweep(database.clone()));
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => dynoxide::server::serve_on(listener, database).await,
                Err(error) => eprintln!("the embedded DynamoDB cannot listen: {error}"),
            }
        });
        drop(lock);
    };
    thread::Builder::new().name("dynamodb".to_owned()).spawn(serve).map_err(Error::internal)?;
    Ok(format!("http://{address}"))
}

/// One process runs an engine on a folder. The system releases the lock when that process ends, even by `kill -9`.
fn lock(folder: &Path) -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK));
    let file = file.map_err(|error| unusable_data_dir(folder, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(unusable_data_dir(folder, &error)),
        Err(TryLockError::WouldBlock) => {
            let cure = "stop it, name another folder, or give both the store of `make dynamodb` by DYNAMODB_ENDPOINT";
            let used = format!("another process keeps its data in {}", folder.display());
            Err(Error::setting("DATA_DIR", format!("{used}; {cure}")))
        }
    }
}

fn unusable_database(folder: &Path, error: impl Display) -> Error {
    let file = folder.join(DATABASE);
    let cure = "move that file away, or name another folder";
    Error::setting("DATA_DIR", format!("{} cannot be used as a database ({error}); {cure}", file.display()))
}

async fn sweep(database: Database) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = database.sweep_ttl() {
            eprintln!("expired items were not swept: {error}");
        }
    }
}

fn aws(config: &Config) -> Arc<Aws> {
    Arc::new(Aws::new(config.roots))
}

/// An access token of a local user; or, for who holds `TOKEN_KEY`, of any: a name's, or `user:<id>`'s.
pub async fn token(config: &Config, name: &str) -> Result<String> {
    if let Some(key) = &config.local_key {
        Tokens::make_local_key(key)?;
    }
    let user = match name.strip_prefix("user:") {
        Some(id) => UserId::parse(id).map_err(|_| Error::setting("NAME", "must be a name, or user:<id>"))?,
        None => user_id(LOCAL_ISSUER, name),
    };
    let secrets = Arc::new(Secrets::new(&aws(config), &config.google, config.roots));
    secrets.check_all(&[("TOKEN_KEY", &config.identity.token_key, Tokens::rule())], true).await?;
    let tokens = Tokens::new(&config.identity, &secrets);
    tokens.mint(&user, None, TOKEN_LIFE, Timestamp::now()).await
}

/// What a newcomer sees: where it listens, who they are, and a line to paste.
pub fn greeting(address: SocketAddr, token: &str) -> String {
    let url = format!("http://localhost:{}", address.port());
    format!(
        "\nCounsel listens on {url}\n\nYou are ada. Your access token, for a day:\n\n{token}\n\nAsk something:\n\n\
         curl -N {url}/consult -H 'Authorization: Bearer {token}' \\\n  \
         -H 'Content-Type: application/json' -d '{{\"text\": \"What time is it?\"}}'\n"
    )
}
