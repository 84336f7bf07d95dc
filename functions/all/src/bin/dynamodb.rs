//! The embedded DynamoDB as a process of its own, so that several processes can share a store.

use std::net::TcpListener;

use shared::config::Config;
use shared::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> runtime::Result {
    let mut config = Config::from_env()?;
    let folder = config.data_dir.clone().ok_or("DATA_DIR: the embedded DynamoDB is for a laptop only")?;
    // PORT is the application's elsewhere; here its default is the one that DynamoDB Local made customary.
    let port = if std::env::var_os("PORT").is_some() { config.http.port } else { 8000 };
    let endpoint = all::local::start_dynamodb(&folder, TcpListener::bind(("127.0.0.1", port))?)?;
    config.store.endpoint = Some(endpoint.clone());
    Box::pin(all::local::prepare(config)).await?;
    println!("DynamoDB listens on {endpoint}");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
