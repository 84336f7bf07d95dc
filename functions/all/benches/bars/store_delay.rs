//! B3: how the time to the first token grows with the store's delay, beside one bare round trip to the same store.
//!
//! The comparison is with a trip and not with the clock, because a sleep of 50 ms lasts somewhat longer than 50 ms.

use crate::{
    binaries::Binaries,
    client::BenchClient,
    stage::Stage,
    store_proxy::StoreProxy,
    store_trip,
    table::{self, median, ms},
};

const ROUNDS: usize = 3;
const QUESTIONS: u32 = 15;
const DELAYS_MS: [u64; 3] = [0, 20, 50];

/// Times at each delay: a bare trip, a question in a new session, one in an old session.
type Times = [[Vec<f64>; 3]; 3];

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let proxy = StoreProxy::start(stage.store_url()).await;
    let all = stage.start("all", &proxy.url()).await;
    let client = stage.ask(&all);
    let old = client.ask("tokens=1").await.session;
    for _ in 0..98 {
        client.ask_in(Some(&old), "tokens=1").await;
    }
    let mut times = Times::default();
    for _ in 0..ROUNDS {
        for (delay, [trip, new, hundredth]) in DELAYS_MS.iter().zip(&mut times) {
            proxy.delay(*delay);
            trip.push(store_trip::median_ms(&proxy.url(), QUESTIONS).await);
            new.push(first_token(&client, None).await);
            hundredth.push(first_token(&client, Some(&old)).await);
        }
    }
    let times = times.map(|at_delay| at_delay.map(median));
    print(&times, 1, "a new session");
    print(&times, 2, "the 100th turn");
}

async fn first_token(client: &BenchClient, session: Option<&str>) -> f64 {
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        let first = client.ask_in(session, "tokens=1").await.first_token;
        times.push(ms(first));
    }
    median(times)
}

fn print(times: &[[f64; 3]; 3], row: usize, what: &str) {
    let growth = |row: usize| times[2][row] - times[0][row];
    let [none, some, much] = times.map(|at_delay| format!("{:.1}", at_delay[row]));
    let figure = format!("{:.2} ms per ms ({none} / {some} / {much} ms at 0 / 20 / 50 ms)", growth(row) / growth(0));
    table::row("B3", &format!("first token against store delay, {what}"), "≤ 1.1 ms per ms", &figure);
}
