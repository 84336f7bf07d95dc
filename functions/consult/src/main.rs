//! Deployable unit: `consult`.

use std::process::ExitCode;

use shared::agent;
use shared::runtime::{self, ResponseMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::serve_checked(env!("CARGO_CRATE_NAME"), ResponseMode::Streamed, consult::router, agent::check).await
}
