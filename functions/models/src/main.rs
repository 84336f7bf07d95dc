//! Deployable unit: `models`.

use std::process::ExitCode;

use shared::runtime::{self, ResponseMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::serve(env!("CARGO_CRATE_NAME"), ResponseMode::Buffered, models::router).await
}
