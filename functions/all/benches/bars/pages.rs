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
    let all = stage.start("all", &proxy.url());
    let asker = stage.ask(&all);
    let short = session(&asker, 5).await;
    let long = session(&asker, 5_000).await;

    let early = page(&asker, &proxy, &short).await;
    let late = page(&asker, &proxy, &long).await;
    let times = Pair {
        ours: late.ms,
        floor: early.ms,
        unit: "ms",
        floor_name: "at 10 messages",
    };
    table::compare(
        "B7",
        "a history page of 10 at 10,000 messages",
        "≤ 1.2",
        &times,
    );
    let units = Pair {
        ours: late.units,
        floor: early.units,
        ..times
    };
    let units = Pair {
        unit: "read units",
        ..units
    };
    table::compare(
        "B7",
        "a history page of 10 at 10,000 messages",
        "≤ 1.05",
        &units,
    );

    let turn = asker.ask_in(Some(&short), "tokens=50").await.turn;
    let resume = time(&asker, &format!("/turns/{turn}/stream")).await;
    let history = time(&asker, &format!("/sessions/{short}/messages")).await;
    let pair = Pair {
        ours: resume,
        floor: history,
        unit: "ms",
        floor_name: "history",
    };
    table::compare("B9", "resume of a finished answer", "≤ 2", &pair);
}

async fn session(asker: &Asker, turns: usize) -> String {
    let session = asker.ask("tokens=1").await.session;
    for _ in 1..turns {
        asker.ask_in(Some(&session), "tokens=1").await;
    }
    session
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
    Page {
        ms: time(asker, &path).await,
        units,
    }
}

async fn time(asker: &Asker, path: &str) -> f64 {
    let mut times = Vec::new();
    for _ in 0..READS {
        times.push(ms(asker.get(path).await.0));
    }
    median(times)
}
