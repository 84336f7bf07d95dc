//! B11: what is uploaded: each stripped binary, deflated as in a zip.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    binaries::Binaries,
    table::{self, Pair},
};

pub(crate) fn measure(binaries: &Binaries) {
    let hello = deflated_mb(&binaries.example("hello"));
    for name in binaries.functions() {
        let target = match name {
            "consult" => "≤ 4.6 MB",
            "all" => "–",
            _ => "≤ 3",
        };
        let ours = deflated_mb(&binaries.program(name));
        let pair = Pair::new(ours, hello, "MB", "hello");
        table::compare("B11", &format!("size of `{name}`, deflated"), target, &pair);
    }
}

fn deflated_mb(program: &Path) -> f64 {
    let output =
        Command::new("gzip").args(["-9", "-c"]).arg(program).stderr(Stdio::inherit()).output().expect("gzip runs");
    f64::from(u32::try_from(output.stdout.len()).expect("a binary of less than 4 GB")) / 1e6
}
