//! An export as lines of JSON. The first says of whom and when; only one that is whole has the last, which counts.

use std::convert::Infallible;

use bytes::Bytes;
use futures::Stream;
use serde_json::{Value, json};
use shared::domain::{Timestamp, UserId};
use shared::error::Result;
use shared::store::Export;

/// The shape of the lines. Fields may be added without a new one.
const VERSION: u32 = 1;
/// So much goes out at once.
const PIECE: usize = 16 << 10;

struct Lines {
    export: Export,
    user: UserId,
    at: Timestamp,
    place: Place,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Begin,
    Items,
    Over,
}

pub(crate) fn of(export: Export, user: UserId, at: Timestamp) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let lines = Lines { export, user, at, place: Place::Begin };
    futures::stream::unfold(lines, |mut lines| async {
        let piece = lines.piece().await;
        (!piece.is_empty()).then_some((Ok(piece.into()), lines))
    })
}

impl Lines {
    /// Some lines; none when all has been said.
    async fn piece(&mut self) -> String {
        let mut piece = String::new();
        while piece.len() < PIECE && self.place != Place::Over {
            match self.next().await {
                Ok(line) => piece += &line,
                Err(error) => {
                    tracing::error!(%error, "an export broke off");
                    self.place = Place::Over;
                    piece += &line(&json!({ "type": "error", "code": error.code().name(), "detail": error.public() }));
                }
            }
        }
        piece
    }

    async fn next(&mut self) -> Result<String> {
        if self.place == Place::Begin {
            self.place = Place::Items;
            let at = self.at.millis();
            return Ok(line(&json!({ "type": "export", "version": VERSION, "user": self.user, "at": at })));
        }
        if let Some(item) = self.export.next(&self.user).await? {
            return item.line();
        }
        self.place = Place::Over;
        Ok(line(&json!({ "type": "end", "counts": self.export.counts })))
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}
