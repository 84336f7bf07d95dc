//! `POST /api/turn_response`: the browser of `OpenAI`'s Responses starter app.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use shared::agent::Target;
use shared::app::App;
use shared::http::{Caller, HostDeadline, Json, refusal, stream};
use shared::wire::responses::{Starter, StarterBody};
use shared::wire::{Dialect, Encoding};

use super::CompatRequest;

/// That browser shows no refusals: what is wrong is said as an answer.
pub(crate) async fn turn_response(
    State(app): State<App>,
    caller: Caller,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<StarterBody>,
) -> Response {
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let compat = CompatRequest { app, user: caller.user, target: Target::New, key: None, deadline };
    let opened = match body.parse() {
        Ok(request) => compat.open(request).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(opened) => {
            let encoder = Box::new(Starter::new(opened.from));
            stream(opened.asked, Encoding { dialect: Dialect::Starter, encoder, opens_at: 0 }, 0)
        }
        Err(error) => refusal(Dialect::Starter, &error),
    }
}
