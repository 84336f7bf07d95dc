//! B10: bytes on the wire for each token, beyond its text.

use crate::{binaries::Binaries, stage::Stage, table};

const TOKENS: u32 = 200;
/// `word `, as the provider says it.
const TEXT: f64 = 5.0;

const DIALECTS: [(&str, &str, &[u8]); 4] = [
    ("ui", "/consult?dialect=ui", br#""text-delta""#),
    ("anthropic", "/consult?dialect=anthropic", br#""text_delta""#),
    ("words", "/consult?dialect=words", b"word"),
    ("chunks", "/consult?dialect=chunks", b"word"),
];

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let all = stage.start("all", stage.store_url()).await;
    for (name, path, mark) in DIALECTS {
        let client = stage.ask(&all).dialect(path, mark);
        let one = length(&client.ask("tokens=1 gap_ms=20").await.body);
        let many = length(&client.ask(&format!("tokens={} gap_ms=20", TOKENS + 1)).await.body);
        let figure = format!("{:.1} B", (many - one) / f64::from(TOKENS) - TEXT);
        let target = if matches!(name, "words" | "chunks") { "≤ 40 B" } else { "–" };
        table::row("B10", &format!("bytes per token beyond its text, `{name}`"), target, &figure);
    }
}

fn length(body: &[u8]) -> f64 {
    f64::from(u32::try_from(body.len()).expect("an answer of less than 4 GB"))
}
