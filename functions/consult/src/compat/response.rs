//! `/v1/responses/{response}`: read it, follow it, cancel it, delete it; what it answers.

use std::sync::Arc;

use axum::Json as JsonReply;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::domain::{Entry, Head, TurnEvent, UserId};
use shared::error::{Error, Result};
use shared::http::{Caller, Path, Query};
use shared::wire::responses::{ClientFields, ResponseRef, Responses, input};

use super::responses::{named, response_reply, stream_response, unknown};

#[derive(Deserialize)]
pub(crate) struct Reading {
    #[serde(default)]
    stream: bool,
    starting_after: Option<u64>,
}

/// As it stands, or as a stream from any event on.
pub(crate) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(response): Path<String>,
    Query(Reading { stream, starting_after }): Query<Reading>,
) -> Result<Response> {
    let found = Found::find(&app, &caller.user, &response).await?;
    if !stream {
        return response_reply(found.encoder(), &found.entries);
    }
    let asked = app.consultant.follow(&caller.user, &found.named.turn).await?;
    let encoder = found.encoder();
    Ok(stream_response(asked, if let Some(seen) = starting_after { encoder.after(seen) } else { encoder }))
}

pub(crate) async fn cancel(State(app): State<App>, caller: Caller, Path(response): Path<String>) -> Result<Response> {
    let found = Found::find(&app, &caller.user, &response).await?;
    app.consultant.cancel(&caller.user, &found.named.turn).await?;
    let found = Found::find(&app, &caller.user, &response).await?;
    response_reply(found.encoder(), &found.entries)
}

/// What was asked goes with what was answered, and so do the other responses of the same turn.
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(response): Path<String>,
) -> Result<JsonReply<Value>> {
    let Found { named: ResponseRef { turn, .. }, .. } = Found::find(&app, &caller.user, &response).await?;
    app.consultant.delete_turn(&caller.user, &turn).await.map_err(named)?;
    Ok(JsonReply(json!({ "id": response, "object": "response", "deleted": true })))
}

#[derive(Deserialize)]
pub(crate) struct Listing {
    order: Option<Order>,
    limit: Option<usize>,
    after: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Asc,
    #[default]
    Desc,
}

/// What it answers, newest first as everywhere there.
pub(crate) async fn input_items(
    State(app): State<App>,
    caller: Caller,
    Path(response): Path<String>,
    Query(Listing { order, limit, after }): Query<Listing>,
) -> Result<JsonReply<Value>> {
    let limit = limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid("limit", "limit is 1 to 100."));
    }
    let found = Found::find(&app, &caller.user, &response).await?;
    let entries: Vec<Entry> = found.entries.iter().map(|entry| Entry::clone(entry)).collect();
    let mut items = input(&found.head, found.named.opens_at, &entries);
    if order.unwrap_or_default() == Order::Desc {
        items.reverse();
    }
    if let Some(after) = after {
        let at = items.iter().position(|item| item["id"] == after).ok_or_else(|| Error::not_found("item"))?;
        items.drain(..=at);
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let id = |item: Option<&Value>| item.map(|item| item["id"].clone());
    Ok(JsonReply(json!({
        "object": "list", "first_id": id(items.first()), "last_id": id(items.last()), "has_more": has_more,
        "data": items,
    })))
}

/// A response: what began its turn, and what was said in it so far.
struct Found {
    named: ResponseRef,
    head: Head,
    entries: Vec<Arc<Entry>>,
}

impl Found {
    /// A reader's first batch is all there is.
    async fn find(app: &App, user: &UserId, id: &str) -> Result<Self> {
        let response = ResponseRef::parse(id).ok_or_else(unknown)?;
        let (mut asked, head) = app.consultant.reopen(user, &response.turn).await.map_err(named)?;
        let entries = asked.events.next().await.unwrap_or_default();
        // One goes on after what a client has said, or from where its user was asked for approval.
        let opens = |entry: &Arc<Entry>| {
            let goes_on = matches!(
                entry.event,
                TurnEvent::ToolReturned { .. } | TurnEvent::Allowed { .. } | TurnEvent::Paused { .. }
            );
            goes_on && entry.end == response.opens_at
        };
        if response.opens_at > 0 && !entries.iter().any(opens) {
            return Err(unknown());
        }
        Ok(Self { named: response, head, entries })
    }

    fn encoder(&self) -> Responses {
        Responses::new(self.named.opens_at, ClientFields::of(&self.head, self.named.opens_at))
    }
}
