//! `make bench`: the performance bars, measured side by side in one run and printed as a Markdown table.
//!
//! Nothing here asserts a time. Names after `--` choose what runs: `cargo bench -p all --bench bars -- units`.
//! `BENCH_PROFILE=dev` measures debug builds: quick to build, good only for work on the bench itself.
//! `BENCH_BINARIES=folder` measures what lies there and builds nothing.

mod binaries;
mod bytes;
mod client;
mod cold_start;
mod flat;
mod lag;
mod memory;
mod overhead;
mod pages;
mod provider;
mod size;
mod stage;
mod store_delay;
mod store_proxy;
mod store_trip;
mod subject;
mod table;
mod units;

use binaries::Binaries;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    subject::raise_the_file_limit();
    let chosen: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|choice| choice == name);
    let binaries = Binaries::build();
    table::head();
    if wanted("cold_start") {
        cold_start::measure(&binaries);
    }
    if wanted("overhead") {
        overhead::measure(&binaries).await;
    }
    if wanted("store_delay") {
        store_delay::measure(&binaries).await;
    }
    if wanted("units") {
        units::measure(&binaries).await;
    }
    if wanted("pages") {
        pages::measure(&binaries).await;
    }
    if wanted("lag") {
        lag::measure(&binaries).await;
    }
    if wanted("bytes") {
        bytes::measure(&binaries).await;
    }
    if wanted("size") {
        size::measure(&binaries);
    }
    if wanted("memory") {
        memory::measure(&binaries).await;
    }
    if chosen.iter().any(|choice| choice == "flat") {
        flat::measure(&binaries).await;
    }
}
