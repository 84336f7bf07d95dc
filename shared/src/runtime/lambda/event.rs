//! An event of API Gateway as the request a server would have got; and a schedule's, `{"clock": "/path"}`, as a POST.
//!
//! Cures: the stage glued onto the path (`/prod/health`), the base path of a custom domain
//! (`/v1/health`), repeated request headers reduced to one, and headers that make the whole event
//! unreadable or the conversion panic.

use lambda_http::{Body, Error, Request, request::LambdaRequest};
use serde_json::{Map, Value};

/// Where the event came from; the answer has to have the matching shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Rest,
    /// HTTP APIs and function URLs.
    Http,
    Socket,
    /// A schedule: nobody hears the answer, but a failure is tried again.
    Clock,
}

pub(super) fn into_request(mut event: Value) -> Result<(Origin, Request), Error> {
    if let Some(path) = event["clock"].as_str() {
        return Ok((Origin::Clock, http::Request::post(path).body(Body::Empty)?));
    }
    let origin = origin(&event);
    straighten_path(&mut event, origin);
    straighten_headers(&mut event);
    let request = match origin {
        Origin::Rest => LambdaRequest::ApiGatewayV1(serde_json::from_value(event)?),
        Origin::Http => LambdaRequest::ApiGatewayV2(serde_json::from_value(event)?),
        Origin::Socket | Origin::Clock => LambdaRequest::WebSocket(serde_json::from_value(event)?),
    };
    Ok((origin, request.into()))
}

fn origin(event: &Value) -> Origin {
    if event["version"] == "2.0" {
        Origin::Http
    } else if event["requestContext"]["connectionId"].is_string() {
        Origin::Socket
    } else {
        Origin::Rest
    }
}

/// Leaves of the path only what our routes know.
fn straighten_path(event: &mut Value, origin: Origin) {
    let stage = event["requestContext"]["stage"].take();
    let (path, route) = match origin {
        Origin::Http => ("rawPath", event["routeKey"].as_str().and_then(|key| key.split(' ').nth(1))),
        Origin::Rest | Origin::Socket | Origin::Clock => ("path", event["resource"].as_str()),
    };
    let Some(full) = event[path].as_str() else {
        return;
    };
    let own = match (route, stage.as_str()) {
        (Some(route), _) => behind_base_path(full, route, &event["pathParameters"]),
        (None, Some(stage)) if origin == Origin::Http => behind_stage(full, stage),
        _ => full.to_owned(),
    };
    event[path] = own.into();
}

/// The gateway's route tells how many segments are ours; what stands before them is a base path.
fn behind_base_path(path: &str, route: &str, parameters: &Value) -> String {
    let ours: usize = segments(route).map(|segment| width(segment, parameters)).sum();
    let theirs = segments(path).count().saturating_sub(ours);
    if theirs == 0 {
        return path.to_owned();
    }
    let ours: Vec<&str> = segments(path).skip(theirs).collect();
    format!("/{}", ours.join("/"))
}

/// `{proxy+}` stands for as many segments as were found there.
fn width(segment: &str, parameters: &Value) -> usize {
    let greedy = segment.strip_prefix('{').and_then(|name| name.strip_suffix("+}"));
    let found = greedy.and_then(|name| parameters[name].as_str());
    found.map_or(1, |found| segments(found).count())
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn behind_stage(path: &str, stage: &str) -> String {
    let own = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage));
    match own {
        Some("") => "/".to_owned(),
        Some(own) if own.starts_with('/') => own.to_owned(),
        _ => path.to_owned(),
    }
}

fn straighten_headers(event: &mut Value) {
    let repeated = event["multiValueHeaders"].as_object().is_some_and(|headers| !headers.is_empty());
    if repeated {
        // Otherwise the last value of each name would replace all of them.
        event["headers"] = Value::Null;
    }
    for field in ["headers", "multiValueHeaders"] {
        if let Some(headers) = event[field].as_object_mut() {
            keep_readable(headers);
        }
    }
}

/// One letter outside ASCII and the event as a whole would be refused. Nobody here reads the scheme,
/// and a client that invents one would make the conversion panic.
fn keep_readable(headers: &mut Map<String, Value>) {
    headers.retain(|name, value| {
        if let Some(values) = value.as_array_mut() {
            values.retain(is_readable);
        }
        !name.eq_ignore_ascii_case("x-forwarded-proto") && (value.is_array() || is_readable(value))
    });
}

fn is_readable(value: &Value) -> bool {
    let value = value.as_str();
    value.is_some_and(|value| value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)))
}
