//! When a request's record is made: a whole answer's at once, a stream's when it has ended or its client has left.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{Method, StatusCode};

use crate::telemetry::{self, Ended, Trace};

/// What is known of a request when its answer begins.
pub(super) struct RequestRecord {
    pub(super) work: Trace,
    pub(super) method: Method,
    pub(super) route: String,
    pub(super) status: StatusCode,
    pub(super) code: Option<String>,
}

impl RequestRecord {
    pub(super) fn of(self, response: Response) -> Response {
        if response.body().size_hint().exact().is_some() {
            self.tell(Ended::Complete);
            return response;
        }
        response.map(|body| Body::from_stream(RecordedBody { body: body.into_data_stream(), record: Some(self) }))
    }

    fn tell(&self, ended: Ended) {
        let Self { work, method, route, status, code } = self;
        telemetry::tell_request(work, method, route, *status, code.as_deref(), ended);
    }
}

/// A body on its way.
struct RecordedBody {
    body: BodyDataStream,
    record: Option<RequestRecord>,
}

impl Stream for RecordedBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { body, record } = &mut *self;
        let piece = match record {
            Some(record) => record.work.within(|| body.poll_next_unpin(context)),
            None => body.poll_next_unpin(context),
        };
        let ended = match &piece {
            Poll::Ready(None) => Ended::Complete,
            Poll::Ready(Some(Err(_))) => Ended::Broken,
            _ => return piece,
        };
        record.take().iter().for_each(|record| record.tell(ended));
        piece
    }
}

impl Drop for RecordedBody {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            record.tell(Ended::Left);
        }
    }
}
