//! The newest sessions, for clients that know no pages.

use shared::app::App;
use shared::domain::{Session, UserId};
use shared::error::Result;
use shared::store::SessionMark;

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
