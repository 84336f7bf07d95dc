//! A live turn's events, in memory: one writer, any number of readers, each at its own pace. A slow reader
//! holds up nobody, and a reader that comes late reads from the first event.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::{Entry, Position, TurnEvent};

pub(super) struct Feed {
    said: Mutex<FeedState>,
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct FeedState {
    entries: Vec<Arc<Entry>>,
    end: Position,
    bytes: usize,
    has_text: bool,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self { said: Mutex::default(), count: watch::Sender::new(0) }
    }

    /// A feed that goes on where a log stands.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let feed = Self::new();
        for entry in entries {
            feed.push(entry.event.clone());
        }
        feed
    }

    pub(super) fn push(&self, event: TurnEvent) {
        let mut said = self.lock();
        let entry = Entry::at(said.end, event);
        said.end = entry.end;
        said.has_text |= entry.event.text().is_some();
        said.bytes += entry.event.text().map_or(16, str::len);
        said.entries.push(Arc::new(entry));
        self.count.send_replace(said.entries.len());
    }

    /// How many bytes were said so far, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Whether anything of an answer was shown.
    pub(super) fn has_text(&self) -> bool {
        self.lock().has_text
    }

    pub(super) fn reader(self: &Arc<Self>) -> Reader {
        Reader { feed: Arc::clone(self), count: self.count.subscribe(), next: 0 }
    }

    /// A reader for what is said after this position.
    pub(super) fn reader_after(self: &Arc<Self>, position: Position) -> Reader {
        let next = self.lock().entries.partition_point(|entry| entry.end <= position);
        Reader { next, ..self.reader() }
    }

    fn lock(&self) -> MutexGuard<'_, FeedState> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Reader {
    feed: Arc<Feed>,
    count: watch::Receiver<usize>,
    next: usize,
}

impl Reader {
    /// What was said since the last call; waits until there is something.
    pub(super) async fn read(&mut self) -> Vec<Arc<Entry>> {
        self.wait().await;
        self.take()
    }

    /// What was said since the last call, maybe nothing.
    pub(super) fn take(&mut self) -> Vec<Arc<Entry>> {
        let said = self.feed.lock();
        let new = said.entries.get(self.next..).unwrap_or_default().to_vec();
        self.next = said.entries.len();
        new
    }

    /// Waits until something was said that has not been taken.
    pub(super) async fn wait(&mut self) {
        let next = self.next;
        // The sender lives in the feed that this reader holds: it cannot be gone.
        let _ = self.count.wait_for(|count| *count > next).await;
    }
}
