//! The printed table, and the few numbers it is made of.

use std::time::Duration;

pub(crate) fn head() {
    println!("| # | what | target | measured | compared with | ratio |");
    println!("|---|---|---|---|---|---|");
}

/// A figure that stands alone.
pub(crate) fn row(bar: &str, what: &str, target: &str, measured: &str) {
    println!("| {bar} | {what} | {target} | {measured} | | |");
}

/// A figure beside the floor's.
pub(crate) fn compare(bar: &str, what: &str, target: &str, pair: &Pair) {
    let Pair { ours, floor, unit, floor_name } = pair;
    let ratio = ours / floor;
    println!("| {bar} | {what} | {target} | {ours:.2} {unit} | {floor_name} {floor:.2} {unit} | {ratio:.2} |");
}

pub(crate) struct Pair {
    ours: f64,
    floor: f64,
    unit: &'static str,
    floor_name: &'static str,
}

impl Pair {
    pub(crate) fn new(ours: f64, floor: f64, unit: &'static str, floor_name: &'static str) -> Self {
        Self { ours, floor, unit, floor_name }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value that all but one in a hundred stay below.
pub(crate) fn p99(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * 99 / 100).min(values.len() - 1)]
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub(crate) fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
