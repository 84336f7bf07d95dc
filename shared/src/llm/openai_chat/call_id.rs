//! A call's id, as its vendor takes it.

use crate::config::Quirks;
use crate::domain::CallId;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The same id is always the same one there.
pub(super) fn call_id(id: &CallId, quirks: Quirks) -> String {
    let id = id.to_string();
    let fits = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !quirks.short_call_ids || fits {
        return id;
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
    digest.as_ref().iter().take(9).map(|byte| char::from(LETTERS[usize::from(*byte) % 62])).collect()
}
