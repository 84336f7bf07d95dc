//! A script says that it has come so far: it asks an address that the story waits at.

use std::sync::Arc;

use shared::testing::loopback::{Loopback, answer};
use tokio::sync::Notify;

pub(crate) struct Signal {
    server: Loopback,
    heard: Arc<Notify>,
}

impl Signal {
    pub(crate) async fn start() -> Self {
        let heard = Arc::new(Notify::new());
        let told = Arc::clone(&heard);
        let server = Loopback::start(move |_| {
            told.notify_one();
            async { Ok(answer(200, "text/plain", "")) }
        });
        Self { server: server.await, heard }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) async fn heard(&self) {
        self.heard.notified().await;
    }
}
