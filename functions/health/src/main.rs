//! Deployable unit: `health`.

use shared::runtime::{self, ResponseMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> runtime::Result {
    runtime::serve(ResponseMode::Buffered, health::router).await
}
