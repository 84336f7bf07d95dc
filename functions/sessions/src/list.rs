//! `GET /sessions`, newest activity first; `GET /sessions/{session}`.

use axum::Json;
use axum::extract::State;
use shared::app::App;
use shared::domain::{Session, SessionId, Timestamp};
use shared::error::{Error, Result, codes};
use shared::http::{Caller, Page, PageReply, Path};
use shared::store::SessionMark;

use crate::reply::SessionReply;

const LIST: &str = "sessions";

pub(crate) async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<PageReply<SessionReply>>> {
    let mark = page.mark(&app, &caller.user, LIST).await?.map(|text| parse(&text)).transpose()?;
    let (sessions, more) = app.store.sessions(&caller.user, page.limit, mark.as_ref()).await?;
    let mark = sessions.last().filter(|_| more).map(place);
    let next_cursor = Page::cursor(&app, &caller.user, LIST, mark).await?;
    Ok(Json(PageReply { data: sessions.into_iter().map(SessionReply::from).collect(), next_cursor }))
}

pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
) -> Result<Json<SessionReply>> {
    let (session, _) = app.consultant.session_closing_lapsed(&caller.user, &session).await?;
    Ok(Json(session.into()))
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
