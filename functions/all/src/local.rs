//! What a laptop needs instead of a cloud account: an embedded DynamoDB, a table, a user.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dynoxide::Database;
use shared::config::{Config, Secrets};
use shared::domain::{Timestamp, UserId};
use shared::error::{Error, Result};
use shared::identity::{LOCAL_ISSUER, Tokens, user_id};
use shared::net::Aws;
use shared::store::Store;

/// Local users are nobody's secret; a day is long enough for an experiment.
const TOKEN_LIFE: Duration = Duration::from_hours(24);
/// DynamoDB deletes expired items by itself; the embedded engine wants to be asked.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Gives a laptop's process its database and its table; a deployed one is left alone.
pub async fn prepare(mut config: Config) -> Result<Config> {
    let Some(folder) = config.data_dir.clone() else { return Ok(config) };
    if config.store.endpoint.is_none() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::internal)?;
        config.store.endpoint = Some(start_dynamodb(&folder, listener)?);
    }
    Store::new(&config.store, &aws(&config)).create_table().await?;
    Ok(config)
}

/// Starts the embedded DynamoDB on a thread of its own, since its writes block; returns its endpoint.
pub fn start_dynamodb(folder: &Path, listener: TcpListener) -> Result<String> {
    std::fs::create_dir_all(folder).map_err(Error::internal)?;
    let file = folder.join("dynamodb.sqlite");
    let database = Database::new(&file.to_string_lossy()).map_err(|error| Error::internal(error.to_string()))?;
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
    };
    thread::Builder::new().name("dynamodb".to_owned()).spawn(serve).map_err(Error::internal)?;
    Ok(format!("http://{address}"))
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
        Some(id) => UserId::parse(id)?,
        None => user_id(LOCAL_ISSUER, name),
    };
    let tokens = Tokens::new(&config.identity, &Arc::new(Secrets::new(&aws(config), &config.google, config.roots)));
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
