//! B7, B9: a page of history early and late in a session, and coming back to a finished answer.

use crate::{
    binaries::Binaries,
    client::Asker,
    stage::Stage,
    store_proxy::StoreProxy,
    table::{self, Pair, median, ms},
};

const READS: usize = 100;

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let proxy = StoreProxy::start(stage.store_url()).await;
    let all = stage.start("all", &proxy.url()).await;
    let asker = stage.ask(&all);
    let short = session(&asker, 5).await;
    let long = session(&asker, 500).await;
    let few = context(&asker, &proxy, &long).await;
    turns(&asker, &long, 4_500).await;
    let many = context(&asker, &proxy, &long).await;
    let units = Pair::new(many, few, "read units", "at 1,000 messages");
    table::compare("B7", "a question at 10,000 messages", "≤ 1.05", &units);

    let what = "a history page of 10 at 10,000 messages";
    let early = page(&asker, &proxy, &short).await;
    let late = page(&asker, &proxy, &long).await;
    let units = Pair::new(late.units, early.units, "read units", "at 10 messages");
    table::compare("B7", what, "≤ 1.05", &units);
    table::compare("B7", what, "≤ 1.2", &Pair::new(late.ms, early.ms, "ms", "at 10 messages"));

    let turn = asker.ask_in(Some(&short), "tokens=50").await.turn;
    let resume = time(&asker, &format!("/turns/{turn}/stream")).await;
    let history = time(&asker, &format!("/sessions/{short}/messages")).await;
    let pair = Pair::new(resume, history, "ms", "history");
    table::compare("B9", "resume of a finished answer", "≤ 2", &pair);
}

/// A new session of so many turns.
async fn session(asker: &Asker, count: usize) -> String {
    let session = asker.ask("tokens=1").await.session;
    turns(asker, &session, count - 1).await;
    session
}

async fn turns(asker: &Asker, session: &str, count: usize) {
    for _ in 0..count {
        asker.ask_in(Some(session), "tokens=1").await;
    }
}

struct Page {
    ms: f64,
    units: f64,
}

async fn page(asker: &Asker, proxy: &StoreProxy, session: &str) -> Page {
    let path = format!("/sessions/{session}/messages?limit=10");
    asker.get(&path).await;
    proxy.spent();
    asker.get(&path).await;
    let units = proxy.spent().read;
    Page { ms: time(asker, &path).await, units }
}

/// What a question reads before the model is asked.
async fn context(asker: &Asker, proxy: &StoreProxy, session: &str) -> f64 {
    proxy.spent();
    asker.ask_in(Some(session), "tokens=1").await;
    proxy.spent().read
}

async fn time(asker: &Asker, path: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..READS {
        times.push(ms(asker.get(path).await.0));
    }
    median(times)
}
