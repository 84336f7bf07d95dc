//! `make new NAME=on-upload` writes whole files, and touches few others. That what it writes builds and passes its tests
//! is for `make new-test` to say: it takes minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::places::{self, gateway, root};

/// What the script reads and changes.
const TOUCHED: [&str; 6] = [
    "Cargo.lock",
    "README.md",
    "functions/all/Cargo.toml",
    "functions/all/src/lib.rs",
    "functions/health/openapi.json",
    "template.yaml",
];

#[test]
fn a_new_function_is_whole_and_in_its_places() {
    let copy = copy();
    let written = make(&copy, "on-upload");
    let said = String::from_utf8(written.stdout).expect("text");
    assert!(written.status.success(), "{said}{}", String::from_utf8_lossy(&written.stderr));
    let files: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("wrote ")).collect();
    assert!(files.len() > 8, "{said}");
    for file in files {
        let text = fs::read_to_string(copy.path().join(file)).expect("a file");
        assert!(!text.contains("__") && !file.contains("NAME"), "{file}: a placeholder");
        assert!(!file.ends_with(".json") || serde_json::from_str::<Value>(&text).is_ok(), "{file}");
    }
    let template: Value = serde_saphyr::from_str(&read(&copy, "template.yaml")).expect("YAML");
    for what in ["Function", "Permission", "Errors", "Throttles", "Slow"] {
        assert!(template["Resources"][format!("OnUpload{what}")].is_object(), "{what}");
    }
    assert!(gateway(&template).contains_key("/on-upload"), "{:?}", gateway(&template).keys());
    assert!(read(&copy, "functions/all/Cargo.toml").contains("\non-upload = { path = \"../on-upload\" }\nserde_json."));
    assert!(read(&copy, "functions/all/src/lib.rs").contains("\n    on_upload,\n];"));
}

/// No compiler reads what the script writes from, so two of its files are held to those of a function.
#[test]
fn a_new_function_begins_as_usage_does() {
    for file in ["Cargo.toml", "src/main.rs"] {
        let written = places::read(&format!("tools/new/functions/NAME/{file}"));
        let written = written.replace("__name__", "usage").replace("__crate__", "usage");
        assert_eq!(written, places::read(&format!("functions/usage/{file}")), "{file}");
    }
}

#[test]
fn a_name_that_is_taken_or_none_is_refused_in_one_line_and_nothing_is_written() {
    let copy = copy();
    for name in ["", "Feedback", "feed--back", "../evil", "match", "models", "all", "alerts", "tokio", "me"] {
        let refused = make(&copy, name);
        let said = String::from_utf8(refused.stderr).expect("text");
        assert!(!refused.status.success() && said.lines().count() == 1, "{name}: {said}");
        assert!(said.starts_with(&format!("make new NAME={name}: ")), "{said}");
    }
    assert_eq!(read(&copy, "template.yaml"), fs::read_to_string(root().join("template.yaml")).expect("a file"));
}

fn copy() -> TempDir {
    let copy = TempDir::new().expect("a folder");
    for file in TOUCHED.iter().map(Into::into).chain(all_of(&root().join("tools/new"))).chain(["tools/new.py".into()]) {
        let to = copy.path().join(&file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(root().join(&file), to).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    // Functions that are there.
    fs::create_dir_all(copy.path().join("functions/models")).expect("a folder");
    copy
}

/// The files of a folder, from the root.
fn all_of(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let from_root = |path: PathBuf| path.strip_prefix(root()).expect("below the root").to_owned();
    paths.flat_map(|path| if path.is_dir() { all_of(&path) } else { vec![from_root(path)] }).collect()
}

fn make(copy: &TempDir, name: &str) -> Output {
    Command::new("python3").arg(copy.path().join("tools/new.py")).arg(name).output().expect("python3 runs")
}

fn read(copy: &TempDir, file: &str) -> String {
    fs::read_to_string(copy.path().join(file)).expect("a file")
}
