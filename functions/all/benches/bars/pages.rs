//! B7, B9: a page of history early and late in a session, and coming back to a finished answer.

use crate::{
    binaries::Binaries,
    client::BenchClient,
    stage::Stage,
    store_proxy::StoreProxy,
    table::{self, Pair, median, ms},
};

const READS: usize = 100;

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let proxy = StoreProxy::start(stage.store_url()).await;
    let all = stage.start("all", &proxy.url()).await;
    let client = stage.ask(&all);
    let short = session(&client, 5).await;
    let long = session(&client, 500).await;
    let few = context(&client, &proxy, &long).await;
    turns(&client, &long, 4_500).await;
    let many = context(&client, &proxy, &long).await;
    let units = Pair::new(many, few, "read units", "at 1,000 messages");
    table::compare("B7", "a question at 10,000 messages", "≤ 1.05", &units);

    let what = "a history page of 10 at 10,000 messages";
    let early = page(&client, &proxy, &short).await;
    let late = page(&client, &proxy, &long).await;
    let units = Pair::new(late.units, early.units, "read units", "at 10 messages");
    table::compare("B7", what, "≤ 1.05", &units);
    table::compare("B7", what, "≤ 1.2", &Pair::new(late.ms, early.ms, "ms", "at 10 messages"));

    let turn = client.ask_in(Some(&short), "tokens=50").await.turn;
    let resume = time(&client, &format!("/turns/{turn}/stream")).await;
    let history = time(&client, &format!("/sessions/{short}/messages")).await;
    let pair = Pair::new(resume, history, "ms", "history");
    table::compare("B9", "resume of a finished answer", "≤ 2", &pair);
}

/// A new session of so many turns.
async fn session(client: &BenchClient, count: usize) -> String {
    let session = client.ask("tokens=1").await.session;
    turns(client, &session, count - 1).await;
    session
}

async fn turns(client: &BenchClient, session: &str, count: usize) {
    for _ in 0..count {
        client.ask_in(Some(session), "tokens=1").await;
    }
}

struct Page {
    ms: f64,
    units: f64,
}

async fn page(client: &BenchClient, proxy: &StoreProxy, session: &str) -> Page {
    let path = format!("/sessions/{session}/messages?limit=10");
    client.get(&path).await;
    proxy.spent();
    client.get(&path).await;
    let units = proxy.spent().read;
    Page { ms: time(client, &path).await, units }
}

/// What a question reads before the model is asked.
async fn context(client: &BenchClient, proxy: &StoreProxy, session: &str) -> f64 {
    proxy.spent();
    client.ask_in(Some(session), "tokens=1").await;
    proxy.spent().read
}

async fn time(client: &BenchClient, path: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..READS {
        times.push(ms(client.get(path).await.0));
    }
    median(times)
}
