//! Deployable unit: `export`.

use shared::runtime::{self, ResponseMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> runtime::Result {
    runtime::serve(env!("CARGO_CRATE_NAME"), ResponseMode::Streamed, export::router).await
}
