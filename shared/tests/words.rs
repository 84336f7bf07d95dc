//! One word for each thing: no two public types share a name, and the words that docs/GLOSSARY.md retires stay away.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each stands for what its module is about, as the standard library's own `Result` and `Error` do.
const SHARED_BY_CUSTOM: [&str; 1] = ["Result"];

/// What may hold a retired word: the list itself, the history, and files that others wrote.
const EXEMPT: [&str; 4] = ["docs/GLOSSARY.md", "CHANGELOG.md", "package-lock.json", "tests/words.rs"];

const SEARCHED: [&str; 11] = ["rs", "md", "json", "snap", "yaml", "toml", "py", "mjs", "sh", "tf", "example"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
            files(&entry, found);
        } else if entry.extension().is_some_and(|end| SEARCHED.contains(&end.to_string_lossy().as_ref())) {
            found.push(entry);
        }
    }
}

fn sources(in_which: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let (root, mut found) = (root(), Vec::new());
    files(&root, &mut found);
    let named = found.into_iter().map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), path));
    let chosen = named.filter(|(name, _)| in_which(name));
    chosen.filter_map(|(name, path)| Some((name, fs::read_to_string(path).ok()?))).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The public types that a source declares beyond the modules of its own that hold names of kinds (`domain/id.rs`).
fn public_types(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let declared = |line: &str| {
        let line = line.strip_prefix("pub")?;
        let line = if line.starts_with('(') { line.split_once(") ")?.1 } else { line.strip_prefix(' ')? };
        let words = ["struct ", "enum ", "trait ", "type "];
        let name = words.iter().find_map(|word| line.strip_prefix(word))?;
        Some(name.split(|c| !is_word(c)).next()?.to_owned())
    };
    code.lines().filter_map(declared).collect()
}

#[test]
fn no_two_public_types_share_a_name() {
    let is_code = |name: &str| name.ends_with(".rs") && name.contains("/src/");
    let mut known = BTreeMap::<String, Vec<String>>::new();
    for (file, source) in sources(is_code) {
        for name in public_types(&source) {
            known.entry(name).or_default().push(file.clone());
        }
    }
    known.retain(|name, places| places.len() > 1 && !SHARED_BY_CUSTOM.contains(&name.as_str()));
    assert!(known.is_empty(), "one word for two things: {known:#?}");
}

/// The words in the last column of the glossary's tables.
fn retired() -> Vec<String> {
    let glossary = fs::read_to_string(root().join("docs/GLOSSARY.md")).expect("the glossary");
    let rows = glossary.lines().filter(|line| line.starts_with('|'));
    let last = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Rust without comments and texts: prose may use any English word.
fn code_of(source: &str) -> String {
    let mut code = String::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let mut is_text = false;
        let mut before = ' ';
        for c in line.split(" // ").next().unwrap_or_default().chars() {
            is_text ^= c == '"' && before != '\\';
            code.push(if is_text { ' ' } else { c });
            before = c;
        }
        code.push('\n');
    }
    code
}

fn holds(text: &str, word: &str) -> bool {
    let begins_anywhere = word.starts_with(|c: char| !is_word(c));
    let ends_anywhere = word.ends_with(|c: char| !is_word(c) || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_word) && !begins_anywhere;
        let after = text[at + word.len()..].chars().next().is_some_and(is_word) && !ends_anywhere;
        !before && !after
    })
}

/// Stored names and words on the wire are looked for everywhere; names of code, which may be English words, in code.
#[test]
fn retired_words_do_not_come_back() {
    let retired = retired();
    assert!(retired.len() > 40, "the glossary lists what it retires: {retired:?}");
    let is_wire = |word: &&String| word.contains(['#', '-']) || *word == "leave_asked";
    let mut back = Vec::new();
    for (file, source) in sources(|name| !EXEMPT.iter().any(|exempt| name.ends_with(exempt))) {
        let code = if file.ends_with(".rs") { code_of(&source) } else { String::new() };
        let held = |word: &&String| holds(if is_wire(word) { &source } else { &code }, word);
        back.extend(retired.iter().filter(held).map(|word| format!("{file} holds `{word}`")));
    }
    assert!(back.is_empty(), "docs/GLOSSARY.md names the words that took their places: {back:#?}");
}

#[test]
fn a_word_is_found_whole_and_a_beginning_anywhere() {
    assert!(holds("let told = Told::new();", "Told") && !holds("ToldAgain", "Told"));
    assert!(holds("const MOST_BYTES", "MOST_") && !holds("ALMOST_ALL", "MOST_"));
    assert!(holds("pk ECHO#12", "ECHO#") && !code_of("a // Told\nlet b = \"Told\";").contains("Told"));
}
