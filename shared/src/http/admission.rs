//! How much is in work at once: who comes when every place is taken hears so at once, and what was begun goes on.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Error as BodyError;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

use super::problem::Problem;

/// Who asks how we are is answered in any case.
const ALWAYS: [&str; 3] = ["/", "/health", "/ready"];

#[derive(Clone)]
pub(super) struct Admission(Arc<Semaphore>);

impl Admission {
    pub(super) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }
}

/// A request has its place until its answer has been read to the end, or its reader has gone.
pub(super) async fn admit(State(Admission(places)): State<Admission>, request: Request, next: Next) -> Response {
    if ALWAYS.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(place) = places.try_acquire_owned() else { return refusal() };
    next.run(request).await.map(|body| Body::new(Placed { body, _place: place }))
}

/// Not logged as a failure: in a rush there would be thousands, and each has its line anyway.
fn refusal() -> Response {
    Problem::from(&Error::overloaded()).into_response()
}

/// A body, and the place that is free again when it is gone.
struct Placed {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    fn router(places: usize) -> (Router, Arc<Semaphore>) {
        let admission = Admission::new(places);
        let free = Arc::clone(&admission.0);
        let router = Router::new()
            .route("/", get(async || "fine"))
            .route("/says", get(async || "said"))
            .route("/panics", get(async || if true { panic!("on purpose") } else { "never" }))
            .layer(from_fn_with_state(admission, admit));
        (router, free)
    }

    async fn ask(router: &Router, path: &str) -> Response {
        router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_place_is_taken_until_the_body_has_gone() {
        let (router, free) = router(1);
        let first = ask(&router, "/says").await;
        assert_eq!(first.body().size_hint().exact(), Some(4), "its length is still known");
        let refused = ask(&router, "/says").await;
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"2".parse().unwrap()));
        assert_eq!(ask(&router, "/nowhere").await.status(), 503, "paths that are not there are not free");
        assert_eq!(ask(&router, "/").await.status(), 200, "whoever asks how we are");
        drop(first);
        assert_eq!(free.available_permits(), 1);
        assert_eq!(ask(&router, "/says").await.status(), 200);
    }

    #[tokio::test]
    async fn a_panic_gives_its_place_back() {
        let (router, free) = router(1);
        assert!(tokio::spawn(async move { ask(&router, "/panics").await }).await.is_err());
        assert_eq!(free.available_permits(), 1);
    }
}
