//! Imports only go down: the table in `shared/src/lib.rs`, held against every `crate::…` in the sources.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module may name those with a lower number, and nobody of its own.
const FLOORS: [(&str, u32); 17] = [
    ("runtime", 50),
    ("http", 41),
    ("app", 40),
    ("agent", 31),
    ("tools", 30),
    ("access", 30),
    ("store", 20),
    ("llm", 20),
    ("identity", 20),
    ("telemetry", 12),
    ("config", 11),
    ("net", 10),
    ("wire", 10),
    ("domain", 1),
    ("error", 0),
    ("crypto", 0),
    // Behind a feature, for tests: it may know everything.
    ("testing", 99),
];

fn rank(module: &str) -> u32 {
    let floor = FLOORS.iter().find(|(name, _)| *name == module);
    floor.unwrap_or_else(|| panic!("`{module}` stands on no floor: add it to the table here and in lib.rs")).1
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Each source file of the shared crate with the module that it belongs to.
fn modules() -> Vec<(String, PathBuf)> {
    let src = root().join("src");
    let module = |path: &PathBuf| {
        let first = path.strip_prefix(&src).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    sources(&src).into_iter().map(|path| (module(&path), path)).filter(|(module, _)| module != "lib").collect()
}

/// The modules that a source names by `crate::…`, tests left out: they may look anywhere.
fn named(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let word = |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned();
    lines.flat_map(|line| line.split("crate::").skip(1).map(word).collect::<Vec<_>>()).collect()
}

#[test]
fn imports_only_go_down() {
    let mut wrong = Vec::new();
    for (module, path) in modules().iter().filter(|(_, path)| !path.ends_with("tests.rs")) {
        for other in named(&fs::read_to_string(path).unwrap()) {
            if &other != module && rank(&other) >= rank(module) {
                wrong.push(format!("{} names crate::{other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_edge_speaks_http_and_only_the_store_speaks_dynamodb() {
    let only = [
        ("axum", ["http", "runtime"]),
        ("aws_sdk_dynamodb", ["store", "store"]),
        ("aws_sdk_bedrockruntime", ["llm", "llm"]),
        ("lambda_http", ["runtime", "runtime"]),
    ];
    for (module, path) in modules().iter().filter(|(module, _)| module != "testing") {
        let source = fs::read_to_string(path).unwrap();
        for (word, homes) in &only {
            let said = source.contains(&format!("{word}::"));
            assert!(!said || homes.contains(&module.as_str()), "{} says {word}", path.display());
        }
    }
}

#[test]
fn only_config_reads_the_environment() {
    // Which host it is has to be known before there is a configuration.
    let may = ["config", "runtime", "testing"];
    for (_, path) in modules().iter().filter(|(module, _)| !may.contains(&module.as_str())) {
        assert!(!fs::read_to_string(path).unwrap().contains("env::var"), "{} reads it", path.display());
    }
}

#[test]
fn a_function_knows_the_shared_crate_and_no_other_function() {
    let functions = root().join("../functions");
    let names: Vec<String> =
        fs::read_dir(&functions).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() >= 7);
    for name in names.iter().filter(|name| *name != "all") {
        let manifest = fs::read_to_string(functions.join(name).join("Cargo.toml")).unwrap();
        for other in names.iter().filter(|other| *other != name) {
            assert!(!manifest.contains(&format!("\n{other}.workspace")), "{name} knows {other}");
        }
    }
}

#[test]
fn every_module_says_in_its_first_line_what_it_is() {
    for (_, path) in modules() {
        assert!(fs::read_to_string(&path).unwrap().starts_with("//! "), "{}", path.display());
    }
}

/// The file that a path of names leads to from a module's folder, the last names being items in it.
fn file_of(folder: &Path, names: &[&str]) -> Option<PathBuf> {
    let mut folder = folder.to_owned();
    let mut found = None;
    for name in names {
        let (file, inner) = (folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs"));
        found = [file, inner].into_iter().find(|path| path.exists()).or(found);
        folder = folder.join(name);
    }
    found
}

/// The files that this one imports from: `use crate::a::b`, `use super::a`; parents and re-exports (`mod.rs`) left out.
fn imports(src: &Path, file: &Path, source: &str) -> Vec<PathBuf> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let is_root = file.file_stem().is_some_and(|name| name == "mod" || name == "lib");
    let parent = file.parent().expect("a folder").to_owned();
    let own = if is_root { parent.clone() } else { parent.join(file.file_stem().expect("a name")) };
    let mut found = Vec::new();
    for line in code.lines().filter_map(|line| line.trim().trim_start_matches("pub ").strip_prefix("use ")) {
        let mut names: Vec<&str> = line.split("::").map(|name| name.trim_end_matches([';', ' ', ','])).collect();
        let mut folder = match names.first() {
            Some(&"crate") => src.to_owned(),
            Some(&"super" | &"self") => own.clone(),
            _ => continue,
        };
        while let Some(&"super") = names.first() {
            folder = folder.parent().expect("a parent").to_owned();
            names.remove(0);
        }
        let names =
            if names.first().is_some_and(|name| ["crate", "self"].contains(name)) { &names[1..] } else { &names };
        let group: Vec<&str> = line.split('{').nth(1).unwrap_or_default().split([',', '}']).map(str::trim).collect();
        let single: Vec<&str> = names.iter().copied().filter(|name| !name.starts_with('{')).collect();
        found.extend(file_of(&folder, &single));
        found.extend(group.iter().filter_map(|name| file_of(&folder, &[&single[..], &[*name][..]].concat())));
    }
    found.retain(|path| path != file && path.file_stem().is_some_and(|name| name != "mod" && name != "lib"));
    found
}

#[test]
fn no_two_files_import_each_other_not_even_round_a_corner() {
    let workspace = root().parent().expect("the workspace").to_owned();
    let functions = fs::read_dir(workspace.join("functions")).unwrap().map(|entry| entry.unwrap().path().join("src"));
    for src in functions.chain([root().join("src")]) {
        let files = sources(&src);
        let edges: HashMap<PathBuf, Vec<PathBuf>> =
            files.iter().map(|file| (file.clone(), imports(&src, file, &fs::read_to_string(file).unwrap()))).collect();
        for file in &files {
            let (mut seen, mut next) = (HashSet::new(), edges[file].clone());
            while let Some(other) = next.pop() {
                assert_ne!(&other, file, "{} imports itself, by {seen:#?}", file.display());
                if seen.insert(other.clone()) {
                    next.extend(edges.get(&other).into_iter().flatten().cloned());
                }
            }
        }
    }
}
