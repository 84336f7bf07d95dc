//! `token NAME` or `token user:ID`: prints an access token of that user, signed with `TOKEN_KEY` or a laptop's own key.

use std::process::ExitCode;

use shared::config::Config;
use shared::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::exit(print().await)
}

async fn print() -> runtime::Result {
    let name = std::env::args_os().nth(1).map_or_else(|| "ada".to_owned(), |name| name.to_string_lossy().into_owned());
    println!("{}", all::local::token(&Config::from_env()?, &name).await?);
    Ok(())
}
