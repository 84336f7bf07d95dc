//! What the documents say of the code is so: every promise that a comment cites is listed, and every file that proves
//! one exists; the story that shows how to write one is a real one; links lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn promises() -> String {
    read("docs/PROMISES.md")
}

/// `D1`, `D10`: a capital and a number, as a word of its own.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| {
        let number = word.strip_prefix(|c: char| c.is_ascii_uppercase());
        number.is_some_and(|number| number.parse::<u8>().is_ok_and(|number| number > 0) && number.len() < 3)
    })
}

/// The cells of each row of its tables.
fn rows(document: &str) -> impl Iterator<Item = Vec<&str>> {
    document.lines().filter(|line| line.starts_with("| ")).map(|line| line.split('|').map(str::trim).collect())
}

/// The ids in its first column; of `T1–T5` all five.
fn listed(document: &str) -> BTreeSet<String> {
    let mut listed = BTreeSet::new();
    for row in rows(document) {
        listed.extend(ids(row[1]).map(str::to_owned));
        let ends: Vec<(&str, u8)> = ids(row[1]).map(|id| (&id[..1], id[1..].parse().expect("a number"))).collect();
        if let ([(group, first), (_, last)], true) = (&ends[..], row[1].contains('–')) {
            listed.extend((*first..=*last).map(|number| format!("{group}{number}")));
        }
    }
    listed
}

/// Where comments of Rust and Python cite which ids. `B1` in the benchmarks is a bar of docs/PERFORMANCE.md.
fn cited(folder: &Path, found: &mut BTreeMap<String, PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", "benches"].contains(&name.as_str()) {
            cited(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "py") {
            let text = fs::read_to_string(&path).expect("a source");
            let comments =
                text.lines().map(str::trim_start).filter(|line| line.starts_with("//") || line.starts_with('#'));
            found.extend(comments.flat_map(ids).map(|id| (id.to_owned(), path.clone())));
        }
    }
}

#[test]
fn every_promise_that_is_cited_is_listed() {
    let (listed, mut found) = (listed(&promises()), BTreeMap::new());
    for folder in ["functions", "shared"] {
        cited(&root().join(folder), &mut found);
    }
    assert!(found.len() > 20, "comments cite promises: {found:?}");
    found.retain(|id, _| !listed.contains(id));
    assert!(found.is_empty(), "docs/PROMISES.md lacks {found:#?}");
}

#[test]
fn every_file_that_proves_one_exists() {
    let (document, root) = (promises(), root());
    let tests = root.join("functions/all/tests");
    for row in rows(&document) {
        let quoted = row.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
        for file in quoted.filter(|quoted| Path::new(quoted).extension().is_some_and(|end| end == "rs")) {
            assert!(tests.join(file).is_file() || root.join(file).is_file(), "{}: no {file}", row[1]);
        }
    }
}

#[test]
fn the_story_that_is_shown_is_a_real_one() {
    let guide = read("functions/all/tests/README.md");
    let shown = guide.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a story");
    assert!(
        read("functions/all/tests/stories/durable.rs").contains(shown),
        "stories/durable.rs has another one:\n{shown}"
    );
}

/// README, what stands beside it, `docs` with its folders, and the guide to the tests.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/decisions"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let pages = files
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"));
    pages.chain([root().join("functions/all/tests/README.md")]).collect()
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut dead = Vec::new();
    for page in documents() {
        let text = fs::read_to_string(&page).expect("a document");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let files = links.filter(|link| !link.is_empty() && !link.contains("://"));
        let folder = page.parent().expect("a folder");
        dead.extend(files.filter(|link| !folder.join(link).exists()).map(|link| format!("{}: {link}", page.display())));
    }
    assert!(dead.is_empty(), "{dead:#?}");
}
