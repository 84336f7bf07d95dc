//! B2, B4, B5: what we add to a bare relay before the first token, per question and per token.

use std::time::Duration;

use futures::future::join_all;

use crate::{
    binaries::Binaries,
    client::BenchClient,
    stage::Stage,
    store_trip,
    subject::Subject,
    table::{self, Pair, median, ms, us},
};

const ROUNDS: usize = 3;
const QUESTIONS: u32 = 100;
const STREAMS: u32 = 20;
const TOKENS: u32 = 200;

/// The figures of one process, a value for each round.
#[derive(Default)]
struct Figures {
    first_token: Vec<f64>,
    consult: Vec<f64>,
    paced: Vec<f64>,
    burst: Vec<f64>,
}

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let (all, relay) = (stage.start("all", stage.store_url()).await, stage.relay().await);
    let (ask_all, ask_relay) = (stage.ask(&all), BenchClient::openai(&relay.url, "/"));
    let provider = stage.ask_provider();
    let (mut ours, mut floor) = (Figures::default(), Figures::default());
    let (mut direct, mut trips) = (Vec::new(), Vec::new());
    for client in [&ask_all, &ask_relay, &provider] {
        first_token(client, 20).await;
    }
    for _ in 0..ROUNDS {
        direct.push(first_token(&provider, QUESTIONS).await);
        trips.push(store_trip::median_ms(stage.store_url(), QUESTIONS).await);
        round(&mut floor, &relay, &ask_relay).await;
        round(&mut ours, &all, &ask_all).await;
    }
    let direct = median(direct);
    let trip = median(trips);
    let relayed = median(floor.first_token) - direct;
    let added = Pair::new(median(ours.first_token) - direct, relayed, "ms", "relay");
    let allowed = 4.0 * relayed + trip;
    let target = format!("≤ 4 × relay + a store trip ({trip:.2} ms) = {allowed:.2} ms");
    table::compare("B2", "added time to first token", &target, &added);
    let pair = |ours, floor| Pair::new(median(ours), median(floor), "µs", "relay");
    table::compare("B4", "CPU of a one-token consult", "≤ 8", &pair(ours.consult, floor.consult));
    table::compare("B5", "CPU per token, one each 20 ms", "≤ 1.3", &pair(ours.paced, floor.paced));
    table::compare("B5", "CPU per token, in a burst", "≤ 2", &pair(ours.burst, floor.burst));
}

async fn round(figures: &mut Figures, subject: &Subject, client: &BenchClient) {
    let before = subject.cpu();
    figures.first_token.push(first_token(client, QUESTIONS).await);
    let consult = us(subject.cpu().saturating_sub(before)) / f64::from(QUESTIONS);
    figures.consult.push(consult);
    figures.paced.push(per_token(subject, client, "gap_ms=20", TOKENS).await);
    figures.burst.push(per_token(subject, client, "gap_ms=0", TOKENS * 10).await);
}

/// The median over so many questions of one token, one after the other, each in a session of its own.
async fn first_token(client: &BenchClient, questions: u32) -> f64 {
    let mut times = Vec::new();
    for _ in 0..questions {
        times.push(ms(client.ask("tokens=1").await.first_token));
    }
    median(times)
}

/// Several long answers at once, less as many answers of one token.
async fn per_token(subject: &Subject, client: &BenchClient, pace: &str, tokens: u32) -> f64 {
    let short = cpu_of_streams(subject, client, "tokens=1").await;
    let long = cpu_of_streams(subject, client, &format!("tokens={tokens} {pace}")).await;
    us(long.saturating_sub(short)) / f64::from(STREAMS * (tokens - 1))
}

async fn cpu_of_streams(subject: &Subject, client: &BenchClient, prompt: &str) -> Duration {
    let before = subject.cpu();
    join_all((0..STREAMS).map(|_| client.ask(prompt))).await;
    subject.cpu().saturating_sub(before)
}
