//! Waiting for something that happens elsewhere, with an end to the patience.

use std::time::{Duration, Instant};

/// How long a test waits for another task or process before it fails.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Asks again and again until there is an answer, and panics with `what` if there never is.
pub async fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    poll(what, async || ask()).await
}

/// The same for a question that itself takes time, such as a request.
pub async fn poll<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + TIMEOUT;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < give_up, "gave up waiting for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
