//! `token NAME` or `token user:ID`: prints an access token of that user, signed with `TOKEN_KEY` or a laptop's own key.

use shared::config::Config;
use shared::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> runtime::Result {
    let name = std::env::args().nth(1).unwrap_or_else(|| "ada".to_owned());
    println!("{}", all::local::token(&Config::from_env()?, &name).await?);
    Ok(())
}
