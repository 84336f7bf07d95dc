//! B3: how the time to the first token grows with the store's delay: one round trip is a slope of one.

use crate::{
    binaries::Binaries,
    client::Asker,
    stage::Stage,
    store_proxy::StoreProxy,
    table::{self, median, ms},
};

const ROUNDS: usize = 3;
const QUESTIONS: usize = 15;
const DELAYS_MS: [u32; 3] = [0, 20, 50];

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let proxy = StoreProxy::start(stage.store_url()).await;
    let all = stage.start("all", &proxy.url());
    let asker = stage.ask(&all);
    let old = asker.ask("tokens=1").await.session;
    for _ in 0..98 {
        asker.ask_in(Some(&old), "tokens=1").await;
    }
    for (what, session) in [
        ("a new session", None),
        ("the 100th turn", Some(old.as_str())),
    ] {
        let times = times(&proxy, &asker, session).await;
        let slope = (times[2] - times[0]) / f64::from(DELAYS_MS[2] - DELAYS_MS[0]);
        let [none, some, much] = times.map(|time| format!("{time:.1}"));
        let figure =
            format!("{slope:.2} ms per ms ({none} / {some} / {much} ms at 0 / 20 / 50 ms)");
        table::row(
            "B3",
            &format!("first token against store delay, {what}"),
            "≤ 1.1 ms per ms",
            &figure,
        );
    }
}

async fn times(proxy: &StoreProxy, asker: &Asker, session: Option<&str>) -> [f64; 3] {
    let mut rounds = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (delay, kept) in DELAYS_MS.iter().zip(&mut rounds) {
            proxy.delay(u64::from(*delay));
            for _ in 0..QUESTIONS {
                let first = asker.ask_in(session, "tokens=1").await.first_token;
                kept.push(ms(first));
            }
        }
    }
    proxy.delay(0);
    rounds.map(median)
}
