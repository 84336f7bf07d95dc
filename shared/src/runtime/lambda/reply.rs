//! A `Response` in the two forms Lambda takes: whole, or a prelude and then its bytes as they come.
//!
//! Cures: repeated headers (API Gateway wants one string for each name), an error in the middle of a
//! stream (the ready-made adapter writes it into the body and goes on), a panic there.

use std::panic::AssertUnwindSafe;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_LENGTH, SET_COOKIE},
    },
    response::Response,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use lambda_http::{
    Body as Whole,
    aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
};
use lambda_runtime::{Error, FunctionResponse, MetadataPrelude, StreamResponse};
use serde::Serialize;

use super::{drain::LOST, event::Origin};

pub(super) type LambdaReply = FunctionResponse<Buffered, BoxStream<'static, Result<Bytes, Error>>>;

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Buffered {
    Rest(ApiGatewayProxyResponse),
    Http(ApiGatewayV2httpResponse),
}

pub(super) fn streamed(response: Response) -> LambdaReply {
    let (head, body) = response.into_parts();
    FunctionResponse::StreamingResponse(StreamResponse {
        metadata_prelude: MetadataPrelude {
            status_code: head.status,
            headers: joined(&head.headers),
            cookies: cookies(&head.headers),
        },
        stream: pieces(body).boxed(),
    })
}

pub(super) async fn buffered(origin: Origin, response: Response) -> Result<LambdaReply, Error> {
    let (mut head, body) = response.into_parts();
    // The cause may quote what the client must not read, and this text goes to the host.
    let body = to_bytes(body, usize::MAX).await.map_err(|error| {
        tracing::error!(%error, "the answer broke off");
        "the answer broke off"
    })?;
    let body = match String::from_utf8(body.into()) {
        Ok(text) => Whole::Text(text),
        Err(not_text) => Whole::Binary(not_text.into_bytes()),
    };
    let status = i64::from(head.status.as_u16());
    let is_base64_encoded = matches!(body, Whole::Binary(_));
    head.headers.remove(CONTENT_LENGTH);
    Ok(FunctionResponse::BufferedResponse(match origin {
        Origin::Http => {
            let mut reply = ApiGatewayV2httpResponse::default();
            reply.status_code = status;
            reply.headers = joined(&head.headers);
            reply.cookies = cookies(&head.headers);
            reply.body = Some(body);
            reply.is_base64_encoded = is_base64_encoded;
            Buffered::Http(reply)
        }
        Origin::Rest | Origin::Socket | Origin::Clock => {
            let mut reply = ApiGatewayProxyResponse::default();
            reply.status_code = status;
            reply.multi_value_headers = head.headers;
            reply.body = Some(body);
            reply.is_base64_encoded = is_base64_encoded;
            Buffered::Rest(reply)
        }
    }))
}

/// The body's bytes up to its end, its failure or the loss of the connection. Never an error: what
/// can still be said to the client was said by the body itself.
fn pieces(body: Body) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    let lost = LOST.with(Clone::clone);
    AssertUnwindSafe(body.into_data_stream())
        .catch_unwind()
        .scan((), |(), piece| {
            std::future::ready(match piece {
                Ok(Ok(bytes)) => Some(Ok(bytes)),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the answer broke off");
                    None
                }
                Err(_) => {
                    tracing::error!("the answer broke off by a panic");
                    None
                }
            })
        })
        .take_until(async move { lost.cancelled_owned().await })
}

/// One value for each name. The host frames the body itself, so no length; cookies have a field.
fn joined(headers: &HeaderMap) -> HeaderMap {
    let own = |name: &&_| **name != SET_COOKIE && **name != CONTENT_LENGTH;
    headers
        .keys()
        .filter(own)
        .filter_map(|name| {
            let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            let value = values.collect::<Vec<_>>().join(", ");
            Some((name.clone(), HeaderValue::from_str(&value).ok()?))
        })
        .collect()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let cookies = headers.get_all(SET_COOKIE).iter();
    cookies.filter_map(|cookie| cookie.to_str().ok().map(str::to_owned)).collect()
}
