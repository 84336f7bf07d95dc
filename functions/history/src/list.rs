//! `GET /sessions/{session}/messages`. A live answer is not yet a message; its question already is.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::app::App;
use shared::domain::{Message, MessageId, SessionId, UserId};
use shared::error::{Error, Result};
use shared::http::{Caller, Page, PageReply, Path, Query};
use shared::store::Order;

#[derive(Deserialize)]
pub(crate) struct OrderQuery {
    order: Option<String>,
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(OrderQuery { order }): Query<OrderQuery>,
    page: Page,
) -> Result<Json<PageReply<Message>>> {
    let order = parse(order.as_deref())?;
    let list = format!("messages {id} {order:?}");
    let mark = page.mark(&app, &caller.user, &list).await?.map(MessageId::parse).transpose()?;
    let (_, open) = app.consultant.session_closing_lapsed(&caller.user, &id).await?;
    let live = open.map(|turn| turn.question);
    let mut found = app.store.messages(&caller.user, &id, page.limit, order, mark.as_ref()).await?;
    add_live(&mut found.messages, live, order, mark.is_none(), found.more, page.limit);
    let mark = found.messages.last().filter(|_| found.more).map(|message| message.id.to_string());
    let next_cursor = Page::cursor(&app, &caller.user, &list, mark).await?;
    Ok(Json(PageReply { data: found.messages, next_cursor }))
}

/// Clients that know no pages receive so many messages.
const MAX: usize = 1_000;

/// The newest messages, oldest first, the question under way among them.
pub(crate) async fn newest(app: &App, user: &UserId, session: &SessionId) -> Result<Vec<Message>> {
    let (_, open) = app.consultant.session_closing_lapsed(user, session).await?;
    let mut messages = app.store.newest_messages(user, session, MAX, true).await?;
    add_live(&mut messages, open.map(|turn| turn.question), Order::OldestFirst, true, false, usize::MAX);
    Ok(messages)
}

/// The newest message of all stands first or last, unless it was stored in the meantime.
pub(crate) fn add_live(
    messages: &mut Vec<Message>,
    live: Option<Message>,
    order: Order,
    first: bool,
    more: bool,
    limit: usize,
) {
    let Some(live) = live.filter(|live| messages.iter().all(|message| message.id != live.id)) else { return };
    match order {
        Order::NewestFirst if first => messages.insert(0, live),
        Order::OldestFirst if !more && messages.len() <= limit => messages.push(live),
        _ => {}
    }
}

fn parse(order: Option<&str>) -> Result<Order> {
    match order {
        None | Some("asc") => Ok(Order::OldestFirst),
        Some("desc") => Ok(Order::NewestFirst),
        Some(_) => Err(Error::invalid("order", "order is asc (oldest first) or desc.")),
    }
}
