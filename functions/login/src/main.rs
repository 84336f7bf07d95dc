//! Deployable unit: `login`.

use shared::runtime::{self, ResponseMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> runtime::Result {
    runtime::serve(env!("CARGO_CRATE_NAME"), ResponseMode::Buffered, login::router).await
}
