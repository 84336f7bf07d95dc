//! B8: how late a token is when each write to the store takes 100 ms longer: checkpoints must not stand in its way.

use futures::future::join_all;

use crate::{
    binaries::Binaries,
    client::BenchClient,
    provider,
    stage::Stage,
    store_proxy::StoreProxy,
    table::{self, Pair, median, p99},
};

const ROUNDS: usize = 3;
const STREAMS: usize = 5;

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let proxy = StoreProxy::start(stage.store_url()).await;
    let all = stage.start("all", &proxy.url()).await;
    let client = stage.ask(&all);
    let (mut clean, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (delay, kept) in [(0, &mut clean), (100, &mut slow)] {
            proxy.delay_writes(delay);
            let lags = join_all((0..STREAMS).map(|_| lags(&client))).await;
            kept.push(p99(lags.concat()));
        }
    }
    let pair = Pair::new(median(slow), median(clean), "ms", "no delay");
    table::compare("B8", "token lag (p99), each write 100 ms late", "≤ 1.2", &pair);
}

/// Milliseconds from the provider's stamp on a token to its arrival here, for each token after the first.
async fn lags(client: &BenchClient) -> Vec<f64> {
    let mut open = client.open(None, "tokens=200 gap_ms=20 stamped").await;
    let mut lags = Vec::new();
    while let Some(bytes) = open.next().await {
        let now = provider::stamp();
        let text = String::from_utf8_lossy(&bytes);
        lags.extend(text.split('@').skip(1).filter_map(|after| {
            let said: u128 = after.split(' ').next()?.parse().ok()?;
            Some(f64::from(u32::try_from(now - said).ok()?) / 1e3)
        }));
    }
    lags
}
