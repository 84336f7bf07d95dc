//! BAID's plug-in for IDEs reads lines: `data: `, and no more of SSE. Both of its generations receive the session at
//! last, and then `[DONE]`.

mod blocks;
mod lines;
mod markdown;

use serde_json::json;

use crate::domain::SessionId;

use super::Frame;

pub(super) use blocks::Blocks;
pub(super) use lines::BaidLines;

/// Without its session the plug-in would begin another one with the next question.
fn end(session: Option<&SessionId>, out: &mut Vec<Frame>) {
    let session = session.map(|session| json!({ "session_id": session }).to_string());
    out.extend(session.into_iter().chain(["[DONE]".to_owned()]).map(line));
}

fn line(data: String) -> Frame {
    Frame::Event { name: None, data }
}
