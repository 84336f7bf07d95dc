//! `GET /sessions`, newest activity first; `GET /sessions/{session}`, where BAID's plug-in says whose sessions it wants.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use shared::app::App;
use shared::domain::{Session, SessionId, Timestamp, UserId};
use shared::error::{Error, Result, codes};
use shared::http::{Caller, Page, PageReply, Path};
use shared::store::SessionMark;

use crate::baid;
use crate::reply::SessionReply;

const LIST: &str = "sessions";

pub(crate) async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<PageReply<SessionReply>>> {
    let mark = page.mark(&app, &caller.user, LIST).await?.map(|text| parse(&text)).transpose()?;
    let (sessions, more) = app.store.sessions(&caller.user, page.limit, mark.as_ref()).await?;
    let mark = sessions.last().filter(|_| more).map(place);
    let next_cursor = Page::cursor(&app, &caller.user, LIST, mark).await?;
    Ok(Json(PageReply { data: sessions.into_iter().map(SessionReply::from).collect(), next_cursor }))
}

pub(crate) async fn read(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<Response> {
    if name.contains('@') {
        return Ok(baid::list(&app, &caller, name).await?.into_response());
    }
    let session = SessionId::parse(name).map_err(|_| Error::not_found("resource"))?;
    let (session, _) = app.consultant.session_closing_lapsed(&caller.user, &session).await?;
    Ok(Json(SessionReply::from(session)).into_response())
}

/// Lists without pages end here.
pub(crate) const MAX: usize = 1_000;
const PAGE_SIZE: usize = 100;

/// The newest sessions that a compatible API can show, as it shows them.
pub(crate) async fn newest<T>(
    app: &App,
    user: &UserId,
    most: usize,
    show: impl Fn(Session) -> Option<T>,
) -> Result<Vec<T>> {
    let (mut shown, mut mark) = (Vec::new(), None);
    loop {
        let (sessions, more) = app.store.sessions(user, PAGE_SIZE, mark.as_ref()).await?;
        mark = sessions.last().map(|last| SessionMark { updated_at: last.updated_at, id: last.id.clone() });
        shown.extend(sessions.into_iter().filter_map(&show));
        if !more || shown.len() >= most {
            shown.truncate(most);
            return Ok(shown);
        }
    }
}

fn place(session: &Session) -> String {
    format!("{} {}", session.updated_at.millis(), session.id)
}

fn parse(text: &str) -> Result<SessionMark> {
    let parts = text.split_once(' ').and_then(|(millis, id)| Some((millis.parse().ok()?, SessionId::parse(id).ok()?)));
    let (millis, id) =
        parts.ok_or_else(|| Error::new(codes::BAD_CURSOR, "This cursor does not belong to this list."))?;
    Ok(SessionMark { updated_at: Timestamp::from_millis(millis), id })
}
