//! F8: the memory of `all` over a hundred thousand turns. It takes a quarter of an hour, so it runs only when it is named.

use futures::{StreamExt, stream};

use crate::{binaries::Binaries, client::BenchClient, stage::Stage, subject::Subject, table};

const STEPS: u32 = 10;
const TURNS: u32 = 10_000;
const CONCURRENCY: usize = 50;

pub(crate) async fn measure(binaries: &Binaries) {
    let stage = Stage::new(binaries).await;
    let all = stage.start("all", stage.store_url()).await;
    let client = stage.ask(&all);
    let mut sizes = Vec::new();
    for step in 1..=STEPS {
        turns(&client).await;
        sizes.push(size(&all));
        let what = format!("memory of `all` after {} turns", step * TURNS);
        table::row("F8", &what, "flat", &sizes[sizes.len() - 1].to_string());
    }
    let (middle, last) = (&sizes[sizes.len() / 2], &sizes[sizes.len() - 1]);
    let growth = (last.kib - middle.kib) * 1024.0 / f64::from((STEPS / 2 - 1) * TURNS);
    table::row("F8", "growth in the second half", "flat", &format!("{growth:.1} B a turn"));
}

async fn turns(client: &BenchClient) {
    let turns = (0..TURNS).map(|_| client.ask("tokens=10"));
    stream::iter(turns).buffer_unordered(CONCURRENCY).for_each(|_| std::future::ready(())).await;
}

struct Size {
    kib: f64,
    files: usize,
    threads: f64,
}

fn size(subject: &Subject) -> Size {
    Size { kib: subject.memory_kib("VmRSS"), files: subject.files(), threads: subject.status("Threads") }
}

impl std::fmt::Display for Size {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.1} MiB, {} files, {} threads", self.kib / 1024.0, self.files, self.threads)
    }
}
