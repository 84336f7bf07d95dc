//! Deployable unit: `erase`.

use shared::runtime::{self, ResponseMode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> runtime::Result {
    runtime::serve(ResponseMode::Buffered, erase::with_clock).await
}
