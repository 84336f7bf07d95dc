//! B6: what a turn costs at the store, as the store itself counts it.

use crate::{
    binaries::Binaries,
    client::BenchClient,
    stage::Stage,
    store_proxy::{Spent, StoreProxy},
    table,
};

/// Five bytes a token: 2 KB.
const SLOW: &str = "tokens=400 gap_ms=20";
const QUICK: &str = "tokens=400";

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let proxy = StoreProxy::start(stage.store_url()).await;
    let all = stage.start("all", &proxy.url()).await;
    let client = stage.ask(&all);
    let session = client.ask("tokens=50").await.session;
    turns(&client, &session, 9).await;

    proxy.spent();
    client.ask_in(Some(&session), SLOW).await;
    print("a 2 KB answer in 8 s, 20 messages before it", "≤ 16 write, ≤ 4 read", &proxy.spent());
    client.ask_in(Some(&session), QUICK).await;
    print("a 2 KB answer in under 1 s", "≤ 7 write", &proxy.spent());
    turns(&client, &session, 987).await;
    proxy.spent();
    client.ask_in(Some(&session), QUICK).await;
    print("the same at turn 1,000", "≤ 7 write", &proxy.spent());
}

async fn turns(client: &BenchClient, session: &str, count: usize) {
    for _ in 0..count {
        client.ask_in(Some(session), "tokens=50").await;
    }
}

fn print(what: &str, target: &str, spent: &Spent) {
    let calls: Vec<_> = spent.calls.iter().map(|(name, (count, units))| format!("{count} {name}: {units}")).collect();
    let figure = format!("{} write, {} read ({})", spent.write, spent.read, calls.join(", "));
    table::row("B6", &format!("units of {what}"), target, &figure);
}
