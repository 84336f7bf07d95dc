//! The embedded DynamoDB as a process of its own, so that several processes can share a store.

use std::process::ExitCode;

use shared::config::Config;
use shared::error::Error;
use shared::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::exit(serve().await)
}

async fn serve() -> runtime::Result {
    let config = Config::from_env()?;
    let folder = config.data_dir.clone();
    let folder = folder.ok_or_else(|| Error::setting("DATA_DIR", "the embedded DynamoDB is for a laptop only"))?;
    // PORT is the application's elsewhere; here its default is the one that DynamoDB Local made customary.
    let port = if std::env::var_os("PORT").is_some() { config.http.port } else { 8000 };
    let listener = runtime::listen("PORT", "PORT", ([127, 0, 0, 1], port).into()).await?;
    let address = listener.local_addr()?;
    Box::pin(all::local::embed(config, &folder, listener.into_std()?)).await?;
    println!("DynamoDB listens on http://{address}");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
