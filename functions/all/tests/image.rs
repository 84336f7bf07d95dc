//! The image, where no Docker runs: the files of `make image-root`, started as the Dockerfile says, as its user, with
//! nothing to write on but what is mounted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use shared::testing::{Actor, FakeProvider, Process, Script, free_port, text_of};
use tempfile::TempDir;

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn image() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut layout = Command::new(file("tools/image-root.sh"));
    assert!(layout.arg(env!("CARGO_BIN_EXE_all")).arg(folder.path()).status().unwrap().success());
    folder
}

/// `docker run --read-only` with the volumes of compose.yaml.
fn run(image: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(file("tools/image-run.sh"));
    command.arg(image.path()).args(arguments);
    command
}

fn files_below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { files_below(&entry, found) } else { _ = found.insert(entry) }
    }
}

#[test]
fn the_image_is_one_binary_its_libraries_and_certificates() {
    let image = image();
    let mut found = BTreeSet::new();
    files_below(image.path(), &mut found);
    let mut names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    names.retain(|name| !name.starts_with("ld-linux") && *name != "ca-certificates.crt");
    assert_eq!(names, ["counsel", "libc.so.6", "libgcc_s.so.1", "libm.so.6"]);
}

#[test]
fn docker_copies_exactly_these_files_and_is_nobody_there() {
    let dockerfile = fs::read_to_string(file("Dockerfile")).unwrap();
    let (_, last) = dockerfile.split_once("FROM scratch\n").expect("the last stage begins with nothing");
    let copies: Vec<_> = last.lines().filter(|line| line.starts_with("COPY") || line.starts_with("ADD")).collect();
    assert_eq!(copies, ["COPY --from=build /image /"]);
    assert!(dockerfile.contains("tools/image-root.sh \"target/release/$FUNCTION\" /image"));
    assert!(last.contains("\nUSER 65532:65532\n") && last.contains("CMD [\"/counsel\", \"health\"]\n"), "{last}");
}

#[test]
fn docker_builds_with_the_toolchain_that_the_tests_ran_on() {
    let toolchain = fs::read_to_string(file("rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    let dockerfile = fs::read_to_string(file("Dockerfile")).unwrap();
    assert!(dockerfile.contains(&format!("\nFROM rust:{channel}-slim-bookworm AS build\n")), "{dockerfile}");
}

/// What the kernel says of the process that serves.
fn line_of(pid: u32, file: &str, start: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
    text.lines().find(|line| line.contains(start)).unwrap_or_else(|| panic!("no {start} in {text}")).to_owned()
}

fn health(image: &TempDir, port: &str) -> Output {
    run(image, &["health"]).env("HOST", "127.0.0.1").env("PORT", port).env("DATA_DIR", "/data").output().unwrap()
}

#[tokio::test]
async fn the_image_answers_ada_as_nobody_from_a_read_only_root() {
    let (image, provider) = (image(), FakeProvider::start(Script::says("From a box.")).await);
    let port = free_port().to_string();
    let settings = [
        ("HOST", "127.0.0.1"),
        ("PORT", &port),
        ("DATA_DIR", "/data"),
        ("OPENAI_BASE_URL", &provider.base_url()),
        ("DEFAULT_MODEL", "openai:fake"),
    ];
    let process = Process::spawn(run(&image, &[]), settings);
    process.wait_for_line("Counsel listens").await;
    let token = process.wait_for_line("eyJ").await;

    let ada = Actor::new(&format!("http://127.0.0.1:{port}"), token.trim());
    let mut turn = ada.ask("Hello?").await;
    assert_eq!(text_of(&turn.stream.rest().await), "From a box.");

    let root = line_of(process.pid(), "mountinfo", " / / ro");
    assert!(root.contains("tmpfs"), "{root}");
    if line_of(std::process::id(), "status", "Uid:").contains("\t0\t") {
        assert_eq!(line_of(process.pid(), "status", "Uid:"), "Uid:\t65532\t65532\t65532\t65532");
    }
    assert_eq!(line_of(process.pid(), "status", "CapEff:"), "CapEff:\t0000000000000000");

    let alive = health(&image, &port);
    assert!(alive.status.success(), "{alive:?}");
    drop(process);
    assert!(!health(&image, &port).status.success());
}
