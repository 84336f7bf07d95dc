//! What holds between requests that come twice, or at once (promises C1–C7).

mod conflicts;
mod keys;
mod removal;
