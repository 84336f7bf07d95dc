//! One process that is every function: `make run` on a laptop, one container on Cloud Run.

use std::process::ExitCode;

use shared::agent;
use shared::app::App;
use shared::config::Config;
use shared::runtime::{self, ResponseMode};
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::exit(serve().await)
}

async fn serve() -> runtime::Result {
    let config = Config::from_env()?;
    if let Some(answer) = runtime::probe(&config.http) {
        return Ok(answer?);
    }
    agent::check(&config)?;
    let config = Box::pin(all::local::prepare(config)).await?;
    telemetry::init(&config.telemetry, all::CRATES);
    let token = match config.local_key {
        Some(_) => Some(all::local::token(&config, "ada").await?),
        None => None,
    };
    let on_listening = move |address, app: &App| {
        tokio::spawn(erase::keep_going(app.clone()));
        match token {
            Some(token) => println!("{}", all::local::greeting(address, &token)),
            None => println!("listening on {address}"),
        }
    };
    runtime::serve_with(config, ResponseMode::Streamed, all::router, on_listening).await
}
