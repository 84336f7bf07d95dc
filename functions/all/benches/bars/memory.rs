//! B12: memory with a thousand open streams, and the most that `consult` needs over a thousand turns.

use std::time::Duration;

use futures::{StreamExt, stream};

use crate::{
    binaries::Binaries,
    client::BenchClient,
    stage::Stage,
    subject::Subject,
    table::{self, Pair},
};

const STREAMS: u32 = 1_000;

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let (all, relay) = (stage.start("all", stage.store_url()).await, stage.relay().await);
    let floor = per_stream(&relay, &BenchClient::openai(&relay.url, "/")).await;
    let ours = per_stream(&all, &stage.ask(&all)).await;
    let pair = Pair::new(ours, floor, "KiB", "relay");
    table::compare("B12", "memory of an open stream, with 1,000 open", "≤ 1.5", &pair);
    drop((all, relay));

    let consult = stage.start("consult", stage.store_url()).await;
    let client = stage.ask(&consult);
    for _ in 0..1_000 {
        client.ask("tokens=50").await;
    }
    let most = consult.memory_kib("VmHWM") / 1024.0;
    table::row("B12", "most memory of `consult` over 1,000 turns (as a server)", "≤ 40 MB", &format!("{most:.1} MiB"));
}

async fn per_stream(subject: &Subject, client: &BenchClient) -> f64 {
    client.ask("tokens=1").await;
    let before = subject.memory_kib("VmRSS");
    let opening = (0..STREAMS).map(|_| client.open(None, "tokens=1 held"));
    let open: Vec<_> = stream::iter(opening).buffer_unordered(50).collect().await;
    // A breath for what each turn still does after its first token.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = subject.memory_kib("VmRSS");
    drop(open);
    (after - before) / f64::from(STREAMS)
}
