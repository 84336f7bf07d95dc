//! Builds what is measured exactly as it ships, and knows where it lies.
//!
//! `cargo bench` builds this package's own programs with the features of its tests. Those are not what anybody
//! deploys, so the real ones are built over them first.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const FUNCTIONS: [&str; 13] = [
    "health", "login", "callback", "account", "models", "usage", "tools", "files", "turns", "sessions", "history",
    "consult", "all",
];

pub(crate) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    pub(crate) fn build() -> Self {
        if let Some(folder) = env::var_os("BENCH_BINARIES") {
            return Self { folder: folder.into() };
        }
        let profile = env::var("BENCH_PROFILE").unwrap_or_else(|_| "release".into());
        let target =
            Path::new(env!("CARGO_BIN_EXE_all")).ancestors().nth(2).expect("target/<profile>/all has a target folder");
        cargo(target, &["--profile", &profile, "--workspace", "--bins"]);
        cargo(target, &["--profile", &profile, "-p", "shared", "--examples"]);
        let folder = if profile == "dev" { "debug" } else { &profile };
        Self { folder: target.join(folder) }
    }

    /// Those that are there: a folder may hold only some.
    pub(crate) fn functions(&self) -> Vec<&'static str> {
        FUNCTIONS.into_iter().filter(|name| self.program(name).is_file()).collect()
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn example(&self, name: &str) -> PathBuf {
        self.folder.join("examples").join(name)
    }
}

fn cargo(target: &Path, arguments: &[&str]) {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo build {arguments:?} failed");
}
