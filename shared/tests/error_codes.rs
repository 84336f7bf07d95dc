//! Each error code stands once, in `error/codes.rs`: no list lacks one, and no text stands beside the constants.

use std::fs;
use std::path::{Path, PathBuf};

use shared::error::{ErrorCode, codes};
use shared::http::contract::errors_page;

/// Words of others that happen to be ours, too: OpenAI's for a model, a span's for a tool.
const NOT_OURS: [(&str, &str); 2] =
    [("http/error_format.rs", "model_not_found"), ("telemetry/spans.rs", "tool_failed")];

fn names() -> Vec<&'static str> {
    codes::all().map(ErrorCode::name).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The sources of what runs, by their names, without tests.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = Vec::new();
    collect(&root.join("shared/src"), &mut found);
    collect(&root.join("functions"), &mut found);
    let named = found.into_iter().map(|path| (path.display().to_string(), fs::read_to_string(path).expect("a text")));
    let is_test = |name: &str| name.contains("/tests") || name.contains("/testing/") || name.contains("/benches/");
    let code = |source: String| source.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    named.filter(|(name, _)| !is_test(name)).map(|(name, source)| (name, code(source))).collect()
}

#[test]
fn no_code_stands_as_a_text_beside_the_constants() {
    let mut beside = Vec::new();
    for (file, source) in sources().into_iter().filter(|(file, _)| !file.contains("/src/error/")) {
        // A single word may mean anything.
        for name in names().into_iter().filter(|name| name.contains('_')) {
            let is_theirs = NOT_OURS.iter().any(|(of, word)| file.ends_with(of) && *word == name);
            if !is_theirs && source.contains(&format!("\"{name}\"")) {
                beside.push(format!("{file} says \"{name}\""));
            }
        }
    }
    assert!(beside.is_empty(), "use the constants of error/codes.rs: {beside:#?}");
}

/// `not_found("session")` in the sources is `session_not_found` in the list.
#[test]
fn each_noun_of_a_refusal_has_its_code() {
    let mut nouns = 0;
    for (file, source) in sources() {
        for (call, ending) in
            [("not_found(\"", "_not_found"), (".called(\"", "_not_found"), ("unavailable(\"", "_unavailable")]
        {
            for noun in source.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                let name = format!("{}{ending}", noun.replace(' ', "_"));
                assert!(codes::named(&name).is_some(), "{file}: {name} has no row in error/codes.rs");
                nouns += 1;
            }
        }
    }
    assert!(nouns > 30, "{nouns}");
}

#[test]
fn the_page_says_what_the_rows_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ERRORS.md");
    if std::env::var_os("WRITE").is_some() {
        fs::write(&path, errors_page()).expect("docs/ERRORS.md");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == errors_page(), "docs/ERRORS.md is not what the rows say: `make errors` writes it anew");
}

#[test]
fn each_constant_is_in_the_list_once() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/error/codes.rs");
    let source = fs::read_to_string(path).expect("the codes");
    let mut names = names();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "a code stands twice");
    let listed: usize = codes::ALL[..3].iter().map(|(_, codes)| codes.len()).sum();
    let declared = source.split_whitespace().collect::<Vec<_>>().join(" ").matches(": ErrorCode = code(").count();
    assert_eq!(declared, listed, "a constant is in no list");
    for code in codes::all() {
        assert!(!code.when.is_empty() && !code.advice.is_empty(), "{code} says nothing to a client");
    }
}
